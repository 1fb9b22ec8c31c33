//! SES's own list of addresses that it does not deliver to, for the whole account (Amazon SES API v2 Reference,
//! "ListSuppressedDestinations", "PutSuppressedDestination", "DeleteSuppressedDestination"). SES adds what bounced hard and who
//! complained, where the account says so; what it is sent to such an address it takes, and reports as bounced.

use crate::aws::failure;
use crate::domain::time::Timestamp;
use crate::ports::PortError;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::primitives::DateTime;
use aws_sdk_sesv2::types::SuppressionListReason;

/// Most addresses of a page ("ListSuppressedDestinations", `PageSize`).
const PAGE: i32 = 1_000;

/// The account's list.
#[derive(Debug, Clone)]
pub struct SuppressionList {
    client: Client,
}

/// An address on the list.
#[derive(Clone, PartialEq, Eq)]
pub struct Listed {
    /// The address itself. Not for logs.
    pub address: String,
    /// `hard_bounce` or `complaint`.
    pub reason: &'static str,
    /// Since when, as far as SES tells.
    pub since: Timestamp,
}

/// Some addresses of the list.
#[derive(Clone, Default)]
pub struct ListedPage {
    /// In no order.
    pub listed: Vec<Listed>,
    /// Where the next page begins; `None` at the end. Opaque.
    pub next: Option<String>,
}

impl SuppressionList {
    /// The list of the account that this client speaks for.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// A page of what was put onto the list since then.
    ///
    /// # Errors
    /// `Retry` where SES throttles or does not answer, `Fail` where it refuses.
    pub async fn page(&self, since: Option<Timestamp>, page: Option<String>) -> Result<ListedPage, PortError> {
        let answer = self
            .client
            .list_suppressed_destinations()
            .set_start_date(since.map(|since| DateTime::from_millis(since.as_millisecond())))
            .set_next_token(page)
            .page_size(PAGE)
            .send()
            .await
            .map_err(|error| failure::sort("ses ListSuppressedDestinations", &error))?;
        let listed = answer.suppressed_destination_summaries().iter().map(|summary| Listed {
            address: summary.email_address().to_owned(),
            reason: match summary.reason() {
                SuppressionListReason::Complaint => "complaint",
                _ => "hard_bounce",
            },
            since: Timestamp::from_second(summary.last_update_time().secs()).unwrap_or_default(),
        });
        Ok(ListedPage {
            listed: listed.collect(),
            next: answer.next_token.clone(),
        })
    }

    /// Puts an address onto the list, as one that bounces. One that is on it stays.
    ///
    /// # Errors
    /// `Retry` where SES throttles or does not answer, `Fail` where it refuses.
    pub async fn put(&self, address: &str) -> Result<(), PortError> {
        self.client
            .put_suppressed_destination()
            .email_address(address)
            .reason(SuppressionListReason::Bounce)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| failure::sort("ses PutSuppressedDestination", &error))
    }

    /// Takes an address off the list. Says whether it was on it.
    ///
    /// # Errors
    /// `Retry` where SES throttles or does not answer, `Fail` where it refuses.
    pub async fn delete(&self, address: &str) -> Result<bool, PortError> {
        let deleted = self
            .client
            .delete_suppressed_destination()
            .email_address(address)
            .send();
        match deleted.await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_not_found_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(failure::sort("ses DeleteSuppressedDestination", &error)),
        }
    }
}
