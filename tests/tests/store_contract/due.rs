//! What `ports::DueIndex` promises.

use crate::fixtures::*;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::due::{Bucket, DueEntry, SHARDS};
use beckon_shared::ports::outbox::Postponed;
use beckon_shared::ports::{DueIndex, Outbox, Profiles, SweepCursor};

const NOON: &str = "2026-03-01T12:00:00Z";

fn shard(profile: &ProfileId) -> u16 {
    Bucket::of(profile, at(NOON)).shard
}

fn shifted(millis: i64) -> Timestamp {
    after(at(NOON), Span::from_millis(millis))
}

async fn wake(store: &impl Profiles, id: &ProfileId, saved: &mut Profile, alarm: Option<Timestamp>) {
    saved.state.alarm = alarm;
    store.save(id, saved, &decided(false, &[])).await.unwrap();
}

/// Everything due in the window, over all pages.
async fn due(store: &impl DueIndex, shard: u16, from: Timestamp, to: Timestamp, limit: u16) -> Vec<DueEntry> {
    let (mut all, mut page) = (Vec::new(), None);
    for _ in 0..100 {
        let next = store.due(shard, from, to, limit, page).await.unwrap();
        assert!(next.entries.len() <= usize::from(limit));
        all.extend(next.entries);
        page = next.next;
        if page.is_none() {
            return all;
        }
    }
    panic!("the pages do not end");
}

fn alarm(profile: &ProfileId, due: Timestamp) -> DueEntry {
    DueEntry::Alarm {
        profile: profile.clone(),
        due,
    }
}

pub async fn an_alarm_is_due_in_half_open_windows_to_the_millisecond(store: &(impl Profiles + DueIndex)) {
    let id = profile_id("u1");
    wake(store, &id, &mut Profile::default(), Some(at(NOON))).await;
    let found = [alarm(&id, at(NOON))];
    for (from, to, expected) in [
        (-1, 0, &found[..]),
        (-60_000, 60_000, &found[..]),
        (0, 60_000, &[]),
        (-60_000, -1, &[]),
    ] {
        let entries = due(store, shard(&id), shifted(from), shifted(to), 10).await;
        assert_eq!(entries, expected, "({from}, {to}]");
    }
}

pub async fn an_alarm_that_moved_is_only_where_it_is_now(store: &(impl Profiles + DueIndex)) {
    let (id, mut saved) = (profile_id("u1"), Profile::default());
    wake(store, &id, &mut saved, Some(at(NOON))).await;
    wake(store, &id, &mut saved, Some(shifted(3 * 86_400_000))).await;
    let entries = due(store, shard(&id), shifted(-1), shifted(7 * 86_400_000), 10).await;
    assert_eq!(entries, [alarm(&id, shifted(3 * 86_400_000))]);
}

pub async fn an_alarm_that_was_taken_off_is_gone(store: &(impl Profiles + DueIndex)) {
    let (id, mut saved) = (profile_id("u1"), Profile::default());
    wake(store, &id, &mut saved, Some(at(NOON))).await;
    wake(store, &id, &mut saved, None).await;
    assert_eq!(due(store, shard(&id), shifted(-1), shifted(1), 10).await, []);
    // Also where the save is a transaction.
    wake(store, &id, &mut saved, Some(at(NOON))).await;
    saved.state.alarm = None;
    saved.traits = profile().traits;
    store.save(&id, &mut saved, &decided(true, &[])).await.unwrap();
    assert_eq!(due(store, shard(&id), shifted(-1), shifted(1), 10).await, []);
}

pub async fn a_postponed_message_is_due_until_it_is_queued_again(store: &(impl Profiles + Outbox + DueIndex)) {
    let id = profile_id("u1");
    let messages = [message("u1", "msg_1")];
    let key = &messages[0].id;
    let mut saved = Profile::default();
    store.save(&id, &mut saved, &decided(false, &messages)).await.unwrap();
    assert_eq!(
        due(store, shard(&id), shifted(-86_400_000), shifted(86_400_000), 10).await,
        []
    );
    store.claim(&id, key, at(NOON), shifted(1_000)).await.unwrap();
    store
        .postpone(&id, key, 1, Postponed::Retry, shifted(5_000))
        .await
        .unwrap();
    wake(store, &id, &mut saved, Some(shifted(4_000))).await;
    let waiting = DueEntry::Message {
        profile: id.clone(),
        message: key.clone(),
        due: shifted(5_000),
    };
    let entries = due(store, shard(&id), shifted(0), shifted(5_000), 1).await;
    assert_eq!(entries, [alarm(&id, shifted(4_000)), waiting]);
    store.requeue(&id, key, shifted(5_000)).await.unwrap();
    let entries = due(store, shard(&id), shifted(0), shifted(5_000), 10).await;
    assert_eq!(entries, [alarm(&id, shifted(4_000))]);
}

pub async fn pages_give_everything_once_in_order_of_time(store: &(impl Profiles + DueIndex)) {
    // Every seven hours, over several midnights; two at each time.
    let ids: Vec<_> = (0..400)
        .map(|number| profile_id(&format!("u{number}")))
        .filter(|id| shard(id) == 2)
        .take(40)
        .collect();
    let mut expected: Vec<(Timestamp, ProfileId)> = Vec::new();
    for (number, id) in ids.iter().enumerate().rev() {
        let when = shifted(number as i64 / 2 * 7 * 3_600_000);
        wake(store, id, &mut Profile::default(), Some(when)).await;
        expected.push((when, id.clone()));
    }
    expected.sort();
    let expected: Vec<_> = expected.iter().map(|(when, id)| alarm(id, *when)).collect();
    assert_eq!(expected.len(), 40);
    for limit in [1, 3, 40, 1_000] {
        let entries = due(store, 2, shifted(-1), shifted(30 * 86_400_000), limit).await;
        assert_eq!(entries, expected, "pages of {limit}");
    }
}

pub async fn other_shards_are_not_looked_at(store: &(impl Profiles + DueIndex)) {
    let id = profile_id("u1");
    wake(store, &id, &mut Profile::default(), Some(at(NOON))).await;
    for other in (0..SHARDS).filter(|other| *other != shard(&id)) {
        assert_eq!(due(store, other, shifted(-1), shifted(1), 10).await, []);
    }
}

pub async fn an_empty_window_holds_nothing(store: &(impl Profiles + DueIndex)) {
    let id = profile_id("u1");
    wake(store, &id, &mut Profile::default(), Some(at(NOON))).await;
    assert_eq!(due(store, shard(&id), at(NOON), at(NOON), 10).await, []);
    assert_eq!(due(store, shard(&id), shifted(5), shifted(-5), 10).await, []);
}

pub async fn a_quiet_month_is_passed_over(store: &(impl Profiles + DueIndex)) {
    let id = profile_id("u1");
    wake(store, &id, &mut Profile::default(), Some(at(NOON))).await;
    let entries = due(
        store,
        shard(&id),
        shifted(-100 * 86_400_000),
        shifted(100 * 86_400_000),
        10,
    )
    .await;
    assert_eq!(entries, [alarm(&id, at(NOON))]);
}

pub async fn the_sweeps_cursor_is_kept(store: &impl DueIndex) {
    assert_eq!(store.cursor().await, Ok(None));
    for swept in [at(NOON), shifted(300_000)] {
        let cursor = SweepCursor {
            swept,
            scheduled: after(swept, Span::from_days(1)),
        };
        store.set_cursor(cursor).await.unwrap();
        assert_eq!(store.cursor().await, Ok(Some(cursor)));
    }
}
