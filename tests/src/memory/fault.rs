//! What goes wrong: asked before and after every call of every port.

use beckon_shared::ports::PortError;
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;

/// On which side of the call's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// The call has not taken effect and, after an error or a crash, never will.
    Before,
    /// The call has taken effect, and its answer is on the way.
    After,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The call fails with this. After the effect: the answer is lost. A sender turns it into a
    /// `SendError`: before, `Retry` and `Fail` stay what they are; after, it is `Unknown`.
    Error(PortError),
    /// The function dies here: nothing after the call is carried out. Drive it by [`super::run`].
    Crash,
    /// Other futures that are driven together with this one go first.
    Yield,
}

/// Which fault, if any, strikes a call. Calls are named `port.function`, `outbox.claim` for one.
type Hook = dyn FnMut(&'static str, When) -> Option<Fault>;

/// The faults of a world. A clone is the same.
#[derive(Clone, Default)]
pub struct Faults(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    hook: Option<Box<Hook>>,
    calls: u64,
}

impl Faults {
    /// From now on asks this before and after every call.
    pub fn install(&self, hook: impl FnMut(&'static str, When) -> Option<Fault> + 'static) {
        self.0.borrow_mut().hook = Some(Box::new(hook));
    }

    /// From now on nothing goes wrong.
    pub fn clear(&self) {
        self.0.borrow_mut().hook = None;
    }

    /// How many calls of ports have been begun.
    pub fn calls(&self) -> u64 {
        self.0.borrow().calls
    }

    /// Carries out the call's effect, unless a fault comes before it, and answers, unless one
    /// comes after it.
    pub(super) async fn around<T, E: From<PortError>>(
        &self,
        call: &'static str,
        effect: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.strike(call, When::Before).await?;
        let answer = effect()?;
        self.strike(call, When::After).await?;
        Ok(answer)
    }

    /// Lets a fault strike, if one does.
    pub(super) async fn strike(&self, call: &'static str, when: When) -> Result<(), PortError> {
        let fault = {
            let mut inner = self.0.borrow_mut();
            inner.calls += u64::from(when == When::Before);
            inner.hook.as_mut().and_then(|hook| hook(call, when))
        };
        match fault {
            None => Ok(()),
            Some(Fault::Error(error)) => Err(error),
            Some(Fault::Crash) => pending().await,
            Some(Fault::Yield) => {
                give_way().await;
                Ok(())
            }
        }
    }
}

/// Lets whoever is driven together with this go first.
async fn give_way() {
    let mut gave = false;
    poll_fn(|context| {
        if gave {
            return Poll::Ready(());
        }
        gave = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
