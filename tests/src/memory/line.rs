//! Lines of messages in memory. Never lag.

use super::table::MemoryStore;
use aws_sdk_dynamodb::types::AttributeValue;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::line::{Pace, Place};
use beckon_shared::domain::message::Status;
use beckon_shared::ports::line::Waiting;
use beckon_shared::ports::{Line, PortError};
use beckon_shared::store::codec::{self, Attributes};
use beckon_shared::store::keys;

impl Line for MemoryStore {
    async fn line_up(
        &self,
        profile: &ProfileId,
        channel: Channel,
        attempt: u32,
        place: &Place,
    ) -> Result<(), PortError> {
        let line_up = || {
            self.change_held(profile, &place.message, attempt, |item| {
                let at = keys::line(profile, channel, place);
                let texts = [
                    (keys::STATUS, Status::Retry.name().to_owned()),
                    (keys::DUE_PK, at.pk),
                    (keys::DUE_SK, at.sk),
                ];
                for (name, text) in texts {
                    item.insert(name.to_owned(), AttributeValue::S(text));
                }
            })
        };
        self.faults.around("line.line_up", line_up).await
    }

    async fn line(&self, channel: Channel, _limit: u32) -> Result<Vec<Waiting>, PortError> {
        let look = || {
            let mut all: Vec<Waiting> = self.read(|table| {
                let stands = keys::line_pks(channel).flat_map(|pk| table.line_in(pk));
                stands
                    .filter_map(|(sk, key)| {
                        Some(Waiting {
                            profile: key.profile()?,
                            place: keys::line_place(sk)?,
                        })
                    })
                    .collect()
            });
            all.sort_by(|one, other| one.place.cmp(&other.place));
            Ok(all)
        };
        self.faults.around("line.line", look).await
    }

    async fn call_up(&self, waiting: &Waiting) -> Result<(), PortError> {
        let call_up = || {
            let message = keys::message(&waiting.profile, &waiting.place.message);
            let Some(mut item) = self.read(|table| table.get(&message).cloned()) else {
                return Ok(());
            };
            let stands = item.text(keys::STATUS) == Ok(Status::Retry.name())
                && item.text(keys::DUE_SK) == Ok(keys::line_sk(&waiting.place).as_str());
            if stands {
                let queued = AttributeValue::S(Status::Queued.name().to_owned());
                item.insert(keys::STATUS.to_owned(), queued);
                item.remove(keys::DUE_PK);
                item.remove(keys::DUE_SK);
                self.write(|table| table.put(message, item));
            }
            Ok(())
        };
        self.faults.around("line.call_up", call_up).await
    }

    async fn pace(&self, channel: Channel) -> Result<Option<Pace>, PortError> {
        self.faults.around("line.pace", || self.noted_pace(channel)).await
    }

    async fn set_pace(&self, channel: Channel, last: Option<&Pace>, pace: &Pace) -> Result<bool, PortError> {
        let set = || {
            let stands = self.noted_pace(channel)?.map(|noted| noted.at) == last.map(|last| last.at);
            if stands {
                let row = codec::encode_pace(channel, pace);
                self.write(|table| table.put(keys::pace(channel), row));
            }
            Ok(stands)
        };
        self.faults.around("line.set_pace", set).await
    }
}

impl MemoryStore {
    fn noted_pace(&self, channel: Channel) -> Result<Option<Pace>, PortError> {
        self.read(|table| {
            let row = table.get(&keys::pace(channel));
            Ok(row.map(codec::decode_pace).transpose()?)
        })
    }
}
