//! `beckon suppress`: addresses that nothing is sent to, and SES's own list of them.

mod change;
mod list;
mod sync;

use crate::problem::Problem;
use beckon_shared::channel::address;
use beckon_shared::domain::campaign::Channel;
use clap::{Args, Subcommand};

/// Addresses that nothing is sent to: ours and SES's own list
#[derive(Debug, Args)]
pub struct Suppress {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Add(change::Add),
    Remove(change::Remove),
    Sync(sync::Sync),
}

impl Suppress {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        match self.command {
            Command::List(command) => command.run().await,
            Command::Add(command) => command.run().await,
            Command::Remove(command) => command.run().await,
            Command::Sync(command) => command.run().await,
        }
    }
}

/// An address as somebody typed it, and on which channel it is one.
fn address(typed: &str) -> Result<(Channel, String), Problem> {
    let typed = typed.trim();
    let (channel, checked) = match typed.contains('@') {
        true => (Channel::Email, address::email(typed).map(|_| ())),
        false => (Channel::Sms, address::phone(typed).map(|_| ())),
    };
    match checked {
        Ok(()) => Ok((channel, typed.to_owned())),
        Err(error) => Err(Problem::Argument(format!(
            "`{typed}` is neither an email address nor a phone number such as `+4915112345678`: {error}"
        ))),
    }
}
