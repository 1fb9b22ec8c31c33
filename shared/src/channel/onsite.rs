//! Messages on the page: nobody carries them, they are placed where the page finds them.

use super::misdirected;
use crate::domain::campaign::Channel;
use crate::domain::time::{Span, after};
use crate::ports::page::Placed;
use crate::ports::sender::{Attempt, Content, Outgoing, SendError, Taken};
use crate::ports::{Page, PortError, Sender};

const PROVIDER: &str = "the page";

/// How long a message waits for the person at most.
pub const KEPT: Span = Span::from_days(7);

/// Places messages.
#[derive(Debug, Clone)]
pub struct OnsiteSender<P> {
    page: P,
}

impl<P> OnsiteSender<P> {
    /// A sender that places messages there.
    pub fn new(page: P) -> Self {
        Self { page }
    }
}

impl<P: Page> Sender for OnsiteSender<P> {
    fn channels(&self) -> &[Channel] {
        &[Channel::Onsite]
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Attempt<'a> {
        Box::pin(self.attempt(outgoing))
    }
}

impl<P: Page> OnsiteSender<P> {
    async fn attempt(&self, outgoing: &Outgoing) -> Result<Taken, SendError> {
        let Content::Notice {
            form,
            title,
            text,
            link,
        } = &outgoing.content
        else {
            return Err(misdirected(PROVIDER));
        };
        let latest = after(outgoing.at, KEPT);
        let placed = Placed {
            message: outgoing.message.clone(),
            campaign: outgoing.campaign.clone(),
            step: outgoing.step.clone(),
            form: *form,
            title: title.clone(),
            text: text.clone(),
            link: link.clone(),
            at: outgoing.at,
            expires: outgoing.expires.map_or(latest, |expires| expires.min(latest)),
        };
        // To place it again is to find it placed: a lost answer is no doubt.
        match self.page.place(&outgoing.profile, &placed).await {
            Ok(()) => Ok(Taken::under(outgoing.message.as_str())),
            Err(PortError::Retry(reason)) => Err(SendError::Retry { reason, after: None }),
            Err(PortError::Fail(reason)) => Err(SendError::Fail { reason }),
        }
    }
}
