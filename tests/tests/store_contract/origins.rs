//! What `ports::Origins` promises.

use crate::fixtures::at;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::id::{CampaignName, MessageId, ProfileId};
use beckon_shared::domain::service::Heard;
use beckon_shared::ports::Origins;
use beckon_shared::ports::origins::{KeptWord, Named, Noted, Origin, WORDS_MAX};
use futures::future::{join, join_all};

fn origin(message: &str) -> Origin {
    Origin {
        profile: ProfileId::parse("u1").unwrap(),
        message: MessageId::from(message),
        campaign: CampaignName::from("channel-cascade"),
        step: "arrived".to_owned(),
        channel: Channel::Whatsapp,
        at: at("2026-03-01T10:00:00.123Z"),
    }
}

pub async fn an_origin_is_found_by_the_services_id(store: &impl Origins) {
    let expires = at("2026-04-01T00:00:00Z");
    let named = Named::Id("wamid.1");
    assert_eq!(store.origin("whatsapp", named).await, Ok(None));
    store
        .note_origin("whatsapp", named, &origin("msg_1"), 0, expires)
        .await
        .unwrap();
    assert_eq!(store.origin("whatsapp", named).await, Ok(Some(origin("msg_1"))));
    assert_eq!(store.origin("viber", named).await, Ok(None));
    assert_eq!(store.origin("whatsapp", Named::Id("wamid.2")).await, Ok(None));
}

pub async fn an_address_stands_for_the_last_message(store: &impl Origins) {
    let expires = at("2026-04-01T00:00:00Z");
    let written = Named::Address(Channel::Whatsapp, "+1 415 555-0100");
    for message in ["msg_1", "msg_2"] {
        store
            .note_origin("whatsapp", written, &origin(message), 0, expires)
            .await
            .unwrap();
    }
    let told = Named::Address(Channel::Whatsapp, "14155550100");
    assert_eq!(store.origin("whatsapp", told).await, Ok(Some(origin("msg_2"))));
    assert_eq!(store.origin("whatsapp", Named::Id("14155550100")).await, Ok(None));
}

fn word(event: &str, id: &str) -> Heard {
    Heard {
        event: event.to_owned(),
        message: Some("wamid.1".to_owned()),
        from: None,
        text: None,
        at: Some(at("2026-03-01T10:00:01Z")),
        id: Some(id.to_owned()),
    }
}

async fn keep(store: &impl Origins, word: &Heard) -> KeptWord {
    let expires = at("2026-03-01T11:00:00Z");
    store.keep_word("whatsapp", "wamid.1", word, expires).await.unwrap()
}

async fn note(store: &impl Origins, told: usize) -> Noted {
    let expires = at("2026-04-01T00:00:00Z");
    let origin = origin("msg_1");
    let noted = store.note_origin("whatsapp", Named::Id("wamid.1"), &origin, told, expires);
    noted.await.unwrap()
}

pub async fn words_wait_for_their_origin(store: &impl Origins) {
    let (delivered, read) = (word("Message Delivered", "1"), word("Message Read", "2"));
    assert_eq!(keep(store, &delivered).await, KeptWord::Waits);
    assert_eq!(store.origin("whatsapp", Named::Id("wamid.1")).await, Ok(None));
    assert_eq!(note(store, 0).await, Noted::Waiting(vec![delivered.clone()]));
    // Another came while the first was told.
    assert_eq!(keep(store, &read).await, KeptWord::Waits);
    assert_eq!(keep(store, &delivered).await, KeptWord::Waits);
    assert_eq!(note(store, 1).await, Noted::Waiting(vec![delivered, read]));
    assert_eq!(note(store, 2).await, Noted::Kept);
    let found = store.origin("whatsapp", Named::Id("wamid.1")).await;
    assert_eq!(found, Ok(Some(origin("msg_1"))));
}

pub async fn a_word_that_comes_late_finds_its_origin(store: &impl Origins) {
    assert_eq!(note(store, 0).await, Noted::Kept);
    let late = word("Message Read", "1");
    assert_eq!(keep(store, &late).await, KeptWord::Known(origin("msg_1")));
    assert_eq!(note(store, 0).await, Noted::Kept);
}

pub async fn no_more_words_wait_than_can_be_told(store: &impl Origins) {
    let expires = at("2026-03-01T11:00:00Z");
    for nth in 0..WORDS_MAX {
        assert_eq!(
            keep(store, &word("Message Read", &nth.to_string())).await,
            KeptWord::Waits
        );
    }
    let more = word("Message Read", "more");
    assert_eq!(keep(store, &more).await, KeptWord::TooMany);
    assert_eq!(keep(store, &word("Message Read", "0")).await, KeptWord::Waits);
    let other = store.keep_word("viber", "wamid.1", &more, expires).await;
    assert_eq!(other, Ok(KeptWord::Waits));
    let Noted::Waiting(words) = note(store, 0).await else {
        panic!("they wait")
    };
    assert_eq!(words.len(), WORDS_MAX);
}

pub async fn each_of_many_words_at_once_is_told(store: &impl Origins) {
    let words: Vec<Heard> = (0..5).map(|nth| word("Message Read", &nth.to_string())).collect();
    let kept = join_all(words.iter().map(|word| keep(store, word)));
    let noted = async {
        let mut told: Vec<Heard> = Vec::new();
        while let Noted::Waiting(words) = note(store, told.len()).await {
            told = words;
        }
        told
    };
    let (kept, told) = join(kept, noted).await;
    for (word, kept) in words.iter().zip(kept) {
        let knew = kept == KeptWord::Known(origin("msg_1"));
        assert!(knew != told.contains(word), "{word:?}: {kept:?}, {told:?}");
    }
}
