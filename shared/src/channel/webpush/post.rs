//! One request to a push service: as services are called, to public addresses only.

use super::{PROVIDER, fail};
use crate::channel::webhook::exchange::{Answer, Exchange, Limits, NoAnswer, Road};
use crate::ports::sender::SendError;

/// Names the address that a request is for, where it goes somewhere else.
const FOR: &str = "beckon-endpoint";

/// Posts.
#[derive(Debug)]
pub(super) struct Post {
    exchange: Exchange,
    instead: Option<String>,
}

impl Post {
    /// To the push services themselves, or to one address for all of them.
    pub(super) fn new(instead: Option<String>) -> Self {
        let road = match &instead {
            Some(_) => Road::Plain,
            None => Road::public(),
        };
        Self {
            instead,
            ..Self::over(road)
        }
    }

    /// To the push services, as they are reached so.
    pub(super) fn over(road: Road) -> Self {
        Self {
            exchange: Exchange::new(road, Limits::default()),
            instead: None,
        }
    }

    pub(super) async fn to<const N: usize>(
        &self,
        endpoint: &str,
        headers: [(&'static str, String); N],
        origin: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<Answer, SendError> {
        // Who stands in for the push services cannot read the message; it lists it by these.
        let aside = self.instead.iter();
        let aside = aside.flat_map(|_| origin.clone().into_iter().chain([(FOR, endpoint.to_owned())]));
        let headers = headers.into_iter().chain(aside);
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).collect();
        let address = self.instead.as_deref().unwrap_or(endpoint);
        let answer = self.exchange.send("POST", address, headers, body).await;
        answer.map_err(|none| match none {
            NoAnswer::Refused(reason) => fail(&reason),
            NoAnswer::Unreachable => SendError::Retry {
                reason: format!("{PROVIDER}: could not be reached"),
                after: None,
            },
            NoAnswer::Lost(reason) => SendError::Unknown {
                reason: format!("{PROVIDER}: {reason}"),
            },
        })
    }
}
