//! What `ports::Line` promises.

use crate::fixtures::*;
use beckon_shared::domain::campaign::{Channel, Purpose};
use beckon_shared::domain::id::{MessageId, ProfileId};
use beckon_shared::domain::line::{Pace, Place};
use beckon_shared::domain::message::{Message, Status};
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::due::SHARDS;
use beckon_shared::ports::line::Waiting;
use beckon_shared::ports::outbox::Claim;
use beckon_shared::ports::{DueIndex, Line, Outbox, Profiles};

const LINE: Channel = Channel::Email;

/// Minutes after ten o'clock.
fn min(minutes: i64) -> Timestamp {
    after(at("2026-03-01T10:00:00Z"), Span::from_mins(minutes))
}

/// A message of this person that is being sent.
async fn sending(
    store: &(impl Profiles + Outbox),
    name: &str,
    purpose: Purpose,
    decided_at: i64,
) -> (ProfileId, Message) {
    let id = profile_id(name);
    let message = Message {
        purpose,
        decided: min(decided_at),
        expires: None,
        ..message(name, &format!("msg_{name}"))
    };
    let messages = [message.clone()];
    store
        .save(&id, &mut profile(), &decided(false, &messages))
        .await
        .unwrap();
    let claim = store.claim(&id, &message.id, min(30), min(35)).await.unwrap();
    assert!(matches!(claim, Claim::Ours(_)), "{claim:?}");
    (id, message)
}

/// It stands in the line, refused at this minute.
async fn stands(
    store: &(impl Profiles + Outbox + Line),
    name: &str,
    purpose: Purpose,
    decided_at: i64,
    refused: i64,
) -> Waiting {
    let (profile, message) = sending(store, name, purpose, decided_at).await;
    let place = Place::of(&message).refused(1, min(refused), None);
    store.line_up(&profile, LINE, 1, &place).await.unwrap();
    Waiting { profile, place }
}

async fn status(store: &impl Outbox, id: &ProfileId, message: &MessageId) -> Status {
    store.get(id, message).await.unwrap().expect("it is there").status
}

pub async fn those_who_wait_are_told_in_the_order_in_which_they_leave(store: &(impl Profiles + Outbox + Line)) {
    let mut expected = Vec::new();
    for (name, purpose, decided) in [
        ("u1", Purpose::Marketing, 3),
        ("u2", Purpose::Transactional, 9),
        ("u3", Purpose::Marketing, 1),
        ("u4", Purpose::Transactional, 2),
        ("u5", Purpose::Marketing, 2),
        ("u6", Purpose::Marketing, 0),
    ] {
        expected.push(stands(store, name, purpose, decided, 30).await);
    }
    expected.sort_by(|one, other| one.place.cmp(&other.place));
    let who: Vec<String> = expected.iter().map(|waiting| waiting.profile.to_string()).collect();
    assert_eq!(who, ["u4", "u2", "u6", "u3", "u5", "u1"]);
    assert_eq!(store.line(LINE, 100).await, Ok(expected.clone()));
    let first = store.line(LINE, 1).await.unwrap();
    assert_eq!(first.first(), expected.first());
    assert_eq!(store.line(Channel::Sms, 100).await, Ok(Vec::new()));
}

pub async fn who_is_called_up_is_queued_and_gone_from_the_line(store: &(impl Profiles + Outbox + Line)) {
    let waiting = stands(store, "u1", Purpose::Marketing, 0, 30).await;
    let message = waiting.place.message.clone();
    assert_eq!(status(store, &waiting.profile, &message).await, Status::Retry);
    store.call_up(&waiting).await.unwrap();
    assert_eq!(status(store, &waiting.profile, &message).await, Status::Queued);
    assert_eq!(store.line(LINE, 100).await, Ok(Vec::new()));
    let claim = store.claim(&waiting.profile, &message, min(40), min(45)).await.unwrap();
    assert!(matches!(claim, Claim::Ours(envelope) if envelope.attempts == 2));
}

pub async fn who_stands_elsewhere_meanwhile_is_not_called_up(store: &(impl Profiles + Outbox + Line)) {
    let before = stands(store, "u1", Purpose::Marketing, 0, 30).await;
    let message = before.place.message.clone();
    store.call_up(&before).await.unwrap();
    store.claim(&before.profile, &message, min(40), min(45)).await.unwrap();
    store.call_up(&before).await.unwrap();
    assert_eq!(status(store, &before.profile, &message).await, Status::Sending);
    let place = before.place.clone().refused(2, min(41), Some(Span::from_mins(10)));
    store.line_up(&before.profile, LINE, 2, &place).await.unwrap();
    store.call_up(&before).await.unwrap();
    assert_eq!(status(store, &before.profile, &message).await, Status::Retry);
    let told = store.line(LINE, 100).await.unwrap();
    assert_eq!(told[0].place, place);
    assert_eq!((place.tries, place.hold), (2, min(51)));
}

pub async fn a_late_claimer_puts_nothing_into_the_line(store: &(impl Profiles + Outbox + Line)) {
    let (profile, message) = sending(store, "u1", Purpose::Marketing, 0).await;
    store.line_up(&profile, LINE, 2, &Place::of(&message)).await.unwrap();
    assert_eq!(store.line(LINE, 100).await, Ok(Vec::new()));
    assert_eq!(status(store, &profile, &message.id).await, Status::Sending);
}

pub async fn who_stands_in_a_line_is_not_due(store: &(impl Profiles + Outbox + Line + DueIndex)) {
    let waiting = stands(store, "u1", Purpose::Marketing, 0, 30).await;
    for shard in 0..SHARDS {
        let page = store.due(shard, min(-100_000), min(2_000), 10, None).await.unwrap();
        let messages = page.entries.iter().filter(|entry| {
            use beckon_shared::ports::due::DueEntry;
            matches!(entry, DueEntry::Message { .. })
        });
        assert_eq!(messages.count(), 0);
    }
    let message = &waiting.place.message;
    store.requeue(&waiting.profile, message, min(2_000)).await.unwrap();
    assert_eq!(status(store, &waiting.profile, message).await, Status::Retry);
}

pub async fn a_pace_follows_the_one_before(store: &impl Line) {
    assert_eq!(store.pace(LINE).await, Ok(None));
    let pace = |minute| Pace {
        at: min(minute),
        allowed: 40,
        called: 30,
        limit: 7,
    };
    assert_eq!(store.set_pace(LINE, None, &pace(1)).await, Ok(true));
    assert_eq!(store.set_pace(LINE, None, &pace(2)).await, Ok(false));
    assert_eq!(store.pace(LINE).await, Ok(Some(pace(1))));
    assert_eq!(store.set_pace(LINE, Some(&pace(1)), &pace(2)).await, Ok(true));
    assert_eq!(store.set_pace(LINE, Some(&pace(1)), &pace(3)).await, Ok(false));
    assert_eq!(store.pace(LINE).await, Ok(Some(pace(2))));
    assert_eq!(store.pace(Channel::Sms).await, Ok(None));
}
