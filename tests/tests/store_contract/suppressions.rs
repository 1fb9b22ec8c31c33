//! What `ports::Suppressions` promises.

use crate::fixtures::at;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::ports::Suppressions;
use beckon_shared::ports::suppressions::Suppression;

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
