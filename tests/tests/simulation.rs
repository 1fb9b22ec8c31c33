//! Random days on seeds: see `beckon_tests::simulation`.
//!
//! `BECKON_SEED=123 cargo test -p beckon-tests --test simulation` replays one seed, `3000..9000`
//! lives through as many; a seed that has ever failed is kept in `tests/seeds.txt` and always run.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

use beckon_tests::simulation::{Figures, run, run_and_tell};
use std::ops::Range;

/// Seeds of one test: there are eight, so that they share the processors.
const EACH: u64 = 300;

fn days(seeds: impl IntoIterator<Item = u64>) -> Figures {
    let mut sum = Figures::default();
    for seed in seeds {
        match run(seed) {
            Ok(figures) => {
                sum.accepted += figures.accepted;
                sum.looks += figures.looks;
                sum.decided += figures.decided;
                sum.left += figures.left;
                sum.faults += figures.faults;
            }
            Err(error) => panic!(
                "seed {seed}: {error}\nreplay: BECKON_SEED={seed} cargo test -p beckon-tests --test simulation replayed -- --nocapture"
            ),
        }
    }
    sum
}

/// The part of the seeds that a test runs; none where one seed is replayed.
fn part(part: u64) -> Range<u64> {
    if std::env::var_os("BECKON_SEED").is_some() {
        0..0
    } else {
        part * EACH..(part + 1) * EACH
    }
}

fn lives_through(number: u64) {
    let seeds = part(number);
    let many = seeds.end - seeds.start;
    let figures = days(seeds);
    println!("{many} seeds: {figures:?}");
    // A simulation in which little happens would find little.
    assert!(many == 0 || figures.decided as u64 > many && figures.faults > many);
}

#[test]
fn replayed() {
    let Ok(wanted) = std::env::var("BECKON_SEED") else {
        return;
    };
    let number = |text: &str| {
        text.parse()
            .expect("BECKON_SEED is a number, or two with `..` between them")
    };
    match wanted.split_once("..") {
        Some((from, to)) => println!("{:?}", days(number(from)..number(to))),
        None => {
            let outcome = run_and_tell(number(&wanted), |now, transition| println!("{now} {transition:?}"));
            println!("{:?}", outcome.unwrap_or_else(|error| panic!("seed {wanted}: {error}")));
        }
    }
}

#[test]
fn seeds_that_failed_once() {
    let seeds = include_str!("../seeds.txt");
    days(
        seeds
            .lines()
            .filter_map(|line| line.split('#').next()?.trim().parse().ok()),
    );
}

#[test]
fn days_of_part_one() {
    lives_through(0);
}

#[test]
fn days_of_part_two() {
    lives_through(1);
}

#[test]
fn days_of_part_three() {
    lives_through(2);
}

#[test]
fn days_of_part_four() {
    lives_through(3);
}

#[test]
fn days_of_part_five() {
    lives_through(4);
}

#[test]
fn days_of_part_six() {
    lives_through(5);
}

#[test]
fn days_of_part_seven() {
    lives_through(6);
}

#[test]
fn days_of_part_eight() {
    lives_through(7);
}
