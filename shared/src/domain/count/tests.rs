use super::*;
use crate::domain::campaign::{Channel, ChannelSet};
use crate::domain::decision::{Decision, Verdict};
use crate::domain::event::{Event, EventKind, Source};
use crate::domain::id::{MessageId, ProfileId};
use crate::domain::rules::Rules;
use crate::domain::time::Span;
use serde_json::json;

fn decision(verdict: Verdict) -> Decision {
    Decision {
        drawn_for: None,
        at: "2026-03-01T23:59:59Z".parse().expect("a time"),
        profile: ProfileId::known("u1").expect("an id"),
        campaign: CampaignName::from("cart"),
        key: String::new(),
        verdict,
    }
}

fn word(name: &str, source: Source, message: &str) -> Event {
    Event {
        id: "e".to_owned(),
        kind: EventKind::Track,
        name: name.to_owned(),
        at: Timestamp::UNIX_EPOCH,
        source,
        hops: 0,
        properties: json!({ "message": message, "campaign": "cart", "step": "reminder", "bounce_type": "hard" })
            .as_object()
            .cloned()
            .expect("an object"),
    }
}

#[test]
fn sums_do_not_depend_on_the_order_of_adding() {
    let worth = [0.1, 0.2, 0.3, 1e9, -0.3];
    let sum = |values: &mut dyn Iterator<Item = &f64>| {
        let mut counts = Counts::default();
        for value in values {
            let goal = decision(Verdict::Goal {
                value: Some(*value),
                took: Span::from_mins(5),
            });
            counts.merge(&super::counts(&[goal], &[], &Rules::default()));
        }
        counts
    };
    let forwards = sum(&mut worth.iter());
    assert_eq!(forwards, sum(&mut worth.iter().rev()));
    let goals = forwards.of(&CountKey::of(&CampaignName::from("cart"), What::Goal));
    assert_eq!((goals.count, goals.value_micros), (5, 1_000_000_000_300_000));
}

#[test]
fn what_is_written_is_read_back() {
    let decisions = [
        decision(Verdict::Enter),
        decision(Verdict::Send {
            step: "reminder".to_owned(),
            channel: Channel::Email,
            template: "t".to_owned(),
            variant: Some("plain".to_owned()),
            message: MessageId::from("msg_1"),
            maybe_also: ChannelSet::default().with(Channel::Sms),
        }),
    ];
    let counts = counts(&decisions, &[], &Rules::default());
    let counted: Vec<What> = counts.iter().map(|(key, _)| key.what).collect();
    assert_eq!(counted, [What::Entered, What::Sent, What::Both]);
    let bytes = rmp_serde::to_vec_named(&counts).expect("it is written");
    assert_eq!(rmp_serde::from_slice::<Counts>(&bytes).expect("it is read"), counts);
}

#[test]
fn each_kind_of_word_counts_once_for_each_message_and_under_its_arm() {
    let mut echoes = Echoes::default();
    echoes.sent(&MessageId::from("msg_1"), "plain");
    let opened = hear(&mut echoes, &word("Email Opened", Source::Provider, "msg_1")).expect("the first");
    assert_eq!(opened.key.what, What::Opened);
    assert_eq!(
        (opened.key.variant.as_str(), opened.key.channel.as_str()),
        ("plain", "email")
    );
    assert_eq!(
        hear(&mut echoes, &word("Email Opened", Source::Provider, "msg_1")),
        None
    );
    let bounced = hear(&mut echoes, &word("Email Bounced", Source::Provider, "msg_1")).expect("another kind");
    assert_eq!(bounced.key.reason, "hard");
    let other = hear(&mut echoes, &word("Email Opened", Source::Server, "msg_2")).expect("another message");
    assert_eq!(other.key.variant, "");
}

#[test]
fn a_browsers_word_counts_nothing() {
    let mut echoes = Echoes::default();
    assert_eq!(hear(&mut echoes, &word("Email Opened", Source::Browser, "msg_1")), None);
    assert!(echoes.is_empty());
    assert_eq!(
        hear(&mut echoes, &word("Email Opened", Source::Server, "")),
        None,
        "of no message"
    );
    assert_eq!(hear(&mut echoes, &word("Product Added", Source::Server, "msg_1")), None);
}

#[test]
fn a_day_is_one_in_utc() {
    assert_eq!(day_of(decision(Verdict::Enter).at).to_string(), "2026-03-01");
}
