//! All profiles of the table, for people who ask what a change would do: a parallel scan, page by page.
//!
//! DynamoDB reads every item to find those that are states and traits (Developer Guide, "Scanning
//! tables"), so that it costs what the whole table weighs: the caller decides how fast.

use super::codec::{self, Attributes, Item};
use super::keys::{self, Kind};
use super::{DynamoStore, capacity};
use crate::aws::failure;
use crate::domain::id::ProfileId;
use crate::domain::profile::Profile;
use crate::ports::PortError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};

/// One part of the table, read from its beginning to its end. Items lie in parts by the hash of
/// their profile's id: a part is a random sample of the profiles.
#[derive(Debug)]
pub struct Part {
    number: i32,
    of: i32,
    start: Option<Item>,
    is_over: bool,
    /// A state at the end of a page: its traits may begin the next.
    held: Option<(ProfileId, Item)>,
}

impl Part {
    /// Part `number` (from 0) of `of`.
    pub fn new(number: u16, of: u16) -> Self {
        Self {
            number: number.into(),
            of: of.into(),
            start: None,
            is_over: false,
            held: None,
        }
    }
}

/// Some profiles, and what it cost to find them.
#[derive(Debug, Default)]
pub struct Page {
    /// The profiles.
    pub profiles: Vec<(ProfileId, Profile)>,
    /// Read capacity units that were consumed.
    pub units: f64,
}

impl DynamoStore {
    /// The next page (1 MB read at most, eventually consistent) of the part; `None` at its end. A
    /// page may hold nobody.
    ///
    /// # Errors
    /// Where the table does not answer, or an item cannot be read.
    pub async fn roll(&self, part: &mut Part) -> Result<Option<Page>, PortError> {
        if part.is_over {
            return Ok(None);
        }
        let answer = self
            .client
            .scan()
            .table_name(&self.table)
            .segment(part.number)
            .total_segments(part.of)
            .filter_expression("#sk IN (:state, :traits)")
            .expression_attribute_names("#sk", keys::SK)
            .expression_attribute_values(":state", AttributeValue::S(keys::profile_range().0.to_owned()))
            .expression_attribute_values(":traits", AttributeValue::S(keys::profile_range().1.to_owned()))
            .set_exclusive_start_key(part.start.take())
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb Scan", &error))?;
        let consumed = answer.consumed_capacity();
        self.consumed(capacity::Part::State, capacity::Access::Read, consumed);
        let units = consumed
            .and_then(aws_sdk_dynamodb::types::ConsumedCapacity::capacity_units)
            .unwrap_or_default();
        part.is_over = answer.last_evaluated_key.is_none();
        part.start = answer.last_evaluated_key;
        let mut page = Page {
            profiles: Vec::new(),
            units,
        };
        for row in answer.items.unwrap_or_default() {
            let key = row.key()?;
            let Some(id) = key.profile() else { continue };
            match (key.kind(), part.held.take()) {
                (Kind::State, before) => {
                    page.settle(before, None)?;
                    part.held = Some((id, row));
                }
                (Kind::Traits, Some(state)) if state.0 == id => page.settle(Some(state), Some(&row))?,
                (_, before) => page.settle(before, None)?,
            }
        }
        if part.is_over {
            page.settle(part.held.take(), None)?;
        }
        Ok(Some(page))
    }
}

impl Page {
    fn settle(&mut self, state: Option<(ProfileId, Item)>, traits: Option<&Item>) -> Result<(), PortError> {
        if let Some((id, state)) = state {
            self.profiles.push((id, codec::decode_profile(&state, traits)?));
        }
        Ok(())
    }
}
