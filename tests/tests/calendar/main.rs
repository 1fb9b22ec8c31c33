//! Clocks, zones, months and years, where a campaign meets them, on the deciding core: what neither the scenarios nor
//! the tests of the language come across. Times are UTC where no zone stands beside them.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod occurrences;

use beckon_shared::domain::decision::Verdict;
use beckon_tests::rehearsal::Rehearsal;
use beckon_tests::story::instant;
use serde_json::json;

const LETTER: &str = "  - send: letter\n    by: email\n    template: win-back\n";

/// A campaign with this entrance that does so.
fn campaign(enter: &str, steps: &str) -> String {
    format!("campaign: tried\npurpose: transactional\nenter: {enter}\nsteps:\n{steps}")
}

/// When the letters left, in the order in which they did.
fn letters(play: &Rehearsal) -> Vec<String> {
    let sent = play
        .decided()
        .into_iter()
        .filter(|decision| matches!(decision.verdict, Verdict::Send { .. }));
    sent.map(|decision| decision.at.to_string()).collect()
}

#[track_caller]
fn came_at(play: &Rehearsal, times: &[&str]) {
    let times: Vec<String> = times.iter().map(|time| instant(time).to_string()).collect();
    assert_eq!(letters(play), times);
}

/// How many goals were reached.
fn goals(play: &Rehearsal) -> usize {
    let is_goal = |verdict: &Verdict| matches!(verdict, Verdict::Goal { .. });
    play.decided()
        .iter()
        .filter(|decision| is_goal(&decision.verdict))
        .count()
}

const ON_REQUEST: &str = "{ on: Offer Requested, again: always }";

#[test]
fn a_day_is_24_hours_and_a_local_hour_that_of_the_wall_across_both_changes() {
    for (start, a_day_later, at_nine) in [
        // Berlin's clocks go forward on 29 March 2026, and back on 25 October.
        ("2026-03-28 12:00", "2026-03-29 12:00", "2026-03-29 07:00"),
        ("2026-10-24 12:00", "2026-10-25 12:00", "2026-10-25 08:00"),
        ("2026-11-24 12:00", "2026-11-25 12:00", "2026-11-25 08:00"),
    ] {
        for (wait, came) in [
            ("  - wait: 1d\n", a_day_later),
            ("  - wait until: { at: \"09:00\" }\n", at_nine),
        ] {
            let play = Rehearsal::of_file(&campaign(ON_REQUEST, &format!("{wait}{LETTER}")), start);
            let ann = play.person("ann");
            ann.lives_in("Europe/Berlin");
            ann.does("Offer Requested", json!({}));
            play.passes("3d");
            came_at(&play, &[came]);
        }
    }
}

#[test]
fn clocks_that_are_set_by_half_an_hour_and_zones_with_one_are_kept_to() {
    let yaml = |at: &str| campaign(ON_REQUEST, &format!("  - wait until: {{ at: \"{at}\" }}\n{LETTER}"));
    for (at, start, zone, came) in [
        // Lord Howe Island: at two it is half past two, on 4 October 2026; a quarter past two comes half an hour later.
        ("02:15", "2026-10-03 12:00", "Australia/Lord_Howe", "2026-10-03 15:45"),
        ("02:45", "2026-10-03 12:00", "Australia/Lord_Howe", "2026-10-03 15:45"),
        // At two it is half past one once more, on 5 April 2026; a quarter to two comes twice, and the first counts.
        ("01:45", "2026-04-04 12:00", "Australia/Lord_Howe", "2026-04-04 14:45"),
        ("02:15", "2026-04-04 12:00", "Australia/Lord_Howe", "2026-04-04 15:45"),
        ("09:00", "2026-04-04 12:00", "Asia/Kolkata", "2026-04-05 03:30"),
        ("09:00", "2026-04-04 12:00", "Asia/Kathmandu", "2026-04-05 03:15"),
    ] {
        let play = Rehearsal::of_file(&yaml(at), start);
        let ann = play.person("ann");
        ann.lives_in(zone);
        ann.does("Offer Requested", json!({}));
        play.passes("2d");
        came_at(&play, &[came]);
    }
}

#[test]
fn who_has_no_zone_or_loses_theirs_while_waiting_lives_by_the_workspaces() {
    let yaml = campaign(ON_REQUEST, &format!("  - wait until: {{ at: \"09:00\" }}\n{LETTER}"));
    for (zone, came) in [
        (json!("Mars/Olympus"), "2026-03-03 09:00"),
        (json!(""), "2026-03-03 09:00"),
        (json!(5), "2026-03-03 09:00"),
        (json!(null), "2026-03-03 09:00"),
        (json!("America/New_York"), "2026-03-02 14:00"),
    ] {
        let play = Rehearsal::of_file(&yaml, "2026-03-02 12:00");
        let ann = play.person("ann");
        ann.lives_in("Asia/Tokyo");
        ann.does("Offer Requested", json!({}));
        play.passes("1m");
        ann.is(json!({ "timezone": zone }));
        play.passes("2d");
        came_at(&play, &[came]);
    }
}

#[test]
fn who_moves_while_a_text_message_waits_for_the_morning_has_the_new_homes_night_too() {
    let steps = "  - send: note\n    by: sms\n    template: cart-nudge\n";
    let play = Rehearsal::of_file(&campaign(ON_REQUEST, steps), "2026-03-02 22:00");
    let ann = play.person("ann");
    ann.lives_in("Europe/London");
    ann.does("Offer Requested", json!({}));
    play.passes("1h");
    ann.lives_in("America/Los_Angeles");
    play.passes("2d");
    // At eight in London it is midnight in Los Angeles.
    play.told(&[
        "03-02 22:00 ann enters tried",
        "03-02 22:00 ann waits for note by sms until 03-03 08:00: quiet_hours",
        "03-03 08:00 ann waits for note by sms until 03-03 16:00: quiet_hours",
        "03-03 16:00 ann gets note by sms",
    ]);
}

#[test]
fn what_is_said_to_happen_in_the_future_happened_when_it_was_heard_of() {
    let yaml = campaign(ON_REQUEST, &format!("  - wait: 1h\n{LETTER}"));
    let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
    let ann = play.person("ann");
    ann.at("2026-03-09 10:00").does("Offer Requested", json!({}));
    play.passes("10d");
    came_at(&play, &["2026-03-02 11:00"]);
    // And it is over when it would be: nothing lies in front of a window.
    let yaml = campaign(
        "{ on: Offer Requested, where: 'count(\"Offer Requested\", 1d) >= 2', again: always }",
        LETTER,
    );
    let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
    let ann = play.person("ann");
    ann.at("2026-03-09 10:00").does("Offer Requested", json!({}));
    play.comes_to("2026-03-09 10:00");
    ann.does("Offer Requested", json!({}));
    came_at(&play, &[]);
}

#[test]
fn windows_end_to_the_millisecond() {
    // What happened exactly a window ago has left it; a millisecond less has not.
    for (pause, comes) in [("23h59m59s999ms", true), ("1d", false)] {
        let yaml = campaign(
            "{ on: Offer Requested, where: 'count(\"Offer Requested\", 1d) >= 2', again: always }",
            LETTER,
        );
        let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
        let ann = play.person("ann");
        ann.does("Offer Requested", json!({}));
        play.passes(pause);
        ann.does("Offer Requested", json!({}));
        assert_eq!(letters(&play).len(), usize::from(comes), "{pause}");
    }
    // The same of a cap, of `again: after`, and of a sequence.
    let again = campaign("{ on: Offer Requested, again: after 1d }", LETTER);
    let capped = again
        .replace("purpose: transactional", "purpose: marketing\ntopic: offers")
        .replace("after 1d", "always");
    let sequence = campaign(
        "{ sequence: [{ on: Offer Requested }, { on: Offer Requested }], within: 1d, again: always }",
        LETTER,
    );
    for (yaml, before_the_end, at_the_end) in [(&again, 1, 2), (&capped, 1, 2), (&sequence, 1, 0)] {
        for (pause, comes) in [("23h59m59s999ms", before_the_end), ("1d", at_the_end)] {
            let play = Rehearsal::of_file(yaml, "2026-03-02 10:00");
            let ann = play.person("ann");
            ann.does("Offer Requested", json!({}));
            play.passes(pause);
            ann.does("Offer Requested", json!({}));
            assert_eq!(letters(&play).len(), comes, "{pause} in\n{yaml}");
        }
    }
}

#[test]
fn goals_waits_and_lateness_end_to_the_millisecond() {
    let goal = format!(
        "campaign: tried\npurpose: transactional\nenter: {ON_REQUEST}\ngoal: {{ on: Order Completed, within: 1d }}\nsteps:\n{LETTER}"
    );
    // A goal's and a wait's last moment still belongs to them.
    for (pause, reached) in [("1d", true), ("1d1ms", false)] {
        let play = Rehearsal::of_file(&goal, "2026-03-02 10:00");
        let ann = play.person("ann");
        ann.does("Offer Requested", json!({}));
        play.passes(pause);
        ann.has("Order Completed", json!({ "order_id": "o1" }));
        assert_eq!(goals(&play), usize::from(reached), "{pause}");
    }
    let wait = campaign(
        ON_REQUEST,
        &format!("  - wait for: {{ event: Product Viewed, at most: 1h }}\n    else: exit\n{LETTER}"),
    );
    for (pause, heard) in [("59m59s999ms", true), ("1h1ms", false)] {
        let play = Rehearsal::of_file(&wait, "2026-03-02 10:00");
        let ann = play.person("ann");
        ann.does("Offer Requested", json!({}));
        play.passes(pause);
        ann.does("Product Viewed", json!({ "product_id": "p1" }));
        assert_eq!(letters(&play).len(), usize::from(heard), "{pause}");
    }
    // `late after: 1d` in the workspace: what is exactly that old starts nothing.
    for (told_at, starts) in [("2026-03-03 10:00", false), ("2026-03-03 09:59:59.999", true)] {
        let play = Rehearsal::of_file(&campaign(ON_REQUEST, LETTER), "2026-03-02 10:00");
        let ann = play.person("ann");
        play.comes_to(told_at);
        ann.at("2026-03-02 10:00").does("Offer Requested", json!({}));
        assert_eq!(letters(&play).len(), usize::from(starts), "{told_at}");
    }
}

#[test]
fn a_goal_that_was_reached_in_time_counts_although_it_is_heard_of_late() {
    let yaml = format!(
        "campaign: tried\npurpose: transactional\nenter: {ON_REQUEST}\ngoal: {{ on: Order Completed, within: 1d, value: event.total }}\nsteps:\n{LETTER}"
    );
    for (heard, counts) in [
        ("2026-03-03 11:00", true),
        ("2026-03-04 09:59:59.999", true),
        // As late as the workspace lets anything count.
        ("2026-03-04 10:00", false),
    ] {
        for others in [false, true] {
            let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
            let ann = play.person("ann");
            ann.does("Offer Requested", json!({}));
            play.comes_to(heard);
            if others {
                // Whether or not anything else was heard of before.
                ann.does("Product Viewed", json!({ "product_id": "p1" }));
                ann.is(json!({ "first_name": "Anna" }));
            }
            ann.at("2026-03-03 09:00")
                .has("Order Completed", json!({ "order_id": "o1", "total": 20 }));
            assert_eq!(goals(&play), usize::from(counts), "{heard}, {others}");
        }
    }
}

#[test]
fn what_is_heard_of_late_knows_what_came_right_after_it() {
    let enter = "{ on: Demo Played, without: { on: Product Added, for: 10m }, again: always }";
    for (added, came) in [(None, vec!["2026-03-02 10:49"]), (Some("2026-03-02 10:00:05"), vec![])] {
        for others in [false, true] {
            let play = Rehearsal::of_file(&campaign(enter, LETTER), "2026-03-02 09:00");
            let ann = play.person("ann");
            play.comes_to("2026-03-02 10:00:05");
            if added.is_some() {
                ann.has("Product Added", json!({ "product_id": "p1" }));
            }
            play.comes_to("2026-03-02 10:49");
            if others {
                // Whether or not anything was looked at and forgotten meanwhile.
                ann.does("Product Viewed", json!({ "product_id": "p2" }));
                ann.is(json!({ "first_name": "Anna" }));
            }
            ann.at("2026-03-02 10:00").does("Demo Played", json!({}));
            came_at(&play, &came);
        }
    }
}

#[test]
fn what_has_left_a_window_is_counted_no_more_and_what_comes_anew_is() {
    let yaml = campaign(
        "{ on: Product Viewed, where: 'count(\"Product Viewed\", 2d) == 3', again: always }",
        LETTER,
    );
    let play = Rehearsal::of_file(&yaml, "2026-03-02 10:00");
    let ann = play.person("ann");
    let views = |times: usize| {
        for _ in 0..times {
            ann.does("Product Viewed", json!({ "product_id": "p1" }));
            play.passes("1m");
        }
    };
    views(3);
    play.passes("3d");
    views(2);
    came_at(&play, &["2026-03-02 10:02"]);
    views(1);
    came_at(&play, &["2026-03-05 10:05"]);
    // Long after everything has expired the count begins at nothing.
    play.passes("400d");
    views(3);
    assert_eq!(letters(&play).len(), 1);
}
