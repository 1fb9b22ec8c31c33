//! The workspace: what holds for all campaigns, and the words they may use.

use super::caps::caps;
use super::scores::{moments, scores};
use super::segments::segments;
use super::{Star, event_names};
use crate::authoring::condition::{Shape, Type, Vocabulary};
use crate::authoring::raw::{
    At, EventName, Length, OneOrMany, RawDerived, RawList, RawQuietHours, RawRetention, RawWorkspace, Report,
};
use crate::authoring::suggest::did_you_mean;
use crate::channel::webhook::Destination;
use crate::domain::campaign::{Derived, Kept, ListRule, QuietHours, Senders, Workspace};
use crate::domain::condition::{Quantifier, Var};
use crate::domain::id::Version;
use crate::domain::profile::push_host;
use crate::domain::time::{Span, zone};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Words that lists and segments cannot be called.
const TAKEN: [&str; 6] = ["variant", "locale", "true", "false", "null", "in"];

/// The words that a team's conditions may use.
pub type TeamWords = Vocabulary;

/// Checks a workspace.
pub fn workspace(raw: &RawWorkspace, report: &mut Report<'_>) -> (Workspace, TeamWords) {
    let mut words = Vocabulary::default();
    for (name, properties) in raw.events.iter().flatten() {
        if let Some(known) = words.same_but_for_case(name) {
            let offset = report.source.find(name.as_str()).unwrap_or_default();
            report.warning(
                offset,
                format!("event `{name}` differs from `{known}` only in small and capital letters, is it another"),
            );
        }
        let properties = properties.iter().map(|(name, kind)| (name.clone(), kind.0.clone()));
        words.declare_event(name, properties.collect());
    }
    if let Some(traits) = &raw.traits {
        words.declare_traits(
            traits
                .iter()
                .map(|(name, kind)| (name.clone(), kind.0.clone()))
                .collect(),
        );
    }
    let derived = derived(raw, &mut words, report);
    let lists = lists(raw, &mut words, report);
    let scores = scores(raw, &mut words, report);
    let moments = raw.moments.as_ref().map(|raw| moments(raw, &mut words, report));
    let segments = segments(raw, &mut words, report);
    let plain = Workspace::default();
    let mut workspace = Workspace {
        version: plain.version,
        caps: caps(raw.caps.as_deref().unwrap_or_default(), report),
        quiet_hours: raw.quiet_hours.as_ref().and_then(|raw| quiet_hours(raw, report)),
        time_zone: raw.time_zone.as_ref().map_or(plain.time_zone, |name| {
            if zone(&name.value).is_none() {
                report.error(
                    name.offset,
                    format!(
                        "there is no time zone `{}`, expected one such as `Europe/Berlin`",
                        name.value
                    ),
                );
            }
            name.value.clone()
        }),
        locale: raw
            .locale
            .as_ref()
            .map_or(plain.locale, |locale| locale.value.0.clone()),
        lists,
        segments,
        scores,
        moments,
        server_only: event_names(
            raw.server_only.as_deref().unwrap_or_default(),
            Star::Refused,
            &words,
            report,
        ),
        late_after: raw.late_after.as_ref().map_or(plain.late_after, |span| span.value.0),
        kept: kept(raw.retention.as_ref(), report),
        senders: senders(raw, report),
        push_services: push_services(raw, report),
        addresses: plain.addresses,
        hosts: hosts(raw, report),
        derived,
        holdout_bp: holdout(raw, report),
        topics: raw.topics.clone().unwrap_or_default(),
        passive: event_names(
            raw.passive.as_deref().unwrap_or_default(),
            Star::Refused,
            &words,
            report,
        ),
    };
    if workspace.late_after > workspace.kept.events
        && let Some(late) = &raw.late_after
    {
        report.error(late.offset, "events are kept for a shorter time than they may be late");
    }
    workspace.version = Version::of(&serde_json::to_vec(&workspace).unwrap_or_default());
    (workspace, words)
}

/// How long records are kept: never shorter than what is promised rests on them.
fn kept(raw: Option<&RawRetention>, report: &mut Report<'_>) -> Kept {
    let plain = Kept::default();
    let (events, messages, origins) = match raw {
        None => (None, None, None),
        Some(RawRetention::Alike(span)) => (Some(span), Some(span), None),
        Some(RawRetention::Each(kept)) => (kept.events.as_ref(), kept.messages.as_ref(), kept.origins.as_ref()),
    };
    let mut told: Option<usize> = None;
    let mut long_enough = |said: Option<&At<Length>>, plain: Span, least: Span, because: &str| {
        let Some(said) = said else { return plain };
        let span = said.value.0;
        if span < least && told != Some(said.offset) {
            told = Some(said.offset);
            report.error(
                said.offset,
                format!("found `{span}`, expected at least `{least}`: {because}"),
            );
        }
        span.max(least)
    };
    Kept {
        messages: long_enough(
            messages,
            plain.messages,
            Kept::MESSAGES_MIN,
            "a message waits for its provider for up to a week",
        ),
        events: long_enough(
            events,
            plain.events,
            Kept::EVENTS_MIN,
            "what was accepted must be folded first, also where the stream has lost it",
        ),
        origins: long_enough(
            origins,
            plain.origins,
            Kept::ORIGINS_MIN,
            "a service's reports would find nobody",
        ),
    }
}

/// Events that are made of others' lists; their names become known.
fn derived(raw: &RawWorkspace, words: &mut Vocabulary, report: &mut Report<'_>) -> Vec<Derived> {
    let mut all = Vec::new();
    for (name, derived) in raw.derived.iter().flatten() {
        let RawDerived { from, each } = &derived.value;
        for from in event_names(&from.0, Star::Refused, words, report) {
            let made = raw.derived.iter().flatten().any(|(other, _)| *other == from);
            let entry = match words.event(std::slice::from_ref(&from)) {
                Type::Map(shape) => match shape.fields.get(&each.value) {
                    Some(Type::List(entry)) => Ok((**entry).clone().join(own(&shape))),
                    Some(other) => Err(format!("`{from}.{}` is {}, expected a list", each.value, other.kind())),
                    None => {
                        let hint = did_you_mean(&each.value, shape.fields.keys().map(String::as_str));
                        Err(format!("`{from}` has no `{}`{hint}", each.value))
                    }
                },
                _ => Ok(Type::Any),
            };
            match entry {
                Ok(_) if made => report.error(
                    derived.offset,
                    format!("`{from}` is a derived event itself, expected one that is sent"),
                ),
                Ok(entry) => {
                    words.declare_derived(name, &entry);
                    all.push(Derived {
                        event: name.clone(),
                        from,
                        each: each.value.clone(),
                    });
                }
                Err(message) => report.error(each.offset, message),
            }
        }
    }
    all
}

/// The properties of an event that are no lists or groups.
fn own(shape: &Shape) -> Type {
    let mut own = shape.clone();
    own.fields
        .retain(|_, kind| !matches!(kind, Type::List(_) | Type::Map(_)));
    Type::Map(Arc::new(own))
}

fn holdout(raw: &RawWorkspace, report: &mut Report<'_>) -> u16 {
    let Some(holdout) = &raw.holdout else {
        return 0;
    };
    if holdout.value.0 >= 10_000 {
        report.error(
            holdout.offset,
            "everybody is kept out: no marketing message is ever sent",
        );
    }
    holdout.value.0
}

fn quiet_hours(raw: &At<RawQuietHours>, report: &mut Report<'_>) -> Option<QuietHours> {
    let hours = &raw.value;
    if hours.from.value.0 == hours.to.value.0 {
        report.error(
            hours.to.offset,
            "quiet hours end when they begin: nothing would ever leave, or never wait",
        );
        return None;
    }
    Some(QuietHours {
        from: hours.from.value.0,
        to: hours.to.value.0,
        channels: hours.channels.0.iter().map(|channel| channel.value.0).collect(),
    })
}

fn lists(raw: &RawWorkspace, words: &mut Vocabulary, report: &mut Report<'_>) -> BTreeMap<String, ListRule> {
    let mut rules = BTreeMap::new();
    for (name, list) in raw.lists.iter().flatten() {
        if let Some(rule) = named(name, list.offset, report).and_then(|()| rule(list, words, report)) {
            words.declare_list(name, &rule);
            rules.insert(name.clone(), rule);
        }
    }
    rules
}

fn rule(list: &At<RawList>, words: &Vocabulary, report: &mut Report<'_>) -> Option<ListRule> {
    let raw = &list.value;
    let mut events = |names: &Option<OneOrMany<At<EventName>>>| {
        event_names(
            names.as_ref().map_or(&[], |names| &names.0),
            Star::Refused,
            words,
            report,
        )
    };
    let rule = ListRule {
        key: raw.key.clone(),
        by: raw.by.clone(),
        put: events(&raw.put),
        drop: events(&raw.drop),
        replace: events(&raw.replace),
        clear: events(&raw.clear),
        keep: raw.keep.as_ref().map_or_else(Vec::new, |keep| keep.0.clone()),
    };
    if rule.put.is_empty() && rule.replace.is_empty() {
        report.error(
            list.offset,
            "nothing is ever put on this list, expected `put` or `replace`",
        );
        return None;
    }
    Some(rule)
}

/// Whether conditions can say the name.
pub(super) fn named(name: &str, offset: usize, report: &mut Report<'_>) -> Option<()> {
    let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let taken = TAKEN.contains(&name)
        || Var::ALL.iter().any(|var| var.name() == name)
        || Quantifier::ALL.iter().any(|word| word.name() == name);
    if !fits {
        report.error(
            offset,
            format!("found `{name}`, expected a name of lower-case letters, digits and `_`, such as `loyal`"),
        );
    } else if taken {
        report.error(
            offset,
            format!("`{name}` means something else already, expected another name"),
        );
    }
    (fits && !taken).then_some(())
}

/// Hosts that may be called because a browser names them.
fn push_services(raw: &RawWorkspace, report: &mut Report<'_>) -> Vec<String> {
    let written = raw.push_services.as_deref().unwrap_or_default();
    let is_host = |written: &str| {
        let host = written.strip_prefix("*.").unwrap_or(written);
        push_host(&format!("https://{host}")) == Ok(host)
    };
    let mut hosts = Vec::new();
    for host in written {
        if is_host(&host.value) {
            hosts.push(host.value.clone());
        } else {
            let expected = "expected a host such as `push.example.com`, or `*.example.com` for all below it";
            report.error(host.offset, expected);
        }
    }
    hosts
}

fn senders(raw: &RawWorkspace, report: &mut Report<'_>) -> Senders {
    let mut address = |written: &At<String>| {
        if is_mailbox(&written.value) {
            Some(written.value.clone())
        } else {
            report.error(
                written.offset,
                "expected an address such as `hello@shop.example.com` or `Shop <hello@shop.example.com>`",
            );
            None
        }
    };
    let email_from = raw.email.as_ref().and_then(|email| address(&email.from));
    let email_reply_to = raw.email.as_ref().and_then(|email| address(email.reply_to.as_ref()?));
    let sms_sender_id = raw.sms.as_ref().and_then(|sms| sms.sender_id.as_ref()).and_then(|id| {
        let text = &id.value;
        let fits = (1..=11).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric())
            && text.bytes().any(|b| b.is_ascii_alphabetic());
        if !fits {
            report.error(
                id.offset,
                "expected 1 to 11 letters and digits, at least one of them a letter",
            );
        }
        fits.then(|| text.clone())
    });
    Senders {
        email_from,
        email_reply_to,
        sms_sender_id,
        sms_max_price: raw.sms.as_ref().and_then(|sms| Some(sms.max_price.as_ref()?.value.0)),
    }
}

/// Hosts that may be called: names, since numbers are nobody's to list.
fn hosts(raw: &RawWorkspace, report: &mut Report<'_>) -> Vec<String> {
    let mut hosts = Vec::new();
    for host in raw.hosts.iter().flat_map(|hosts| &hosts.0) {
        match Destination::of(&format!("https://{}", host.value)) {
            Ok(destination) if destination.host == host.value => hosts.push(destination.host),
            Ok(_) | Err(_) => report.error(
                host.offset,
                format!(
                    "found `{}`, expected a host's name such as `api.example.com`, in small letters, or with another \
                     port than 443 `api.example.com:8443`",
                    host.value
                ),
            ),
        }
    }
    hosts
}

/// `name@host`, or `Name <name@host>` (RFC 5322 §3.4), as far as senders need it.
fn is_mailbox(text: &str) -> bool {
    let address = match text.split_once('<') {
        Some((_, rest)) => match rest.strip_suffix('>') {
            Some(address) => address,
            None => return false,
        },
        None => text,
    };
    let fits = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "<>@,;\"".contains(c));
    address
        .split_once('@')
        .is_some_and(|(name, host)| fits(name) && fits(host) && host.contains('.'))
}
