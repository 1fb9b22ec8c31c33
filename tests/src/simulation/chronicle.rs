//! What really took place, read from the stream: what reached each person's inbox, when they were
//! looked at and how much was known then, and what was decided.

use super::said::Said;
use crate::memory::Change;
use crate::world::World;
use beckon_shared::domain::event::Input;
use beckon_shared::domain::id::{MessageId, ProfileId};
use beckon_shared::domain::message::Message;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::store::codec::{self, Item};
use beckon_shared::store::keys::Kind;
use std::collections::BTreeMap;

/// Everybody's lives, as far as they were read.
#[derive(Default)]
pub struct Chronicle {
    /// By profile.
    pub lives: BTreeMap<ProfileId, Life>,
    read: usize,
}

/// One person's.
#[derive(Default)]
pub struct Life {
    /// What reached the inbox, in that order, repeats included.
    pub arrivals: Vec<Arrival>,
    /// When the profile was looked at, with how many of the arrivals were known.
    pub looks: Vec<Look>,
    /// What was decided to be sent, in that order.
    pub messages: Vec<Message>,
}

/// Something that reached the inbox.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// What.
    pub said: Said,
    /// When it was accepted.
    pub received: Timestamp,
    sequence: String,
}

/// One look at a profile that was saved.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// When.
    pub now: Timestamp,
    /// How many arrivals were known.
    pub known: usize,
}

impl Chronicle {
    /// Reads on, to the end of the stream. `said` is everything that was ever told.
    pub fn read_on(&mut self, world: &World, said: &[Said]) -> Result<(), String> {
        for record in world.outside.store.records_from(self.read) {
            self.read = record.position + 1;
            let now = world.written_at(record.position).ok_or("the stream was not read")?;
            let (Some(profile), true) = (record.key.profile(), record.change != Change::Remove) else {
                continue;
            };
            let life = self.lives.entry(profile).or_default();
            match record.key.kind() {
                Kind::Inbox if record.change == Change::Insert => {
                    life.arrive(&record.sequence(), &record.image, said)?
                }
                Kind::State => life.look(now, &record.image)?,
                Kind::Message if record.change == Change::Insert => {
                    let envelope = codec::decode_envelope(&record.image).map_err(|error| error.to_string())?;
                    life.messages.push(envelope.message);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The message of that id.
    pub fn message(&self, profile: &ProfileId, id: &MessageId) -> Option<&Message> {
        self.lives
            .get(profile)?
            .messages
            .iter()
            .find(|message| message.id == *id)
    }
}

impl Life {
    fn arrive(&mut self, sequence: &str, image: &Item, said: &[Said]) -> Result<(), String> {
        let item = codec::decode_inbox(image).map_err(|error| error.to_string())?;
        for input in &item.inputs {
            let Input::Event(event) = input else { continue };
            // What `send` and providers say is no part of the scenarios.
            let Some(said) = said.iter().find(|said| said.id == event.id) else {
                continue;
            };
            let (said, sequence) = (said.clone(), sequence.to_owned());
            self.arrivals.push(Arrival {
                said,
                received: item.received,
                sequence,
            });
        }
        Ok(())
    }

    fn look(&mut self, now: Timestamp, image: &Item) -> Result<(), String> {
        let profile = codec::decode_profile(image, None::<&Item>).map_err(|error| error.to_string())?;
        let (cursor, floor) = (profile.state.cursor.unwrap_or_default(), profile.state.floor);
        // Sequence numbers here are all of one length. Below the floor, the inbox itself was read.
        let is_known =
            |arrival: &&Arrival| arrival.sequence <= cursor || floor.is_some_and(|floor| arrival.received <= floor);
        let known = self.arrivals.iter().filter(is_known).count();
        self.looks.push(Look { now, known });
        Ok(())
    }
}
