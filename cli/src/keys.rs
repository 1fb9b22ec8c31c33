//! `beckon keys`: makes the keys that the bundle needs.

use crate::problem::Problem;
use beckon_shared::channel::webpush::vapid;
use beckon_shared::links::LinkKeys;
use beckon_shared::links::keys::KEY_BYTES;
use clap::{Args, Subcommand};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::json;
use std::io::Write;

const VAPID_EXAMPLES: &str = "\
Examples:
  beckon keys vapid
  beckon keys vapid | jq -r .public";

const LINKS_EXAMPLES: &str = "\
Examples:
  beckon keys links

It goes into the bundle's secrets under the name `link_keys`. To change keys, put a new one before the old one, with a
comma between them: the first makes links, all are accepted. After a year the old one may go.";

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
    #[command(after_help = VAPID_EXAMPLES)]
    Vapid,
    /// A key of the links that messages carry.
    #[command(after_help = LINKS_EXAMPLES)]
    Links,
}

impl Keys {
    /// Prints the keys.
    pub fn run(self) -> Result<(), Problem> {
        let without_chance = || Problem::Stack("this machine gives no random numbers".to_owned());
        let printed = match self.which {
            Which::Vapid => {
                let keys = vapid::generate().map_err(|_| without_chance())?;
                format!("{:#}", json!({ "public": keys.public, "secret": keys.secret }))
            }
            Which::Links => {
                let (mut bytes, mut id) = ([0; KEY_BYTES], [0; 3]);
                let random = SystemRandom::new();
                let drawn = random.fill(&mut bytes).and_then(|()| random.fill(&mut id));
                drawn.map_err(|_| without_chance())?;
                // An id of its own, so that keys of two moments can stand side by side.
                let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
                LinkKeys::spelt(&format!("k{id}"), &bytes)
            }
        };
        writeln!(std::io::stdout(), "{printed}").map_err(Problem::Output)
    }
}
