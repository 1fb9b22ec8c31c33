//! Scenarios 15, 19, 20 and 21 on the deciding core: levels, goals, lessons and games. Times are UTC.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::rehearsal::{Actor, Rehearsal};
use serde_json::json;

fn ann_with(campaign: &str) -> (Rehearsal, Actor) {
    let play = Rehearsal::of(&[campaign], "2026-03-01 10:00");
    let ann = play.person("ann");
    (play, ann)
}

#[test]
fn a_higher_level_is_congratulated_on_at_once_and_a_lower_one_is_not() {
    let (play, ann) = ann_with("loyalty-level");
    let level = |level: &str, rank: u32| json!({ "level": level, "rank": rank });
    for said in [
        level("silver", 1),
        level("gold", 2),
        level("silver", 1),
        level("gold", 2),
    ] {
        ann.has("Loyalty Level Changed", said);
        play.passes("2d");
    }
    play.comes_to("2027-01-02 10:00");
    ann.has("Loyalty Level Changed", level("silver", 1));
    play.passes("1h");
    ann.has("Loyalty Level Changed", level("gold", 2));
    play.told(&[
        "03-01 10:00 ann enters loyalty-level (level-silver-2026)",
        "03-01 10:00 ann gets congratulation by email",
        "03-03 10:00 ann enters loyalty-level (level-gold-2026)",
        "03-03 10:00 ann gets congratulation by email",
        "01-02 11:00 ann enters loyalty-level (level-gold-2027)",
        "01-02 11:00 ann gets congratulation by email",
    ]);
}

#[test]
fn a_thousand_points_are_congratulated_on_when_they_are_passed_upwards_once_a_year() {
    let (play, ann) = ann_with("loyalty-level");
    let bob = play.person("bob");
    bob.has("Points Changed", json!({ "balance": 1200 })); // seen for the first time, passed nothing
    for balance in [999, 1000, 1500, 900, 1100] {
        ann.has("Points Changed", json!({ "balance": balance }));
        play.passes("2d");
    }
    play.told(&[
        "03-03 10:00 ann enters loyalty-level (points-1000-2026)",
        "03-03 10:00 ann gets congratulation by email",
    ]);
}

#[test]
fn every_quarter_of_a_goal_is_congratulated_on_once_and_nothing_beyond_it() {
    let (play, ann) = ann_with("trek-goal");
    ann.does("Goal Set", json!({ "goal_id": "run", "target": 100 }));
    for value in [10, 25, 49, 80, 70, 76, 130, 200] {
        ann.does("Progress Made", json!({ "goal_id": "run", "value": value }));
        play.passes("1d");
    }
    play.told(&[
        "03-02 10:00 ann enters trek-goal (run-25)",
        "03-02 10:00 ann gets congratulation by email",
        "03-04 10:00 ann enters trek-goal (run-75)",
        "03-04 10:00 ann gets congratulation by email",
        "03-07 10:00 ann enters trek-goal (run-100)",
        "03-07 10:00 ann gets congratulation by email",
    ]);
}

#[test]
fn goals_are_apart_and_progress_without_a_goal_reaches_none() {
    let (play, ann) = ann_with("trek-goal");
    let bob = play.person("bob");
    bob.does("Progress Made", json!({ "goal_id": "run", "value": 50 }));
    ann.does("Goal Set", json!({ "goal_id": "run", "target": 100 }));
    ann.does("Goal Set", json!({ "goal_id": "read", "target": 10 }));
    ann.does("Progress Made", json!({ "goal_id": "run", "value": 24 }));
    ann.does("Progress Made", json!({ "goal_id": "read", "value": 5 }));
    play.told(&[
        "03-01 10:00 ann enters trek-goal (read-50)",
        "03-01 10:00 ann gets congratulation by email",
    ]);
}

#[test]
fn at_seven_in_the_evening_an_empty_day_after_three_is_spoken_of_and_a_second_one_too() {
    let (play, ann) = ann_with("trek-streak");
    ann.lives_in("America/New_York");
    for _ in 0..3 {
        ann.does("Progress Made", json!({ "goal_id": "run", "value": 1 }));
        play.passes("1d");
    }
    play.passes("9d");
    play.told(&[
        "03-03 10:00 ann enters trek-streak",
        "03-05 00:00 ann gets nudge by email",
        "03-06 00:00 ann gets last-call by email",
    ]);
}

#[test]
fn progress_today_moves_the_word_to_tomorrow_one_day_without_is_forgiven_and_two_days_are_no_streak() {
    let (play, ann) = ann_with("trek-streak");
    let bob = play.person("bob");
    let progresses = |person: &Actor, day: u32| {
        person.does("Progress Made", json!({ "goal_id": "run", "value": day }));
    };
    for day in 1..=6 {
        if day != 4 {
            progresses(&ann, day);
        }
        if day <= 2 {
            progresses(&bob, day);
        }
        play.passes("1d");
    }
    play.told(&[
        "03-03 10:00 ann enters trek-streak",
        "03-04 19:00 ann gets nudge by email",
    ]);
    play.comes_to("2026-03-10 10:00");
    play.told(&[
        "03-07 19:00 ann gets nudge by email",
        "03-08 19:00 ann gets last-call by email",
    ]);
}

#[test]
fn lessons_follow_one_another_by_progress_and_wait_for_who_is_away() {
    let (play, ann) = ann_with("odyssey-programme");
    ann.does("Programme Joined", json!({ "programme_id": "p1" }));
    play.passes("2d");
    ann.does("Lesson Finished", json!({ "programme_id": "p1", "lesson_id": "l1" }));
    play.passes("1d");
    assert_eq!(play.last_message().context["lesson"], json!(2));
    play.comes_to("2026-03-20 09:00");
    play.told(&[
        "03-01 10:00 ann enters odyssey-programme (p1)",
        "03-01 10:00 ann gets lesson by email",
        "03-04 10:00 ann gets lesson by email",
    ]);
    // Back after more than a week: the programme goes on a day later.
    ann.sees("home");
    play.passes("2d");
    ann.does("Programme Finished", json!({ "programme_id": "p1" }));
    play.passes("30d");
    play.told(&[
        "03-21 09:00 ann gets lesson by email",
        "03-22 09:00 ann reaches the goal of odyssey-programme (p1)",
        "03-22 09:00 ann leaves odyssey-programme (p1): Programme Finished",
    ]);
}

#[test]
fn five_different_items_of_a_season_win_a_reward_that_is_the_same_however_often_it_is_drawn() {
    let collected = || {
        let (play, ann) = ann_with("joyride-collect");
        for item in ["fox", "owl", "fox", "elk", "bee"] {
            ann.does("Item Collected", json!({ "item_id": item, "season": "spring" }));
        }
        ann.does("Item Collected", json!({ "item_id": "bat", "season": "autumn" }));
        play.told_nothing();
        ann.does("Item Collected", json!({ "item_id": "cat", "season": "spring" }));
        ann.does("Item Collected", json!({ "item_id": "dog", "season": "spring" }));
        play.told(&[
            "03-01 10:00 ann enters joyride-collect (spring)",
            "03-01 10:00 ann is offered reward until 03-31 10:00",
            "03-01 10:00 ann gets won by email",
        ]);
        play.last_message().context["offer"].clone()
    };
    let offer = collected();
    assert!(
        ["gold", "silver", "bronze"].contains(&offer["reward"].as_str().unwrap()),
        "{offer}"
    );
    assert_eq!(collected(), offer);
}

#[test]
fn of_a_thousand_rewards_about_ten_are_gold() {
    let play = Rehearsal::of(&["joyride-collect"], "2026-03-01 10:00");
    let mut drawn = std::collections::BTreeMap::<String, u32>::new();
    for nth in 0..1_000 {
        let person = play.person(&format!("p{nth}"));
        for item in ["fox", "owl", "elk", "bee", "cat"] {
            person.does("Item Collected", json!({ "item_id": item, "season": "spring" }));
        }
        let reward = play.last_message().context["offer"]["reward"]
            .as_str()
            .unwrap()
            .to_owned();
        *drawn.entry(reward).or_default() += 1;
    }
    assert!((3..=20).contains(&drawn["gold"]), "{drawn:?}");
    assert!((150..=230).contains(&drawn["silver"]), "{drawn:?}");
}
