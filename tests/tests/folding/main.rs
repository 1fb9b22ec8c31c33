//! How a stream is cut into batches is nobody's doing: it depends on how busy the table is, on what failed and
//! came again, on how long everything was held up. Random days of several people, through random handfuls of the
//! campaigns that ship and of campaigns drawn for this, are folded one input at a time, and then in other cuts.
//!
//! Two things hold.
//!
//! **What is known of a person is the same for any cut at all**, whenever its batches come to be folded: counts,
//! lists, traits, addresses and what was agreed to, activity, who went over into them. Only what campaigns did is
//! left out of that: which messages were sent (so caps, offers, enrollments) and the traits that their steps set.
//!
//! **What campaigns do is the same to the last byte**, decisions, messages and what is forwarded, where a cut leaves
//! out no look that would have moved something. A batch is taken in completely before waits are looked at, so that
//! the order which makes a reminder pointless is known before it leaves. So of inputs that come at one moment, one
//! after whose folding a wait was over, a step was taken or a condition let somebody out has to end its batch; all
//! others may stand anywhere in one. Since they are folded at one moment, time itself moves nothing in between.
//!
//! What only saves work may differ: an alarm that was early enough was left alone, so that alarms ring in vain in
//! one cut and not in the other.
//!
//! `FOLDING_SEED=123` replays one seed, `FOLDING_SEED=3000..9000` lives through as many.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod campaigns;
mod days;
mod inbox;
mod known;
mod town;

use beckon_shared::domain::decision::Verdict;
use beckon_shared::domain::rules::Rules;
use campaigns::Choice;
use days::Who;
use fastrand::Rng;
use inbox::{Cut, Inbox};
use known::Known;
use std::fmt::Debug;
use std::ops::Range;
use town::Town;

/// Seeds that are lived through where none are asked for.
const SEEDS: Range<u64> = 0..120;

/// Lines that are told of a difference.
const LINES_TOLD: usize = 25;

/// What was compared, for those who want to know that it was about something.
#[derive(Debug, Default)]
struct Figures {
    inputs: usize,
    decisions: usize,
    messages: usize,
    merges: usize,
    /// Batches of more than one input, in cuts that leave out no look.
    batches: usize,
    /// Inputs after which a batch has to end.
    ends: usize,
}

fn seeds() -> Range<u64> {
    let Ok(wanted) = std::env::var("FOLDING_SEED") else {
        return SEEDS;
    };
    let number = |text: &str| {
        text.parse::<u64>()
            .expect("FOLDING_SEED is a number, or two with `..` between them")
    };
    match wanted.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => number(&wanted)..number(&wanted) + 1,
    }
}

/// The day of a seed, folded one input at a time: what everybody's inbox held.
fn lived(seed: u64, rng: &mut Rng, choice: &Choice) -> (Rules, Town) {
    let rules = choice.rules(rng);
    let mut town = Town::new(seed);
    for pile in days::draw(rng) {
        town.lives_through(&rules, pile);
    }
    (rules, town)
}

/// Holds one thing to another, and tells the lines in which they differ.
#[track_caller]
fn same<T: PartialEq + Debug>(found: &T, expected: &T, seed: u64, inbox: &Inbox) {
    if found == expected {
        return;
    }
    let (found, expected) = (format!("{found:#?}"), format!("{expected:#?}"));
    let (mut found, mut expected): (Vec<&str>, Vec<&str>) = (found.lines().collect(), expected.lines().collect());
    let alike = found
        .iter()
        .zip(&expected)
        .take_while(|(one, other)| one == other)
        .count();
    let before = found[alike.saturating_sub(LINES_TOLD)..alike].join("\n");
    for lines in [&mut found, &mut expected] {
        lines.drain(..alike.min(lines.len()));
        lines.truncate(LINES_TOLD);
    }
    panic!(
        "seed {seed}, {}: behind\n{before}\nis\n{}\nand was\n{}",
        inbox.id,
        found.join("\n"),
        expected.join("\n")
    );
}

#[test]
fn what_campaigns_do_is_the_same_in_every_cut_that_leaves_out_no_look() {
    let choice = Choice::read();
    let mut figures = Figures::default();
    for seed in seeds() {
        let mut rng = Rng::with_seed(seed);
        let (rules, town) = lived(seed, &mut rng, &choice);
        for inbox in town.inboxes.values() {
            let apart = inbox.folded(&rules, &mut Cut::OneByOne);
            for cut in [&mut Cut::AsFewAsMayBe, &mut Cut::Random(rng.fork())] {
                let together = inbox.folded(&rules, cut);
                for (together, apart) in together.moments.iter().zip(&apart.moments) {
                    same(together, apart, seed, inbox);
                }
                same(&together.decisions, &apart.decisions, seed, inbox);
                same(&together.messages, &apart.messages, seed, inbox);
                same(&together.forwards, &apart.forwards, seed, inbox);
                figures.batches += together.batches;
            }
            figures.inputs += inbox.arrived.len();
            figures.decisions += apart.decisions.len();
            figures.messages += apart.messages.len();
            figures.ends += inbox.arrived.iter().filter(|arrived| arrived.ends).count();
            figures.merges += inbox.merges();
        }
    }
    println!("{figures:?}");
    if seeds() == SEEDS {
        // Where little happens, or hardly anything comes in one batch, little is shown.
        assert!(figures.messages > 2_000 && figures.merges > 100, "{figures:?}");
        assert!(figures.batches > 5_000, "{figures:?}");
    }
}

#[test]
fn what_is_known_of_a_person_is_the_same_in_every_cut_whenever_it_is_folded() {
    let choice = Choice::read();
    for seed in seeds() {
        let mut rng = Rng::with_seed(seed);
        let (rules, town) = lived(seed, &mut rng, &choice);
        for inbox in town.inboxes.values() {
            let apart = Known::of(inbox.folded(&rules, &mut Cut::OneByOne), town.now, &rules);
            for _ in 0..3 {
                let folded = inbox.held_up(&rules, &mut rng, town.now);
                same(&Known::of(folded, town.now, &rules), &apart, seed, inbox);
            }
        }
    }
}

#[test]
fn two_who_were_each_said_to_be_the_other_go_on_with_their_calendars() {
    let rules = Choice::read().only("drawn-12");
    let mut town = Town::new(0);
    for pile in days::each_is_the_other() {
        town.lives_through(&rules, pile);
    }
    for who in [Who::Ann, Who::Ben] {
        let inbox = &town.inboxes[&who.id()];
        assert_eq!(inbox.merges(), 2, "the other's past, and their own come back");
        for mut cut in [Cut::OneByOne, Cut::AsFewAsMayBe] {
            let entered = inbox.folded(&rules, &mut cut).decisions;
            let first = entered.iter().find(|decision| decision.verdict == Verdict::Enter);
            // A Saturday, at ten: nothing had been heard of them since.
            assert_eq!(first.unwrap().at.to_string(), "2026-03-21T10:00:00Z");
        }
    }
}
