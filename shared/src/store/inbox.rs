//! Inboxes: an item is put once, whoever repeats it.

use super::capacity::{Access, Part};
use super::codec::{self, Attributes, Item};
use super::{Condition, DynamoStore, ITEM_MAX_BYTES, keys};
use crate::aws::failure;
use crate::domain::event::InboxItem;
use crate::domain::id::ProfileId;
use crate::domain::time::Timestamp;
use crate::ports::inbox::{Appended, LatestPage, Older};
use crate::ports::{Inbox, PortError};
use aws_sdk_dynamodb::types::AttributeValue;

impl Inbox for DynamoStore {
    async fn append(&self, item: &InboxItem, expires: Timestamp) -> Result<Appended, PortError> {
        let row = codec::encode_inbox(item, expires)?;
        let bytes = codec::size(&row);
        if bytes > ITEM_MAX_BYTES {
            return Err(PortError::Fail(format!(
                "the inbox item would be {bytes} bytes, over the limit of {ITEM_MAX_BYTES}"
            )));
        }
        let new = self.write_if(Part::Inbox, row, Condition::absent()).await?;
        Ok(if new { Appended::New } else { Appended::Repeat })
    }

    async fn received_between(
        &self,
        profile: &ProfileId,
        after: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<InboxItem>, PortError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let (page, next) = self.received_page(profile, after, until, start).await?;
            for row in &page {
                items.push(codec::decode_inbox(row)?);
            }
            if next.is_none() {
                break;
            }
            start = next;
        }
        items.sort_by_key(|item| item.received);
        Ok(items)
    }

    async fn latest(
        &self,
        profile: &ProfileId,
        after: Timestamp,
        now: Timestamp,
        from: Option<&Older>,
    ) -> Result<LatestPage, PortError> {
        let (begin, end) = keys::inbox_after(after);
        let start = from.map(|Older(sk)| codec::keyed(keys::in_partition(profile, sk)));
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :begin AND :end")
            .filter_expression("#ttl > :now")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_names("#sk", keys::SK)
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_values(":pk", AttributeValue::S(keys::profile_pk(profile)))
            .expression_attribute_values(":begin", AttributeValue::S(begin))
            .expression_attribute_values(":end", AttributeValue::S(end.to_owned()))
            .expression_attribute_values(":now", codec::number(now.as_second()))
            .scan_index_forward(false)
            .set_exclusive_start_key(start)
            .consistent_read(true)
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb Query", &error))?;
        self.consumed(Part::Inbox, Access::Read, answer.consumed_capacity());
        let last = answer.last_evaluated_key().map(Attributes::key).transpose()?;
        Ok(page_of(answer.items(), last.map(|key| Older(key.sk))))
    }
}

/// A page of these rows.
pub fn page_of<'r>(rows: impl IntoIterator<Item = &'r Item>, next: Option<Older>) -> LatestPage {
    let mut page = LatestPage {
        next,
        ..LatestPage::default()
    };
    for row in rows {
        page.bytes += codec::size(row);
        match codec::decode_inbox(row) {
            Ok(item) => page.items.push(item),
            Err(_) => page.unreadable += 1,
        }
    }
    page
}

impl DynamoStore {
    /// A page (1 MB read at most) of the inbox, in order of event time.
    async fn received_page(
        &self,
        profile: &ProfileId,
        after: Timestamp,
        until: Timestamp,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), PortError> {
        let (from, to) = keys::inbox_range();
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
            .filter_expression("#received > :after AND #received <= :until")
            .expression_attribute_names("#pk", keys::PK)
            .expression_attribute_names("#sk", keys::SK)
            .expression_attribute_names("#received", keys::RECEIVED)
            .expression_attribute_values(":pk", AttributeValue::S(keys::profile_pk(profile)))
            .expression_attribute_values(":from", AttributeValue::S(from.to_owned()))
            .expression_attribute_values(":to", AttributeValue::S(to.to_owned()))
            .expression_attribute_values(":after", codec::number(after.as_millisecond()))
            .expression_attribute_values(":until", codec::number(until.as_millisecond()))
            .set_exclusive_start_key(start)
            .consistent_read(true)
            .set_return_consumed_capacity(self.asks_capacity())
            .send()
            .await
            .map_err(|error| failure::sort("dynamodb Query", &error))?;
        self.consumed(Part::Inbox, Access::Read, answer.consumed_capacity());
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}
