#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
use super::*;
use serde_json::json;

const SOURCE: StreamSource = StreamSource {
    filters: &[],
    batch_size: 4,
    parallelization: 1,
    max_retries: 2,
    max_age_secs: 600,
};

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + secs).unwrap()
}

fn record(sequence: u32, key: &str, arrived: Timestamp) -> StreamRecord {
    StreamRecord {
        sequence: format!("{sequence:03}"),
        key: key.to_owned(),
        arrived,
        body: json!({}),
        bytes: 100,
    }
}

fn filled(source: StreamSource, count: u32) -> Mapping {
    let mut mapping = Mapping::new(source);
    for sequence in 1..=count {
        mapping.push(record(sequence, "k", at(0)));
    }
    mapping
}

fn sequences(batch: &Batch) -> Vec<&str> {
    batch.records.iter().map(|record| record.sequence.as_str()).collect()
}

fn the_only(mut next: Next) -> Batch {
    assert_eq!(next.run.len(), 1, "{next:?}");
    assert!(next.discard.is_empty(), "{next:?}");
    next.run.remove(0)
}

#[test]
fn batches_are_no_larger_than_configured_and_follow_each_other() {
    let mut mapping = filled(SOURCE, 6);
    let first = the_only(mapping.next(at(0)));
    assert_eq!(sequences(&first), ["001", "002", "003", "004"]);
    assert_eq!(mapping.next(at(0)), Next::default(), "the lane is busy");
    assert_eq!(mapping.finished(first.lane, Outcome::Done, at(0)), None);
    assert_eq!(sequences(&the_only(mapping.next(at(0)))), ["005", "006"]);
}

#[test]
fn a_batch_is_no_larger_than_lambdas_payload() {
    let mut mapping = Mapping::new(SOURCE);
    for sequence in 1..=2 {
        let mut big = record(sequence, "k", at(0));
        big.bytes = LARGEST_PAYLOAD_BYTES - 50;
        mapping.push(big);
    }
    assert_eq!(sequences(&the_only(mapping.next(at(0)))), ["001"]);
}

#[test]
fn different_keys_run_at_once_and_one_key_never_does() {
    let source = StreamSource {
        parallelization: 4,
        batch_size: 1,
        ..SOURCE
    };
    let mut mapping = Mapping::new(source);
    let keys: Vec<String> = (0..8).map(|key| format!("key-{key}")).collect();
    for (round, sequence) in (0..2).zip([0_u32, 8]) {
        for (key, offset) in keys.iter().zip(1_u32..) {
            mapping.push(record(sequence + offset, key, at(round)));
        }
    }
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut most_at_once = 0;
    loop {
        let next = mapping.next(at(1));
        if next.run.is_empty() {
            break;
        }
        most_at_once = most_at_once.max(next.run.len());
        let mut at_once: Vec<_> = next.run.iter().map(|batch| batch.records[0].key.clone()).collect();
        at_once.sort();
        at_once.dedup();
        assert_eq!(at_once.len(), next.run.len(), "a key ran twice at once");
        for batch in next.run {
            seen.push((batch.records[0].key.clone(), batch.records[0].sequence.clone()));
            assert_eq!(mapping.finished(batch.lane, Outcome::Done, at(1)), None);
        }
    }
    assert!(most_at_once > 1);
    assert_eq!(seen.len(), 16);
    for key in &keys {
        let order: Vec<_> = seen.iter().filter(|(seen, _)| seen == key).map(|(_, s)| s).collect();
        assert!(order[0] < order[1], "{key} out of order");
    }
}

#[test]
fn a_report_keeps_what_was_done_and_repeats_the_rest() {
    let mut mapping = filled(SOURCE, 4);
    let batch = the_only(mapping.next(at(0)));
    mapping.finished(batch.lane, Outcome::FailedFrom(2), at(0));
    let rest = the_only(mapping.next(at(0)));
    assert_eq!(sequences(&rest), ["003", "004"]);
    assert_eq!(rest.retries, 0, "a split is not a retry");
    assert_eq!(mapping.first_outstanding(), Some("003"));
}

#[test]
fn a_failed_batch_is_split_until_the_poison_is_alone_and_the_rest_goes_on() {
    let mut mapping = filled(SOURCE, 6);
    let mut done = Vec::new();
    let mut given_up = Vec::new();
    let mut now = at(0);
    while mapping.outstanding() > 0 {
        let next = mapping.next(now);
        assert!(next.discard.is_empty());
        for batch in next.run {
            let poisoned = sequences(&batch).contains(&"002");
            let outcome = match poisoned {
                true => Outcome::Failed("poison".to_owned()),
                false => Outcome::Done,
            };
            if !poisoned {
                done.extend(sequences(&batch).into_iter().map(str::to_owned));
            }
            given_up.extend(mapping.finished(batch.lane, outcome, now));
        }
        if let Some(due) = mapping.next_due() {
            now = now.max(due);
        }
    }
    assert_eq!(done, ["001", "003", "004", "005", "006"]);
    let [discarded] = given_up.as_slice() else {
        panic!("{given_up:?}")
    };
    assert_eq!(discarded.records[0].sequence, "002");
    assert_eq!(discarded.why, DiscardReason::RetriesExhausted);
    // In fours, in twos, alone, and two retries.
    assert_eq!(discarded.invocations, 5);
    assert_eq!(discarded.error.as_deref(), Some("poison"));
}

#[test]
fn pauses_grow_and_are_bounded_and_retries_are_counted() {
    let source = StreamSource {
        max_retries: 9,
        max_age_secs: 100_000,
        ..SOURCE
    };
    let mut mapping = filled(source, 1);
    let mut now = at(0);
    let mut pauses = Vec::new();
    let discarded = loop {
        let batch = the_only(mapping.next(now));
        if let Some(discarded) = mapping.finished(batch.lane, Outcome::FailedFrom(0), now) {
            break discarded;
        }
        assert_eq!(mapping.next(now), Next::default(), "not before its pause is over");
        let due = mapping.next_due().unwrap();
        pauses.push(due.duration_since(now).as_secs());
        now = due;
    };
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(discarded.invocations, 10);
    assert_eq!(mapping.outstanding(), 0);
}

#[test]
fn what_is_too_old_is_given_up_without_being_tried() {
    let mut mapping = Mapping::new(SOURCE);
    mapping.push(record(1, "k", at(0)));
    mapping.push(record(2, "k", at(500)));
    let next = mapping.next(at(601));
    assert_eq!(next.discard.len(), 1);
    assert_eq!(next.discard[0].why, DiscardReason::TooOld);
    assert_eq!(next.discard[0].records[0].sequence, "001");
    assert_eq!(next.discard[0].invocations, 0);
    assert_eq!(sequences(&next.run[0]), ["002"]);
}

#[test]
fn what_grows_too_old_between_retries_is_given_up() {
    let source = StreamSource {
        max_age_secs: 2,
        ..SOURCE
    };
    let mut mapping = filled(source, 1);
    let batch = the_only(mapping.next(at(0)));
    mapping.finished(batch.lane, Outcome::Failed("no".to_owned()), at(0));
    let next = mapping.next(at(3));
    assert!(next.run.is_empty());
    assert_eq!(next.discard[0].why, DiscardReason::TooOld);
    assert_eq!(next.discard[0].invocations, 1);
    assert_eq!(mapping.outstanding(), 0);
}

#[test]
fn a_failing_lane_does_not_hold_up_the_others() {
    let source = StreamSource {
        parallelization: 4,
        ..SOURCE
    };
    let mut mapping = Mapping::new(source);
    let other = (0..)
        .map(|key| format!("other-{key}"))
        .find(|key| lane_of(key, 4) != lane_of("k", 4))
        .unwrap();
    mapping.push(record(1, "k", at(0)));
    let stuck = the_only(mapping.next(at(0)));
    mapping.finished(stuck.lane, Outcome::Failed("no".to_owned()), at(0));
    mapping.push(record(2, &other, at(0)));
    assert_eq!(sequences(&the_only(mapping.next(at(0)))), ["002"]);
}
