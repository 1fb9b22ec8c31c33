//! Time passes: schedules fire, the sweep runs, what failed is tried again.

use super::{Reader, World};
use aws_lambda_events::sns::SnsEvent;
use beckon_shared::domain::time::{Span, Timestamp, after, before};
use beckon_shared::wiring::SWEEP_EVERY_MINS;
use check::Call;

/// How often Lambda calls again where an asynchronous call failed (AWS Lambda, "How Lambda handles
/// errors and retries with asynchronous invocation"), and how long it waits before each.
const WAITS: [Span; 2] = [Span::from_mins(1), Span::from_mins(2)];

/// How far ahead of what is due the sweep has nothing to do.
const SWEEP_SEES: Span = Span::from_hours(24);

/// Calls that nobody waits for, and the sweep.
pub(super) struct Calls {
    again: Vec<Again>,
    swept: Timestamp,
}

struct Again {
    at: Timestamp,
    tries: usize,
    what: What,
}

#[derive(Clone)]
enum What {
    Check(Call),
    Feedback(Box<SnsEvent>),
}

impl Calls {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            again: Vec::new(),
            swept: now,
        }
    }
}

impl World {
    /// Lets a span of time pass: everything due within it is carried out at its time.
    pub fn advance(&mut self, span: Span) {
        self.advance_to(after(self.now(), span));
    }

    /// Lets time pass until then.
    pub fn advance_to(&mut self, target: Timestamp) {
        self.until_idle();
        while let Some(next) = self.next_moment().filter(|next| *next <= target) {
            if next > self.now() {
                self.outside.clock.set(next);
            }
            self.carry_out();
            self.until_idle();
        }
        if target > self.now() {
            self.outside.clock.set(target);
        }
        self.until_idle();
    }

    /// Hands over everything that can be handed over now.
    pub fn until_idle(&mut self) {
        self.read_stream();
        let now = self.now();
        if self.streams_are_down {
            self.evaluate.trim(now);
            self.send.trim(now);
            return;
        }
        let mut moved = true;
        while moved {
            moved = false;
            for reader in Reader::ALL {
                for lane in 0..self.mapping(reader).lanes() {
                    moved |= match self.twice_at_once {
                        true => self.pump_twice_at_once(reader, lane),
                        false => self.pump(reader, lane),
                    };
                }
            }
        }
    }

    /// Whether nothing is in flight.
    pub fn is_idle(&self) -> bool {
        self.evaluate.is_empty() && self.send.is_empty() && self.calls.again.is_empty()
    }

    /// When something will happen by itself next.
    pub fn next_moment(&self) -> Option<Timestamp> {
        let schedule = self.outside.scheduler.next().filter(|_| !self.schedules_are_down);
        let tries = [self.evaluate.next_try(), self.send.next_try()].into_iter().flatten();
        let again = self.calls.again.iter().map(|again| again.at);
        schedule
            .into_iter()
            .chain(tries.filter(|_| !self.streams_are_down))
            .chain(again)
            .chain(self.next_sweep().filter(|_| !self.schedules_are_down))
            .min()
    }

    /// Carries out what is due now, besides the stream.
    pub fn carry_out(&mut self) {
        let now = self.now();
        if !self.schedules_are_down {
            for bucket in self.outside.scheduler.fire(now) {
                self.call(What::Check(Call::Bucket(bucket)), 0);
            }
            if self.next_sweep().is_some_and(|next| next <= now) {
                self.calls.swept = now;
                self.call(What::Check(Call::Sweep(true)), 0);
            }
        }
        let due: Vec<Again> = self.calls.again.extract_if(.., |again| again.at <= now).collect();
        for again in due {
            self.call(again.what, again.tries);
        }
    }

    /// Runs the sweep now, whether or not it would find anything.
    pub fn sweep(&mut self) {
        self.calls.swept = self.now();
        self.call(What::Check(Call::Sweep(true)), 0);
    }

    /// Hands over what a provider's topic publishes.
    pub fn publish_feedback(&mut self, event: SnsEvent) {
        self.call(What::Feedback(Box::new(event)), 0);
    }

    fn call(&mut self, what: What, tries: usize) {
        let succeeded = match what.clone() {
            What::Check(call) => self.check(call),
            What::Feedback(event) => self.feedback(*event),
        };
        match (succeeded, WAITS.get(tries)) {
            (true, _) => {}
            (false, Some(wait)) => {
                let at = after(self.now(), *wait);
                self.calls.again.push(Again {
                    at,
                    tries: tries + 1,
                    what,
                });
            }
            (false, None) => self.dead_letters += 1,
        }
    }

    /// When the recurring sweep would next have anything to do: every five minutes where something
    /// is overdue, every hour where something comes near, not at all where nothing waits. (It
    /// really runs every five minutes; a sweep that finds nothing leaves nothing behind.)
    fn next_sweep(&self) -> Option<Timestamp> {
        let due = self.outside.store.next_due()?;
        let tick = Span::from_mins(i64::from(SWEEP_EVERY_MINS));
        let soon = after(self.calls.swept, tick);
        let later = after(self.calls.swept, Span::from_hours(1)).max(before(due, SWEEP_SEES));
        Some(grid(soon.max(due.min(later)), tick))
    }
}

/// The first whole step at or after the moment.
fn grid(moment: Timestamp, step: Span) -> Timestamp {
    let millis = moment.as_millisecond();
    let steps = millis.div_euclid(step.millis) + i64::from(millis.rem_euclid(step.millis) > 0);
    Timestamp::from_millisecond(steps.saturating_mul(step.millis)).unwrap_or(moment)
}
