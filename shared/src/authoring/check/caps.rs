//! Frequency caps: which messages each speaks of, and whether it can ever hold one back.

use crate::authoring::raw::{At, RawCap, Report};
use crate::domain::campaign::{Cap, Channel, Purpose};
use crate::domain::profile::{LEDGER_KEPT, LEDGER_KEPT_APART};
use crate::domain::time::Span;

/// Checks caps, each by itself and beside the others. The topics that they name go to the report.
pub fn caps(raw: &[At<RawCap>], report: &mut Report<'_>) -> Vec<Cap> {
    let mut caps: Vec<(Cap, usize)> = Vec::new();
    let mut apart = 0;
    for written in raw {
        let Some(cap) = cap(written, report) else { continue };
        if !cap.channels.is_empty() || !cap.topics.is_empty() {
            apart += usize::from(cap.at_most);
        }
        if let Some((other, _)) = caps.iter().find(|(other, _)| speaks_of_the_same(other, &cap)) {
            report.error(
                written.offset,
                format!("there is a cap for the same messages in the same time already: `{other}`, expected one"),
            );
        } else if let Some((other, _)) = caps.iter().find(|(other, _)| hides(other, &cap)) {
            report.warning(written.offset, never_reached(other));
        }
        for (other, offset) in &caps {
            if hides(&cap, other) && !speaks_of_the_same(&cap, other) {
                report.warning(*offset, never_reached(&cap));
            }
        }
        caps.push((cap, written.offset));
    }
    if apart > LEDGER_KEPT_APART
        && let Some((_, last)) = caps.last()
    {
        report.error(
            *last,
            format!(
                "caps by channel or topic allow {apart} messages in all, expected at most {LEDGER_KEPT_APART}: no more \
                 are remembered for them"
            ),
        );
    }
    caps.into_iter().map(|(cap, _)| cap).collect()
}

fn never_reached(other: &Cap) -> String {
    format!("this cap never holds anything back: `{other}` is always full before")
}

/// Whether both are about the same messages and the same time.
fn speaks_of_the_same(one: &Cap, other: &Cap) -> bool {
    one.window == other.window
        && covers(&one.channels, &other.channels)
        && covers(&other.channels, &one.channels)
        && covers(&one.topics, &other.topics)
        && covers(&other.topics, &one.topics)
}

/// Whether the first is full whenever the other is. One for more channels need not be: what goes from channel to
/// channel is one message to it.
fn hides(one: &Cap, other: &Cap) -> bool {
    one.window >= other.window
        && one.at_most <= other.at_most
        && covers(&one.channels, &other.channels)
        && covers(&other.channels, &one.channels)
        && covers(&one.topics, &other.topics)
}

/// Whether the one means all that the other means; what names none means any.
fn covers<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.is_empty() || (!other.is_empty() && other.iter().all(|named| one.contains(named)))
}

fn cap(raw: &At<RawCap>, report: &mut Report<'_>) -> Option<Cap> {
    let cap = &raw.value;
    if let Some(purpose) = &cap.purpose
        && purpose.value.0 != Purpose::Marketing
    {
        report.error(
            purpose.offset,
            "transactional messages are exempt from caps, expected `marketing`",
        );
        return None;
    }
    let mut channels: Vec<Channel> = Vec::new();
    for channel in cap.channel.iter().flat_map(|channels| &channels.0) {
        if channels.contains(&channel.value.0) {
            let message = format!("`{}` is named twice", channel.value.0.name());
            report.error(channel.offset, message);
        } else {
            channels.push(channel.value.0);
        }
    }
    let mut topics: Vec<String> = Vec::new();
    for topic in cap.topic.iter().flat_map(|topics| &topics.0) {
        let name = &topic.value.0;
        if topics.contains(name) {
            report.error(topic.offset, format!("`{name}` is named twice"));
        } else {
            report.topics.push((name.clone(), topic.offset));
            topics.push(name.clone());
        }
    }
    let at_most = cap.at_most.value.0;
    if usize::from(at_most) > LEDGER_KEPT {
        report.error(
            cap.at_most.offset,
            format!("found `{at_most}`, expected at most {LEDGER_KEPT}: no more sends are remembered for caps"),
        );
        return None;
    }
    if cap.within.value.0 == Span::default() {
        report.error(cap.within.offset, "expected a window longer than nothing, such as `7d`");
        return None;
    }
    Some(Cap {
        purpose: Purpose::Marketing,
        channels,
        topics,
        at_most,
        window: cap.within.value.0,
    })
}
