//! Moving through time: from one due moment to the next, in order, waiting at each until all that
//! follows from it has been carried out.

use crate::bundle::Bundle;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Most moments in one advance: a stack in which more happens is going round in circles.
const MOST_MOMENTS: u32 = 2_000_000;

/// Why the clock did not get where it should.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceError {
    /// The target is before now.
    #[error("the clock stands at {now} and does not go back to {to}; `POST /_local/reset` does")]
    Backwards {
        /// Where it stands.
        now: Timestamp,
        /// Where it should go.
        to: Timestamp,
    },
    /// It never ends.
    #[error("more than {MOST_MOMENTS} moments were due before {to}; the clock stopped at {now}")]
    Endless {
        /// Where it stopped.
        now: Timestamp,
        /// Where it should go.
        to: Timestamp,
    },
}

/// Moves the clock to `to`, carrying out everything that is due by then, each at its own time;
/// comes back when nothing is in flight any more.
pub async fn advance(bundle: &Arc<Bundle>, to: Timestamp) -> Result<(), AdvanceError> {
    let _moving = bundle.moving.lock().await;
    let begun = bundle.clock.now();
    if to < begun {
        return Err(AdvanceError::Backwards { now: begun, to });
    }
    let _held = Held::new(bundle, to, begun);
    for _ in 0..MOST_MOMENTS {
        settle(bundle).await;
        match bundle.next_due() {
            Some(due) if due <= to => bundle.clock.move_to(due),
            Some(_) | None => {
                bundle.clock.move_to(to);
                settle(bundle).await;
                return Ok(());
            }
        }
    }
    Err(AdvanceError::Endless {
        now: bundle.clock.now(),
        to,
    })
}

/// Waits until nothing is in flight and nothing more is due now.
pub async fn idle(bundle: &Arc<Bundle>) {
    let _moving = bundle.moving.lock().await;
    settle(bundle).await;
}

async fn settle(bundle: &Arc<Bundle>) {
    loop {
        bundle.carry_out_due();
        bundle.activity.quiet().await;
        let now = bundle.clock.now();
        let due = bundle.next_due().is_some_and(|due| due <= now);
        // Reading the stream and counting what runs are two steps: what was read in between runs.
        bundle.carry_out_due();
        if !due && bundle.activity.count() == 0 {
            return;
        }
    }
}

/// Empties the stack: profiles, messages, schedules, queues, faults, logs; what was applied too
/// unless `keep_definitions`. The clock goes back to where it began, the functions start anew.
pub async fn reset(bundle: &Arc<Bundle>, keep_definitions: bool) -> Result<(), crate::dynamodb::TableError> {
    let _moving = bundle.moving.lock().await;
    let _paused = Paused::new(bundle);
    bundle.faults.clear();
    bundle.lambda.forget_instances().await;
    bundle.activity.quiet().await;
    // Those that answered the last calls while it became quiet.
    bundle.lambda.forget_instances().await;
    bundle.schedules.clear();
    bundle.background.clear();
    bundle.queues.clear();
    bundle.sent.clear();
    bundle.suppression_list.clear();
    bundle.logs.clear();
    bundle.table.empty(keep_definitions)?;
    bundle.pump.skip_to_end()?;
    bundle.clock.reset(bundle.start);
    *bundle.sweeps() = crate::sweep::Sweeps::new(bundle.clock.now());
    Ok(())
}

/// The clock stands still and sweeps are spaced while this lives, also if its owner is dropped.
struct Held<'a>(&'a Bundle);

impl<'a> Held<'a> {
    fn new(bundle: &'a Bundle, to: Timestamp, from: Timestamp) -> Self {
        bundle.clock.hold();
        bundle.sweeps().space(Some(to.duration_since(from)));
        Self(bundle)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.sweeps().space(None);
        self.0.clock.release();
        self.0.wake.notify_one();
    }
}

struct Paused<'a>(&'a Bundle);

impl<'a> Paused<'a> {
    fn new(bundle: &'a Bundle) -> Self {
        bundle.paused.store(true, Ordering::SeqCst);
        Self(bundle)
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.0.paused.store(false, Ordering::SeqCst);
        self.0.wake.notify_one();
    }
}
