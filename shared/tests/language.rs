//! What campaign files become: entrances, the flat program, and what is kept.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::authoring::definitions::{Definitions, read_dir};
use beckon_shared::domain::campaign::{Campaign, Enter, Every, Existing, Meanwhile, Missed, Step, Wait, Watch, Way};
use beckon_shared::domain::condition::{Expr, Var};
use beckon_shared::domain::time::Span;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const WORKSPACE: &str = "
email: { from: hello@shop.example.com }
lists:
  cart: { by: product_id, put: Product Added, keep: price }
segments:
  loyal: count(\"Order Completed\", 365d) >= 3
hosts: asked.example.com
traits: { points: number, vip: bool, reminded: time }
events:
  Album Bought: { album_id: text }
derived events:
  Product Bought: { from: Order Completed, each: products }
";

/// Reads a folder with this campaign and the templates `thanks` and `ask`.
fn read(name: &str, campaign: &str, text: &str) -> Definitions {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("language").join(name);
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is made");
        fs::write(path, text).expect("it is written");
    };
    write("workspace.yaml", WORKSPACE);
    write("example.yaml", campaign);
    write(
        "templates/thanks/sample.json",
        r#"{"viewed":{"url":"x"},"offer":{"code":"A"},"answer":{"text":"b"},"extra":1,"event":{"total":1}}"#,
    );
    write("templates/thanks/sms.en.txt", text);
    write("templates/thanks/push.en.txt", "Thanks\n\nThank you");
    write("templates/told/sample.json", r#"{"answer":{"text":"b"}}"#);
    write("templates/told/sms.en.txt", "You said {{ answer.text }}");
    write("templates/ask/sample.json", "{}");
    write("templates/ask/webhook.en.json", "{\"ask\": true}");
    write("templates/ask/template.yaml", "service: asked");
    write(
        "services/asked.yaml",
        "{ service: asked, carries: webhook, url: 'https://asked.example.com/' }",
    );
    let outcome = read_dir(&folder);
    let said: Vec<String> = outcome
        .found
        .iter()
        .filter(|found| found.is_error())
        .map(ToString::to_string)
        .collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
    outcome.definitions.expect("it is sound")
}

fn campaign(name: &str, campaign: &str) -> Campaign {
    read(name, campaign, "Thanks").campaigns.remove(0)
}

/// The only entrance of a campaign that begins so.
fn entrance(name: &str, enter: &str) -> Enter {
    let text = format!("campaign: example\nenter: {enter}\nsteps: [{{ send: a, by: sms, template: thanks }}]\n");
    let mut campaign = campaign(name, &text);
    assert_eq!(campaign.enter.len(), 1);
    campaign.enter.remove(0)
}

/// The steps in short: their kinds, with targets.
fn program(steps: &[Step]) -> Vec<String> {
    steps
        .iter()
        .map(|step| match step {
            Step::Wait(Wait::For(span)) => format!("wait {span}"),
            Step::Wait(_) => "wait until".to_owned(),
            Step::Await(wait) => format!("wait for {} → {}", wait.on.join("|"), wait.then),
            Step::Branch(arms) => {
                let to: Vec<String> = arms.iter().map(|arm| format!("{} → {}", arm.when, arm.to)).collect();
                format!("branch {}", to.join(", "))
            }
            Step::Split(split) => {
                let to: Vec<String> = split
                    .arms
                    .iter()
                    .map(|arm| format!("{} → {}", arm.name, arm.to))
                    .collect();
                format!("split {}", to.join(", "))
            }
            Step::Jump(to) => format!("jump {to}"),
            Step::Loop(again) => format!("again {} times → {}", again.at_most, again.to),
            Step::Send(send) => format!("send {}", send.name),
            Step::Set(traits) => format!("set {}", traits.keys().cloned().collect::<Vec<_>>().join(", ")),
            Step::List(change) => format!("{} {}", if change.put { "put" } else { "drop" }, change.list),
            Step::Emit(emit) => format!("emit {}", emit.event),
            Step::Offer(offer) => format!("offer {}", offer.name),
            Step::Call(call) => format!("call {}", call.name),
            Step::Handover(handover) => format!("handover {}", handover.name),
            Step::Exit => "exit".to_owned(),
        })
        .collect()
}

fn steps(name: &str, steps: &str) -> Vec<String> {
    let text = format!("campaign: example\nenter: {{ on: Order Completed }}\nsteps:\n{steps}");
    program(&campaign(name, &text).steps)
}

#[test]
fn what_is_nested_becomes_jumps() {
    assert_eq!(
        steps(
            "nested",
            "
  - if: event.total > 10
    then:
      - send: a
        by: sms
        template: thanks
    else:
      - wait: 1h
      - if: loyal
        then: exit
  - branch:
      - { if: event.total > 1, then: [{ set: { vip: true } }] }
      - { if: event.total > 2, then: exit }
      - { if: event.total > 3, then: [{ emit: Rich }, exit] }
      - { else: [{ put: { list: cart, entry: event.order_id } }] }
  - split: draw
    arms: { a: { share: 50%, steps: [{ wait: 2h }] }, b: 30%, c: { share: 20%, steps: exit } }
  - send: z
    by: sms
    template: thanks
",
        ),
        [
            "branch event.total > 10 → 4",
            "wait 1h",
            "branch loyal → 15",
            "jump 5",
            "send a",
            "branch event.total > 1 → 8, event.total > 2 → 15, event.total > 3 → 10",
            "put cart",
            "jump 12",
            "set vip",
            "jump 12",
            "emit Rich",
            "exit",
            "split a → 13, b → 14, c → 15",
            "wait 2h",
            "send z",
        ]
    );
}

#[test]
fn a_wait_goes_on_where_it_is_told() {
    assert_eq!(
        steps(
            "waits",
            "
  - send: a
    by: sms
    template: thanks
  - wait for: { event: [Message Opened, Message Read], of: a, at most: 1d }
    then: exit
  - wait for: { event: \"*\", at most: 1d }
  - wait for: { when: loyal, at most: 1d }
    else: exit
  - wait for: { event: Reply Received, at most: 1d }
    then: [{ emit: Answered }]
    else: [{ emit: Silent }]
",
        ),
        [
            "send a",
            "wait for Message Opened|Message Read → 9",
            "wait for * → 3",
            "wait for  → 5",
            "exit",
            "wait for Reply Received → 8",
            "emit Silent",
            "jump 9",
            "emit Answered",
        ]
    );
}

#[test]
fn rounds_are_asked_for_before_each() {
    assert_eq!(
        steps(
            "rounds",
            "
  - repeat: { at most: 3, while: event.total > 1 }
    steps:
      - send: a
        by: [push, sms]
        next: { after: 1h }
        template: thanks
        offer: { percent: 10%, lasts: 2d, at most: once per 30d }
      - wait: 1d
  - repeat: { at most: 2 }
    steps: [{ wait: 1d }, { emit: Round }]
",
        ),
        [
            "branch event.total > 1 → 2",
            "jump 6",
            "offer a-offer",
            "send a",
            "wait 1d",
            "again 3 times → 2",
            "wait 1d",
            "emit Round",
            "again 2 times → 6",
        ]
    );
}

#[test]
fn a_local_time_is_a_moment_or_hours() {
    let text = "campaign: example\nenter: { on: Order Completed }\nsteps:
  - wait until: { at: \"10:00\", on: weekdays }
  - wait until: { from: \"09:00\", to: \"18:00\", on: [sun, wed] }
  - { send: a, by: sms, template: thanks }\n";
    let steps = campaign("hours", text).steps;
    assert_eq!(
        serde_json::to_value(&steps[..2]).unwrap(),
        json!([
            { "wait": { "local": { "from": "10:00", "days": [1, 2, 3, 4, 5] } } },
            { "wait": { "local": { "from": "09:00", "to": "18:00", "days": [3, 7] } } },
        ])
    );
}

#[test]
fn a_date_comes_once_or_again_and_is_moved() {
    let Some(Watch::Date(yearly)) = entrance("yearly", "{ date: profile.birthday, every: year, at: \"09:00\" }").watch
    else {
        panic!("a date");
    };
    assert_eq!((yearly.every, yearly.moved_millis), (Some(Every::Year), 0));
    let Some(Watch::Date(once)) = entrance("once", "{ date: profile.trial_ends_at, before: 3d }").watch else {
        panic!("a date");
    };
    assert_eq!((once.every, once.moved_millis, once.at), (None, -3 * 86_400_000, None));
}

#[test]
fn a_threshold_goes_back_before_it_is_crossed_again() {
    let enter = entrance(
        "crosses",
        "{ crosses: { value: profile.points, below: 10, back: 20 }, existing: enter, meanwhile: move }",
    );
    assert_eq!((enter.existing, enter.meanwhile), (Existing::Enter, Meanwhile::Move));
    let Some(Watch::Crosses(crossing)) = enter.watch else {
        panic!("a threshold");
    };
    assert_eq!((crossing.way, crossing.at, crossing.back), (Way::Down, 10.0, 20.0));
    let enter = entrance("crosses-up", "{ crosses: { value: profile.points, above: 70.5 } }");
    let Some(Watch::Crosses(crossing)) = enter.watch else {
        panic!("a threshold");
    };
    assert_eq!((crossing.way, crossing.at, crossing.back), (Way::Up, 70.5, 70.5));
}

#[test]
fn calendars_are_rules_cron_and_days() {
    let schedule = |name: &str, enter: &str| match entrance(name, enter).watch {
        Some(Watch::Schedule(schedule)) => schedule,
        other => panic!("a schedule, not {other:?}"),
    };
    let rule = schedule(
        "rule",
        "{ schedule: \"RRULE:FREQ=MONTHLY;BYDAY=-1FR\", at: [\"18:00\", \"09:00\"], time zone: Europe/Berlin, missed: last }",
    );
    assert_eq!(
        (rule.zone.as_deref(), rule.missed),
        (Some("Europe/Berlin"), Missed::Last)
    );
    assert_eq!(rule.on.by_day, [(-1, 5)]);
    let times: Vec<String> = rule.on.times.iter().map(|time| String::from(*time)).collect();
    assert_eq!(times, ["09:00", "18:00"]);
    let cron = schedule("cron", "{ schedule: 0 10 * * 2 }");
    assert_eq!((cron.zone, cron.on.by_day), (None, vec![(0, 2)]));
    let days = schedule("days", "{ schedule: [2026-12-24, 2026-11-27], at: \"10:00\" }");
    let [first, last] = days.on.days.as_slice() else {
        panic!("two days");
    };
    assert_eq!(
        (first.to_string(), last.to_string()),
        ("2026-11-27".into(), "2026-12-24".into())
    );
    assert_eq!(
        schedule("day", "{ schedule: 2026-11-27, at: \"10:00\" }").on.until,
        Some(*first)
    );
}

#[test]
fn a_condition_on_events_is_asked_when_they_come() {
    let enter = entrance(
        "when-event",
        "{ when: 'count(\"Product Added\", 7d) >= 3 && count(\"Order Completed\", 7d) == 0', key: event.product_id }",
    );
    assert_eq!(enter.on, ["Product Added"]);
    assert!(enter.watch.is_none() && enter.condition.is_some() && enter.key.is_some());
    let enter = entrance("when-profile", "{ when: loyal, existing: enter }");
    assert_eq!(enter.watch, Some(Watch::Becomes(Expr::Segment("loyal".to_owned()))));
    assert_eq!(enter.existing, Existing::Enter);
}

#[test]
fn an_absence_is_a_count_that_sees_the_trigger() {
    let enter = entrance(
        "absence",
        "{ on: Demo Played, without: { on: [Album Bought, Order Completed], for: 10m } }",
    );
    let without = enter.without.expect("an absence");
    assert_eq!(without.span, Span::from_mins(10));
    assert_eq!(
        without.happened.to_string(),
        "(count(\"Album Bought\", 10m) > 0 || count(\"Order Completed\", 10m) > 0)"
    );
    let enter = entrance(
        "absence-of-the-same",
        "{ on: Demo Played, without: { on: Album Bought, where: album_id == event.album_id, for: 10m } }",
    );
    let happened = enter.without.expect("an absence").happened;
    assert_eq!(
        happened.to_string(),
        "count(\"Album Bought\", album_id == event.album_id, 10m) > 0"
    );
    assert!(happened.reads().event.contains("album_id"));
}

#[test]
fn a_sequence_keeps_what_is_read_of_its_parts() {
    let text = "campaign: example
enter:
  sequence:
    - { on: Product Viewed, as: viewed }
    - { on: Checkout Started, as: began }
    - { on: Product Added, where: event.product_id == viewed.product_id }
  within: 1d
  key: viewed.category
exit: { on: Product Removed, where: event.product_id == viewed.product_id }
steps:
  - wait: 1h
  - send: a
    by: sms
    template: thanks
    when: viewed.price > 5 && event.price > 5
";
    let campaign = read("sequence", text, "{{ viewed.url }}").campaigns.remove(0);
    let parts = &campaign.enter[0].sequence.as_ref().expect("a sequence").parts;
    assert_eq!(parts[0].keeps, ["category", "price", "product_id", "url"]);
    assert!(parts[1].keeps.is_empty());
    assert_eq!(parts[2].keeps, ["product_id"]);
    assert_eq!(
        (campaign.keeps_of_item, campaign.keeps),
        (vec!["viewed".to_owned()], vec!["price".to_owned()])
    );
    assert_eq!(campaign.shows["viewed"], Expr::property(Var::Item, "viewed"));
}

#[test]
fn templates_and_steps_see_what_was_made_and_heard() {
    let text = "campaign: example
enter:
  - { on: Order Completed }
  - { inactive: 30d }
show: { extra: event.total * 2, more: now }
steps:
  - send: a
    by: sms
    template: thanks
    offer: { lasts: 2d, draw: { gold: 10%, silver: 90% } }
  - wait for: { event: [Reply Received, Email Link Clicked], of: a, at most: 1d }
    else: exit
  - call: ask
    template: ask
    keep: [text, score]
  - if: answer.score > 5
    then: exit
  - wait until: timestamp(offer.ends_at) - 6h
  - send: b
    by: sms
    template: told
";
    let campaign = read("made", text, "{{ offer.code }} {{ extra }}");
    let campaign = &campaign.campaigns[0];
    assert_eq!(campaign.enter.len(), 2);
    assert_eq!(campaign.shows.keys().collect::<Vec<_>>(), ["extra"]);
    assert_eq!(campaign.keeps, ["total"]);
    let Some(Step::Await(wait)) = campaign.steps.get(2) else {
        panic!("a wait");
    };
    assert_eq!(wait.keeps, ["text"]);
}

#[test]
fn events_are_made_of_lists() {
    let definitions = read(
        "derived",
        "campaign: example\nenter: { on: Product Bought, where: event.price > 5, key: event.order_id }\n\
         steps: [{ send: a, by: sms, template: thanks }]\n",
        "Thanks",
    );
    let stored = serde_json::to_value(&definitions.workspace.derived).unwrap();
    assert_eq!(
        stored,
        json!([{ "event": "Product Bought", "from": "Order Completed", "each": "products" }])
    );
}

#[test]
fn whatever_is_stored_is_read_again() {
    let text = "campaign: example
enter:
  - { schedule: [2026-11-27, 2026-12-24], at: \"10:00\" }
  - { on: Demo Played, without: { on: Album Bought, for: 10m } }
steps:
  - set: { vip: null, reminded: now }
  - handover: sales
    to: ask
  - { send: a, by: [push, sms], template: thanks, next: { after: 1h, unless: read } }
";
    let campaign = campaign("stored", text);
    let stored: Value = serde_json::to_value(&campaign).unwrap();
    assert_eq!(serde_json::from_value::<Campaign>(stored).unwrap(), campaign);
}
