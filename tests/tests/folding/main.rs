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
mod endless;
mod faulty;
mod inbox;
mod known;
mod town;

use beckon_shared::domain::decision::Verdict;
use beckon_shared::domain::event::Input;
use beckon_shared::domain::fold::ENROLLMENTS_MAX;
use beckon_shared::domain::profile::DEVICES_KEPT;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::store::codec::{encode_state, size};
use campaigns::Choice;
use days::Who;
use fastrand::Rng;
use faulty::FAULTY_NAME;
use inbox::{Arrived, Cut, Inbox, Outcome};
use known::Known;
use std::fmt::Debug;
use std::ops::Range;
use town::Town;

/// Seeds that are lived through where none are asked for.
const SEEDS: Range<u64> = 0..120;

/// Inputs of somebody who never stops: of every kind so many in each half that what is kept of it is full.
const ENDLESS: usize = 24_000;
/// As many of them are folded at once.
const ENDLESS_BATCH: usize = 20;
/// After every so many batches the state is measured.
const ENDLESS_MEASURED: usize = 10;
/// Most bytes of a state's item, deflated as it is stored; one of 350 KB is refused.
const STATE_MAX_BYTES: usize = 25_000;
/// Most traits, and bytes of JSON that they come to: 100 KB by the count of identify calls, which is a little lower.
const TRAITS_MAX: usize = 200;
/// See [`TRAITS_MAX`].
const TRAITS_MAX_BYTES: usize = 110_000;
/// Most words of consent.
const WORDS_MAX: usize = 100;

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
fn a_campaign_that_errs_changes_nothing_for_the_others() {
    let choice = Choice::read();
    let (mut faults, mut decisions) = (0, 0);
    for seed in seeds() {
        let mut rng = Rng::with_seed(seed);
        let (with, without) = choice.rules_with_and_without_faulty(&mut rng);
        let mut town = Town::new(seed);
        for pile in days::draw(&mut rng) {
            town.lives_through(&without, pile);
        }
        for inbox in town.inboxes.values() {
            let mut beside = inbox.folded(&with, &mut Cut::OneByOne);
            let apart = inbox.folded(&without, &mut Cut::OneByOne);
            faults += beside.leaves_out(FAULTY_NAME);
            decisions += apart.decisions.len();
            same(&beside.decisions, &apart.decisions, seed, inbox);
            same(&beside.messages, &apart.messages, seed, inbox);
            let known = |outcome: Outcome| {
                let mut ledger = outcome.profile.state.ledger.clone();
                let mut offers = outcome.profile.state.offers.clone();
                // What is over is forgotten whenever anything changes: here, when the others' errors are noted too.
                ledger.keep(&without.workspace.caps, town.now);
                offers.forget(town.now);
                (Known::of(outcome, town.now, &without), ledger, offers)
            };
            same(&known(beside), &known(apart), seed, inbox);
        }
    }
    println!("{faults} faults beside {decisions} decisions");
    assert!(
        seeds() != SEEDS || faults > 5_000 && decisions > 5_000,
        "{faults} faults"
    );
}

/// Bytes that a state's item and traits as JSON come to at most while these are folded.
#[derive(Debug, Default, Clone, Copy)]
struct Largest {
    state: usize,
    traits: usize,
}

/// After each batch: while the first half is folded, and all in all.
fn largest(rules: &Rules, inputs: &[(Timestamp, Input)]) -> (Largest, Largest) {
    let id = Who::Ann.id();
    let mut outcome = Outcome::default();
    let (mut first, mut all) = (Largest::default(), Largest::default());
    for (number, batch) in inputs.chunks(ENDLESS_BATCH).enumerate() {
        let now = batch[batch.len() - 1].0;
        outcome.rings_until(&id, now, batch[0].0, rules);
        let arrived: Vec<Arrived> = batch
            .iter()
            .map(|(at, input)| Arrived::at(*at, input.clone()))
            .collect();
        outcome.take(&id, &arrived.iter().collect::<Vec<_>>(), now, rules);
        let (state, traits) = (&outcome.profile.state, &outcome.profile.traits);
        if number % ENDLESS_MEASURED == 0 {
            all.state = all.state.max(size(&encode_state(&id, 1, state).unwrap()));
        }
        all.traits = all.traits.max(serde_json::to_vec(&traits.values).unwrap().len());
        assert!(traits.consent.said().count() <= WORDS_MAX && traits.values.len() <= TRAITS_MAX);
        assert!(traits.devices.phones.len() <= DEVICES_KEPT && state.enrollments.len() <= ENROLLMENTS_MAX);
        if number * ENDLESS_BATCH * 2 < inputs.len() {
            first = all;
        }
    }
    (first, all)
}

#[test]
fn what_is_kept_of_a_person_is_bounded_whatever_they_do() {
    let choice = Choice::read();
    for seed in seeds().take(2) {
        let mut rng = Rng::with_seed(seed);
        let rules = choice.rules(&mut rng);
        let (first, all) = largest(&rules, &endless::inputs(&mut rng, ENDLESS));
        println!("seed {seed}: {first:?}, then {all:?}");
        // What is bounded by a number of entries is full by then; entries differ in length.
        assert!(
            all.state < first.state + first.state / 4,
            "seed {seed}: the state grows"
        );
        assert!(all.state < STATE_MAX_BYTES && all.traits < TRAITS_MAX_BYTES, "{all:?}");
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
