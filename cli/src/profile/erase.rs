//! `beckon profile erase`: a person is forgotten.

use super::person::{self, Kept};
use crate::problem::{Problem, plural};
use crate::stack::{FINDING, Stack};
use beckon_shared::channel::suppression_list::SuppressionList;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::{Inbox, Profiles};
use beckon_shared::store::DynamoStore;
use clap::Args;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const HELP: &str = "\
Forgets a person: traits, consent, devices, enrollments and all that was waiting, lists, counts, the
log of decisions, the inbox and the outbox; and the same of every visitor who was identified as them.
An account that they belong to lets go of them. It cannot be undone.

What stays: counters, which know no persons; that this id was erased and when, so that what comes
late of the time before, is retried or imported brings nothing back; and, as a hash only, that an
address bounced, complained or said stop, so that it is not written to again. Backups of the table
(point-in-time recovery) forget when they expire. What was handed to others (SES, a CRM) is theirs to
erase. SES's list of addresses that it does not deliver to may name the person's: it keeps them from being
written to against their will, for which the law may let it stand; --suppressed takes it off that list,
where they ask for that too.

Their own function forgets them, because nobody else writes a profile: the command asks it to, waits
until it has, and then deletes what is left. Broken off, it can be repeated. An event that the person
causes afterwards begins anew with nothing known.

Without --yes it says what would go, and nothing goes.";

const EXAMPLES: &str = "\
Examples:
  beckon profile erase u1 --local
  beckon profile erase u1 --table beckon-prod --yes
  beckon profile erase u1 --table beckon-prod --suppressed --yes";

/// How often it is looked whether a profile has forgotten.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long the words to the profiles are kept: longer than any stream may be behind.
const WORD_KEPT: Span = Span::from_days(7);

/// Forget a person
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct Erase {
    /// Whom: `u1`, or `anon:…` for a visitor
    #[arg(value_name = "ID")]
    id: String,
    /// Do it
    #[arg(long)]
    yes: bool,
    /// Take the person's addresses off SES's list of those that it does not deliver to, as well
    #[arg(long)]
    suppressed: bool,
    /// How long to wait for the profile to forget, in seconds
    #[arg(long, value_name = "SECS", default_value_t = 60)]
    wait: u64,
    #[command(flatten)]
    stack: Stack,
}

impl Erase {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let id = person::id(&self.id)?;
        if id.is_account() {
            let told = format!("`{id}` is an account and no person: erase its members, each by their own id");
            return Err(Problem::Argument(told));
        }
        let table = self.stack.table().await?;
        let known = person::all(&table, &id).await?;
        if known.iter().all(Kept::is_nothing) {
            return Err(Problem::Argument(format!("nothing is known of a profile `{id}`")));
        }
        let whole: Vec<String> = known.iter().filter(|kept| !kept.is_nothing()).map(told).collect();
        let whole = whole.join("\n");
        if !self.yes {
            let told = format!("nothing was erased, because it cannot be undone: say --yes\n{whole}");
            return Err(Problem::Argument(told));
        }
        // First, because afterwards nobody knows the addresses any more.
        let listed = match self.suppressed {
            true => Some(self.unlist(&addresses(&known)).await?),
            false => None,
        };
        let at = latest(&known, self.stack.now().await?);
        for kept in &known {
            table.append(&word(&kept.id, at), after(at, WORD_KEPT)).await?;
        }
        let patience = Instant::now() + Duration::from_secs(self.wait);
        for kept in &known {
            wait_until_forgotten(&table, &kept.id, at, patience).await?;
        }
        let mut items = 0;
        for kept in &known {
            items += table.forget(&kept.id, at).await?;
        }
        let mut to = io::stdout().lock();
        let profiles = plural(known.len(), "profile");
        writeln!(
            to,
            "{whole}\nerased: {profiles} forgotten, {} deleted",
            plural(items, "item")
        )?;
        let listed = match listed {
            Some(count) => format!("taken off SES's list of suppressed addresses: {count}"),
            None => {
                "SES's list of suppressed addresses was left as it is: --suppressed takes the person off it".to_owned()
            }
        };
        writeln!(to, "{listed}")?;
        to.flush()?;
        Ok(())
    }

    /// Takes addresses off SES's list. Says how many were on it.
    async fn unlist(&self, addresses: &BTreeSet<String>) -> Result<usize, Problem> {
        let list = SuppressionList::new(self.stack.aws().await?.ses());
        let mut count = 0;
        for address in addresses {
            count += usize::from(list.delete(address).await?);
        }
        Ok(count)
    }
}

/// The email addresses that are known of the person: theirs, and those that messages went to.
fn addresses(known: &[Kept]) -> BTreeSet<String> {
    let theirs = known
        .iter()
        .filter_map(|kept| kept.profile.as_ref()?.traits.text("email"));
    let written_to = known
        .iter()
        .flat_map(|kept| &kept.messages)
        .map(|listed| &listed.envelope.message)
        .filter(|message| message.channel == Channel::Email)
        .map(|message| message.to.as_str());
    theirs.chain(written_to).map(str::to_owned).collect()
}

/// What would go.
fn told(kept: &Kept) -> String {
    let inputs = kept.inbox.iter().map(|item| item.inputs.len()).sum();
    let state = kept.profile.as_ref().map(|profile| &profile.state);
    let runs = state.map_or(0, |state| state.enrollments.len());
    format!(
        "profile {}: {}, {}, {}, {}",
        kept.id,
        plural(
            kept.profile.as_ref().map_or(0, |profile| profile.traits.values.len()),
            "trait"
        ),
        plural(runs, "enrollment"),
        plural(inputs, "input"),
        plural(kept.messages.len(), "message"),
    )
}

/// Up to when to forget: now, or when the last was received where that clock runs ahead of ours.
fn latest(known: &[Kept], now: Timestamp) -> Timestamp {
    let received = known.iter().flat_map(|kept| &kept.inbox).map(|item| item.received);
    received.chain([now]).max().unwrap_or(now)
}

fn word(id: &ProfileId, at: Timestamp) -> InboxItem {
    let input = Input::erase(id, at);
    InboxItem {
        profile: id.clone(),
        id: input.id().to_owned(),
        at,
        received: at,
        inputs: vec![input],
    }
}

async fn wait_until_forgotten(
    table: &DynamoStore,
    id: &ProfileId,
    at: Timestamp,
    patience: Instant,
) -> Result<(), Problem> {
    loop {
        let erased = table.load(id).await?.and_then(|profile| profile.state.erased);
        if erased.is_some_and(|erased| erased >= at) {
            return Ok(());
        }
        if Instant::now() >= patience {
            let told = format!(
                "the profile `{id}` was asked to forget and has not yet: is `evaluate` behind? It will; run this again then, to delete what is left"
            );
            return Err(Problem::Argument(told));
        }
        sleep(LOOK_EVERY).await;
    }
}
