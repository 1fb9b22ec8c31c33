//! What campaigns came to, from a table's counters.

use crate::table::Local;
use crate::{Scratch, done, refused};
use beckon_shared::authoring::definitions::read_dir;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::count::{BatchId, CountKey, Counts, Owed, Sum, Totals, What};
use beckon_shared::domain::decision::{Decision, SkipReason, Verdict};
use beckon_shared::domain::id::{CampaignName, ProfileId};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp};
use beckon_shared::ports::Counters;
use beckon_shared::ports::counters::{Put, WAITING_SHARDS};
use beckon_shared::store::DynamoStore;
use serde_json::{Value, json};
use std::path::Path;

/// Counts so much of the campaign on the day.
async fn count(table: &DynamoStore, batch: u64, at: &str, counted: &[(What, &str, &str, u64, f64)]) {
    let mut counts = Counts::default();
    for (what, step, reason, count, value) in counted {
        let channel = if step.is_empty() { "" } else { "email" };
        let key = CountKey {
            step: (*step).to_owned(),
            channel: channel.to_owned(),
            reason: (*reason).to_owned(),
            ..CountKey::of(&CampaignName::from("abandoned-cart"), *what)
        };
        let sum = Sum {
            count: *count,
            value_micros: (value * 1e6) as i64,
        };
        counts.add_sum(key, sum);
    }
    put(table, batch, at, counts).await;
}

/// Puts counts, as `evaluate` and `check` would.
async fn put(table: &DynamoStore, batch: u64, at: &str, counts: Counts) {
    let at: Timestamp = at.parse().unwrap();
    let batch = BatchId::nth(1, batch);
    let owed = Owed {
        batch: batch.clone(),
        at,
        counts,
    };
    let put = table
        .put_totals(&batch, &Totals::share(&owed), at, Timestamp::MAX)
        .await;
    assert_eq!(put, Ok(Put::New));
    for shard in 0..WAITING_SHARDS {
        let waiting = table.waiting(shard, 10).await.unwrap();
        table.merge(shard, &waiting).await.unwrap();
    }
}

async fn counted() -> Local {
    let local = Local::start().await;
    let table = local.table().await;
    let first = [
        (What::Entered, "", "", 60, 0.0),
        (What::HeldOut, "", "", 80, 0.0),
        (What::HeldOutGoal, "", "", 48, 4_800.0),
        (What::Goal, "", "", 46, 4_600.5),
        (What::Exited, "", "", 12, 0.0),
        (What::Sent, "reminder", "", 50, 0.0),
        (What::Both, "reminder", "", 2, 0.0),
        (What::Skipped, "reminder", "frequency_cap", 6, 0.0),
        (What::Skipped, "reminder", "holdout", 70, 0.0),
        (What::Dropped, "reminder", "paused", 2, 0.0),
        (What::Failed, "reminder", "", 1, 0.0),
        (What::Opened, "reminder", "", 20, 0.0),
    ];
    count(&table, 1, "2026-03-01T10:00:00Z", &first).await;
    let second = [
        (What::Entered, "", "", 10, 0.0),
        (What::Goal, "", "", 10, 100.0),
        (What::Sent, "reminder", "", 10, 0.0),
        (What::Bounced, "reminder", "hard", 3, 0.0),
    ];
    count(&table, 2, "2026-03-02T23:59:59Z", &second).await;
    local
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_compares_with_the_holdout() {
    let local = counted().await;
    let shown = done(&local.run(&["report", "--format", "table"]).await);
    for words in [
        "2026-02-01 to 2026-03-03, UTC\n",
        "\nabandoned-cart\n  entered 70, exited 12, goals 56 worth 4700.50\n",
        "  conversion 80.0 % (69.2 to 87.7)\n",
        "  held out   60.0 % (49.0 to 70.0): entered 80, goals 48 worth 4800.00\n",
        "  difference +20.0 points (+5.2 to +33.4)\n",
        "2 paused",
        "6 frequency_cap, 70 holdout, 2 paused\n",
    ] {
        assert!(shown.contains(words), "`{words}`: {shown}");
    }
    let figures: Vec<&str> = shown
        .lines()
        .find(|line| line.starts_with("  reminder"))
        .unwrap()
        .split_whitespace()
        .take(14)
        .collect();
    // Step and channel; sent, both, deferred, failed, unknown, delivered, opened, …, bounced, complained.
    assert_eq!(
        figures,
        [
            "reminder", "email", "57", "2", "0", "1", "0", "0", "20", "0", "0", "0", "3", "0"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_of_the_days_and_the_campaign_asked_for() {
    let local = counted().await;
    let lines = done(
        &local
            .run(&["report", "abandoned-cart", "--since", "2026-03-02", "--format", "jsonl"])
            .await,
    );
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["entered"], &lines[0]["goals"]), (&10.into(), &10.into()));
    assert_eq!(lines[0]["conversion"]["estimate"], 1.0);
    assert_eq!(lines[0]["uplift"], Value::Null);
    assert_eq!((&lines[1]["step"], &lines[1]["sent"]), (&"reminder".into(), &10.into()));
    let other = done(&local.run(&["report", "birthday", "--format", "table"]).await);
    assert!(other.ends_with("nothing was counted\n"), "{other}");
    let days = ["report", "--since", "2026-03-02", "--until", "2026-03-01"];
    let refused = refused(&local.run(&days).await);
    assert!(
        refused.contains("--since 2026-03-02 is after --until 2026-03-01"),
        "{refused}"
    );
}

/// A campaign whose reminder has two arms, and people who reach its goal: what they are counted as is told by the core.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_goal_was_worth_and_how_long_it_took_stands_beside_the_holdouts_and_by_arm() {
    let local = Local::start().await;
    let table = local.table().await;
    let folder = Scratch::with_campaigns("report-arms");
    folder.edit(
        "abandoned-cart.yaml",
        "    template: cart-reminder",
        "    template: cart-reminder\n    variants: { plain: 50%, photo: 50% }",
    );
    folder.edit("abandoned-cart.yaml", "\nsteps:", "\nholdout: 30%\nsteps:");
    let read = read_dir(Path::new(folder.path()));
    let definitions = read.definitions.unwrap_or_else(|| panic!("{:?}", read.found));
    let campaigns = definitions.campaigns.into_iter().map(|campaign| (campaign, false));
    let rules = Rules::new(1, definitions.workspace, campaigns);
    let mut counts = Counts::default();
    let decided = |number: u64, verdict: Verdict| Decision {
        at: "2026-03-01T10:00:00Z".parse().unwrap(),
        profile: ProfileId::known(&format!("u{number}")).unwrap(),
        campaign: CampaignName::from("abandoned-cart"),
        key: String::new(),
        drawn_for: None,
        verdict,
    };
    for number in 0..100 {
        let goal = Verdict::Goal {
            value: Some(30.0),
            took: Span::from_mins(if number % 4 == 0 { 3 * 24 * 60 } else { 90 }),
        };
        let decisions = [decided(number, Verdict::Enter), decided(number, goal)];
        let reached = usize::from(number % 2 == 0);
        counts.merge(&beckon_shared::domain::count::counts(
            &decisions[..1 + reached],
            &[],
            &rules,
        ));
    }
    put(&table, 1, "2026-03-01T10:00:00Z", counts).await;

    let lines = done(&local.run(&["report", "abandoned-cart", "--format", "jsonl"]).await);
    let told: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let number = |value: &Value| value.as_u64().unwrap();
    assert_eq!(number(&told["entered"]) + number(&told["holdout"]["entered"]), 100);
    assert_eq!(number(&told["goals"]) + number(&told["holdout"]["goals"]), 50);
    let arms = told["arms"].as_array().unwrap();
    let names: Vec<(&str, &str)> = arms
        .iter()
        .map(|arm| (arm["step"].as_str().unwrap(), arm["variant"].as_str().unwrap()))
        .collect();
    assert_eq!(names, [("reminder", "photo"), ("reminder", "plain")]);
    for what in ["entered", "goals"] {
        let sum: u64 = arms.iter().map(|arm| number(&arm[what])).sum();
        assert_eq!(sum, number(&told[what]), "{what}");
    }
    for group in arms.iter().chain([&told, &told["holdout"]]) {
        assert!(number(&group["goals"]) > 0, "{told}");
        assert_eq!(group["average"], 30.0);
        // Of those who order, half take an hour and a half, half three days.
        let hours = group["hours_to_goal"].as_f64().unwrap();
        assert!((1.5..72.0).contains(&hours), "{group}");
        let median = &group["median_time_to_goal"];
        let within = (
            median["more than"].as_str().unwrap(),
            median["at most"].as_str().unwrap(),
        );
        assert!([("1h", "2h"), ("2d", "3d")].contains(&within), "{group}");
    }
    let shown = done(&local.run(&["report", "abandoned-cart", "--format", "table"]).await);
    assert!(shown.contains("\n  each goal  worth 30.00, 1d"), "{shown}");
    assert!(shown.contains("\n             each goal worth 30.00, 1d"), "{shown}");
    assert!(shown.contains("\n  reminder/photo   "), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_held_back_is_told_by_arm() {
    let local = Local::start().await;
    let table = local.table().await;
    let mut counts = Counts::default();
    for (variant, count) in [("plain", 3), ("photo", 5)] {
        let skipped = Verdict::Skip {
            step: "reminder".to_owned(),
            channel: Channel::Email,
            variant: Some(variant.to_owned()),
            reason: SkipReason::FrequencyCap,
            cap: None,
        };
        let decision = Decision {
            at: "2026-03-01T10:00:00Z".parse().unwrap(),
            profile: ProfileId::known("u1").unwrap(),
            campaign: CampaignName::from("abandoned-cart"),
            key: String::new(),
            drawn_for: None,
            verdict: skipped,
        };
        for _ in 0..count {
            counts.merge(&beckon_shared::domain::count::counts(
                std::slice::from_ref(&decision),
                &[],
                &Rules::default(),
            ));
        }
    }
    put(&table, 1, "2026-03-01T10:00:00Z", counts).await;
    let lines = done(&local.run(&["report", "--format", "jsonl"]).await);
    let skipped: Vec<(String, Value)> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["step"] == "reminder")
        .map(|line| (line["variant"].as_str().unwrap().to_owned(), line["skipped"].clone()))
        .collect();
    let held = |count: u64| json!({ "frequency_cap": count });
    assert_eq!(skipped, [("photo".to_owned(), held(5)), ("plain".to_owned(), held(3))]);
}
