//! A short while at each door, in every test run: the corpus, and inputs that are almost it.
//!
//! `FUZZ_SEED` and `FUZZ_RUNS` ask for others. An input that breaks a door is written beside the build's
//! output and named; put it into `fuzz/corpus/<door>` with the repair.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_tests::doors::{CAMPAIGN, CONDITION, Door, EVENTS, Mutator, TEMPLATE};
use std::panic::catch_unwind;
use std::path::Path;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

fn fuzz(door: Door, runs: u64) {
    let corpus = door.corpus().expect("there is a corpus");
    assert!(!corpus.is_empty());
    for input in &corpus {
        (door.enter)(input);
    }
    let seed = number("FUZZ_SEED", 1);
    let mut mutator = Mutator::new(&corpus, seed);
    for run in 0..number("FUZZ_RUNS", runs) {
        let input = mutator.next_input();
        if catch_unwind(|| (door.enter)(&input)).is_err() {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{seed}-{run}", door.name));
            std::fs::write(&path, &input).expect("it can be written");
            panic!(
                "`{}` broke at run {run} of FUZZ_SEED={seed}: {}",
                door.name,
                path.display()
            );
        }
    }
}

#[test]
fn campaign_files() {
    fuzz(CAMPAIGN, 300);
}

#[test]
fn conditions() {
    fuzz(CONDITION, 5_000);
}

#[test]
fn templates() {
    fuzz(TEMPLATE, 1_000);
}

#[test]
fn events() {
    fuzz(EVENTS, 150);
}
