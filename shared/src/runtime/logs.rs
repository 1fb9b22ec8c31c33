//! Logs: one JSON object a line, as CloudWatch reads them.
//!
//! | | |
//! |---|---|
//! | good | `info!(profile = %LogId(&id), campaign = %name, "the message was sent")` |
//! | bad | `info!("sent to {address}")`: an address, and nothing to search by |
//!
//! A profile's id is a team's own and may be an address after all: [`LogId`] writes such a one
//! as a hash.

use crate::domain::id::{ProfileId, digest};
use std::fmt;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Sets up logging for the process: JSON lines to standard output, `RUST_LOG` (a level, or
/// `target=level,…`) or `info`.
pub(super) fn init() {
    let asked = std::env::var("RUST_LOG").ok().filter(|asked| !asked.is_empty());
    let filter: Targets = asked
        .and_then(|asked| asked.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .without_time();
    // A second call, as in tests, finds the first one's subscriber in place and leaves it.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
}

/// A profile's id as logs may show it.
#[derive(Debug, Clone, Copy)]
pub struct LogId<'a>(pub &'a ProfileId);

impl fmt::Display for LogId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0.as_str();
        let digits = id.bytes().filter(u8::is_ascii_digit).count();
        let like_phone = id.starts_with('+') || (digits >= 9 && digits == id.len());
        if id.contains('@') || like_phone {
            write!(f, "prf_{}", digest(&["log", id]))
        } else {
            f.write_str(id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_an_address_is_not_shown() {
        for address in ["ann@example.com", "+49151234567", "491512345678"] {
            let id = ProfileId::known(address).expect("an id");
            let shown = LogId(&id).to_string();
            assert!(shown.starts_with("prf_") && !shown.contains(address), "{shown}");
        }
        let id = ProfileId::known("user-17").expect("an id");
        assert_eq!(LogId(&id).to_string(), "user-17");
    }
}
