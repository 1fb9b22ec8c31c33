//! `beckon profile`: what is known of one person, to be looked at, handed out or erased.

mod devices;
mod erase;
mod export;
pub mod mask;
mod page;
pub mod person;
mod scores;
mod show;

use crate::problem::Problem;
use beckon_shared::domain::time::Timestamp;
use clap::{Args, Subcommand};

/// Look at a profile, hand it out, or erase it
#[derive(Debug, Args)]
pub struct ProfileCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Show(show::Show),
    Export(export::Export),
    Erase(erase::Erase),
}

impl ProfileCommand {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        match self.what {
            What::Show(show) => show.run().await,
            What::Export(export) => export.run().await,
            What::Erase(erase) => erase.run().await,
        }
    }
}

/// A moment as pages show it, to the second, UTC.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
