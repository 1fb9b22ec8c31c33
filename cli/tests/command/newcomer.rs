//! Somebody who has read the guide and nothing else writes a campaign that none of the examples has, in a folder of
//! their own: three visits to the pricing page in two days by a trial account, then a chat message in business hours,
//! once a month at most.

use crate::{Scratch, done, refused, run};

/// What every folder has: who emails come from is all that it must say.
const WORKSPACE: &str = "\
email: { from: Acme <hello@acme.example> }
time zone: Europe/Berlin
topics:
  help: { en: Help while you decide }
";

const CAMPAIGN: &str = "\
campaign: pricing-help
about: Who looks at the prices three times in two days during a trial is offered a word with us.
archetype: routine
purpose: marketing
topic: help

enter:
  on: page
  where: >-
    event.group == \"pricing\" && account.plan == \"trial\"
    && count(\"page\", group == \"pricing\", 2d) >= 3
  again: after 30d

steps:
  - wait until: { from: \"09:00\", to: \"18:00\", on: weekdays }
  - send: offer-a-word
    by: onsite
    template: a-word
    expires: 7d
";

const TEMPLATE: &str = "\
---
form: chat
link: /pricing/talk
---
Still deciding{{ \", \" ~ profile.first_name if profile.first_name }}?

Ask us anything about the plans: a person answers.
";

fn folder(name: &str) -> Scratch {
    let folder = Scratch::empty(name);
    std::fs::create_dir_all(format!("{}/templates/a-word", folder.path())).expect("it is made");
    folder.write("workspace.yaml", WORKSPACE);
    folder.write("pricing-help.yaml", CAMPAIGN);
    folder.write("templates/a-word/onsite.en.txt", TEMPLATE);
    folder.write(
        "templates/a-word/sample.json",
        r#"{ "profile": { "first_name": "Ann" } }"#,
    );
    folder
}

/// A visit to a page of the group.
fn visit(user: &str, group: &str, at: &str) -> String {
    format!(
        r#"{{"type":"page","userId":"{user}","timestamp":"{at}","name":"Pricing","properties":{{"group":"{group}"}}}}"#
    )
}

/// A user and the plan of their account.
fn belongs(user: &str, plan: &str) -> String {
    format!(
        r#"{{"type":"group","userId":"{user}","groupId":"acme-{user}","timestamp":"2026-03-01T08:00:00Z","traits":{{"plan":"{plan}"}}}}"#
    )
}

/// What would be sent by these events, and what else is decided.
fn simulated(folder: &Scratch, events: &[String]) -> Vec<String> {
    let events = folder.write("events.jsonl", &events.join("\n"));
    let output = run(&[
        "simulate",
        "--campaigns",
        folder.path(),
        "--events",
        &events,
        "--format",
        "jsonl",
    ]);
    let lines = done(&output);
    lines
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("an object");
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", text("at"), text("profile"), text("decision"))
        })
        .collect()
}

#[test]
fn a_campaign_written_from_the_guide_alone_is_sound_and_does_what_it_says() {
    let folder = folder("newcomer");
    done(&run(&["check", folder.path()]));
    // 6 March 2026 is a Friday; in Berlin it is an hour later than in UTC.
    let events = [
        belongs("ann", "trial"),
        visit("ann", "pricing", "2026-03-05T16:00:00Z"),
        visit("ann", "pricing", "2026-03-06T09:00:00Z"),
        visit("ann", "guide", "2026-03-06T09:01:00Z"),
        visit("ann", "pricing", "2026-03-06T17:30:00Z"),
        // Again within the month, and once more after it.
        visit("ann", "pricing", "2026-03-10T10:00:00Z"),
        visit("ann", "pricing", "2026-03-10T10:05:00Z"),
        visit("ann", "pricing", "2026-03-10T10:10:00Z"),
        visit("ann", "pricing", "2026-04-07T10:00:00Z"),
        visit("ann", "pricing", "2026-04-07T10:05:00Z"),
        visit("ann", "pricing", "2026-04-07T10:10:00Z"),
        // Somebody who pays, and somebody who takes too long.
        belongs("ben", "yearly"),
        visit("ben", "pricing", "2026-03-06T10:00:00Z"),
        visit("ben", "pricing", "2026-03-06T10:05:00Z"),
        visit("ben", "pricing", "2026-03-06T10:10:00Z"),
        belongs("eve", "trial"),
        visit("eve", "pricing", "2026-03-02T10:00:00Z"),
        visit("eve", "pricing", "2026-03-03T10:00:00Z"),
        visit("eve", "pricing", "2026-03-04T10:00:00Z"),
    ];
    assert_eq!(
        simulated(&folder, &events),
        [
            "2026-03-06T17:30:00Z ann enter",
            "2026-03-09T08:00:00Z ann send",
            "2026-04-07T10:10:00Z ann enter",
            "2026-04-07T10:10:00Z ann send",
        ]
    );
}

#[test]
fn what_a_newcomer_gets_wrong_is_told_with_its_place_and_what_to_write() {
    let folder = folder("newcomer-mistakes");
    for (from, to, told) in [
        (
            "on: weekdays",
            "on: workdays",
            "yaml:15:51: error: found `workdays`, expected `weekdays`, `weekends`, or days such as",
        ),
        (", 2d)", ", 2 days)", "yaml:11:44: error: found `days`, expected `)`"),
        (
            "account.plan == \"trial\"",
            "account.plan == trial",
            "yaml:10:49: error: there is nothing called `trial`",
        ),
        (
            "event.group",
            "event.grup",
            "yaml:10:11: error: `page` has no `grup`, did you mean `group`?",
        ),
        (
            "by: onsite",
            "by: chat",
            "yaml:17:9: error: found `chat`, expected `email`, `sms`, `push`, `webpush`, `onsite`",
        ),
        (
            "template: a-word",
            "template: aword",
            "yaml:18:15: error: there is no template `aword`, did you mean `a-word`?",
        ),
        (
            "again: after 30d",
            "again: monthly",
            "yaml:12:10: error: found `monthly`, expected `never`, `always` or `after`",
        ),
    ] {
        folder.edit("pricing-help.yaml", from, to);
        let refusal = refused(&run(&["check", folder.path()]));
        assert!(refusal.contains(told), "{to}: {refusal}");
        folder.edit("pricing-help.yaml", to, from);
    }
    done(&run(&["check", folder.path()]));
}
