//! The workspace's file.

use super::read::{At, OneOrMany, Read, Report, mapping};
use super::types::PropertyType;
use super::values::{Count, Dollars, EventName, Expression, LanguageTag, Length, Name, Points, Share, TimeOfDay};
use super::words::{ChannelName, PurposeName};
use crate::authoring::yaml::{Node, Tree};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::collections::BTreeMap;

mapping! {
    /// What holds for all campaigns of a team.
    #[schemars(rename = "Workspace")]
    RawWorkspace, "the workspace" {
        /// Frequency caps: all of them hold. Default: none.
        optional caps = "caps": Vec<At<RawCap>>,
        /// Local hours in which nothing leaves on some channels. Default: none.
        optional quiet_hours = "quiet hours": At<RawQuietHours>,
        /// IANA time zone of people who have none of their own. Default: `UTC`.
        optional time_zone = "time zone": At<String>,
        /// Language of people who have none of their own, and of templates that lack theirs.
        /// Default: `en`.
        optional locale = "locale": At<LanguageTag>,
        /// Things a profile holds, built from events: `cart.items` and `cart.key` in conditions and
        /// templates.
        optional lists = "lists": BTreeMap<String, At<RawList>>,
        /// Named conditions over a profile, used by their names.
        optional segments = "segments": BTreeMap<String, At<Expression>>,
        /// Numbers from 0 to 100 that events raise and lower and that time brings back to 0:
        /// `score("readiness")` in conditions.
        optional scores = "scores": BTreeMap<String, At<RawScore>>,
        /// What tells what a person is after just now: `moment()` and `moment_confidence()` in
        /// conditions.
        optional moments = "moments": At<RawMoments>,
        /// Events that a browser's word is not enough for. Default: none.
        optional server_only = "server only": Vec<At<EventName>>,
        /// Events that are not the person's own doing: they do not end a spell of inactivity, and
        /// `"*"` does not mean them. Default: none.
        optional passive = "not by the person": Vec<At<EventName>>,
        /// Share of profiles kept out of every marketing message, to compare with. Default: none.
        optional holdout = "holdout": At<Share>,
        /// An event older than this on arrival updates history and starts nothing. Default: `1d`.
        optional late_after = "late after": At<Length>,
        /// How long what is kept of people is: one length for events and messages, or one for each kind of record.
        optional retention = "retention": RawRetention,
        /// Who emails come from.
        optional email = "email": RawEmail,
        /// Who text messages come from.
        optional sms = "sms": RawSms,
        /// Push services that browsers may name besides those of Chrome, Edge, Firefox and Safari: hosts, or
        /// what hosts end with behind `*`. Default: none.
        optional push_services = "push services": Vec<At<String>>,
        /// Hosts that services may be called on, such as `api.example.com`, with their port where that is not 443.
        /// Default: none.
        optional hosts = "hosts": OneOrMany<At<String>>,
        /// Events of the team's own, with their properties and types, beside those that are known.
        optional events = "events": BTreeMap<String, BTreeMap<String, PropertyType>>,
        /// Events that are made of the entries of a list in another event, such as `Product Bought` for each
        /// of the `products` of `Order Completed`: they have the entry's properties and the other event's own.
        optional derived = "derived events": BTreeMap<String, At<RawDerived>>,
        /// What topics of campaigns are called on the preference page, by language: `offers: { en: Offers, ru: Акции }`.
        /// Default: their names.
        optional topics = "topics": BTreeMap<String, BTreeMap<String, String>>,
        /// Traits of the team's own, with their types, beside those that are known.
        optional traits = "traits": BTreeMap<String, PropertyType>,
    }
}

mapping! {
    /// How long each kind of record is kept.
    #[schemars(rename = "Kept")]
    RawKept, "`retention`" {
        /// What happened to people. Default: `90d`, at least `2d`.
        optional events = "events": At<Length>,
        /// What was decided to be sent, with its address and what the template sees. Default: `90d`, at least `8d`.
        optional messages = "messages": At<Length>,
        /// Whose message it is that a service's id stands for. Default: `30d`, at least `1d`.
        optional origins = "origins": At<Length>,
    }
}

/// How long what is kept of people is.
#[derive(Debug, Clone, PartialEq)]
pub enum RawRetention {
    /// Events and messages alike.
    Alike(At<Length>),
    /// Each kind by itself.
    Each(RawKept),
}

impl Read for RawRetention {
    fn read(node: &Node, report: &mut Report<'_>) -> Option<Self> {
        match &node.tree {
            Tree::Map(_) => RawKept::read(node, report).map(Self::Each),
            Tree::Null | Tree::Bool(_) | Tree::Int(_) | Tree::Double(_) | Tree::Text(_) | Tree::List(_) => {
                At::read(node, report).map(Self::Alike)
            }
        }
    }
}

impl JsonSchema for RawRetention {
    fn schema_name() -> Cow<'static, str> {
        "Retention".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (alike, each) = (
            generator.subschema_for::<Length>(),
            generator.subschema_for::<RawKept>(),
        );
        json_schema!({ "anyOf": [alike, each] })
    }
}

mapping! {
    /// At most so many messages in a sliding window, per profile.
    #[schemars(rename = "Cap")]
    RawCap, "a cap" {
        /// Which messages count and are held back. Default: `marketing`.
        optional purpose = "purpose": At<PurposeName>,
        /// Only messages by this channel, or by these together. What goes from channel to channel is one message: it
        /// counts at the first of them. Default: by any.
        optional channel = "channel": OneOrMany<At<ChannelName>>,
        /// Only messages about this topic, or about these together. Default: about any.
        optional topic = "topic": OneOrMany<At<Name>>,
        /// How many.
        required at_most = "at most": At<Count>,
        /// In which time. What was sent exactly this long ago has left it.
        required within = "in": At<Length>,
    }
}

mapping! {
    /// Local hours in which nothing leaves: messages wait until they are over.
    #[schemars(rename = "QuietHours")]
    RawQuietHours, "`quiet hours`" {
        /// From, where the person lives.
        required from = "from": At<TimeOfDay>,
        /// Until, where the person lives; before `from` where the night passes midnight.
        required to = "to": At<TimeOfDay>,
        /// On these channels.
        required channels = "for": OneOrMany<At<ChannelName>>,
    }
}

mapping! {
    /// A list that events keep up: a cart, for one. The latest 50 entries are kept.
    #[schemars(rename = "List")]
    RawList, "a list" {
        /// Property that tells one list from its successor, such as `cart_id`. Default: there is
        /// one per profile.
        optional key = "key": String,
        /// Property that identifies an entry, such as `product_id`.
        required by = "by": String,
        /// Events that add an entry: what they say of it.
        optional put = "put": OneOrMany<At<EventName>>,
        /// Events that remove an entry.
        optional drop = "drop": OneOrMany<At<EventName>>,
        /// Events whose `products` become the whole list.
        optional replace = "replace": OneOrMany<At<EventName>>,
        /// Events that empty it.
        optional clear = "clear": OneOrMany<At<EventName>>,
        /// Properties of an entry that are kept, besides `by`. Default: none.
        optional keep = "keep": OneOrMany<String>,
    }
}

mapping! {
    /// An event for each entry of a list in another.
    #[schemars(rename = "DerivedEvent")]
    RawDerived, "a derived event" {
        /// The event it is made of, or several.
        required from = "from": OneOrMany<At<EventName>>,
        /// The list in that event, such as `products`.
        required each = "each": At<String>,
    }
}

mapping! {
    /// Who emails come from.
    #[schemars(rename = "Email")]
    RawEmail, "`email`" {
        /// `Name <address>`, or an address.
        required from = "from": At<String>,
        /// Where replies go. Default: to `from`.
        optional reply_to = "reply to": At<String>,
    }
}

mapping! {
    /// Who text messages come from.
    #[schemars(rename = "Sms")]
    RawSms, "`sms`" {
        /// Shown instead of a number where the country allows it: 1 to 11 letters and digits. Default: a number.
        optional sender_id = "sender id": At<String>,
        /// What one message may cost at most, in US dollars: SNS does not send a dearer one. Default: no limit but
        /// the account's own.
        optional max_price = "maximum price": At<Dollars>,
    }
}

mapping! {
    /// A number that events add to.
    #[schemars(rename = "Score")]
    RawScore, "a score" {
        /// In which time points lose half their weight.
        required half_life = "half-life": At<Length>,
        /// What adds to it.
        required adds = "adds": Vec<At<RawAdd>>,
    }
}

mapping! {
    /// Points for an event.
    #[schemars(rename = "Add")]
    RawAdd, "an addition" {
        /// The event: one by its name, `page`, `screen`, or `*` for whatever the person does.
        required on = "on": OneOrMany<At<EventName>>,
        /// Which of them, by their own properties, said with bare names. Default: all.
        optional condition = "where": At<Expression>,
        /// How many points. Negative ones lower a score.
        required points = "points": At<Points>,
    }
}

mapping! {
    /// What tells what a person is after just now.
    #[schemars(rename = "Moments")]
    RawMoments, "`moments`" {
        /// How long an event tells anything. Default: `30m`.
        optional lasts = "lasts": At<Length>,
        /// What tells that they want to know something.
        optional know = "know": Vec<At<RawAdd>>,
        /// What tells that they want to go somewhere.
        optional go = "go": Vec<At<RawAdd>>,
        /// What tells that they want to do something.
        optional act = "do": Vec<At<RawAdd>>,
        /// What tells that they want to buy something. It has precedence with half of all points.
        optional buy = "buy": Vec<At<RawAdd>>,
    }
}
