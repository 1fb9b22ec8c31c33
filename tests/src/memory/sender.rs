//! Providers in memory: what they took can be read.

use super::clock::VirtualClock;
use super::fault::{Faults, When};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::sender::{Attempt, Outgoing, SendError, Taken};
use beckon_shared::ports::{Clock, PortError, Sender};
use std::cell::RefCell;
use std::rc::Rc;

/// A message that the provider took: it has left and will arrive, whatever the caller heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// When.
    pub at: Timestamp,
    /// The provider's id of it.
    pub provider_id: String,
    /// What left.
    pub outgoing: Outgoing,
}

/// Refuses a message before taking it, if it likes.
type Refuses = dyn Fn(&Outgoing) -> Option<SendError>;
/// Takes a message or does not.
type Takes = dyn Fn(&Outgoing) -> Result<Taken, SendError>;

/// A provider. A clone is the same. The call is named `sender.send` to [`Faults`]: an error
/// before it is a refusal that heals (`Retry`) or does not (`Fail`); an error after it is a lost
/// answer: the message has left, the caller hears `Unknown`.
#[derive(Clone)]
pub struct MemorySender {
    channels: Rc<[Channel]>,
    clock: VirtualClock,
    faults: Faults,
    inner: Rc<RefCell<Inner>>,
}

#[derive(Default)]
struct Inner {
    deliveries: Vec<Delivery>,
    refuses: Option<Box<Refuses>>,
    takes: Option<Rc<Takes>>,
}

impl MemorySender {
    /// A provider of these channels that takes everything.
    pub fn new(channels: &[Channel], clock: VirtualClock, faults: Faults) -> Self {
        Self {
            channels: channels.into(),
            clock,
            faults,
            inner: Rc::default(),
        }
    }

    /// Everything that left, in order.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.inner.borrow().deliveries.clone()
    }

    /// From now on refuses what this says (an address that does not exist, a throttle that asks
    /// for a pause).
    pub fn refuse(&self, refuses: impl Fn(&Outgoing) -> Option<SendError> + 'static) {
        self.inner.borrow_mut().refuses = Some(Box::new(refuses));
    }

    /// From now on takes what this takes, and answers what this answers: a real sender, perhaps.
    pub fn ask(&self, takes: impl Fn(&Outgoing) -> Result<Taken, SendError> + 'static) {
        self.inner.borrow_mut().takes = Some(Rc::new(takes));
    }
}

impl Sender for MemorySender {
    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Attempt<'a> {
        Box::pin(self.attempt(outgoing))
    }
}

impl MemorySender {
    async fn attempt(&self, outgoing: &Outgoing) -> Result<Taken, SendError> {
        match self.faults.strike("sender.send", When::Before).await {
            Ok(()) => {}
            Err(PortError::Retry(reason)) => return Err(SendError::Retry { reason, after: None }),
            Err(PortError::Fail(reason)) => return Err(SendError::Fail { reason }),
        }
        let asked = self.inner.borrow().takes.clone();
        let asked = asked.map(|takes| takes(outgoing)).transpose()?;
        let taken = {
            let mut inner = self.inner.borrow_mut();
            if let Some(refusal) = inner.refuses.as_ref().and_then(|refuses| refuses(outgoing)) {
                return Err(refusal);
            }
            let number = inner.deliveries.len() + 1;
            let taken = asked.unwrap_or_else(|| Taken::under(format!("{}-{number}", outgoing.channel.name())));
            inner.deliveries.push(Delivery {
                at: self.clock.now(),
                provider_id: taken.id.clone(),
                outgoing: outgoing.clone(),
            });
            taken
        };
        match self.faults.strike("sender.send", When::After).await {
            Ok(()) => Ok(taken),
            Err(error) => Err(SendError::Unknown {
                reason: error.to_string(),
            }),
        }
    }
}
