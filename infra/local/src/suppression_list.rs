//! SES: its list of addresses that nothing is delivered to, for the account.
//!
//! Wire protocol: REST JSON (Amazon SES API v2 Reference, "ListSuppressedDestinations", "PutSuppressedDestination",
//! "DeleteSuppressedDestination"). Addresses are one in lower case. Mail to them is taken all the same: what SES would
//! report of it is said by hand, as all feedback here.

use crate::aws::{self, JsonError};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Most addresses of a page, and how many where nothing is said.
const PAGE_MAX: usize = 1_000;

/// The account's list, by address: reason and time.
#[derive(Debug, Default)]
pub struct SuppressionList(Mutex<BTreeMap<String, (String, Timestamp)>>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    email_address: String,
    reason: String,
}

/// What a list asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Wanted {
    start_date: Option<Timestamp>,
    next_token: Option<String>,
    page_size: Option<usize>,
}

impl SuppressionList {
    /// Answers a call of PutSuppressedDestination.
    pub fn put(&self, now: Timestamp, body: &[u8]) -> Response {
        match serde_json::from_slice::<Put>(body) {
            Ok(put) if !put.email_address.contains('@') => refused(StatusCode::BAD_REQUEST, "the address is illegal"),
            Ok(put) if !matches!(put.reason.as_str(), "BOUNCE" | "COMPLAINT") => {
                refused(StatusCode::BAD_REQUEST, "the reason is neither BOUNCE nor COMPLAINT")
            }
            Ok(put) => {
                self.locked()
                    .insert(put.email_address.to_lowercase(), (put.reason, now));
                aws::json(StatusCode::OK, &json!({}))
            }
            Err(error) => refused(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }

    /// Answers a call of DeleteSuppressedDestination.
    pub fn delete(&self, address: &str) -> Response {
        match self.locked().remove(&address.to_lowercase()) {
            Some(_) => aws::json(StatusCode::OK, &json!({})),
            None => refused(StatusCode::NOT_FOUND, "the address is not on the list"),
        }
    }

    /// Answers a call of ListSuppressedDestinations.
    pub fn list(&self, wanted: &Wanted) -> Response {
        let listed = self.locked();
        let size = wanted.page_size.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
        let mut found = listed
            .iter()
            .filter(|(address, _)| wanted.next_token.as_ref().is_none_or(|token| *address > token))
            .filter(|(_, (_, since))| wanted.start_date.is_none_or(|start| *since >= start));
        let page: Vec<(&String, &(String, Timestamp))> = found.by_ref().take(size).collect();
        let summaries: Vec<Value> = page
            .iter()
            .map(|(address, (reason, since))| {
                json!({ "EmailAddress": address, "Reason": reason, "LastUpdateTime": since.as_second() })
            })
            .collect();
        let mut answer = json!({ "SuppressedDestinationSummaries": summaries });
        let next = page.last().filter(|_| found.next().is_some());
        if let (Some((address, _)), Some(fields)) = (next, answer.as_object_mut()) {
            fields.insert("NextToken".to_owned(), Value::from(address.as_str()));
        }
        aws::json(StatusCode::OK, &answer)
    }

    /// Takes everything off.
    pub fn clear(&self) {
        self.locked().clear();
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (String, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(status: StatusCode, message: &str) -> Response {
    JsonError {
        status,
        code: if status == StatusCode::NOT_FOUND {
            "NotFoundException"
        } else {
            "BadRequestException"
        },
        message: message.to_owned(),
    }
    .respond()
}
