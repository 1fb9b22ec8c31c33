//! What `ports::Outbox` promises.

use crate::fixtures::*;
use beckon_shared::domain::id::{MessageId, ProfileId};
use beckon_shared::domain::message::{Message, Status};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::outbox::{Claim, Envelope, Postponed, Settled};
use beckon_shared::ports::{Outbox, Profiles};

/// Minutes after ten o'clock.
fn min(minutes: i64) -> Timestamp {
    millis(1_772_359_200_000 + minutes * 60_000)
}

async fn queued(store: &impl Profiles) -> (ProfileId, MessageId, Message) {
    let (id, message) = (profile_id("u1"), message("u1", "msg_1"));
    let messages = [message.clone()];
    store
        .save(&id, &mut profile(), &decided(false, &messages))
        .await
        .unwrap();
    (id, message.id.clone(), message)
}

fn ours(claim: Claim) -> Envelope {
    match claim {
        Claim::Ours(envelope) => *envelope,
        other => panic!("not ours: {other:?}"),
    }
}

fn abandoned(claim: Claim) -> Envelope {
    match claim {
        Claim::Abandoned(envelope) => *envelope,
        other => panic!("not abandoned: {other:?}"),
    }
}

async fn status(store: &impl Outbox, id: &ProfileId, message: &MessageId) -> Status {
    store.get(id, message).await.unwrap().expect("it is there").status
}

fn endings() -> [(Settled, Status); 4] {
    let reason = "why".to_owned();
    [
        (
            Settled::Sent {
                provider_id: "ses-1".to_owned(),
            },
            Status::Sent,
        ),
        (Settled::Failed { reason: reason.clone() }, Status::Failed),
        (Settled::Skipped { reason }, Status::Skipped),
        (Settled::Unknown, Status::Unknown),
    ]
}

pub async fn a_queued_message_is_claimed_once(store: &(impl Profiles + Outbox)) {
    let (id, message, _) = queued(store).await;
    ours(store.claim(&id, &message, min(0), min(5)).await.unwrap());
    let second = store.claim(&id, &message, min(1), min(6)).await.unwrap();
    assert_eq!(second, Claim::Held(min(5)));
    assert_eq!(status(store, &id, &message).await, Status::Sending);
}

pub async fn what_is_claimed_is_whole(store: &(impl Profiles + Outbox)) {
    let (id, key, message) = queued(store).await;
    let claimed = ours(store.claim(&id, &key, min(0), min(5)).await.unwrap());
    let expected = Envelope {
        message,
        status: Status::Sending,
        attempts: 1,
        maybe_sent: false,
    };
    assert_eq!(claimed, expected);
    assert_eq!(store.get(&id, &key).await, Ok(Some(expected)));
}

pub async fn a_claim_is_held_until_its_lease_has_ended(store: &(impl Profiles + Outbox)) {
    let (id, message, _) = queued(store).await;
    ours(store.claim(&id, &message, min(0), min(5)).await.unwrap());
    let at_its_end = store.claim(&id, &message, min(5), min(9)).await.unwrap();
    assert_eq!(at_its_end, Claim::Held(min(5)));
    let later = millis(min(5).as_millisecond() + 1);
    let taken = abandoned(store.claim(&id, &message, later, min(10)).await.unwrap());
    assert_eq!(
        (taken.attempts, taken.maybe_sent, taken.status),
        (2, true, Status::Sending)
    );
    let third = store.claim(&id, &message, min(6), min(11)).await.unwrap();
    assert_eq!(third, Claim::Held(min(10)));
}

pub async fn a_message_that_is_gone_is_done(store: &impl Outbox) {
    let claim = store
        .claim(&profile_id("u1"), &MessageId::from("msg_1"), min(0), min(5))
        .await;
    assert_eq!(claim, Ok(Claim::Done));
}

pub async fn a_settled_message_is_done(store: &(impl Profiles + Outbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    for (number, (how, expected)) in endings().into_iter().enumerate() {
        let messages = [message("u1", &format!("msg_{number}"))];
        let key = &messages[0].id;
        store.save(&id, &mut saved, &decided(false, &messages)).await.unwrap();
        ours(store.claim(&id, key, min(0), min(5)).await.unwrap());
        store.settle(&id, key, 1, &how).await.unwrap();
        assert_eq!(status(store, &id, key).await, expected);
        assert_eq!(store.claim(&id, key, min(60), min(65)).await, Ok(Claim::Done));
    }
}

pub async fn a_late_settler_does_nothing(store: &(impl Profiles + Outbox)) {
    let (id, message, _) = queued(store).await;
    let sent = Settled::Sent {
        provider_id: "ses-1".to_owned(),
    };
    store.settle(&id, &message, 0, &sent).await.unwrap();
    assert_eq!(status(store, &id, &message).await, Status::Queued);
    ours(store.claim(&id, &message, min(0), min(5)).await.unwrap());
    abandoned(store.claim(&id, &message, min(6), min(11)).await.unwrap());
    store.settle(&id, &message, 1, &sent).await.unwrap();
    assert_eq!(status(store, &id, &message).await, Status::Sending);
    let failed = Settled::Failed {
        reason: "no such address".to_owned(),
    };
    store.settle(&id, &message, 2, &failed).await.unwrap();
    store.settle(&id, &message, 2, &sent).await.unwrap();
    assert_eq!(status(store, &id, &message).await, Status::Failed);
}

pub async fn a_message_to_retry_waits_until_it_is_due(store: &(impl Profiles + Outbox)) {
    let (id, message, _) = queued(store).await;
    ours(store.claim(&id, &message, min(0), min(5)).await.unwrap());
    store
        .postpone(&id, &message, 1, Postponed::Retry, min(10))
        .await
        .unwrap();
    assert_eq!(status(store, &id, &message).await, Status::Retry);
    assert_eq!(store.claim(&id, &message, min(60), min(65)).await, Ok(Claim::Done));
    let just_before = millis(min(10).as_millisecond() - 1);
    store.requeue(&id, &message, just_before).await.unwrap();
    assert_eq!(status(store, &id, &message).await, Status::Retry);
    store.requeue(&id, &message, min(10)).await.unwrap();
    assert_eq!(status(store, &id, &message).await, Status::Queued);
    let again = ours(store.claim(&id, &message, min(10), min(15)).await.unwrap());
    assert_eq!((again.attempts, again.maybe_sent), (2, false));
}

pub async fn a_message_that_may_have_been_sent_says_so_when_it_is_tried_again(store: &(impl Profiles + Outbox)) {
    let (id, message, _) = queued(store).await;
    ours(store.claim(&id, &message, min(0), min(5)).await.unwrap());
    store
        .postpone(&id, &message, 1, Postponed::Unknown, min(10))
        .await
        .unwrap();
    assert_eq!(status(store, &id, &message).await, Status::Unknown);
    store.requeue(&id, &message, min(11)).await.unwrap();
    let again = ours(store.claim(&id, &message, min(11), min(15)).await.unwrap());
    assert_eq!((again.attempts, again.maybe_sent), (2, true));
    // It stays so, whatever later attempts come to.
    store
        .postpone(&id, &message, 2, Postponed::Retry, min(20))
        .await
        .unwrap();
    store.requeue(&id, &message, min(20)).await.unwrap();
    let again = ours(store.claim(&id, &message, min(21), min(25)).await.unwrap());
    assert_eq!((again.attempts, again.maybe_sent), (3, true));
}

pub async fn a_late_postponer_does_nothing(store: &(impl Profiles + Outbox)) {
    let (id, message, _) = queued(store).await;
    ours(store.claim(&id, &message, min(0), min(5)).await.unwrap());
    abandoned(store.claim(&id, &message, min(6), min(11)).await.unwrap());
    store
        .postpone(&id, &message, 1, Postponed::Retry, min(7))
        .await
        .unwrap();
    assert_eq!(status(store, &id, &message).await, Status::Sending);
    assert_eq!(
        store.claim(&id, &message, min(8), min(13)).await,
        Ok(Claim::Held(min(11)))
    );
}

pub async fn a_settled_message_cannot_be_postponed(store: &(impl Profiles + Outbox)) {
    let (id, message, _) = queued(store).await;
    ours(store.claim(&id, &message, min(0), min(5)).await.unwrap());
    store.settle(&id, &message, 1, &Settled::Unknown).await.unwrap();
    store
        .postpone(&id, &message, 1, Postponed::Unknown, min(7))
        .await
        .unwrap();
    store.requeue(&id, &message, min(8)).await.unwrap();
    assert_eq!(status(store, &id, &message).await, Status::Unknown);
}

pub async fn only_what_is_postponed_is_queued_again(store: &(impl Profiles + Outbox)) {
    let (id, mut saved) = (profile_id("u1"), profile());
    let messages = [message("u1", "msg_claimed")];
    let key = &messages[0].id;
    store.save(&id, &mut saved, &decided(false, &messages)).await.unwrap();
    store.requeue(&id, key, min(60)).await.unwrap();
    assert_eq!(status(store, &id, key).await, Status::Queued);
    ours(store.claim(&id, key, min(0), min(5)).await.unwrap());
    store.requeue(&id, key, min(60)).await.unwrap();
    assert_eq!(status(store, &id, key).await, Status::Sending);
    for (number, (how, expected)) in endings().into_iter().enumerate() {
        let messages = [message("u1", &format!("msg_{number}"))];
        let key = &messages[0].id;
        store.save(&id, &mut saved, &decided(false, &messages)).await.unwrap();
        // Postponed once before, so that nothing of that is left behind.
        ours(store.claim(&id, key, min(0), min(5)).await.unwrap());
        store.postpone(&id, key, 1, Postponed::Retry, min(1)).await.unwrap();
        store.requeue(&id, key, min(1)).await.unwrap();
        ours(store.claim(&id, key, min(1), min(5)).await.unwrap());
        store.settle(&id, key, 2, &how).await.unwrap();
        store.requeue(&id, key, min(60)).await.unwrap();
        assert_eq!(status(store, &id, key).await, expected);
    }
}

pub async fn moving_a_message_that_is_gone_makes_none(store: &impl Outbox) {
    let (id, message) = (profile_id("u1"), MessageId::from("msg_1"));
    assert_eq!(store.get(&id, &message).await, Ok(None));
    store.settle(&id, &message, 1, &Settled::Unknown).await.unwrap();
    store
        .postpone(&id, &message, 1, Postponed::Retry, min(1))
        .await
        .unwrap();
    store.requeue(&id, &message, min(2)).await.unwrap();
    assert_eq!(store.get(&id, &message).await, Ok(None));
}
