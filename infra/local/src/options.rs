//! How a stack is to be.

use crate::bundle;
use crate::clock::ClockMode;
use beckon_shared::wiring::Function;
use jiff::Timestamp;
use std::path::PathBuf;

/// How a stack is to be. The default is a test's: any port, functions beside the running
/// program, state in memory, a clock that stands still.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port of the address for people; 0 takes any.
    pub port: u16,
    /// Folder of the function binaries.
    pub binaries: PathBuf,
    /// Where functions run instead of as processes of the stack, for instance
    /// `http://127.0.0.1:9000` of `cargo lambda watch`.
    pub lambda_endpoint: Option<String>,
    /// Which functions there are, what calls them, and how.
    pub functions: Vec<Function>,
    /// Most instances of one function.
    pub max_instances: usize,
    /// Whether time passes by itself.
    pub clock: ClockMode,
    /// When it begins; real now if nothing is said.
    pub start: Option<Timestamp>,
    /// Folder in which the state is kept; in memory if nothing is said.
    pub data: Option<PathBuf>,
    /// Whether what the functions print is shown as it comes.
    pub show_logs: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            binaries: binaries_beside_us(),
            lambda_endpoint: None,
            functions: bundle::deployed_functions(),
            max_instances: 4,
            clock: ClockMode::Manual,
            start: None,
            data: None,
            show_logs: false,
        }
    }
}

/// The folder of the running program; of a test, the one above it, where binaries are.
pub fn binaries_beside_us() -> PathBuf {
    let beside = std::env::current_exe().ok();
    let mut folder = beside
        .and_then(|program| program.parent().map(PathBuf::from))
        .unwrap_or_default();
    if folder.ends_with("deps") {
        folder.pop();
    }
    folder
}
