//! Why somebody got a message, or did not.

use crate::privacy::{ann_who_was_a_visitor, cart, hears};
use crate::table::{Local, alarm, ann, live, told};
use crate::{Scratch, done, refused};
use beckon_shared::domain::event::EventKind;
use beckon_shared::domain::id::ProfileId;
use serde_json::{Value, json};

async fn with_campaigns(name: &str) -> Local {
    let local = Local::start().await;
    let folder = Scratch::with_campaigns(name);
    done(&local.run(&["apply", folder.path()]).await);
    local
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_says_what_happened_and_was_decided_and_from_where_it_is_known() {
    let local = with_campaigns("why-timeline").await;
    let id = ProfileId::known("u1").unwrap();
    let product = json!({ "cart_id": "c-17", "product_id": "mug", "name": "Blue mug" });
    let lost = json!({ "message": "msg_1", "campaign": "abandoned-cart", "step": "reminder", "reason": "refused ann@example.com" });
    let life = [
        ann(),
        told("2", EventKind::Track, "Product Added", 5, &product),
        alarm(65),
        told("3", EventKind::Track, "Message Failed", 66, &lost),
        told(
            "4",
            EventKind::Track,
            "Order Completed",
            90,
            &json!({ "order_id": "o-1", "total": 59.0 }),
        ),
    ];
    live(&local.table().await, &id, &life).await;
    let shown = done(&local.run(&["why", "u1", "--format", "table"]).await);
    for words in [
        "2026-03-01 10:05:00  inbox                   Product Added  {\"cart_id\":\"c-17\"",
        "2026-03-01 10:05:00  log     abandoned-cart  entered for c-17\n",
        "2026-03-01 11:05:00  log     abandoned-cart  reminder by email is to be sent: msg_",
        "2026-03-01 11:05:00  outbox  abandoned-cart  reminder by email is queued: msg_",
        "2026-03-01 11:06:00  inbox   abandoned-cart  Message Failed  {",
        "2026-03-01 11:30:00  log     abandoned-cart  goal reached for c-17, worth 59.00\n",
    ] {
        assert!(shown.contains(words), "`{words}`: {shown}");
    }
    assert!(
        !shown.contains("ann@example.com") && !shown.contains("15112345678"),
        "{shown}"
    );
    let one = done(&local.run(&["why", "u1", "abandoned-cart", "--format", "table"]).await);
    assert!(one.contains("Product Added") && !one.contains("identify"), "{one}");
    assert!(
        one.ends_with("entered `abandoned-cart` on 2026-03-01 10:05, last (the log)\n"),
        "{one}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_enter_is_told_which_condition_was_not_true_and_what_it_saw() {
    let local = with_campaigns("why-not").await;
    let id = ProfileId::known("u2").unwrap();
    let emptied = json!({ "cart_id": "c-1", "products": [] });
    let life = [ann(), told("2", EventKind::Track, "Cart Updated", 5, &emptied)];
    live(&local.table().await, &id, &life).await;
    let shown = done(&local.run(&["why", "u2", "abandoned-cart", "--format", "table"]).await);
    let reason = "`Cart Updated` asked, but the condition was not true: `size(cart.items)` was 0";
    assert!(
        shown.contains(&format!(
            "2026-03-01 10:05:00  replay  abandoned-cart  not entered: {reason}\n"
        )),
        "{shown}"
    );
    assert!(
        shown.contains(&format!(
            "did not enter `abandoned-cart`. Last asked on 2026-03-01 10:05: {reason} (a replay"
        )),
        "{shown}"
    );
    let lines = done(&local.run(&["why", "u2", "abandoned-cart", "--format", "jsonl"]).await);
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["entered"], &last["reason"]),
        (&json!(false), &json!("condition"))
    );

    let nothing = done(&local.run(&["why", "u2", "trial-expiry", "--format", "table"]).await);
    assert!(
        nothing.contains("nothing that lets a person in has happened"),
        "{nothing}"
    );
    let unknown = done(&local.run(&["why", "u2", "no-such", "--format", "table"]).await);
    assert!(
        unknown.contains("no campaign `no-such` is in force; these are: `abandoned-cart`"),
        "{unknown}"
    );
    let nobody = refused(&local.run(&["why", "u3"]).await);
    assert_eq!(nobody, "error: nothing is known of a profile `u3`\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_entered_before_or_is_in_it_already_is_told_so() {
    let local = with_campaigns("why-again").await;
    let id = ProfileId::known("u1").unwrap();
    let product = json!({ "cart_id": "c-17", "product_id": "mug", "name": "Blue mug" });
    let life = [
        ann(),
        told("2", EventKind::Track, "Product Added", 5, &product),
        alarm(65),
        told("3", EventKind::Track, "Product Added", 120, &product),
    ];
    live(&local.table().await, &id, &life).await;
    let shown = done(&local.run(&["why", "u1", "abandoned-cart", "--format", "table"]).await);
    assert!(
        shown.contains(
            "2026-03-01 12:00:00  replay  abandoned-cart  not entered: `Product Added` asked, but they had entered \
             before, and may not again yet\n"
        ),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_log_does_not_hold_is_not_said_to_have_been_decided() {
    let local = Local::start().await;
    let id = ProfileId::known("u1").unwrap();
    let product = json!({ "cart_id": "c-17", "product_id": "mug", "name": "Blue mug" });
    let plan = json!({ "trial_id": "t-1", "ends_at": "2026-03-09T10:00:00Z" });
    let life = [
        ann(),
        told("2", EventKind::Track, "Trial Started", 1, &plan),
        told("3", EventKind::Track, "Product Added", 5, &product),
    ];
    live(&local.table().await, &id, &life).await;
    // Since then the cart's campaign lets in whoever comes; then, it knew a key.
    let folder = Scratch::with_campaigns("why-edited");
    folder.edit("birthday.yaml", "birthday\n", "name-day\n");
    folder.edit("birthday.yaml", "date: profile.birthday", "on: Product Added");
    let written = std::fs::read_to_string(format!("{}/birthday.yaml", folder.path())).unwrap();
    let without_date: String = written
        .lines()
        .filter(|line| !line.trim_start().starts_with("every:") && !line.trim_start().starts_with("at:"))
        .map(|line| format!("{line}\n"))
        .collect();
    folder.write("birthday.yaml", &without_date);
    done(&local.run(&["apply", folder.path()]).await);
    let shown = done(&local.run(&["why", "u1", "name-day", "--format", "table"]).await);
    assert!(
        shown.contains(
            "did not enter `name-day`, but by what is in force now would have on 2026-03-01 10:05 (a replay)"
        ),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_log_begins_a_replay_tells_and_says_so() {
    let local = with_campaigns("why-replay").await;
    let id = ProfileId::known("u1").unwrap();
    let table = local.table().await;
    // Sixty carts, each left for an hour: more than a log holds.
    let mut life = vec![ann()];
    for cart in 0..60 {
        let product = json!({ "cart_id": format!("c-{cart}"), "product_id": "mug", "name": "Blue mug" });
        life.push(told(
            &format!("add-{cart}"),
            EventKind::Track,
            "Product Added",
            10 + cart,
            &product,
        ));
    }
    live(&table, &id, &life).await;
    let lines = done(&local.run(&["why", "u1", "--format", "jsonl"]).await);
    let entered = |from: &str| -> Vec<String> {
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line["from"] == from && line["decision"] == "enter")
            .map(|line| line["at"].as_str().unwrap().to_owned())
            .collect()
    };
    let (log, replay) = (entered("log"), entered("replay"));
    assert!((3..=40).contains(&log.len()), "{} in the log", log.len());
    assert!(!replay.is_empty() && replay.last() < log.first(), "{replay:?} {log:?}");
    assert!(replay.len() + log.len() >= 59, "{} and {}", replay.len(), log.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_and_whom_they_turned_out_to_be_are_told_as_one_person() {
    let (local, table) = ann_who_was_a_visitor().await;
    let (visitor, user) = (ProfileId::parse("anon:d-1").unwrap(), ProfileId::parse("u1").unwrap());
    // The browser still says so under the visitor's id, and it is passed on.
    hears(&table, &visitor, cart("c2", 2_852)).await;
    local.idle().await;
    local.passes("2h").await;
    for asked in [&visitor, &user] {
        let shown = done(&local.run(&["why", asked.as_str(), "--format", "table"]).await);
        for words in [
            "2026-03-03 09:30:00  inbox   anon:d-1                  Product Added  {\"cart_id\":\"c-17\"",
            "  log     anon:d-1  abandoned-cart  entered for c-17\n",
            "2026-03-03 09:31:00  inbox   anon:d-1                  went over into u1: they are one person\n",
            "  inbox   u1                        anon:d-1 went over into this profile\n",
            "  log     u1        abandoned-cart  reminder by email is to be sent: msg_",
            "\n`anon:d-1` went over into `u1` on 2026-03-03 09:31\n",
        ] {
            assert!(shown.contains(words), "`{words}`: {shown}");
        }
        assert_eq!(shown.matches("Product Added").count(), 2, "once each: {shown}");
        let one = done(
            &local
                .run(&["why", asked.as_str(), "abandoned-cart", "--format", "jsonl"])
                .await,
        );
        let lines: Vec<Value> = one.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (answer, lines) = lines.split_last().unwrap();
        assert_eq!(answer["entered"], json!(true), "{one}");
        for (event, profile) in [("join", "anon:d-1"), ("merge", "u1")] {
            let is_told = |line: &&Value| line["event"] == event && line["profile"] == profile;
            assert_eq!(lines.iter().filter(is_told).count(), 1, "{one}");
        }
    }
}
