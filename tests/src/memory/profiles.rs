//! Profiles in memory.

use super::table::{MemoryStore, Table};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::message::Message;
use beckon_shared::domain::profile::{Profile, Traits};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::profiles::{MESSAGES_MAX, SaveError};
use beckon_shared::ports::{PortError, Profiles};
use beckon_shared::store::codec::{self, Attributes, Item};
use beckon_shared::store::{ITEM_MAX_BYTES, keys};

impl Profiles for MemoryStore {
    async fn load(&self, id: &ProfileId) -> Result<Option<Profile>, PortError> {
        self.faults.around("profiles.load", || self.profile(id)).await
    }

    async fn save(
        &self,
        id: &ProfileId,
        profile: &mut Profile,
        traits_changed: bool,
        messages: &[Message],
        messages_expire: Timestamp,
    ) -> Result<(), SaveError> {
        let version = profile.version + 1;
        let save = || {
            if messages.len() > MESSAGES_MAX {
                return Err(PortError::Fail("too many messages in one save".to_owned()).into());
            }
            let state = fitting("state", codec::encode_state(id, version, &profile.state)?)?;
            let traits = match traits_changed && !(profile.version == 0 && profile.traits == Traits::default()) {
                true => Some(fitting("traits", codec::encode_traits(id, &profile.traits)?)?),
                false => None,
            };
            let messages = messages
                .iter()
                .map(|message| fitting("message", codec::encode_message(message, messages_expire)?))
                .collect::<Result<Vec<_>, _>>()?;
            self.write(|table| {
                if stored_version(table, id)? != profile.version {
                    return Err(SaveError::Conflict);
                }
                table.put(keys::state(id), state);
                if let Some(traits) = traits {
                    table.put(keys::traits(id), traits);
                }
                for message in messages {
                    let key = message.key().map_err(PortError::from)?;
                    table.put_new(key, message);
                }
                Ok(())
            })
        };
        self.faults.around("profiles.save", save).await?;
        profile.version = version;
        Ok(())
    }
}

/// 0 where nothing is saved.
fn stored_version(table: &Table, id: &ProfileId) -> Result<u64, PortError> {
    match table.get(&keys::state(id)) {
        Some(state) => Ok(state.number(keys::VERSION)?),
        None => Ok(0),
    }
}

fn fitting(part: &'static str, item: Item) -> Result<Item, SaveError> {
    let bytes = codec::size(&item);
    match bytes > ITEM_MAX_BYTES {
        true => Err(SaveError::TooLarge {
            part,
            bytes,
            limit: ITEM_MAX_BYTES,
        }),
        false => Ok(item),
    }
}
