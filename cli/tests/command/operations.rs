//! Plans, applies that wake people, stops: against a local stack.

use crate::table::{Local, START, ann, live, told};
use crate::{Scratch, done, refused};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::event::{EventKind, InboxItem, Input};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::profiles::Decided;
use beckon_shared::ports::{Definitions, Inbox, Profiles};
use beckon_shared::store::DynamoStore;
use serde_json::{Value, json};

fn id(name: &str) -> ProfileId {
    ProfileId::known(name).unwrap()
}

/// Ann, born on 14 March, has filled a cart; Ben, born on the same day, has no address; Eve has
/// neither birthday nor cart.
async fn people(table: &DynamoStore) {
    let born = told("b1", EventKind::Identify, "", 1, &json!({ "birthday": "1990-03-14" }));
    let cart = json!({ "cart_id": "c-17", "product_id": "mug", "name": "Blue mug" });
    let cart = told("c1", EventKind::Track, "Product Added", 2, &cart);
    live(table, &id("ann"), &[ann(), born.clone(), cart]).await;
    live(table, &id("ben"), &[born]).await;
    live(table, &id("eve"), &[ann()]).await;
}

/// The ids of alarms in a profile's inbox.
async fn alarms(table: &DynamoStore, name: &str) -> Vec<String> {
    let start: Timestamp = START.parse().unwrap();
    let until = after(start, Span::from_days(365));
    let items = table.received_between(&id(name), Timestamp::UNIX_EPOCH, until).await;
    let inputs = items.expect("an answer").into_iter().flat_map(|item| item.inputs);
    inputs
        .filter_map(|input| match input {
            Input::Alarm { id } => Some(id),
            _ => None,
        })
        .collect()
}

/// The folder without the birthday campaign is in force, and these people are there.
async fn without_birthdays(name: &str) -> (Local, Scratch) {
    let local = Local::start().await;
    let folder = Scratch::with_campaigns(name);
    let birthday = format!("{}/birthday.yaml", folder.path());
    let kept = std::fs::read_to_string(&birthday).expect("it is there");
    std::fs::remove_file(&birthday).expect("it goes");
    let first = done(&local.run(&["apply", folder.path()]).await);
    assert!(first.contains("applied: revision 1 is in force\n"), "{first}");
    folder.write("birthday.yaml", &kept);
    people(&local.table().await).await;
    (local, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_would_change_and_for_how_many() {
    let (local, folder) = without_birthdays("plan").await;
    folder.edit("abandoned-cart.yaml", "- wait: 1h", "- wait: 30m");
    std::fs::remove_file(format!("{}/replenishment.yaml", folder.path())).expect("it goes");
    let plan = done(&local.run(&["plan", folder.path(), "--format", "table"]).await);
    for line in [
        "added      campaign   birthday\n",
        "changed    campaign   abandoned-cart: steps\n",
        "removed    campaign   replenishment\n",
        "unchanged  campaign   trial-expiry\n",
        "unchanged  workspace\n",
        "running    abandoned-cart: 1 on version ",
        ", which stay on it\n",
        "comes      birthday: for 2 profiles within 30 days, of whom 1 can be reached\n",
        "looked at 3 profiles\n",
    ] {
        assert!(plan.contains(line), "`{line}`: {plan}");
    }
    assert_eq!(
        local.table().await.manifest().await.unwrap().revision,
        1,
        "nothing is done"
    );

    let lines = done(&local.run(&["plan", folder.path(), "--format", "jsonl"]).await);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let changed = json!({ "change": "changed", "what": "campaign", "name": "abandoned-cart", "parts": ["steps"] });
    assert!(lines.contains(&changed), "{lines:?}");
    assert!(lines.contains(&json!({ "change": "comes", "campaign": "birthday", "profiles": 2, "reached": 1 })));
    assert_eq!(lines.last(), Some(&json!({ "change": "looked", "profiles": 3 })));

    let sample = done(
        &local
            .run(&["plan", folder.path(), "--format", "table", "--sample", "1"])
            .await,
    );
    assert!(sample.contains("comes      birthday: for about "), "{sample}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_lost_where_a_page_of_the_table_ends() {
    let (local, folder) = without_birthdays("plan-pages").await;
    let table = local.table().await;
    // 12 MB in 8 parts: several pages of 1 MB each.
    let bulk = "x".repeat(200_000);
    for number in 0..60 {
        let mut profile = Profile::default();
        let traits = json!({ "email": "a@example.com", "birthday": "1990-03-14", "bulk": bulk });
        profile.traits.values = traits.as_object().cloned().unwrap_or_default();
        profile.traits.consent.new_address(Channel::Email, true);
        let expires = after(START.parse().unwrap(), Span::from_days(36_500));
        let decided = Decided {
            traits_changed: true,
            ..Decided::nothing(expires)
        };
        let of_many = id(&format!("many-{number}"));
        table.save(&of_many, &mut profile, &decided).await.expect("it is kept");
    }
    let plan = done(&local.run(&["plan", folder.path(), "--format", "table"]).await);
    let all = "comes      birthday: for 62 profiles within 30 days, of whom 61 can be reached\n";
    assert!(plan.contains(all), "{plan}");
    assert!(plan.ends_with("looked at 63 profiles\n"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_would_enter_at_once_is_counted() {
    let (local, folder) = without_birthdays("plan-enters").await;
    let known = |existing: &str| {
        format!(
            "campaign: known\nabout: Says hello to whom we know.\npurpose: marketing\ntopic: service\nenter:\n  when: \
             profile.first_name != null\n  existing: {existing}\nsteps:\n  - send: hello\n    by: email\n    template: birthday\n"
        )
    };
    folder.write("known.yaml", &known("enter"));
    let plan = done(&local.run(&["plan", folder.path(), "--format", "table"]).await);
    let entering = "enters     known: 2 profiles now, of whom 2 can be reached\n";
    assert!(plan.contains(entering), "{plan}");
    folder.write("known.yaml", &known("ignore"));
    let plan = done(&local.run(&["plan", folder.path(), "--format", "table"]).await);
    assert!(plan.contains("enters     known: 0 profiles now\n"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_a_campaign_with_a_date_wakes_everybody_who_has_not_met_it() {
    let (local, folder) = without_birthdays("wake").await;
    let table = local.table().await;
    // Eve has gone over into Ann: what reaches her is passed on, and nothing of her own waits.
    let mut eve = table.load(&id("eve")).await.unwrap().expect("she is there");
    eve.state.joined = Some(id("ann"));
    save(&table, "eve", &mut eve).await;

    let applied = done(&local.run(&["apply", folder.path()]).await);
    assert!(applied.contains("applied: revision 2 is in force\n"), "{applied}");
    assert!(applied.ends_with("woke 2 profiles\n"), "{applied}");
    assert_eq!(alarms(&table, "ann").await.len(), 1);
    assert_eq!(alarms(&table, "ben").await.len(), 1);
    assert!(alarms(&table, "eve").await.is_empty());

    // Ann meets it, and Ben was missed: going on wakes him by the same id, and not her.
    let mut met = table.load(&id("ann")).await.unwrap().expect("she is there");
    met.state.rules_revision = 2;
    save(&table, "ann", &mut met).await;
    let again = done(&local.run(&["apply", folder.path(), "--wake-only"]).await);
    assert_eq!(again, "woke 1 profile\n");
    assert_eq!(alarms(&table, "ann").await.len(), 1);
    let mut of_ben = alarms(&table, "ben").await;
    of_ben.dedup();
    assert_eq!(of_ben.len(), 1, "the same word twice counts once");

    let same = done(&local.run(&["apply", folder.path()]).await);
    assert!(
        same.ends_with("nothing to do: revision 2 holds all of this\n"),
        "{same}"
    );
}

async fn save(table: &DynamoStore, name: &str, profile: &mut Profile) {
    let expires = after(START.parse().unwrap(), Span::from_days(36_500));
    let decided = Decided::nothing(expires);
    table.save(&id(name), profile, &decided).await.expect("it is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_stopped_with_or_without_what_runs() {
    let (local, folder) = without_birthdays("stop").await;
    let table = local.table().await;
    let unknown = refused(&local.run(&["stop", "birhtday", "--yes"]).await);
    assert!(
        unknown.contains("no campaign `birhtday` is in force, expected one of `abandoned-cart`"),
        "{unknown}"
    );
    let unasked = refused(&local.run(&["stop", "abandoned-cart"]).await);
    assert!(
        unasked.contains("nobody can be asked whether to stop `abandoned-cart`"),
        "{unasked}"
    );

    let finishing = done(&local.run(&["stop", "abandoned-cart", "--yes"]).await);
    assert_eq!(
        finishing,
        "`abandoned-cart` is stopped, what runs runs to its end: revision 2\n"
    );
    assert!(alarms(&table, "ann").await.is_empty());
    let now = done(&local.run(&["stop", "abandoned-cart", "--now", "--yes"]).await);
    assert_eq!(
        now,
        "`abandoned-cart` is stopped, what runs ends: revision 3\nwoke 1 profile\n"
    );
    assert_eq!(alarms(&table, "ann").await.len(), 1, "she is in it");
    assert!(alarms(&table, "eve").await.is_empty(), "she is not");
    let again = done(&local.run(&["stop", "abandoned-cart", "--yes"]).await);
    assert_eq!(again, "`abandoned-cart` was stopped already\n");

    let manifest = table.manifest().await.unwrap();
    assert_eq!(
        manifest.ended().map(|name| name.as_str()).collect::<Vec<_>>(),
        ["abandoned-cart"]
    );
    done(&local.run(&["apply", folder.path(), "--no-count"]).await);
    let manifest = table.manifest().await.unwrap();
    assert!(manifest.stopped.is_empty(), "its file is still in the folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_wakes_what_runs_and_holds_for_that_version() {
    let (local, folder) = without_birthdays("migrate").await;
    std::fs::remove_file(format!("{}/birthday.yaml", folder.path())).expect("it goes");
    let table = local.table().await;
    folder.edit("abandoned-cart.yaml", "- wait: 1h", "- wait: 30m");
    let applied = done(&local.run(&["apply", folder.path(), "--migrate"]).await);
    assert!(
        applied.contains(", which go over to the new version where it has their step\n"),
        "{applied}"
    );
    assert!(applied.ends_with("woke 1 profile\n"), "{applied}");
    let migrating = table.manifest().await.unwrap();
    assert!(migrating.migrating().any(|name| name.as_str() == "abandoned-cart"));
    folder.edit("abandoned-cart.yaml", "- wait: 30m", "- wait: 45m");
    done(&local.run(&["apply", folder.path()]).await);
    let manifest = table.manifest().await.unwrap();
    assert!(!manifest.migrating().any(|name| name.as_str() == "abandoned-cart"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_enough_before_a_campaign_asked_is_counted_and_let_in() {
    let local = Local::running().await;
    let folder = Scratch::with_campaigns("history");
    done(&local.run(&["apply", folder.path()]).await);
    let table = local.table().await;
    for (name, visits) in [("ann", 3), ("eve", 2)] {
        let visited = |number: i64| {
            told(
                &format!("v{number}"),
                EventKind::Track,
                "Prices Viewed",
                10 + number,
                &json!({}),
            )
        };
        for (input, at) in [ann()].into_iter().chain((0..visits).map(visited)) {
            let item = InboxItem {
                profile: id(name),
                id: input.id().to_owned(),
                at,
                received: at,
                inputs: vec![input],
            };
            table
                .append(&item, after(at, Span::from_days(90)))
                .await
                .expect("it is kept");
        }
    }
    local.idle().await;
    local.passes("1h").await;
    let campaign = "campaign: regulars\nabout: Says hello to who came often.\npurpose: transactional\ntopic: service\n\
                    enter:\n  when: count(\"Prices Viewed\", 30d) >= 3\n  existing: enter\nsteps:\n  - send: hello\n    \
                    by: email\n    template: birthday\n";
    folder.write("regulars.yaml", campaign);
    let plan = done(&local.run(&["plan", folder.path(), "--format", "jsonl"]).await);
    let enters = json!({ "change": "enters", "campaign": "regulars", "profiles": 1, "reached": 1 });
    let lines: Vec<Value> = plan.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.contains(&enters), "{plan}");

    let applied = done(&local.run(&["apply", folder.path()]).await);
    assert!(applied.ends_with("woke 2 profiles\n"), "{applied}");
    local.idle().await;
    let sent = local.sent();
    let to: Vec<_> = sent
        .iter()
        .map(|message| (message.profile.as_deref(), message.campaign.as_deref()))
        .collect();
    assert_eq!(to, [(Some("ann"), Some("regulars"))]);
}
