//! What `ports::Counters` promises.

use crate::fixtures::{at, expires};
use beckon_shared::domain::count::{BatchId, CountKey, Counts, Owed, Sum, Totals, What, mark};
use beckon_shared::domain::id::{CampaignName, ProfileId};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::Counters;
use beckon_shared::ports::counters::{Put, WAITING_SHARDS, Written};

const DAY: &str = "2026-03-01T10:00:00Z";

fn now() -> Timestamp {
    at(DAY)
}

fn batch(number: usize) -> BatchId {
    BatchId::nth(7, number as u64)
}

fn key(campaign: &str, what: What) -> CountKey {
    CountKey {
        step: "reminder".to_owned(),
        variant: "plain \"a\"".to_owned(),
        channel: "email".to_owned(),
        ..CountKey::of(&CampaignName::from(campaign), what)
    }
}

/// Once each of these, worth a tenth.
fn totals(when: &str, keys: &[CountKey]) -> Totals {
    let mut counts = Counts::default();
    for key in keys {
        counts.add(key.clone(), Some(0.1));
    }
    Totals::share(&Owed {
        batch: batch(0),
        at: at(when),
        counts,
    })
}

async fn put(store: &impl Counters, number: usize, totals: &Totals) {
    let put = store.put_totals(&batch(number), totals, now(), expires()).await;
    assert_eq!(put, Ok(Put::New));
}

async fn merge_all(store: &impl Counters) {
    for shard in 0..WAITING_SHARDS {
        loop {
            let waiting = store.waiting(shard, 10).await.unwrap();
            if waiting.is_empty() {
                break;
            }
            assert!(store.merge(shard, &waiting).await.unwrap());
        }
    }
}

async fn counted(store: &impl Counters, campaign: Option<&str>, since: &str, until: &str) -> Counts {
    let campaign = campaign.map(CampaignName::from);
    let days = store
        .counted(campaign.as_ref(), since.parse().unwrap(), until.parse().unwrap())
        .await
        .unwrap();
    let mut all = Counts::default();
    for day in days {
        all.merge(&day.counts);
    }
    all
}

pub async fn a_batch_is_decided_once(store: &impl Counters) {
    let told = totals(DAY, &[key("cart", What::Sent)]);
    assert_eq!(store.written(&batch(1)).await, Ok(None));
    put(store, 1, &told).await;
    let written = Written::Totals {
        missing: Default::default(),
    };
    assert_eq!(store.written(&batch(1)).await, Ok(Some(written.clone())));
    let other = totals(DAY, &[key("other", What::Sent)]);
    let again = store.put_totals(&batch(1), &other, now(), expires()).await;
    assert_eq!(again, Ok(Put::Known(written.clone())));
    assert_eq!(store.void(&batch(1), expires()).await, Ok(Put::Known(written)));

    assert_eq!(store.void(&batch(2), expires()).await, Ok(Put::New));
    assert_eq!(store.written(&batch(2)).await, Ok(Some(Written::Void)));
    let late = store.put_totals(&batch(2), &told, now(), expires()).await;
    assert_eq!(late, Ok(Put::Known(Written::Void)));

    merge_all(store).await;
    let all = counted(store, None, "2026-03-01", "2026-03-01").await;
    assert_eq!(all.of(&key("cart", What::Sent)).count, 1);
    assert_eq!(all.iter().count(), 1);
}

pub async fn who_is_missing_is_told_also_after_the_merge(store: &impl Counters) {
    let ann = mark(&ProfileId::known("ann").unwrap());
    let mut told = totals(DAY, &[key("cart", What::Sent)]);
    told.missing.insert(ann);
    put(store, 1, &told).await;
    let written = Written::Totals { missing: [ann].into() };
    assert_eq!(store.written(&batch(1)).await, Ok(Some(written.clone())));
    merge_all(store).await;
    assert_eq!(store.written(&batch(1)).await, Ok(Some(written)));
}

pub async fn totals_are_merged_once_into_their_day(store: &impl Counters) {
    let (sent, goal) = (key("cart", What::Sent), key("cart", What::Goal));
    for number in 0..70 {
        put(store, number, &totals(DAY, &[sent.clone(), goal.clone()])).await;
    }
    put(store, 70, &totals("2026-03-02T00:00:00Z", std::slice::from_ref(&sent))).await;
    put(store, 71, &totals("2026-04-30T23:59:59Z", std::slice::from_ref(&sent))).await;
    put(store, 72, &totals(DAY, &[key("cart-2", What::Sent)])).await;
    merge_all(store).await;
    merge_all(store).await;
    for (since, until, count) in [
        ("2026-03-01", "2026-03-01", 70),
        ("2026-03-01", "2026-03-31", 71),
        ("2026-03-02", "2026-04-30", 2),
        ("2026-04-30", "2026-12-31", 1),
        ("2026-01-01", "2026-02-28", 0),
    ] {
        let counted = counted(store, Some("cart"), since, until).await;
        assert_eq!(counted.of(&sent).count, count, "{since} to {until}");
        assert_eq!(counted.of(&key("cart-2", What::Sent)).count, 0);
    }
    let all = counted(store, None, "2026-03-01", "2026-03-01").await;
    assert_eq!(
        all.of(&goal),
        Sum {
            count: 70,
            value_micros: 7_000_000
        }
    );
    assert_eq!(all.of(&key("cart-2", What::Sent)).count, 1);
    for number in 0..73 {
        let (batch, told) = (batch(number), totals(DAY, std::slice::from_ref(&sent)));
        let again = store.put_totals(&batch, &told, now(), expires()).await;
        assert!(matches!(again, Ok(Put::Known(Written::Totals { .. }))));
    }
    for shard in 0..WAITING_SHARDS {
        assert_eq!(store.waiting(shard, 10).await.unwrap(), []);
    }
}

pub async fn totals_of_more_campaigns_than_a_transaction_takes_are_merged_in_parts(store: &impl Counters) {
    let keys: Vec<CountKey> = (0..130).map(|n| key(&format!("campaign-{n}"), What::Sent)).collect();
    put(store, 1, &totals(DAY, &keys)).await;
    let many: Vec<CountKey> = (0..230)
        .map(|n| CountKey {
            step: format!("step-{n}"),
            ..key("campaign-0", What::Sent)
        })
        .collect();
    put(store, 2, &totals(DAY, &many)).await;
    merge_all(store).await;
    let all = counted(store, None, "2026-03-01", "2026-03-01").await;
    assert_eq!(all.iter().count(), 360);
    assert!(all.iter().all(|(_, sum)| sum.count == 1 && sum.value_micros == 100_000));
}

pub async fn merging_what_does_not_wait_does_nothing(store: &impl Counters) {
    put(store, 1, &totals(DAY, &[key("cart", What::Sent)])).await;
    store.void(&batch(2), expires()).await.unwrap();
    merge_all(store).await;
    for shard in 0..WAITING_SHARDS {
        let merged = store.merge(shard, &[batch(1), batch(2), batch(3)]).await;
        assert_eq!(merged, Ok(false));
        assert_eq!(store.merge(shard, &[]).await, Ok(false));
    }
}
