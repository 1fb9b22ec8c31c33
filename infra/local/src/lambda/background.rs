//! Invocations whose answer nobody waits for: what schedules and SNS do. A failed one is tried
//! twice more, after one and then two minutes of virtual time, and is then told to the function's
//! dead-letter destination (AWS Lambda, "How Lambda handles errors and retries with asynchronous
//! invocation").

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Pauses before the second and the third try.
const PAUSES: [SignedDuration; 2] = [SignedDuration::from_mins(1), SignedDuration::from_mins(2)];

/// An invocation that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Which function.
    pub function: String,
    /// The event.
    pub payload: Value,
    /// How often it has been tried.
    pub tries: usize,
}

/// The invocations that wait for their time.
#[derive(Debug, Default)]
pub struct Background {
    waiting: Mutex<BTreeMap<(Timestamp, u64), Job>>,
}

impl Background {
    /// Puts a first try in at `at`.
    pub fn put(&self, function: &str, payload: Value, at: Timestamp) {
        self.put_job(
            Job {
                function: function.to_owned(),
                payload,
                tries: 0,
            },
            at,
        );
    }

    /// The jobs due at `now`, in order, which are taken out.
    pub fn take_due(&self, now: Timestamp) -> Vec<Job> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let later = match now.checked_add(SignedDuration::from_nanos(1)) {
            Ok(after) => waiting.split_off(&(after, 0)),
            Err(_) => BTreeMap::new(),
        };
        std::mem::replace(&mut *waiting, later).into_values().collect()
    }

    /// Takes note that a try failed at `now`: puts the next one in, or gives the job back if it
    /// was the last.
    pub fn failed(&self, mut job: Job, now: Timestamp) -> Option<Job> {
        let pause = PAUSES.get(job.tries).copied();
        job.tries = job.tries.saturating_add(1);
        match pause.and_then(|pause| now.checked_add(pause).ok()) {
            Some(at) => {
                self.put_job(job, at);
                None
            }
            None => Some(job),
        }
    }

    /// When the next job is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.first_key_value().map(|((at, _), _)| *at)
    }

    /// What waits, for keeping.
    pub fn all(&self) -> Vec<(Timestamp, Job)> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.iter().map(|((at, _), job)| (*at, job.clone())).collect()
    }

    /// Puts back what [`Background::all`] gave.
    pub fn restore(&self, jobs: Vec<(Timestamp, Job)>) {
        for (at, job) in jobs {
            self.put_job(job, at);
        }
    }

    /// Forgets what waits.
    pub fn clear(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn put_job(&self, job: Job, at: Timestamp) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (0..)
            .map(|place| (at, place))
            .find(|place| !waiting.contains_key(place));
        if let Some(place) = place {
            waiting.insert(place, job);
        }
    }
}

/// What the dead-letter destination is told ("Capturing records of Lambda asynchronous
/// invocations", "Example invocation record").
pub fn invocation_record(job: &Job, error: &str, now: Timestamp) -> Value {
    json!({
        "version": "1.0",
        "timestamp": now.to_string(),
        "requestContext": {
            "requestId": crate::aws::derived_id(&format!("{} {now} {}", job.function, job.payload)),
            "functionArn": format!("{}:$LATEST", crate::aws::function_arn(&job.function)),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": job.tries,
        },
        "requestPayload": job.payload,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": error},
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_job_is_tried_three_times_with_growing_pauses() {
        let background = Background::default();
        let start: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        background.put("check", json!({"n": 1}), start);
        background.put("check", json!({"n": 2}), start);
        assert_eq!(background.take_due(start - SignedDuration::from_secs(1)), []);
        let jobs = background.take_due(start);
        assert_eq!(jobs.len(), 2);
        assert_eq!(jobs[0].payload["n"], 1, "in the order they were put");
        let mut job = jobs[0].clone();
        let mut now = start;
        for minutes in [1, 2] {
            assert_eq!(background.failed(job, now), None);
            let due = background.next_due().unwrap();
            assert_eq!(due.duration_since(now), SignedDuration::from_mins(minutes));
            now = due;
            job = background.take_due(now).remove(0);
        }
        let last = background.failed(job, now).unwrap();
        assert_eq!(last.tries, 3);
        assert_eq!(background.next_due(), None);
        assert_eq!(
            invocation_record(&last, "no", now)["requestContext"]["approximateInvokeCount"],
            3
        );
    }
}
