//! Definitions: immutable, under names that carry their version; the manifest says which are in force.

use super::capacity::{Access, Part};
use super::codec::{self, Attributes, Item};
use super::keys;
use super::{Condition, DynamoStore, ITEM_MAX_BYTES};
use crate::aws::failure;
use crate::ports::definitions::{Definition, DefinitionKey, Manifest, PublishError};
use crate::ports::{Definitions, PortError};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use std::collections::HashSet;

/// Most keys in one batch (API reference, "BatchGetItem").
const BATCH: usize = 100;
/// Most batches in a row that bring nothing before the call is given up.
const IDLE_TRIES: usize = 3;

impl Definitions for DynamoStore {
    async fn manifest(&self) -> Result<Manifest, PortError> {
        match self.read(Part::Definitions, keys::manifest()).await? {
            Some(row) => Ok(codec::decode_manifest(&row)?),
            None => Ok(Manifest::default()),
        }
    }

    async fn definitions(&self, keys: &[DefinitionKey]) -> Result<Vec<Definition>, PortError> {
        let keys: HashSet<_> = keys.iter().map(keys::definition).collect();
        let keys: Vec<Item> = keys.into_iter().map(codec::keyed).collect();
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(BATCH) {
            for row in self.batch(chunk.to_vec()).await? {
                found.push(codec::decode_definition(&row)?);
            }
        }
        Ok(found)
    }

    async fn store(&self, definition: &Definition) -> Result<(), PublishError> {
        let row = codec::encode_definition(definition)?;
        fits(&row)?;
        self.write_if(Part::Definitions, row, Condition::absent()).await?;
        Ok(())
    }

    async fn publish(&self, manifest: &Manifest) -> Result<(), PublishError> {
        let Some(before) = manifest.revision.checked_sub(1) else {
            return Err(PortError::Fail("a manifest's first revision is 1".to_owned()).into());
        };
        let row = codec::encode_manifest(manifest)?;
        fits(&row)?;
        let condition = Condition::counts(keys::REVISION, before);
        match self.write_if(Part::Definitions, row, condition).await? {
            true => Ok(()),
            false => Err(PublishError::Conflict),
        }
    }
}

impl DynamoStore {
    /// The items of at most [`BATCH`] keys that exist. DynamoDB may leave some for another call.
    async fn batch(&self, keys: Vec<Item>) -> Result<Vec<Item>, PortError> {
        let mut found = Vec::with_capacity(keys.len());
        let mut rest = keys;
        let mut idle = 0;
        while !rest.is_empty() {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(rest))
                .consistent_read(true)
                .build()
                .map_err(|error| PortError::Fail(format!("dynamodb BatchGetItem: {error}")))?;
            let mut answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, request)
                .set_return_consumed_capacity(self.asks_capacity())
                .send()
                .await
                .map_err(|error| failure::sort("dynamodb BatchGetItem", &error))?;
            self.consumed(Part::Definitions, Access::Read, answer.consumed_capacity().first());
            let rows = answer
                .responses
                .as_mut()
                .and_then(|tables| tables.remove(&self.table))
                .unwrap_or_default();
            idle = if rows.is_empty() { idle + 1 } else { 0 };
            found.extend(rows);
            rest = answer
                .unprocessed_keys
                .as_mut()
                .and_then(|tables| tables.remove(&self.table))
                .map(|left| left.keys)
                .unwrap_or_default();
            if idle >= IDLE_TRIES && !rest.is_empty() {
                return Err(PortError::Retry(
                    "dynamodb BatchGetItem: keys left unprocessed".to_owned(),
                ));
            }
        }
        Ok(found)
    }
}

/// Refuses what is too large, by the name in its key.
fn fits(row: &Item) -> Result<(), PublishError> {
    let bytes = codec::size(row);
    if bytes > ITEM_MAX_BYTES {
        return Err(PublishError::TooLarge {
            name: row.text(keys::SK).unwrap_or_default().to_owned(),
            bytes,
            limit: ITEM_MAX_BYTES,
        });
    }
    Ok(())
}
