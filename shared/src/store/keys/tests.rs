use super::*;
use crate::domain::id::{CampaignName, Version};

fn at(text: &str) -> Timestamp {
    text.parse().expect("it is a time")
}

fn u1() -> ProfileId {
    ProfileId::known("u1").expect("it is an id")
}

#[test]
fn an_inbox_item_sorts_by_time_then_id_and_is_read_back() {
    let key = inbox(&u1(), at("2026-03-01T10:00:00.5Z"), "req-1");
    assert_eq!((key.pk.as_str(), key.sk.as_str()), ("P#u1", "E#001772359200500#req-1"));
    assert_eq!(key.inbox(), Some((at("2026-03-01T10:00:00.5Z"), "req-1")));
    assert_eq!(key.profile(), Some(u1()));
    assert_eq!(key.kind(), Kind::Inbox);
    assert!(inbox(&u1(), at("2026-03-01T09:59:59Z"), "z").sk < key.sk);
    let (from, to) = inbox_range();
    assert!(from < key.sk.as_str() && key.sk.as_str() < to);
}

#[test]
fn what_is_before_1970_counts_as_1970() {
    assert_eq!(inbox(&u1(), at("1960-01-01T00:00:00Z"), "a").sk, "E#000000000000000#a");
    assert_eq!(
        due(&u1(), at("1960-01-01T00:00:00Z")).pk.split('#').next(),
        Some("1970-01-01")
    );
}

#[test]
fn a_long_id_is_hashed_and_ids_with_hashes_in_them_are_read_back() {
    let long = "x".repeat(5_000);
    let key = inbox(&u1(), at("2026-03-01T10:00:00Z"), &long);
    assert!(key.sk.len() < 60 && is_hashed(&long));
    assert_ne!(key, inbox(&u1(), at("2026-03-01T10:00:00Z"), &"x".repeat(5_001)));
    let key = inbox(&u1(), at("2026-03-01T10:00:00Z"), "a#b#c");
    assert_eq!(key.inbox().map(|(_, id)| id.to_owned()), Some("a#b#c".to_owned()));
}

#[test]
fn no_other_item_lies_between_state_and_traits() {
    let (from, to) = profile_range();
    assert!(from < to);
    for key in [
        inbox(&u1(), Timestamp::MAX, "~"),
        message(&u1(), &MessageId::from("msg_~")),
    ] {
        assert!(key.sk.as_str() < from, "{}", key.sk);
    }
    assert_eq!(state(&u1()).kind(), Kind::State);
    assert_eq!(traits(&u1()).kind(), Kind::Traits);
}

#[test]
fn a_message_is_read_back() {
    let key = message(&u1(), &MessageId::from("msg_1"));
    assert_eq!(key.sk, "M#msg_1");
    assert_eq!(key.message(), Some(MessageId::from("msg_1")));
    assert_eq!(key.kind(), Kind::Message);
}

#[test]
fn definitions_share_a_partition() {
    let campaign = DefinitionKey::Campaign(CampaignName::from("cart"), Version::from("v1"));
    assert_eq!(definition(&campaign).sk, "CAMPAIGN#cart#v1");
    assert_eq!(definition(&campaign).pk, manifest().pk);
    assert_eq!(definition(&campaign).kind(), Kind::Campaign);
    let template = DefinitionKey::Template("x".repeat(4_000), Version::from("v1"));
    assert!(definition(&template).sk.len() < 60);
    assert_eq!(
        definition(&DefinitionKey::Workspace(Version::from("w"))).sk,
        "WORKSPACE#w"
    );
}

#[test]
fn an_address_is_one_address_however_it_is_spelt_and_is_not_in_the_key() {
    let key = suppression(Channel::Email, "Ann@Example.com");
    assert_eq!(key, suppression(Channel::Email, "  ann@example.COM "));
    assert_ne!(key, suppression(Channel::Email, "bob@example.com"));
    assert!(!key.pk.to_lowercase().contains("ann") && key.pk.len() == "A#email#".len() + 64);
    assert_eq!(
        suppression(Channel::Sms, "+1 (555) 010-0000"),
        suppression(Channel::Sms, "15550100000")
    );
    assert_ne!(suppression(Channel::Sms, "1"), suppression(Channel::Email, "1"));
}

#[test]
fn the_due_index_is_by_day_and_shard_then_time() {
    let when = at("2026-03-01T23:59:59.999Z");
    let entry = due(&u1(), when);
    let shard = Bucket::of(&u1(), when).shard;
    assert_eq!(entry.pk, format!("2026-03-01#{shard}"));
    assert_eq!(entry.sk, "001772409599999#u1");
    assert_eq!(due_time(&entry.sk), Some(when));
    assert!(entry.sk < due_after(when));
    assert!(entry.sk > due_after(at("2026-03-01T23:59:59.998Z")));
}
