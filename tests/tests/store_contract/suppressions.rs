//! What `ports::Suppressions` promises.

use crate::fixtures::at;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::ports::Suppressions;
use beckon_shared::ports::suppressions::{STOP, Suppression};

fn because(reason: &str, since: &str) -> Suppression {
    Suppression {
        reason: reason.to_owned(),
        since: at(since),
    }
}

pub async fn an_address_is_suppressed_with_its_first_reason(store: &impl Suppressions) {
    let address = "ann@example.com";
    assert_eq!(store.suppression(Channel::Email, address).await, Ok(None));
    let first = because("hard_bounce", "2026-03-01T10:00:00.123Z");
    store.suppress(Channel::Email, address, &first).await.unwrap();
    let second = because("complaint", "2026-03-02T10:00:00Z");
    store.suppress(Channel::Email, address, &second).await.unwrap();
    assert_eq!(store.suppression(Channel::Email, address).await, Ok(Some(first)));
    assert_eq!(store.suppression(Channel::Email, "bob@example.com").await, Ok(None));
}

pub async fn an_address_is_one_however_it_is_spelt(store: &impl Suppressions) {
    let bounced = because("hard_bounce", "2026-03-01T10:00:00Z");
    store
        .suppress(Channel::Email, " Ann@Example.com", &bounced)
        .await
        .unwrap();
    let found = store.suppression(Channel::Email, "ann@example.com").await;
    assert_eq!(found, Ok(Some(bounced.clone())));
    store.suppress(Channel::Sms, "+1 555 010-0000", &bounced).await.unwrap();
    let found = store.suppression(Channel::Sms, "+15550100000").await;
    assert_eq!(found, Ok(Some(bounced)));
}

pub async fn channels_are_apart(store: &impl Suppressions) {
    let bounced = because("hard_bounce", "2026-03-01T10:00:00Z");
    store.suppress(Channel::Sms, "15550100000", &bounced).await.unwrap();
    assert_eq!(store.suppression(Channel::Email, "15550100000").await, Ok(None));
}

pub async fn what_was_stopped_may_be_lifted_and_stopped_again(store: &impl Suppressions) {
    let number = "+15550100000";
    let stopped = because(STOP, "2026-03-01T10:00:00Z");
    store.suppress(Channel::Sms, number, &stopped).await.unwrap();
    let lift = async |reason: &str, moment: &str| store.lift(Channel::Sms, number, reason, at(moment)).await;
    assert_eq!(
        lift(STOP, "2026-03-01T09:00:00Z").await,
        Ok(false),
        "said before the stop"
    );
    assert_eq!(
        lift("hard_bounce", "2026-03-01T11:00:00Z").await,
        Ok(false),
        "another reason"
    );
    assert_eq!(lift(STOP, "2026-03-01T11:00:00Z").await, Ok(true));
    assert_eq!(
        lift(STOP, "2026-03-01T11:00:00Z").await,
        Ok(false),
        "there is nothing to lift any more"
    );
    assert_eq!(store.suppression(Channel::Sms, number).await, Ok(None));
    store.suppress(Channel::Sms, number, &stopped).await.unwrap();
    assert_eq!(store.suppression(Channel::Sms, number).await, Ok(None), "it came late");
    let again = because(STOP, "2026-03-01T12:00:00Z");
    store.suppress(Channel::Sms, number, &again).await.unwrap();
    assert_eq!(store.suppression(Channel::Sms, number).await, Ok(Some(again)));
}

pub async fn a_bounce_is_not_lifted_by_a_word(store: &impl Suppressions) {
    let bounced = because("hard_bounce", "2026-03-01T10:00:00Z");
    store.suppress(Channel::Sms, "+15550100001", &bounced).await.unwrap();
    let lifted = store
        .lift(Channel::Sms, "+15550100001", STOP, at("2026-03-02T10:00:00Z"))
        .await;
    assert_eq!(lifted, Ok(false));
    assert_eq!(store.suppression(Channel::Sms, "+15550100001").await, Ok(Some(bounced)));
}
