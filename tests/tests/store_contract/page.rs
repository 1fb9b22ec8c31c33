//! What `ports::Page` promises.

use crate::fixtures::{at, decided, profile, profile_id};
use beckon_shared::domain::campaign::Form;
use beckon_shared::domain::id::{CampaignName, MessageId};
use beckon_shared::ports::page::{Placed, Visit};
use beckon_shared::ports::{Page, Profiles};

fn placed(message: &str, text: &str) -> Placed {
    Placed {
        message: MessageId::from(message),
        campaign: CampaignName::from("idle-chat"),
        step: "hello".to_owned(),
        form: Form::Chat,
        title: Some("Привет".to_owned()),
        text: text.to_owned(),
        link: None,
        at: at("2026-03-01T10:00:00.123Z"),
        expires: at("2026-03-01T10:01:00Z"),
    }
}

pub async fn what_is_placed_waits_for_its_profile(store: &impl Page) {
    let (ann, bob) = (profile_id("ann"), profile_id("bob"));
    assert_eq!(store.visit(&ann).await, Ok(Visit::default()));
    store.place(&ann, &placed("msg_1", "hello")).await.unwrap();
    store.place(&ann, &placed("msg_2", "again")).await.unwrap();
    store.place(&bob, &placed("msg_3", "bob")).await.unwrap();
    let mut found = store.visit(&ann).await.unwrap().placed;
    found.sort_by(|one, other| one.message.as_str().cmp(other.message.as_str()));
    assert_eq!(found, [placed("msg_1", "hello"), placed("msg_2", "again")]);
}

pub async fn what_is_placed_twice_is_what_it_was_first(store: &impl Page) {
    let ann = profile_id("ann");
    store.place(&ann, &placed("msg_1", "hello")).await.unwrap();
    store.place(&ann, &placed("msg_1", "changed")).await.unwrap();
    assert_eq!(store.visit(&ann).await.unwrap().placed, [placed("msg_1", "hello")]);
}

pub async fn what_the_profile_has_seen_and_whom_it_joined_come_with_it(store: &(impl Page + Profiles)) {
    let ann = profile_id("ann");
    let mut saved = profile();
    saved.state.joined = Some(profile_id("bob"));
    saved.state.shown.note(&MessageId::from("msg_1"));
    store.save(&ann, &mut saved, &decided(true, &[])).await.unwrap();
    store.place(&ann, &placed("msg_1", "hello")).await.unwrap();
    let visit = store.visit(&ann).await.unwrap();
    assert_eq!(visit.joined, Some(profile_id("bob")));
    assert!(visit.shown.contains(&MessageId::from("msg_1")));
    assert_eq!(visit.placed.len(), 1);
    let loaded = store.load(&ann).await.unwrap().unwrap();
    assert_eq!(loaded, saved, "what is placed is not part of the profile");
}
