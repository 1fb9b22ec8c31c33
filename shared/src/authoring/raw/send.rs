//! Steps that say something to somebody, as they are written.

use super::read::{At, OneOrMany, mapping};
use super::values::{EventName, Expression, Length, Name, OncePer, Percent, Priority, Share, ValueOf};
use super::words::{ChannelName, HeardName, PolicyName, PurposeName};
use std::collections::BTreeMap;

mapping! {
    /// Sends a message, or skips it with a reason.
    #[schemars(rename = "Send")]
    RawSend, "a `send` step" {
        /// The step's name, unique in the campaign.
        required send = "send": At<Name>,
        /// Channels in order of preference: the first that reaches the person is used.
        required by = "by": At<OneOrMany<At<ChannelName>>>,
        /// When the message goes on to the next channel of `by`. Default: never.
        optional next = "next": At<RawNext>,
        /// A code of the person's own that is made right before: templates see `offer.code`.
        optional offer = "offer": At<RawSendOffer>,
        /// The template's name: a folder in `templates/`.
        required template = "template": At<String>,
        /// Looked at right before: where it does not hold the message is skipped.
        optional when = "when": At<Expression>,
        /// Who gets the last place under a cap, 0 to 100: higher goes first. Default: 50.
        optional priority = "priority": Priority,
        /// How long after the step began the message is still worth sending. Default: for ever.
        optional expires = "expires": At<Length>,
        /// What the message is for, where that is something else than what the campaign is for:
        /// `transactional` is exempt from caps and holdout. Default: as the campaign.
        optional purpose = "purpose": PurposeName,
        /// What consent and the preference page speak of, where that is something else than the campaign's topic:
        /// caps and the way to unsubscribe follow it. Default: as the campaign.
        optional topic = "topic": At<Name>,
        /// What to do where a provider may or may not have taken the message. Default: `at most once`
        /// for marketing, `at least once` for transactional messages.
        optional policy = "policy": PolicyName,
        /// Arms of a split with their shares, 100% in all; templates see the arm as `variant`.
        optional variants = "variants": At<BTreeMap<String, At<Share>>>,
    }
}

mapping! {
    /// When a message goes on to its next channel. A failure moves it on at once.
    #[schemars(rename = "Next")]
    RawNext, "`next`" {
        /// After this long.
        required after = "after": At<Length>,
        /// Unless this was heard of it by then: `delivered` (the default) or `read`.
        optional unless = "unless": At<HeardName>,
    }
}

mapping! {
    /// A code of the person's own, made right before the message.
    #[schemars(rename = "SendOffer")]
    RawSendOffer, "`offer`" {
        /// What it takes off, in per cent, as templates see it.
        optional percent = "percent": Percent,
        /// How long it is good for.
        required lasts = "lasts": At<Length>,
        /// What the code begins with. Default: nothing.
        optional prefix = "prefix": At<String>,
        /// No second one within this time, over all campaigns: `once per 30d`. The person goes on
        /// without one. Default: every time.
        optional at_most = "at most": OncePer,
        /// What is drawn at random, with shares, 100% in all: templates see it as `offer.reward`.
        optional draw = "draw": At<BTreeMap<String, At<Share>>>,
    }
}

mapping! {
    /// Gives the person a code of their own, with an end: `offer.code`, `offer.percent`,
    /// `offer.ends_at` and `offer.reward` in what follows.
    #[schemars(rename = "Offer")]
    RawOffer, "an `offer` step" {
        /// The step's name, unique in the campaign.
        required offer = "offer": At<Name>,
        /// What it takes off, in per cent, as templates see it.
        optional percent = "percent": Percent,
        /// How long it is good for.
        required lasts = "lasts": At<Length>,
        /// What the code begins with. Default: nothing.
        optional prefix = "prefix": At<String>,
        /// No second one within this time, over all campaigns: `once per 30d`. The person goes on
        /// without one. Default: every time.
        optional at_most = "at most": OncePer,
        /// What is drawn at random, with shares, 100% in all: templates see it as `offer.reward`.
        optional draw = "draw": At<BTreeMap<String, At<Share>>>,
    }
}

mapping! {
    /// Sets traits of the person.
    #[schemars(rename = "Set")]
    RawSet, "a `set` step" {
        /// Traits with their new values, in CEL: `vip: true`, `reminded: now`, `plan: "'gold'"`; null
        /// removes one.
        required set = "set": At<BTreeMap<String, At<ValueOf>>>,
    }
}

mapping! {
    /// An entry of a list.
    #[schemars(rename = "Entry")]
    RawEntry, "an entry" {
        /// Which list of the workspace.
        required list = "list": At<String>,
        /// What identifies the entry, such as `event.product_id`.
        required entry = "entry": At<Expression>,
    }
}

mapping! {
    /// Puts an entry on a list of the person's.
    #[schemars(rename = "Put")]
    RawPut, "a `put` step" {
        /// The list and the entry.
        required put = "put": At<RawEntry>,
    }
}

mapping! {
    /// Takes an entry off a list of the person's.
    #[schemars(rename = "Drop")]
    RawDrop, "a `drop` step" {
        /// The list and the entry.
        required drop = "drop": At<RawEntry>,
    }
}

mapping! {
    /// Says that something happened, to every campaign.
    #[schemars(rename = "Emit")]
    RawEmit, "an `emit` step" {
        /// The event's name.
        required emit = "emit": At<EventName>,
        /// Its properties, in CEL.
        optional with = "with": BTreeMap<String, At<ValueOf>>,
    }
}

mapping! {
    /// Asks a service and keeps what it answers: `answer.…` in what follows.
    #[schemars(rename = "Call")]
    RawCall, "a `call` step" {
        /// The step's name, unique in the campaign.
        required call = "call": At<Name>,
        /// The template that makes the request: one with `webhook` files.
        required template = "template": At<String>,
        /// How long an answer is waited for; after it the enrollment goes on without. Default: `1m`.
        optional at_most = "at most": At<Length>,
        /// Properties of the answer that are kept. Default: none.
        optional keep = "keep": OneOrMany<At<String>>,
    }
}

mapping! {
    /// Hands the person over to people, until they are done.
    #[schemars(rename = "Handover")]
    RawHandover, "a `handover` step" {
        /// The step's name, unique in the campaign.
        required handover = "handover": At<Name>,
        /// Where it goes, in this order: templates with `webhook` files.
        required to = "to": OneOrMany<At<String>>,
        /// Nobody claimed it for so long: the next is asked. Default: `15m`.
        optional unclaimed = "unclaimed": At<Length>,
        /// It is over after this long, whatever was said. Default: `7d`.
        optional at_most = "at most": At<Length>,
    }
}
