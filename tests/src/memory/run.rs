//! Drives a handler without a runtime, until it ends or dies.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// How a handler ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<T> {
    /// With this answer.
    Finished(T),
    /// It died at a [`super::Fault::Crash`].
    Crashed,
}

impl<T> Outcome<T> {
    /// The answer, unless it died.
    pub fn finished(self) -> Option<T> {
        match self {
            Self::Finished(answer) => Some(answer),
            Self::Crashed => None,
        }
    }
}

/// Notes that somebody wants to be driven on.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Drives the future as long as it gets anywhere. The ports in memory never wait, so a future
/// that waits without asking to be woken has crashed; it is dropped, as a process would be.
/// (A future that waits for a timer or a socket would look the same: handlers have none.)
pub fn run<F: Future>(future: F) -> Outcome<F::Output> {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return Outcome::Finished(answer),
            Poll::Pending if woken.0.swap(false, Ordering::Relaxed) => {}
            Poll::Pending => return Outcome::Crashed,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;
    use crate::memory::{Fault, Faults, When};
    use beckon_shared::ports::PortError;
    use std::cell::RefCell;
    use std::rc::Rc;

    async fn call(faults: &Faults, log: &RefCell<Vec<&'static str>>, name: &'static str) -> Result<(), PortError> {
        faults
            .around(name, || {
                log.borrow_mut().push(name);
                Ok(())
            })
            .await
    }

    #[test]
    fn a_crash_ends_a_handler_before_or_after_the_effect() {
        for (when, effects) in [(When::Before, vec!["a"]), (When::After, vec!["a", "b"])] {
            let (faults, log) = (Faults::default(), RefCell::default());
            faults.install(move |call, at| (call == "b" && at == when).then_some(Fault::Crash));
            let outcome = run(async {
                call(&faults, &log, "a").await?;
                call(&faults, &log, "b").await?;
                call(&faults, &log, "c").await
            });
            assert_eq!(outcome, Outcome::Crashed);
            assert_eq!(*log.borrow(), effects);
            assert_eq!(faults.calls(), 2);
        }
    }

    #[test]
    fn giving_way_interleaves_two_handlers() {
        let (faults, log) = (Faults::default(), Rc::new(RefCell::default()));
        faults.install(|_, when| (when == When::After).then_some(Fault::Yield));
        let outcome = run(futures::future::join(
            async {
                call(&faults, &log, "a1").await?;
                call(&faults, &log, "a2").await
            },
            async {
                call(&faults, &log, "b1").await?;
                call(&faults, &log, "b2").await
            },
        ));
        assert_eq!(outcome, Outcome::Finished((Ok(()), Ok(()))));
        assert_eq!(*log.borrow(), ["a1", "b1", "a2", "b2"]);
    }

    #[test]
    fn a_lost_answer_has_had_its_effect() {
        let (faults, log) = (Faults::default(), RefCell::default());
        let lost = PortError::Retry("lost".to_owned());
        let error = lost.clone();
        faults.install(move |_, when| (when == When::After).then(|| Fault::Error(error.clone())));
        assert_eq!(run(call(&faults, &log, "a")).finished(), Some(Err(lost)));
        assert_eq!(*log.borrow(), ["a"]);
    }
}
