//! Handing out and erasing what is kept of a person: against a local stack whose functions run.

use crate::table::{Local, alarm, ann, live, told};
use crate::{Scratch, done, refused};
use beckon_shared::domain::event::{EventKind, InboxItem, Input};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::{Inbox, Profiles};
use beckon_shared::store::DynamoStore;
use serde_json::{Value, json};

fn id(typed: &str) -> ProfileId {
    ProfileId::parse(typed).unwrap()
}

/// Puts something into an inbox, where `evaluate` finds it.
pub async fn hears(table: &DynamoStore, profile: &ProfileId, (input, at): (Input, Timestamp)) {
    let item = InboxItem {
        profile: profile.clone(),
        id: input.id().to_owned(),
        at,
        received: at,
        inputs: vec![input],
    };
    table
        .append(&item, after(at, Span::from_days(36_500)))
        .await
        .expect("it is kept");
}

/// A mug is put into a cart.
pub fn cart(id: &str, mins: i64) -> (Input, Timestamp) {
    let product = json!({ "cart_id": "c-17", "product_id": "mug", "name": "Blue mug" });
    told(id, EventKind::Track, "Product Added", mins, &product)
}

/// Ann, who filled a cart before anybody knew her.
pub async fn ann_who_was_a_visitor() -> (Local, DynamoStore) {
    let local = Local::running().await;
    let folder = Scratch::with_campaigns("privacy");
    done(&local.run(&["apply", folder.path()]).await);
    let table = local.table().await;
    let (visitor, user) = (id("anon:d-1"), id("u1"));
    hears(&table, &visitor, cart("c1", 2_850)).await;
    let at = after(ann().1, Span::from_mins(2_851));
    hears(&table, &visitor, (Input::join(&visitor, &user, at), at)).await;
    hears(&table, &user, ann()).await;
    local.idle().await;
    (local, table)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_person_is_erased_and_stays_so() {
    let (local, table) = ann_who_was_a_visitor().await;
    let told = refused(&local.run(&["profile", "erase", "u1"]).await);
    assert!(told.contains("profile u1: 3 traits, 1 enrollment, "), "{told}");
    assert!(told.contains("profile anon:d-1: 0 traits, "), "{told}");
    assert!(
        told.starts_with("error: nothing was erased, because it cannot be undone: say --yes\n"),
        "{told}"
    );
    assert!(!table.load(&id("u1")).await.unwrap().unwrap().traits.values.is_empty());

    let erased = done(&local.run(&["profile", "erase", "u1", "--yes"]).await);
    assert!(erased.contains("erased: 2 profiles forgotten, "), "{erased}");
    local.idle().await;
    for typed in ["u1", "anon:d-1"] {
        let left = table
            .load(&id(typed))
            .await
            .unwrap()
            .expect("that it was erased is known");
        assert!(left.state.erased.is_some() && left.traits.values.is_empty(), "{typed}");
        assert!(
            left.state.enrollments.is_empty() && left.state.lists.is_empty(),
            "{typed}"
        );
        let inbox = table.received_between(&id(typed), Timestamp::MIN, Timestamp::MAX).await;
        assert_eq!(inbox.unwrap(), [], "{typed}");
    }
    let raw = local.whole_table().await;
    for private in ["ann@example.com", "15112345678", "Blue mug"] {
        assert!(!raw.contains(private), "`{private}` is left: {raw}");
    }

    // What is imported of the time before.
    hears(&table, &id("u1"), cart("c2", 30)).await;
    local.idle().await;
    let left = table.load(&id("u1")).await.unwrap().unwrap();
    assert!(left.state.lists.is_empty() && left.state.enrollments.is_empty());
    let shown = done(&local.run(&["profile", "show", "u1"]).await);
    assert!(
        shown.contains("erased: nothing is kept of what came up to 2026-03-03 10:00:00"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_nobody_folds_says_so_and_can_be_repeated() {
    let local = Local::start().await;
    let table = local.table().await;
    live(&table, &id("u1"), &[ann(), cart("c1", 1)]).await;
    let waited = refused(&local.run(&["profile", "erase", "u1", "--yes", "--wait", "0"]).await);
    assert!(
        waited.contains("was asked to forget and has not yet: is `evaluate` behind?"),
        "{waited}"
    );
    let account = refused(&local.run(&["profile", "erase", "account:acme", "--yes"]).await);
    assert!(account.contains("is an account and no person"), "{account}");
    let nobody = refused(&local.run(&["profile", "erase", "u2", "--yes"]).await);
    assert_eq!(nobody, "error: nothing is known of a profile `u2`\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_written_out_whole() {
    let local = Local::start().await;
    let table = local.table().await;
    live(&table, &id("u1"), &[ann(), cart("c1", 0), alarm(60)]).await;
    let all: Value = serde_json::from_str(&done(&local.run(&["profile", "export", "u1"]).await)).unwrap();
    assert_eq!(
        (&all["asked_for"], &all["exported"]),
        (&json!("u1"), &json!("2026-03-03T10:00:00Z"))
    );
    let ann = &all["profiles"][0];
    assert_eq!(ann["traits"]["email"], "ann@example.com");
    assert_eq!(ann["consent"]["email"], "may be sent marketing");
    assert_eq!(ann["lists"]["cart"]["entries"][0]["name"], "Blue mug");
    assert_eq!(ann["enrollments"][0]["campaign"], "abandoned-cart");
    assert_eq!(ann["messages"][0]["to"], "ann@example.com");
    assert_eq!(ann["messages"][0]["status"], "queued");
    let decisions: Vec<&str> = ann["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["decision"].as_str().unwrap())
        .collect();
    assert_eq!(decisions, ["enter", "send"]);
    let whats: Vec<&str> = ann["inbox"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["what"].as_str().unwrap())
        .collect();
    assert_eq!(whats, ["identify", "track", "alarm"]);
    assert_eq!(ann["inbox"][1]["properties"]["cart_id"], "c-17");

    let folder = Scratch::empty("export");
    let file = format!("{}/u1.json", folder.path());
    assert_eq!(
        done(&local.run(&["profile", "export", "u1", "--output", &file]).await),
        ""
    );
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written, all);
    let there = refused(&local.run(&["profile", "export", "u1", "--output", &file]).await);
    assert!(there.contains("File exists"), "{there}");
}
