//! `beckon keys`: makes the keys that the bundle needs.

use crate::problem::Problem;
use beckon_shared::channel::webpush::vapid;
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::Write;

const EXAMPLES: &str = "\
Examples:
  beckon keys vapid
  beckon keys vapid | jq -r .public";

/// Make keys.
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    which: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// A key pair for web pushes (VAPID), as JSON: `public` is what the page gives the browser as
    /// `applicationServerKey`, `secret` goes into the bundle's secrets under the name `vapid`. Browsers that
    /// subscribed with one key take nothing that is signed with another: keep it.
    #[command(after_help = EXAMPLES)]
    Vapid,
}

impl Keys {
    /// Prints the keys.
    pub fn run(self) -> Result<(), Problem> {
        match self.which {
            Which::Vapid => {
                let keys =
                    vapid::generate().map_err(|_| Problem::Stack("this machine gives no random numbers".to_owned()))?;
                let printed = json!({ "public": keys.public, "secret": keys.secret });
                writeln!(std::io::stdout(), "{printed:#}").map_err(Problem::Output)
            }
        }
    }
}
