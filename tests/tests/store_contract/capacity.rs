//! What the store's calls cost, by DynamoDB's own account (as dynoxide computes it).

use crate::dynamodb::Table;
use crate::fixtures::*;
use beckon_shared::domain::count::{BatchId, CountKey, Counts, Owed, Totals, What};
use beckon_shared::domain::decision::{Decision, Verdict};
use beckon_shared::domain::event::Input;
use beckon_shared::domain::id::CampaignName;
use beckon_shared::domain::profile::Profile;
use beckon_shared::ports::counters::{Put, WAITING_SHARDS};
use beckon_shared::ports::outbox::{Postponed, Settled};
use beckon_shared::ports::{Counters, Definitions, DueIndex, Inbox, Outbox, Profiles};
use beckon_shared::store::DynamoStore;
use beckon_shared::store::capacity::{Access, Capacity, Part};
use beckon_shared::store::log::decode_log;
use serde_json::json;
use std::sync::Arc;

struct Metered {
    _table: Table,
    store: DynamoStore,
    capacity: Arc<Capacity>,
}

async fn metered() -> Metered {
    let table = Table::start().await;
    let capacity = Arc::new(Capacity::default());
    Metered {
        store: table.store.clone().observed(capacity.clone()),
        _table: table,
        capacity,
    }
}

impl Metered {
    /// Units since the last look, and on what.
    fn spent(&self) -> Vec<(Part, Access, f64)> {
        let spent = self.capacity.take();
        spent
            .into_iter()
            .map(|((part, access), units)| (part, access, units))
            .collect()
    }
}

const WRITE: Access = Access::Write;
const READ: Access = Access::Read;

/// A profile with 3 KB of traits and a small state.
fn with_traits() -> Profile {
    let mut profile = profile();
    profile
        .traits
        .values
        .insert("text".to_owned(), json!("x".repeat(3_000 - 200)));
    profile
}

#[tokio::test]
async fn an_event_is_one_unit_and_ten_small_ones_in_a_request_are_two() {
    let metered = metered().await;
    let mut one = item("u1", "req-1", "2026-03-01T10:00:00Z");
    metered.store.append(&one, expires()).await.unwrap();
    assert_eq!(metered.spent(), [(Part::Inbox, WRITE, 1.0)]);
    one.id = "req-2".to_owned();
    one.inputs = (0..10)
        .map(|number| {
            let mut event = viewed(&format!("event-{number}"), one.at);
            event.properties = properties(json!({ "product_id": "p-1" }));
            Input::Event(event)
        })
        .collect();
    metered.store.append(&one, expires()).await.unwrap();
    assert_eq!(metered.spent(), [(Part::Inbox, WRITE, 2.0)]);
}

#[tokio::test]
async fn a_save_is_one_unit_unless_the_alarm_moves_or_something_goes_with_it() {
    let metered = metered().await;
    let (id, mut saved) = (profile_id("u1"), with_traits());
    let alarm = saved.state.alarm.take();
    let save = async |saved: &mut Profile, traits_changed, messages: &[_]| {
        metered
            .store
            .save(&id, saved, &decided(traits_changed, messages))
            .await
            .unwrap();
        metered.spent()
    };
    let state = (Part::State, WRITE, 1.0);
    assert_eq!(save(&mut saved, false, &[]).await, [state]);
    assert_eq!(save(&mut saved, false, &[]).await, [state]);
    // An alarm is set, stays, moves, and is taken off.
    saved.state.alarm = alarm;
    assert_eq!(save(&mut saved, false, &[]).await, [state, (Part::Index, WRITE, 1.0)]);
    assert_eq!(save(&mut saved, false, &[]).await, [state]);
    saved.state.alarm = Some(at("2026-03-05T11:00:00Z"));
    assert_eq!(save(&mut saved, false, &[]).await, [state, (Part::Index, WRITE, 2.0)]);
    saved.state.alarm = None;
    assert_eq!(save(&mut saved, false, &[]).await, [state, (Part::Index, WRITE, 1.0)]);
    // Transactions cost double.
    let doubled = (Part::State, WRITE, 2.0);
    assert_eq!(save(&mut saved, true, &[]).await, [doubled, (Part::Traits, WRITE, 6.0)]);
    assert_eq!(
        save(&mut saved, false, &[message("u1", "msg_1")]).await,
        [doubled, (Part::Outbox, WRITE, 2.0)]
    );
}

#[tokio::test]
async fn a_profile_with_3_kb_of_traits_is_loaded_with_one_unit() {
    let metered = metered().await;
    let (id, mut saved) = (profile_id("u1"), with_traits());
    metered.store.save(&id, &mut saved, &decided(true, &[])).await.unwrap();
    metered.spent();
    metered.store.load(&id).await.unwrap();
    assert_eq!(metered.spent(), [(Part::State, READ, 1.0)]);
    metered.store.manifest().await.unwrap();
    let noon = at("2026-03-01T12:00:00Z");
    metered
        .store
        .due(0, at("2026-03-01T11:00:00Z"), noon, 100, None)
        .await
        .unwrap();
    assert_eq!(
        metered.spent(),
        [(Part::Index, READ, 0.5), (Part::Definitions, READ, 1.0)]
    );
}

#[tokio::test]
async fn a_message_is_carried_with_two_units_more() {
    let metered = metered().await;
    let (id, messages) = (profile_id("u1"), [message("u1", "msg_1")]);
    let key = &messages[0].id;
    metered
        .store
        .save(&id, &mut profile(), &decided(false, &messages))
        .await
        .unwrap();
    metered.spent();
    let now = at("2026-03-01T10:00:00Z");
    let one = (Part::Outbox, WRITE, 1.0);
    let indexed = (Part::Index, WRITE, 1.0);
    metered.store.claim(&id, key, now, now).await.unwrap();
    assert_eq!(metered.spent(), [one]);
    metered
        .store
        .postpone(&id, key, 1, Postponed::Retry, now)
        .await
        .unwrap();
    assert_eq!(metered.spent(), [indexed, one]);
    metered.store.requeue(&id, key, now).await.unwrap();
    assert_eq!(metered.spent(), [indexed, one]);
    metered.store.claim(&id, key, now, now).await.unwrap();
    let sent = Settled::Sent {
        provider_id: "ses-1".to_owned(),
    };
    metered.store.settle(&id, key, 2, &sent).await.unwrap();
    assert_eq!(metered.spent(), [(Part::Outbox, WRITE, 2.0)]);
}

#[tokio::test]
async fn what_a_person_was_decided_and_counted_costs_no_unit_of_its_own() {
    let metered = metered().await;
    let (id, mut saved) = (profile_id("u1"), profile());
    saved.state.alarm = None;
    for number in 0..60 {
        let decision = Decision {
            at: at("2026-03-01T10:00:00Z"),
            profile: id.clone(),
            campaign: CampaignName::from("abandoned-cart"),
            key: format!("c-{number}"),
            drawn_for: None,
            verdict: Verdict::Enter,
        };
        let mut counts = Counts::default();
        counts.add(CountKey::of(&decision.campaign, What::Entered), None);
        saved.state.owed = Some(Owed {
            batch: BatchId::nth(u64::MAX, number),
            at: decision.at,
            counts,
        });
        saved.log.note(&[decision]);
        metered.store.save(&id, &mut saved, &decided(false, &[])).await.unwrap();
        assert_eq!(metered.spent(), [(Part::State, WRITE, 1.0)]);
    }
    let kept = decode_log(&metered.store.load(&id).await.unwrap().unwrap().log);
    assert!(kept.len() > 15, "{} decisions are kept", kept.len());
    metered.spent();

    // A batch's totals, once; then merged with those of nine others.
    let owed = saved.state.owed.unwrap();
    for number in 0..10 {
        let batch = BatchId::nth(1, number);
        let put = metered
            .store
            .put_totals(&batch, &Totals::share(&owed), owed.at, expires())
            .await;
        assert_eq!(put, Ok(Put::New));
        assert_eq!(
            metered.spent(),
            [(Part::Index, WRITE, 1.0), (Part::Counters, WRITE, 1.0)]
        );
    }
    let mut merged = 0.0;
    for shard in 0..WAITING_SHARDS {
        let waiting = metered.store.waiting(shard, 50).await.unwrap();
        metered.store.merge(shard, &waiting).await.unwrap();
        let writes = metered.spent().into_iter().filter(|(_, access, _)| *access == WRITE);
        merged += writes.map(|(_, _, units)| units).sum::<f64>();
    }
    // Two for each batch and one for its place in the index; two for each shard's counters.
    assert!((30.0..=38.0).contains(&merged), "{merged}");
}
