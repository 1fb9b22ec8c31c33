//! Messages placed on the page, in memory.

use super::sender::MemorySender;
use super::table::MemoryStore;
use beckon_shared::channel::OnsiteSender;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::ports::page::{Placed, Visit};
use beckon_shared::ports::sender::{Attempt, Outgoing};
use beckon_shared::ports::{Page, PortError, Sender};
use beckon_shared::store::{codec, keys};

/// Places messages as the bundle does, and has them listed among what left.
pub struct PlacingSender {
    /// Lists them, and fails as told.
    pub listed: MemorySender,
    /// Places them.
    pub placed: OnsiteSender<MemoryStore>,
}

impl Sender for PlacingSender {
    fn channels(&self) -> &[Channel] {
        self.placed.channels()
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Attempt<'a> {
        Box::pin(async {
            let taken = self.listed.send(outgoing).await?;
            self.placed.send(outgoing).await.map(|_placed| taken)
        })
    }
}

impl Page for MemoryStore {
    async fn place(&self, profile: &ProfileId, placed: &Placed) -> Result<(), PortError> {
        let place = || {
            let row = codec::encode_placed(profile, placed)?;
            self.write(|table| table.put_new(keys::placed(profile, &placed.message), row));
            Ok(())
        };
        self.faults.around("page.place", place).await
    }

    async fn visit(&self, profile: &ProfileId) -> Result<Visit, PortError> {
        let visit = || {
            let (from, to) = keys::visit_range();
            self.read(|table| {
                let within = table.partition(profile);
                let rows = within.filter(|(key, _)| (from..=to).contains(&key.sk.as_str()));
                Ok(codec::decode_visit(rows.map(|(_, row)| row))?)
            })
        };
        self.faults.around("page.visit", visit).await
    }
}
