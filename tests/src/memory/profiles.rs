//! Profiles in memory.

use super::table::{MemoryStore, Table};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::{Profile, Traits};
use beckon_shared::ports::profiles::{Decided, MESSAGES_MAX, SaveError};
use beckon_shared::ports::{PortError, Profiles};
use beckon_shared::store::codec::{self, Attributes, Item};
use beckon_shared::store::log::add_log;
use beckon_shared::store::{ITEM_MAX_BYTES, keys};

impl Profiles for MemoryStore {
    async fn load(&self, id: &ProfileId) -> Result<Option<Profile>, PortError> {
        self.faults.around("profiles.load", || self.profile(id)).await
    }

    async fn save(&self, id: &ProfileId, profile: &mut Profile, decided: &Decided<'_>) -> Result<usize, SaveError> {
        let version = profile.version + 1;
        let save = || {
            if decided.messages.len() > MESSAGES_MAX {
                return Err(PortError::Fail("too many messages in one save".to_owned()).into());
            }
            let mut state = codec::encode_state(id, version, &profile.state)?;
            let bytes = codec::state_bytes(&state);
            add_log(&mut state, &profile.log)?;
            let state = fitting("state", state)?;
            let traits = match decided.traits_changed && !(profile.version == 0 && profile.traits == Traits::default())
            {
                true => Some(fitting("traits", codec::encode_traits(id, &profile.traits)?)?),
                false => None,
            };
            let mut beside = Vec::new();
            for message in decided.messages {
                beside.push(fitting("message", codec::encode_message(message, decided.expires)?)?);
            }
            for forward in decided.forwards {
                beside.push(fitting(
                    "forward",
                    codec::encode_inbox(forward, decided.forwards_expire)?,
                )?);
            }
            self.write(|table| {
                if stored_version(table, id)? != profile.version {
                    return Err(SaveError::Conflict);
                }
                table.put(keys::state(id), state);
                if let Some(traits) = traits {
                    table.put(keys::traits(id), traits);
                }
                for row in beside {
                    let key = row.key().map_err(PortError::from)?;
                    table.put_new(key, row);
                }
                Ok(bytes)
            })
        };
        let bytes = self.faults.around("profiles.save", save).await?;
        profile.version = version;
        Ok(bytes)
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
