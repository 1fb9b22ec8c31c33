//! Definitions in memory.

use super::table::MemoryStore;
use beckon_shared::ports::definitions::{Definition, DefinitionKey, Manifest, PublishError};
use beckon_shared::ports::{Definitions, PortError};
use beckon_shared::store::codec::{self, Attributes, Item};
use beckon_shared::store::{ITEM_MAX_BYTES, keys};
use std::collections::BTreeSet;

impl Definitions for MemoryStore {
    async fn manifest(&self) -> Result<Manifest, PortError> {
        self.faults.around("definitions.manifest", || self.in_force()).await
    }

    async fn definitions(&self, keys: &[DefinitionKey]) -> Result<Vec<Definition>, PortError> {
        let read = || {
            let keys: BTreeSet<_> = keys.iter().map(keys::definition).collect();
            self.read(|table| {
                keys.iter()
                    .filter_map(|key| table.get(key))
                    .map(|row| Ok(codec::decode_definition(row)?))
                    .collect()
            })
        };
        self.faults.around("definitions.definitions", read).await
    }

    async fn store(&self, definition: &Definition) -> Result<(), PublishError> {
        let store = || {
            let row = fitting(codec::encode_definition(definition)?)?;
            let key = row.key().map_err(PortError::from)?;
            self.write(|table| table.put_new(key, row));
            Ok(())
        };
        self.faults.around("definitions.store", store).await
    }

    async fn publish(&self, manifest: &Manifest) -> Result<(), PublishError> {
        let publish = || {
            if manifest.revision == 0 {
                return Err(PortError::Fail("a manifest's first revision is 1".to_owned()).into());
            }
            let row = fitting(codec::encode_manifest(manifest)?)?;
            if self.in_force()?.revision + 1 != manifest.revision {
                return Err(PublishError::Conflict);
            }
            self.write(|table| table.put(keys::manifest(), row));
            Ok(())
        };
        self.faults.around("definitions.publish", publish).await
    }
}

impl MemoryStore {
    fn in_force(&self) -> Result<Manifest, PortError> {
        let row = self.read(|table| table.get(&keys::manifest()).cloned());
        Ok(row
            .as_ref()
            .map(codec::decode_manifest)
            .transpose()?
            .unwrap_or_default())
    }
}

fn fitting(row: Item) -> Result<Item, PublishError> {
    let bytes = codec::size(&row);
    match bytes > ITEM_MAX_BYTES {
        true => Err(PublishError::TooLarge {
            name: row.text(keys::SK).unwrap_or_default().to_owned(),
            bytes,
            limit: ITEM_MAX_BYTES,
        }),
        false => Ok(row),
    }
}
