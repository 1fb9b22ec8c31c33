//! What campaigns came to, from a table's counters.

use crate::table::Local;
use crate::{done, refused};
use beckon_shared::domain::count::{BatchId, CountKey, Counts, Owed, Sum, Totals, What};
use beckon_shared::domain::id::CampaignName;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::Counters;
use beckon_shared::ports::counters::{Put, WAITING_SHARDS};
use beckon_shared::store::DynamoStore;
use serde_json::Value;

/// Counts so much on the day, as `evaluate` and `check` would.
async fn count(table: &DynamoStore, batch: u64, at: &str, counted: &[(What, &str, &str, u64, f64)]) {
    let at: Timestamp = at.parse().unwrap();
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
