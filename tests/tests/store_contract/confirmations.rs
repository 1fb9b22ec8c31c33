//! What `ports::Confirmations` promises.

use crate::fixtures::at;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::id::MessageId;
use beckon_shared::ports::{Confirmations, PortError};
use futures::future::join_all;

const ADDRESS: &str = "ann@example.com";

async fn asks(store: &impl Confirmations, message: &str, time: &str) -> Result<bool, PortError> {
    let message = MessageId::from(message);
    store.may_ask(Channel::Email, ADDRESS, &message, at(time)).await
}

pub async fn three_messages_ask_in_a_day(store: &impl Confirmations) {
    for (message, time, may) in [
        ("msg_1", "2026-03-01T10:00:00Z", true),
        ("msg_2", "2026-03-01T11:00:00Z", true),
        ("msg_3", "2026-03-01T12:00:00Z", true),
        ("msg_4", "2026-03-01T13:00:00Z", false),
        // Who was counted may be tried again.
        ("msg_1", "2026-03-01T13:00:00Z", true),
        ("msg_4", "2026-03-02T09:59:59.999Z", false),
        ("msg_4", "2026-03-02T10:00:00Z", true),
        ("msg_5", "2026-03-02T10:00:00Z", false),
    ] {
        assert_eq!(asks(store, message, time).await, Ok(may), "{message} at {time}");
    }
}

pub async fn addresses_are_apart_however_they_are_spelt(store: &impl Confirmations) {
    let now = at("2026-03-01T10:00:00Z");
    for (number, address) in ["ann@example.com", "Ann@Example.com ", "ANN@example.com"]
        .iter()
        .enumerate()
    {
        let message = MessageId::from(format!("msg_{number}").as_str());
        assert_eq!(store.may_ask(Channel::Email, address, &message, now).await, Ok(true));
    }
    let next = MessageId::from("msg_9");
    assert_eq!(store.may_ask(Channel::Email, ADDRESS, &next, now).await, Ok(false));
    assert_eq!(
        store.may_ask(Channel::Email, "ben@example.com", &next, now).await,
        Ok(true)
    );
}

pub async fn those_that_ask_at_once_are_counted_exactly(store: &impl Confirmations) {
    let mut open: Vec<String> = (0..20).map(|number| format!("msg_{number}")).collect();
    let mut told = Vec::new();
    for round in 0.. {
        assert!(round < 100, "{open:?} never get through");
        let answers = join_all(open.iter().map(|message| asks(store, message, "2026-03-01T10:00:00Z"))).await;
        let mut again = Vec::new();
        for (message, answer) in open.into_iter().zip(answers) {
            match answer {
                Ok(may) => told.push(may),
                // Another was quicker: the record comes again.
                Err(error) if error.may_heal() => again.push(message),
                Err(error) => panic!("{message}: {error}"),
            }
        }
        open = again;
        if open.is_empty() {
            break;
        }
    }
    assert_eq!((told.len(), told.iter().filter(|may| **may).count()), (20, 3));
}
