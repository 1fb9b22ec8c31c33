//! Keys of lines.

use super::{Due, Key, parse_time, time};
use crate::domain::campaign::Channel;
use crate::domain::id::{MessageId, ProfileId};
use crate::domain::line::Place;
use crate::ports::due::{Bucket, SHARDS};

/// What partitions of the due index begin with in which messages wait for a provider.
pub const LINE_PREFIX: &str = "L#";

/// The partitions of a channel's line.
pub fn line_pks(channel: Channel) -> impl Iterator<Item = String> {
    (0..SHARDS).map(move |shard| line_pk(channel, shard))
}

fn line_pk(channel: Channel, shard: u16) -> String {
    format!("{LINE_PREFIX}{}#{shard}", channel.name())
}

/// A message's place in its channel's line.
pub fn line(profile: &ProfileId, channel: Channel, place: &Place) -> Due {
    Due {
        pk: line_pk(channel, Bucket::of(profile, place.decided).shard),
        sk: line_sk(place),
    }
}

/// The place as a sort key: places are in its order.
pub fn line_sk(place: &Place) -> String {
    format!(
        "{:04}#{}#{}#{:04}#{}#{}#{}",
        place.urgency,
        time(place.wanted),
        time(place.decided),
        place.tries.min(9_999),
        time(place.refused),
        time(place.hold),
        place.message
    )
}

/// The place that a sort key tells.
pub fn line_place(sk: &str) -> Option<Place> {
    let mut parts = sk.splitn(7, '#');
    let mut next = || parts.next();
    Some(Place {
        urgency: next()?.parse().ok()?,
        wanted: parse_time(next()?)?,
        decided: parse_time(next()?)?,
        tries: next()?.parse().ok()?,
        refused: parse_time(next()?)?,
        hold: parse_time(next()?)?,
        message: MessageId::from(next()?),
    })
}

/// How many were called up from a line last.
pub fn pace(channel: Channel) -> Key {
    Key::of("W#", format!("LINE#{}", channel.name()))
}
