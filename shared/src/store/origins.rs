//! Where messages came from, by the services' ids for them; and what is said of a message before that is known, under
//! the same key.

use super::capacity::{Access, Part};
use super::codec::{self, Item, Known};
use super::{DynamoStore, keys};
use crate::aws::failure;
use crate::domain::service::Heard;
use crate::domain::time::Timestamp;
use crate::ports::origins::{KeptWord, Named, Noted, Origin, WORDS_MAX};
use crate::ports::{Origins, PortError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

/// How often somebody else may be quicker before the call is given up.
const TRIES: usize = WORDS_MAX + 2;

impl Origins for DynamoStore {
    async fn note_origin(
        &self,
        service: &str,
        named: Named<'_>,
        origin: &Origin,
        told: usize,
        expires: Timestamp,
    ) -> Result<Noted, PortError> {
        let row = codec::encode_origin(keys::origin(service, named), origin, expires)?;
        // A row without words is an origin, or none.
        match self.put_origin(row, "attribute_not_exists(#words)", told).await? {
            None => Ok(Noted::Kept),
            Some(found) => match codec::decode_known(&found)? {
                Known::Words(words) => Ok(Noted::Waiting(words)),
                Known::Origin(_) => Err(gone()),
            },
        }
    }

    async fn origin(&self, service: &str, named: Named<'_>) -> Result<Option<Origin>, PortError> {
        let row = self.read(Part::Origins, keys::origin(service, named)).await?;
        let known = row.as_ref().map(codec::decode_known).transpose()?;
        Ok(known.and_then(Known::origin))
    }

    async fn keep_word(
        &self,
        service: &str,
        id: &str,
        word: &Heard,
        expires: Timestamp,
    ) -> Result<KeptWord, PortError> {
        let key = keys::origin(service, Named::Id(id));
        let mut words: Vec<Heard> = Vec::new();
        for _ in 0..TRIES {
            let all: Vec<Heard> = words.iter().chain([word]).cloned().collect();
            let row = codec::encode_words(key.clone(), &all, expires)?;
            let Some(found) = self.put_origin(row, "attribute_not_exists(PK)", words.len()).await? else {
                return Ok(KeptWord::Waits);
            };
            words = match codec::decode_known(&found)? {
                Known::Origin(origin) => return Ok(KeptWord::Known(origin)),
                Known::Words(words) if words.contains(word) => return Ok(KeptWord::Waits),
                Known::Words(words) if words.len() >= WORDS_MAX => return Ok(KeptWord::TooMany),
                Known::Words(words) => words,
            };
        }
        Err(gone())
    }
}

impl DynamoStore {
    /// Puts the row if `free` says that the place is, or if `words` wait there. Gives what is there otherwise.
    async fn put_origin(&self, row: Item, free: &str, words: usize) -> Result<Option<Item>, PortError> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression(format!("{free} OR #words = :words"))
            .expression_attribute_names("#words", keys::WORDS)
            .expression_attribute_values(":words", codec::number(words))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await;
        match result {
            Ok(answer) => {
                self.consumed(Part::Origins, Access::Write, answer.consumed_capacity());
                Ok(None)
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    failed.item().cloned().map(Some).ok_or_else(gone)
                }
                _ => Err(failure::sort("dynamodb PutItem", &error)),
            },
        }
    }
}

/// Somebody else changed it in between, more often than can be followed.
fn gone() -> PortError {
    PortError::Retry("what is known of a message changed meanwhile".to_owned())
}
