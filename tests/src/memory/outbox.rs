//! Outboxes in memory.

use super::table::MemoryStore;
use aws_sdk_dynamodb::types::AttributeValue;
use beckon_shared::domain::id::{MessageId, ProfileId};
use beckon_shared::domain::message::Status;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::outbox::{Claim, Envelope, Postponed, Settled};
use beckon_shared::ports::{Outbox, PortError};
use beckon_shared::store::codec::{self, Attributes, Item};
use beckon_shared::store::keys;

impl Outbox for MemoryStore {
    async fn claim(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Claim, PortError> {
        let claim = || {
            let Some(mut item) = self.item(profile, message) else {
                return Ok(Claim::Done);
            };
            let ours: fn(Box<Envelope>) -> Claim = match status_of(&item)? {
                Status::Queued => Claim::Ours,
                Status::Sending => {
                    let lease = item.instant(keys::LEASE)?;
                    if lease.as_millisecond() >= now.as_millisecond() {
                        return Ok(Claim::Held(lease));
                    }
                    item.insert(keys::MAYBE_SENT.to_owned(), AttributeValue::Bool(true));
                    Claim::Abandoned
                }
                Status::Retry | Status::Unknown | Status::Sent | Status::Failed | Status::Skipped => {
                    return Ok(Claim::Done);
                }
            };
            set_status(&mut item, Status::Sending);
            let attempts = item.number::<u32>(keys::ATTEMPTS)? + 1;
            item.insert(keys::ATTEMPTS.to_owned(), codec::number(attempts));
            item.insert(keys::LEASE.to_owned(), codec::number(lease_until.as_millisecond()));
            let envelope = codec::decode_envelope(&item)?;
            self.replace(profile, message, item);
            Ok(ours(Box::new(envelope)))
        };
        self.faults.around("outbox.claim", claim).await
    }

    async fn settle(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        attempt: u32,
        how: &Settled,
    ) -> Result<(), PortError> {
        let settle = || {
            self.change_held(profile, message, attempt, |item| match how {
                Settled::Sent { provider_id } => {
                    set_status(item, Status::Sent);
                    item.insert(keys::PROVIDER_ID.to_owned(), AttributeValue::S(provider_id.clone()));
                }
                Settled::Failed { reason } => {
                    set_status(item, Status::Failed);
                    item.insert(keys::REASON.to_owned(), AttributeValue::S(reason.clone()));
                }
                Settled::Skipped { reason } => {
                    set_status(item, Status::Skipped);
                    item.insert(keys::REASON.to_owned(), AttributeValue::S(reason.clone()));
                }
                Settled::Unknown => set_status(item, Status::Unknown),
            })
        };
        self.faults.around("outbox.settle", settle).await
    }

    async fn postpone(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        attempt: u32,
        why: Postponed,
        due: Timestamp,
    ) -> Result<(), PortError> {
        let postpone = || {
            self.change_held(profile, message, attempt, |item| {
                match why {
                    Postponed::Retry => set_status(item, Status::Retry),
                    Postponed::Unknown => {
                        set_status(item, Status::Unknown);
                        item.insert(keys::MAYBE_SENT.to_owned(), AttributeValue::Bool(true));
                    }
                }
                let place = keys::due(profile, due);
                item.insert(keys::DUE_PK.to_owned(), AttributeValue::S(place.pk));
                item.insert(keys::DUE_SK.to_owned(), AttributeValue::S(place.sk));
            })
        };
        self.faults.around("outbox.postpone", postpone).await
    }

    async fn requeue(&self, profile: &ProfileId, message: &MessageId, now: Timestamp) -> Result<(), PortError> {
        let requeue = || {
            let Some(mut item) = self.item(profile, message) else {
                return Ok(());
            };
            // Who stands in a line is not due at any time.
            let is_lined = item
                .text(keys::DUE_PK)
                .is_ok_and(|pk| pk.starts_with(keys::LINE_PREFIX));
            let due = item
                .text(keys::DUE_SK)
                .ok()
                .filter(|_| !is_lined)
                .and_then(keys::due_time);
            if due.is_some_and(|due| due.as_millisecond() <= now.as_millisecond()) {
                set_status(&mut item, Status::Queued);
                item.remove(keys::DUE_PK);
                item.remove(keys::DUE_SK);
                self.replace(profile, message, item);
            }
            Ok(())
        };
        self.faults.around("outbox.requeue", requeue).await
    }

    async fn get(&self, profile: &ProfileId, message: &MessageId) -> Result<Option<Envelope>, PortError> {
        let get = || {
            let item = self.item(profile, message);
            Ok(item.as_ref().map(codec::decode_envelope).transpose()?)
        };
        self.faults.around("outbox.get", get).await
    }
}

impl MemoryStore {
    fn item(&self, profile: &ProfileId, message: &MessageId) -> Option<Item> {
        self.read(|table| table.get(&keys::message(profile, message)).cloned())
    }

    fn replace(&self, profile: &ProfileId, message: &MessageId, item: Item) {
        self.write(|table| table.put(keys::message(profile, message), item));
    }

    /// Changes the message and ends its lease, if this attempt still holds it.
    pub(super) fn change_held(
        &self,
        profile: &ProfileId,
        message: &MessageId,
        attempt: u32,
        change: impl FnOnce(&mut Item),
    ) -> Result<(), PortError> {
        let Some(mut item) = self.item(profile, message) else {
            return Ok(());
        };
        if status_of(&item)? == Status::Sending && item.number::<u32>(keys::ATTEMPTS)? == attempt {
            item.remove(keys::LEASE);
            change(&mut item);
            self.replace(profile, message, item);
        }
        Ok(())
    }
}

fn status_of(item: &Item) -> Result<Status, PortError> {
    Status::parse(item.text(keys::STATUS)?).ok_or_else(|| PortError::Fail("not a status".to_owned()))
}

fn set_status(item: &mut Item, status: Status) {
    item.insert(keys::STATUS.to_owned(), AttributeValue::S(status.name().to_owned()));
}
