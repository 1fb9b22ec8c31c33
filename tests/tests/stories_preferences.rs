//! How people say no, choose, and say that an address is theirs; and what others try with their links.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::{By, Consent, Stand};
use beckon_shared::domain::time::{Span, after};
use beckon_shared::links::{Ask, Claims};
use beckon_shared::ports::Profiles;
use beckon_shared::telemetry::Metric;
use beckon_tests::memory::run;
use beckon_tests::story::{Letter, Person, Shop, phone};
use beckon_tests::world::definitions;
use beckon_tests::world::functions::{LINKS_URL, link_keys};
use serde_json::json;

fn with(names: &[&str]) -> Definitions {
    let mut some = definitions::shipped().unwrap().clone();
    some.campaigns
        .retain(|campaign| names.contains(&campaign.name.as_str()));
    some
}

/// Ann, who has got the letter about her cart.
fn reminded() -> (Shop, Person, Letter) {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = shop.customer("Ann");
    ann.adds("c-1", phone());
    shop.passes("1h");
    let letter = ann.receives("abandoned-cart");
    (shop, ann, letter)
}

fn consent(shop: &Shop, profile: &ProfileId) -> Consent {
    let store = shop.with(|world| world.outside.store.clone());
    let profile = run(store.load(profile)).finished().unwrap().unwrap();
    profile.map(|profile| profile.traits.consent).unwrap_or_default()
}

fn written(shop: &Shop) -> usize {
    shop.with(|world| world.outside.store.records_from(0).len())
}

#[test]
fn a_letter_of_marketing_carries_the_button_of_the_mail_program() {
    let (_shop, _, letter) = reminded();
    assert!(letter.one_click().starts_with("https://links.example.com/u/k1."));
    assert_eq!(
        letter.header("List-Unsubscribe-Post"),
        Some("List-Unsubscribe=One-Click")
    );
    assert_eq!(
        letter.header("Feedback-ID"),
        Some("abandoned-cart.reminder:abandoned-cart:marketing:beckon")
    );
    // In HTML a slash is written otherwise.
    for link in [letter.one_click(), &letter.link("/p/")] {
        letter.says(link.rsplit('/').next().unwrap());
    }
    let all: String = letter
        .delivery
        .outgoing
        .headers
        .iter()
        .map(|header| header.value.as_str())
        .collect();
    assert!(
        !all.contains("ann") && !all.contains("@"),
        "nothing says whose it is: {all}"
    );
}

#[test]
fn one_click_stops_the_topic_at_once_and_what_is_owed_still_comes() {
    let (shop, ann, letter) = reminded();
    let page = shop.sends_page(letter.one_click(), "List-Unsubscribe=One-Click");
    page.is(200).says("You are unsubscribed").does_not_say("ann");
    shop.passes("2d");
    ann.adds("c-2", phone());
    shop.passes("1h");
    shop.held_one_back("not_consented");
    shop.passes("1d");
    ann.receives_nothing();
    let consent = consent(&shop, &ann.profile());
    assert!(consent.refuses(Channel::Email, "reminders") && !consent.refuses(Channel::Email, "offers"));
    let said = consent.said().next().unwrap();
    assert_eq!(
        (said.topic, said.stand, said.by),
        (Some("reminders"), Stand::Out, By::OneClick)
    );
    assert_eq!(
        said.at_millis,
        beckon_tests::story::instant("2026-03-01 10:30").as_millisecond()
    );
}

#[test]
fn transactional_letters_carry_no_such_button_and_still_come() {
    let some = definitions::edited(&[], &[
        ("paid.yaml", "campaign: paid\npurpose: transactional\ntopic: reminders\nenter: { on: Order Completed, key: event.order_id }\nsteps:\n  - send: thanks\n    by: email\n    template: birthday\n"),
    ]).unwrap();
    let shop = Shop::opens_with("2026-03-01 09:30", some);
    let ann = shop.customer("Ann");
    ann.unsubscribes(None);
    ann.orders("o-1", &[phone()]);
    let letter = ann.receives("paid");
    assert_eq!(
        (
            letter.header("List-Unsubscribe"),
            letter.header("List-Unsubscribe-Post")
        ),
        (None, None)
    );
    assert_eq!(
        letter.header("Feedback-ID"),
        Some("paid.thanks:paid:transactional:beckon")
    );
    letter.does_not_say("/u/");
    shop.opens_page(&letter.link("/p/")).is(200);
}

#[test]
fn looking_changes_nothing() {
    let (shop, ann, letter) = reminded();
    let before = (written(&shop), consent(&shop, &ann.profile()));
    let page = shop.opens_page(letter.one_click());
    page.is(200)
        .says("Reminders of what you left behind")
        .says("<form method=\"post\">")
        .does_not_say("ann");
    shop.opens_page(&letter.link("/p/")).is(200);
    assert_eq!((written(&shop), consent(&shop, &ann.profile())), before);
}

#[test]
fn saying_it_twice_is_saying_it_once() {
    let (shop, ann, letter) = reminded();
    shop.sends_page(letter.one_click(), "List-Unsubscribe=One-Click")
        .is(200);
    let once = (written(&shop), consent(&shop, &ann.profile()));
    shop.sends_page(letter.one_click(), "List-Unsubscribe=One-Click")
        .is(200);
    assert_eq!((written(&shop), consent(&shop, &ann.profile())), once);
}

#[test]
fn the_same_again_within_a_minute_is_one_word_unless_something_else_was_said_between() {
    let (shop, ann, letter) = reminded();
    let page = letter.link("/p/");
    let refuses = |shop: &Shop| consent(shop, &ann.profile()).refuses(Channel::Email, "reminders");
    let shown = shop.opens_page(&page).form();
    let off = shown.replace("&on=email:reminders", "");
    shop.comes_to("2026-03-01 10:40:05");
    shop.sends_page(&page, &off).is(200);
    let once = written(&shop);
    for _ in 0..20 {
        shop.passes("2s");
        shop.sends_page(&page, &off).is(200);
        assert_eq!(written(&shop), once, "a replayed request costs no fold");
    }
    // Yes, and no again: the last word counts, however often it was said before.
    shop.sends_page(&page, &shown.replace("was-on", "was-off")).is(200);
    assert!(!refuses(&shop));
    let twice = written(&shop);
    shop.sends_page(&page, &off).is(200);
    assert!(refuses(&shop) && written(&shop) > twice);
    // In another minute it is another word.
    let thrice = written(&shop);
    shop.comes_to("2026-03-01 10:41:00");
    shop.sends_page(letter.one_click(), "List-Unsubscribe=One-Click")
        .is(200);
    assert!(refuses(&shop) && written(&shop) > thrice);
}

#[test]
fn strangers_make_nobody_be_asked_more_than_three_times_a_day_whose_an_address_is() {
    let shop = Shop::opens_with("2026-03-01 10:00", with(&["lead-popup"]));
    let claims = |device: &str, address: &str| {
        let visitor = shop.visitor(device);
        visitor.does("Exit Intent", json!({ "visible_secs": 30 }));
        visitor.receives("lead-popup");
        shop.passes("1m");
        visitor.claims_to_be(json!({ "email": address }));
        visitor
    };
    for device in ["v1", "v2", "v3"] {
        claims(device, "kim@customers.example").receives("lead-popup");
    }
    // 10:04, however the address is spelt.
    claims("v4", "Kim@Customers.example").receives_nothing();
    shop.held_one_back("asked_often");
    claims("v5", "ben@customers.example").receives("lead-popup");
    // The first was asked at 10:01.
    shop.comes_to("2026-03-02 10:00");
    claims("v6", "kim@customers.example").receives("lead-popup");
    claims("v7", "kim@customers.example").receives("lead-popup");
    shop.passes("4d");
}

#[test]
fn what_was_refused_can_be_taken_back_on_the_preference_page() {
    let (shop, ann, letter) = reminded();
    let page = letter.link("/p/");
    let shown = shop.opens_page(&page);
    shown
        .says("Reminders of what you left behind")
        .says("name=\"on\" value=\"email:reminders\" checked");
    let off = shown.form().replace("&on=email:reminders", "");
    assert_ne!(off, shown.form());
    shop.sends_page(&page, &off)
        .is(200)
        .says("Saved")
        .does_not_say("value=\"email:reminders\" checked");
    assert!(consent(&shop, &ann.profile()).refuses(Channel::Email, "reminders"));
    shop.passes("1m");
    let shown = shop.opens_page(&page);
    shown.does_not_say("value=\"email:reminders\" checked");
    shop.sends_page(&page, &format!("{}&on=email:reminders", shown.form()))
        .is(200);
    assert!(!consent(&shop, &ann.profile()).refuses(Channel::Email, "reminders"));
    shop.passes("2d");
    ann.adds("c-2", phone());
    shop.passes("1h");
    ann.receives("abandoned-cart");
}

#[test]
fn everything_can_be_stopped_at_once() {
    let (shop, ann, letter) = reminded();
    let page = letter.link("/p/");
    shop.sends_page(&page, &format!("{}&all=off", shop.opens_page(&page).form()))
        .is(200);
    let consent = consent(&shop, &ann.profile());
    for topic in ["reminders", "greetings", "anything"] {
        assert!(consent.refuses(Channel::Email, topic));
    }
}

#[test]
fn pages_speak_the_readers_language() {
    let (shop, ann, letter) = reminded();
    ann.reads("ru-RU");
    shop.opens_page(letter.one_click())
        .says("<html lang=\"ru\">")
        .says("Напоминания об отложенном");
    shop.opens_page(&letter.link("/p/")).says("Что вам присылать?");
}

#[test]
fn a_word_in_a_letter_counts_for_the_letter() {
    let (shop, ann, letter) = reminded();
    shop.sends_page(letter.one_click(), "").is(200);
    let accepted = shop.with(|world| world.counts.of(Metric::Accepted, "one-click"));
    assert!((accepted - 1.0).abs() < f64::EPSILON);
    let inbox = shop.with(|world| world.outside.store.clone());
    let now = shop.now();
    let items = run(beckon_shared::ports::Inbox::received_between(
        &inbox,
        &ann.profile(),
        after(now, Span::from_mins(-1)),
        now,
    ));
    let said = format!("{:?}", items.finished().unwrap().unwrap());
    assert!(
        said.contains("abandoned-cart") && said.contains(letter.delivery.outgoing.message.as_str()),
        "{said}"
    );
}

#[test]
fn whose_address_it_is_its_owner_says() {
    let shop = Shop::opens_with("2026-03-01 10:00", with(&["lead-popup", "abandoned-cart"]));
    let visitor = shop.visitor("v1");
    visitor.does("Exit Intent", json!({ "visible_secs": 30 }));
    visitor.receives("lead-popup");
    shop.passes("1m");
    visitor.claims_to_be(json!({ "email": "kim@customers.example" }));
    let letter = visitor.receives("lead-popup");
    letter.to("kim@customers.example").about("Is this address yours?");
    assert_eq!(letter.header("List-Unsubscribe"), None);
    let link = letter.link("/c/");
    shop.opens_page(&link)
        .is(200)
        .says("Is this address yours?")
        .does_not_say("kim");
    let unconfirmed = |shop: &Shop| consent(shop, &visitor.profile()).unconfirmed(Channel::Email);
    assert!(unconfirmed(&shop), "looking is not saying");
    visitor.adds("c-1", phone());
    shop.passes("1h");
    shop.held_one_back("not_consented");
    shop.sends_page(&link, "").is(200).says("Your address is confirmed");
    assert!(!unconfirmed(&shop));
    let consent = consent(&shop, &visitor.profile());
    let said = consent.said().next().unwrap();
    assert_eq!((said.stand, said.by), (Stand::In, By::Confirmation));
    shop.passes("1d");
    visitor.adds("c-2", phone());
    shop.passes("1h");
    visitor.receives("abandoned-cart").to("kim@customers.example");
    shop.passes("3d");
    shop.letters(&visitor);
}

#[test]
fn a_yes_to_one_address_is_no_yes_to_another() {
    let shop = Shop::opens_with("2026-03-01 10:00", with(&["lead-popup"]));
    let visitor = shop.visitor("v1");
    visitor.does("Exit Intent", json!({ "visible_secs": 30 }));
    visitor.receives("lead-popup");
    shop.passes("1m");
    visitor.claims_to_be(json!({ "email": "kim@customers.example" }));
    let link = visitor.receives("lead-popup").link("/c/");
    visitor.claims_to_be(json!({ "email": "victim@customers.example" }));
    shop.sends_page(&link, "").is(410);
    assert!(consent(&shop, &visitor.profile()).unconfirmed(Channel::Email));
    visitor.is_not_believed("Address Confirmed", json!({ "channel": "email" }));
    shop.passes("4d");
}

fn claims(shop: &Shop, profile: &str, ask: Ask) -> Claims {
    Claims {
        ask,
        profile: ProfileId::parse(profile).unwrap(),
        channel: Channel::Email,
        topic: "reminders".to_owned(),
        carrier: None,
        address_digest: None,
        expires: after(shop.now(), Span::from_days(1)),
    }
}

#[test]
fn links_that_are_not_ours_or_not_for_this_do_nothing() {
    let (shop, ann, letter) = reminded();
    let before = (written(&shop), consent(&shop, &ann.profile()));
    let token = letter.one_click().rsplit('/').next().unwrap().to_owned();
    let mut forged = token.clone();
    let last = forged.pop().unwrap();
    forged.push(if last == 'A' { 'B' } else { 'A' });
    for path in [
        format!("/u/{forged}"),
        format!("/u/{}", &token[..token.len() / 2]),
        format!("/p/{token}"),
        format!("/c/{token}"),
        "/u/".to_owned(),
        "/u/../u".to_owned(),
        format!("/u/{}", "a".repeat(100_000)),
    ] {
        for page in [
            shop.opens_page(&path),
            shop.sends_page(&path, "List-Unsubscribe=One-Click"),
        ] {
            page.is(400)
                .says("This link does not work")
                .does_not_say("ann")
                .does_not_say("eminders");
        }
    }
    shop.opens_page("/elsewhere").is(404);
    shop.sends_page(letter.one_click(), &"x".repeat(100_000)).is(413);
    assert_eq!((written(&shop), consent(&shop, &ann.profile())), before);
}

#[test]
fn a_link_ends() {
    let (shop, ann, letter) = reminded();
    shop.passes("365d");
    shop.letters(&ann);
    let before = consent(&shop, &ann.profile());
    shop.opens_page(letter.one_click())
        .is(410)
        .says("This link has ended")
        .does_not_say("eminders");
    shop.sends_page(letter.one_click(), "").is(410);
    assert_eq!(consent(&shop, &ann.profile()), before);
}

#[test]
fn who_is_unknown_is_answered_like_who_is_known() {
    let (shop, _ann, letter) = reminded();
    let known = shop.opens_page(&letter.link("/p/"));
    let url = format!(
        "{LINKS_URL}{}",
        link_keys().path(&claims(&shop, "user:nobody", Ask::Preferences))
    );
    let unknown = shop.opens_page(&url);
    assert_eq!((unknown.status, unknown.html), (known.status, known.html));
}

#[test]
fn what_others_wrote_stays_text_on_the_pages() {
    let evil = "\"><script>alert(1)</script>";
    let (shop, ann, _) = reminded();
    ann.is(json!({ "first_name": evil, "locale": evil }));
    let claims = Claims {
        topic: evil.to_owned(),
        ..claims(&shop, ann.profile().as_str(), Ask::Unsubscribe)
    };
    for ask in [Ask::Unsubscribe, Ask::Preferences] {
        let url = link_keys().path(&Claims { ask, ..claims.clone() });
        for page in [
            shop.opens_page(&url),
            shop.sends_page(&url, "on=%22%3E%3Cscript%3E&was-off=%3Cscript%3E"),
        ] {
            page.is(200).does_not_say("<script");
        }
    }
}

#[test]
fn no_trait_makes_a_header() {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = shop.customer("Ann");
    ann.is(json!({ "first_name": "Ann\r\nBcc: eve@customers.example\r\nX: y" }));
    ann.adds("c-1\r\nBcc: eve@customers.example", phone());
    shop.passes("1h");
    let letter = ann.receives("abandoned-cart");
    let beckon_shared::ports::sender::Content::Email {
        subject,
        from,
        reply_to,
        ..
    } = &letter.delivery.outgoing.content
    else {
        panic!("a mail")
    };
    let headers = letter
        .delivery
        .outgoing
        .headers
        .iter()
        .map(|header| header.value.clone());
    for value in [subject.clone(), from.clone(), reply_to.clone().unwrap_or_default()]
        .into_iter()
        .chain(headers)
    {
        assert!(!value.contains(['\r', '\n']), "{value:?}");
    }
    assert!(subject.contains("Bcc"), "it stays a part of the subject: {subject}");
}

fn texts(shop: &Shop, number: &str, text: &str) {
    let body = json!({
        "originationNumber": number, "destinationNumber": "+12125550101", "messageKeyword": "KEYWORD",
        "messageBody": text, "inboundMessageId": format!("in-{text}-{}", shop.now()),
    });
    shop.with(|world| {
        let now = world.now();
        let event = beckon_tests::world::provider::published(&body.to_string(), now, &format!("sns-{text}-{now}"));
        world.publish_feedback(event);
        world.until_idle();
    });
}

#[test]
fn stop_by_text_message_holds_for_the_number_and_start_takes_it_back() {
    let by_sms = definitions::edited(
        &[(
            "abandoned-cart.yaml",
            "by: email\n    template: cart-reminder",
            "by: sms\n    template: cart-nudge",
        )],
        &[],
    );
    let shop = Shop::opens_with("2026-03-01 09:30", by_sms.unwrap());
    let ann = shop.customer("Ann");
    ann.is(json!({ "phone": "+49 151 1234-5678" }));
    let cart = |name: &str| {
        ann.adds(name, phone());
        shop.passes("1h");
    };
    texts(&shop, "+4915112345678", "What is this?");
    texts(&shop, "+4915112345678", "HELP");
    cart("c-1");
    let first = shop.letters(&ann);
    assert!(
        !first.is_empty(),
        "neither a question nor a call for help stops anything"
    );
    shop.passes("2d");
    shop.letters(&ann);
    texts(&shop, "+4915112345678", "Stop.");
    cart("c-2");
    ann.receives_nothing();
    shop.held_one_back("suppressed");
    // What was held back counted against the week's caps when it was decided.
    shop.passes("8d");
    texts(&shop, "+4915112345678", "START");
    cart("c-3");
    assert!(!shop.letters(&ann).is_empty());
    shop.passes("3d");
    shop.letters(&ann);
}
