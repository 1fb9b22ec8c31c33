//! Words with a meaning: one out of a few.

use super::values::{scalar, word};
use crate::authoring::yaml::{Node, Tree};
use crate::domain::campaign::{Channel, Every, Existing, Heard, Meanwhile, Missed, Policy, Purpose};

word! {
    /// Whether a message is wanted by the business or by the person.
    PurposeName(Purpose) {
        "marketing" => Purpose::Marketing,
        "transactional" => Purpose::Transactional,
        "confirmation" => Purpose::Confirmation,
    }
}

word! {
    /// What a trigger does to a running enrollment of its key.
    MeanwhileName(Meanwhile) { "ignore" => Meanwhile::Ignore, "move" => Meanwhile::Move, "restart" => Meanwhile::Restart }
}

word! {
    /// What to do where a provider may or may not have taken a message.
    PolicyName(Policy) { "at most once" => Policy::AtMostOnce, "at least once" => Policy::AtLeastOnce }
}

word! {
    /// How a message travels.
    ChannelName(Channel) {
        "email" => Channel::Email,
        "sms" => Channel::Sms,
        "push" => Channel::Push,
        "webpush" => Channel::Webpush,
        "onsite" => Channel::Onsite,
        "viber" => Channel::Viber,
        "whatsapp" => Channel::Whatsapp,
        "webhook" => Channel::Webhook,
    }
}

word! {
    /// A label for reports.
    Archetype(String) {
        "routine" => "routine".to_owned(),
        "joyride" => "joyride".to_owned(),
        "trek" => "trek".to_owned(),
        "odyssey" => "odyssey".to_owned(),
    }
}

word! {
    /// How often a date comes.
    Period(Every) { "year" => Every::Year, "month" => Every::Month }
}

word! {
    /// What becomes of people for whom it holds already when the campaign is applied.
    ExistingName(Existing) { "ignore" => Existing::Ignore, "enter" => Existing::Enter }
}

word! {
    /// What becomes of occurrences that came while the campaign was paused.
    MissedName(Missed) { "skip" => Missed::Skip, "last" => Missed::Last }
}

word! {
    /// What is heard of a message.
    HeardName(Heard) { "delivered" => Heard::Delivered, "read" => Heard::Read }
}

word! {
    /// The end of the campaign for this person.
    ExitWord(()) { "exit" => () }
}

/// Names of days, as they are written, with Monday as 1.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

scalar! {
    /// Days of the week: `weekdays`, `weekends`, or a list such as `[mon, wed]`.
    Weekdays(Vec<u8>),
    {
        "anyOf": [
            { "type": "string", "enum": ["weekdays", "weekends", "mon", "tue", "wed", "thu", "fri", "sat", "sun"] },
            {
                "type": "array",
                "items": { "type": "string", "enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] },
                "minItems": 1
            }
        ]
    },
    |node| {
        let wrong = |node: &Node| format!("found {}, expected `weekdays`, `weekends`, or days such as `[mon, wed]`", node.kind());
        let day = |node: &Node| {
            let text = node.scalar().unwrap_or_default();
            DAYS.iter().zip(1..).find(|(name, _)| **name == text).map(|(_, number)| number).ok_or_else(|| wrong(node))
        };
        let mut days: Vec<u8> = match &node.tree {
            Tree::List(days) if !days.is_empty() => days.iter().map(day).collect::<Result<_, _>>()?,
            _ => match node.scalar().as_deref() {
                Some("weekdays") => (1..=5).collect(),
                Some("weekends") => vec![6, 7],
                _ => vec![day(node)?],
            },
        };
        days.sort_unstable();
        days.dedup();
        Ok(days)
    }
}
