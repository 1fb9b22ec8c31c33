//! From messages to inbox items: what one request says about one profile shares an item, because
//! DynamoDB bills each started kilobyte of an item.

use beckon_shared::domain::event::{InboxItem, Input, Properties};
use beckon_shared::domain::id::{ProfileId, digest};
use beckon_shared::domain::profile::DEVICES_KEPT;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::segment::Said;
use std::collections::BTreeMap;

/// Most messages of one item: no more than a profile's state remembers the ids of.
const MESSAGES_MAX: usize = 24;
/// Most bytes of one item's messages, as they came.
const BYTES_MAX: usize = 128 * 1024;

/// The words to profiles that they are the same person as another: for each two one item, which is
/// the same however often they are said to be one. Its key has no time of its own for that reason.
pub fn joins(messages: &[Said], received: Timestamp) -> Vec<InboxItem> {
    let mut items = BTreeMap::new();
    for said in messages {
        for from in &said.joins {
            let join = Input::join(from, &said.profile, said.event.at);
            items.entry(join.id().to_owned()).or_insert_with(|| InboxItem {
                profile: from.clone(),
                id: join.id().to_owned(),
                at: Timestamp::UNIX_EPOCH,
                received,
                inputs: vec![join],
            });
        }
    }
    items.into_values().collect()
}

/// Gathers messages by profile, in their order.
pub fn gather(messages: Vec<Said>, received: Timestamp) -> Vec<InboxItem> {
    let mut piles: Vec<Pile> = Vec::new();
    for said in messages {
        let open = piles.iter_mut().rev().find(|pile| pile.profile == said.profile);
        match open.filter(|pile| pile.said.len() < MESSAGES_MAX && pile.bytes + said.bytes <= BYTES_MAX) {
            Some(pile) => {
                pile.bytes += said.bytes;
                pile.said.push(said);
            }
            None => piles.push(Pile {
                profile: said.profile.clone(),
                bytes: said.bytes,
                said: vec![said],
            }),
        }
    }
    piles.into_iter().filter_map(|pile| pile.into_item(received)).collect()
}

struct Pile {
    profile: ProfileId,
    bytes: usize,
    said: Vec<Said>,
}

impl Pile {
    /// The item's key derives from its messages' ids and the first one's own time: the same
    /// request sent again makes the same item, which is stored once.
    fn into_item(self, received: Timestamp) -> Option<InboxItem> {
        let at = self.said.first()?.key_time;
        let id = match self.said.as_slice() {
            [only] => only.event.id.clone(),
            several => {
                let ids: Vec<&str> = several.iter().map(|said| said.event.id.as_str()).collect();
                format!("all_{}", digest(&ids))
            }
        };
        let inputs = inputs(self.said);
        Some(InboxItem {
            profile: self.profile,
            id,
            at,
            received,
            inputs,
        })
    }
}

/// What was said, in order, and before it the device that it came from: libraries tell that with every message,
/// and once is enough.
fn inputs(said: Vec<Said>) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::with_capacity(said.len() + 1);
    let mut devices: Vec<Properties> = Vec::new();
    for said in said {
        if let Some(device) = said
            .device
            .filter(|device| devices.len() < DEVICES_KEPT && !devices.contains(&device.properties))
        {
            devices.push(device.properties.clone());
            inputs.push(Input::Event(device));
        }
        inputs.push(Input::Event(said.event));
    }
    inputs
}
