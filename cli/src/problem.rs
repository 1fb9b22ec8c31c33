//! Why a command did not do what it was asked to.

use beckon_shared::ports::PortError;
use beckon_shared::ports::definitions::PublishError;
use std::io;

/// What is said after `error: `, on standard error.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The campaigns have errors, which have been shown.
    #[error("`{folder}` has {count}; {nothing}", count = plural(*errors, "error"))]
    Campaigns {
        /// Their folder.
        folder: String,
        /// How many.
        errors: usize,
        /// What was not done for it.
        nothing: &'static str,
    },
    /// Lines of a file cannot be read, which has been shown.
    #[error("{wrong} of {lines} of `{file}` cannot be used; nothing was simulated", lines = plural(*lines, "line"))]
    Lines {
        /// The file.
        file: String,
        /// How many are wrong.
        wrong: usize,
        /// How many there are.
        lines: usize,
    },
    /// A file cannot be read.
    #[error("`{file}` cannot be read: {error}")]
    File {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// A file cannot be written.
    #[error("`{file}` cannot be written: {error}")]
    NotWritten {
        /// The file or folder.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// A file that was read twice was not the same.
    #[error("`{file}` changed while it was read")]
    Changed {
        /// The file.
        file: String,
    },
    /// An argument cannot be used.
    #[error("{0}")]
    Argument(String),
    /// There is no way to the table.
    #[error("{0}")]
    Stack(String),
    /// The table fails.
    #[error("the table does not answer as it should: {0}")]
    Table(#[from] PortError),
    /// What is to be in force was refused.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The core asks to be woken at a time that has passed, for ever.
    #[error("the alarm of profile `{profile}` is set to {at}, which is not after {now}; this is a fault in Beckon")]
    Stuck {
        /// Whose.
        profile: String,
        /// The alarm.
        at: beckon_shared::domain::time::Timestamp,
        /// The simulated time.
        now: beckon_shared::domain::time::Timestamp,
    },
    /// Nothing more can be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// `1 error`, `2 errors`.
pub fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}
