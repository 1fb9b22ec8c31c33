//! What comes again and again: by a date of the person's, or by a calendar of the team's.

use super::{LETTER, came_at, campaign, letters};
use beckon_tests::rehearsal::Rehearsal;
use serde_json::json;

#[test]
fn what_comes_every_month_comes_on_a_short_months_last_day() {
    let enter = "{ date: profile.birthday, every: month, at: \"09:00\" }";
    let play = Rehearsal::of_file(&campaign(enter, LETTER), "2027-12-15 00:00");
    let ann = play.person("ann");
    ann.is(json!({ "birthday": "1990-01-31", "timezone": "Asia/Kolkata" }));
    play.comes_to("2028-05-15 00:00");
    came_at(
        &play,
        &[
            "2027-12-31 09:00 Asia/Kolkata",
            "2028-01-31 09:00 Asia/Kolkata",
            "2028-02-29 09:00 Asia/Kolkata",
            "2028-03-31 09:00 Asia/Kolkata",
            "2028-04-30 09:00 Asia/Kolkata",
        ],
    );
    // A calendar's rule is RFC 5545's: a month without a 31st is passed over, unless its last day is asked for.
    for (rule, came) in [
        ("BYMONTHDAY=31", vec!["2028-01-31 09:00", "2028-03-31 09:00"]),
        (
            "BYMONTHDAY=-1",
            vec!["2028-01-31 09:00", "2028-02-29 09:00", "2028-03-31 09:00"],
        ),
    ] {
        let enter = format!("{{ schedule: \"RRULE:FREQ=MONTHLY;{rule}\", at: \"09:00\" }}");
        let play = Rehearsal::of_file(&campaign(&enter, LETTER), "2028-01-15 00:00");
        play.person("ann");
        play.comes_to("2028-04-15 00:00");
        came_at(&play, &came);
    }
}

#[test]
fn a_years_end_is_where_the_person_lives_and_each_year_has_one() {
    // Ahead of UTC the new year has begun when it is still December in UTC; behind it, the other way round.
    for (zone, birthday, at, came) in [
        (
            "Pacific/Auckland",
            "1990-01-01",
            "00:30",
            ["2025-12-31 11:30", "2026-12-31 11:30", "2027-12-31 11:30"],
        ),
        (
            "Pacific/Honolulu",
            "1990-12-31",
            "23:30",
            ["2026-01-01 09:30", "2027-01-01 09:30", "2028-01-01 09:30"],
        ),
        (
            "Pacific/Honolulu",
            "--12-31",
            "00:30",
            ["2025-12-31 10:30", "2026-12-31 10:30", "2027-12-31 10:30"],
        ),
    ] {
        let enter = format!("{{ date: profile.birthday, every: year, at: \"{at}\" }}");
        let play = Rehearsal::of_file(&campaign(&enter, LETTER), "2025-12-15 00:00");
        let ann = play.person("ann");
        ann.is(json!({ "birthday": birthday, "timezone": zone }));
        play.comes_to("2028-02-01 00:00");
        came_at(&play, &came);
    }
    // Days before a birthday at the beginning of a year are days of the year before.
    let enter = "{ date: profile.birthday, every: year, before: 3d, at: \"09:00\" }";
    let play = Rehearsal::of_file(&campaign(enter, LETTER), "2025-12-30 00:00");
    play.person("ann").is(json!({ "birthday": "1990-01-02" }));
    play.comes_to("2027-12-31 00:00");
    came_at(&play, &["2025-12-30 09:00", "2026-12-30 09:00", "2027-12-30 09:00"]);
}

#[test]
fn every_other_week_goes_on_over_a_year_of_53_weeks() {
    // 2026 has 53 weeks: whoever counted odd ones would come twice in a row.
    let enter = "{ schedule: \"RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO\", starts: 2026-12-07, at: \"09:00\" }";
    let play = Rehearsal::of_file(&campaign(enter, LETTER), "2026-12-01 00:00");
    play.person("ann");
    play.comes_to("2027-02-01 00:00");
    came_at(
        &play,
        &[
            "2026-12-07 09:00",
            "2026-12-21 09:00",
            "2027-01-04 09:00",
            "2027-01-18 09:00",
        ],
    );
}

#[test]
fn hours_that_the_clock_on_the_wall_has_shown_do_not_come_again_where_somebody_moves_to() {
    let play = Rehearsal::of_file(&campaign("{ schedule: \"0 * * * *\" }", LETTER), "2026-03-01 22:30");
    let ann = play.person("ann");
    ann.lives_in("Europe/Berlin");
    play.comes_to("2026-03-03 12:30");
    assert_eq!(letters(&play).len(), 38, "one an hour");
    // It is 13:30 in Berlin and 04:30 in Los Angeles.
    ann.lives_in("America/Los_Angeles");
    play.comes_to("2026-03-03 22:30");
    play.told(&[
        "03-03 22:00 ann enters tried (2026-03-03T14:00)",
        "03-03 22:00 ann gets letter by email",
    ]);
}

#[test]
fn what_entered_once_for_good_is_remembered_among_a_calendars_occurrences() {
    let enter = "\n  - { date: profile.birthday, every: month, at: \"09:00\" }\n  \
                 - { on: Product Viewed, key: event.product_id }";
    let play = Rehearsal::of_file(&campaign(enter, LETTER), "2026-01-15 12:00");
    let ann = play.person("ann");
    ann.is(json!({ "birthday": "1990-01-10" }));
    ann.does("Product Viewed", json!({ "product_id": "p-1" }));
    play.comes_to("2026-12-15 12:00");
    assert_eq!(letters(&play).len(), 12, "one for the product and one a month");
    ann.does("Product Viewed", json!({ "product_id": "p-1" }));
    assert!(letters(&play).is_empty(), "once for each product");
    ann.does("Product Viewed", json!({ "product_id": "p-2" }));
    assert_eq!(letters(&play).len(), 1);
}
