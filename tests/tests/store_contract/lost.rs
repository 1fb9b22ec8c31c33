//! What the SDK does by itself when DynamoDB's answer is lost: it sends the request again. The
//! store must not take its own first attempt for somebody else's.

use crate::dynamodb::Table;
use crate::fixtures::*;
use Fate::{Arrives, Lost};
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use beckon_shared::domain::message::Status;
use beckon_shared::ports::outbox::{Claim, Settled};
use beckon_shared::ports::profiles::SaveError;
use beckon_shared::ports::{Inbox, Outbox, Profiles};
use beckon_shared::store::DynamoStore;
use beckon_shared::wiring::DEFAULT_TABLE;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// What becomes of the next answers; after these, every answer arrives.
type Fates = Arc<Mutex<VecDeque<Fate>>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Arrives,
    Lost,
}

/// Carries requests, but loses some answers.
#[derive(Debug, Clone)]
struct Lossy {
    connector: SharedHttpConnector,
    fates: Fates,
}

impl HttpConnector for Lossy {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.connector.call(request);
        let fates = self.fates.clone();
        HttpConnectorFuture::new(async move {
            let answer: HttpResponse = answer.await?;
            match fates.lock().unwrap().pop_front() {
                Some(Lost) => Err(ConnectorError::timeout("the answer was lost".into())),
                Some(Arrives) | None => Ok(answer),
            }
        })
    }
}

/// The table's store over a connection that loses answers.
struct Fragile {
    store: DynamoStore,
    fates: Fates,
}

impl Fragile {
    fn over(table: &Table) -> Self {
        let fates = Fates::default();
        let inner = table.client.config().http_client().expect("it has one");
        let carried = fates.clone();
        let client = http_client_fn(move |settings, components| {
            use aws_smithy_runtime_api::client::http::HttpClient;
            SharedHttpConnector::new(Lossy {
                connector: inner.http_connector(settings, components),
                fates: carried.clone(),
            })
        });
        let config = table.client.config().to_builder().http_client(client).build();
        Self {
            store: DynamoStore::new(aws_sdk_dynamodb::Client::from_conf(config), DEFAULT_TABLE),
            fates,
        }
    }

    fn answers(&self, fates: &[Fate]) {
        *self.fates.lock().unwrap() = fates.iter().copied().collect();
    }
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_ours() {
    let table = Table::start().await;
    let fragile = Fragile::over(&table);
    let (id, messages) = (profile_id("u1"), [message("u1", "msg_1")]);
    let key = &messages[0].id;
    table
        .store
        .save(&id, &mut profile(), &decided(false, &messages))
        .await
        .unwrap();
    let [now, until, later] = ["10:00", "10:05", "10:06"].map(|time| at(&format!("2026-03-01T{time}:00Z")));
    fragile.answers(&[Lost]);
    let claim = fragile.store.claim(&id, key, now, until).await.unwrap();
    assert!(
        matches!(&claim, Claim::Ours(envelope) if envelope.attempts == 1),
        "{claim:?}"
    );
    // Taken over: the first request finds it held, the second takes it.
    fragile.answers(&[Arrives, Lost]);
    let claim = fragile
        .store
        .claim(&id, key, later, at("2026-03-01T10:11:00Z"))
        .await
        .unwrap();
    assert!(
        matches!(&claim, Claim::Abandoned(envelope) if envelope.attempts == 2),
        "{claim:?}"
    );
    fragile.answers(&[Lost]);
    let sent = Settled::Sent {
        provider_id: "ses-1".to_owned(),
    };
    fragile.store.settle(&id, key, 2, &sent).await.unwrap();
    let envelope = table.store.get(&id, key).await.unwrap().unwrap();
    assert_eq!(envelope.status, Status::Sent);
}

#[tokio::test]
async fn a_transaction_whose_answer_was_lost_is_saved_once() {
    let table = Table::start().await;
    let fragile = Fragile::over(&table);
    let (id, messages, mut saved) = (profile_id("u1"), [message("u1", "msg_1")], profile());
    let mut again = saved.clone();
    fragile.answers(&[Lost]);
    fragile
        .store
        .save(&id, &mut saved, &decided(true, &messages))
        .await
        .unwrap();
    assert_eq!(saved.version, 1);
    assert_eq!(table.store.load(&id).await, Ok(Some(saved)));
    // The same from another call, as after a crash.
    fragile
        .store
        .save(&id, &mut again, &decided(true, &messages))
        .await
        .unwrap();
    assert_eq!(again.version, 1);
    // Other content is a conflict.
    let mut other = profile();
    other.state.alarm = None;
    let refused = fragile.store.save(&id, &mut other, &decided(true, &messages)).await;
    assert_eq!(refused, Err(SaveError::Conflict));
}

#[tokio::test]
async fn a_plain_save_whose_answer_was_lost_is_a_conflict_with_itself() {
    let table = Table::start().await;
    let fragile = Fragile::over(&table);
    let (id, mut saved) = (profile_id("u1"), profile());
    fragile.answers(&[Lost]);
    let refused = fragile.store.save(&id, &mut saved, &decided(false, &[])).await;
    // The caller loads and folds again, and finds that there is nothing left to fold.
    assert_eq!(refused, Err(SaveError::Conflict));
    let stored = table.store.load(&id).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.state), (1, saved.state));
}

#[tokio::test]
async fn an_item_whose_answer_was_lost_is_there_once() {
    let table = Table::start().await;
    let fragile = Fragile::over(&table);
    fragile.answers(&[Lost]);
    let item = item("u1", "req-1", "2026-03-01T10:00:00Z");
    fragile.store.append(&item, expires()).await.unwrap();
    let (first, last) = (at("2020-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z"));
    let items = table.store.received_between(&item.profile, first, last).await.unwrap();
    assert_eq!(items, [item]);
}

#[tokio::test]
async fn what_stays_unanswered_may_heal() {
    let table = Table::start().await;
    let fragile = Fragile::over(&table);
    fragile.answers(&[Lost; 3]);
    let failed = fragile.store.load(&profile_id("u1")).await;
    assert!(matches!(&failed, Err(error) if error.may_heal()), "{failed:?}");
}
