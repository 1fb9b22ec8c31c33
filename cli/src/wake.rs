//! Waking profiles: a campaign that waits for something other than an event meets people when they
//! are looked at, and somebody who never sends another event never would be.

use crate::pace::Pace;
use crate::problem::Problem;
use crate::roll::Roll;
use beckon_shared::domain::campaign::Campaign;
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::id::{CampaignName, ProfileId, digest};
use beckon_shared::domain::profile::{Phase, Profile};
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::{Inbox, PortError};
use beckon_shared::rules_cache::FRESH_FOR;
use beckon_shared::store::DynamoStore;
use clap::Args;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// How many alarms are put at once.
const AT_ONCE: usize = 16;

/// How fast profiles are woken.
#[derive(Debug, Clone, Copy, Args)]
pub struct Waking {
    /// Most profiles woken a second: each costs a write of its alarm, and one of its state
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
}

/// Who is woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Every person.
    Everybody,
    /// Those with an enrollment that runs in one of these.
    RunningIn(BTreeSet<CampaignName>),
}

impl Whom {
    fn includes(&self, profile: &Profile) -> bool {
        match self {
            Self::Everybody => true,
            Self::RunningIn(campaigns) => profile.state.enrollments.iter().any(|enrollment| {
                !matches!(enrollment.phase, Phase::Watching(_)) && campaigns.contains(&enrollment.campaign)
            }),
        }
    }
}

/// What waking is about.
#[derive(Clone, Copy)]
pub struct Call<'t> {
    /// Where.
    pub table: &'t DynamoStore,
    /// The revision that profiles are to meet: who has met it is let be.
    pub revision: u64,
    /// When, by the table's clock.
    pub now: Timestamp,
    /// How long inboxes keep it.
    pub retention: Span,
    /// How profiles are looked at.
    pub roll: Roll,
}

impl Default for Waking {
    fn default() -> Self {
        Self { rate: 200 }
    }
}

impl Waking {
    /// Wakes them and says how many were.
    pub async fn tell(self, call: Call<'_>, whom: &Whom) -> Result<(), Problem> {
        let woken = self.wake(call, whom).await?;
        writeln!(
            io::stdout(),
            "woke {woken} profile{}",
            if woken == 1 { "" } else { "s" }
        )?;
        Ok(())
    }

    /// Wakes them. Gives how many were. Who has met the revision is let be, so that calling again
    /// goes on where an earlier call was broken off.
    pub async fn wake(self, call: Call<'_>, whom: &Whom) -> Result<u64, Problem> {
        let Call {
            table,
            revision,
            now,
            retention,
            roll,
        } = call;
        // An alarm that is folded by rules that are known from before is lost on the new ones.
        let known = Instant::now() + Duration::from_millis(FRESH_FOR.millis.unsigned_abs()) + MARGIN;
        let mut pace = Pace::of(f64::from(self.rate));
        let mut woken = 0;
        let look = roll.of_all().call(table, async |profiles| {
            let mut putting = JoinSet::new();
            for (id, profile) in profiles {
                let state = &profile.state;
                let has_met = state.rules_revision >= revision;
                if has_met || state.joined.is_some() || id.is_account() || !whom.includes(&profile) {
                    continue;
                }
                sleep_until(known).await;
                let (table, item) = (table.clone(), alarm(id, revision, now));
                putting.spawn(async move { table.append(&item, after(now, retention)).await });
                woken += 1;
                if putting.len() >= AT_ONCE {
                    put_one(&mut putting).await?;
                }
                pace.spend(1.0).await;
            }
            while !putting.is_empty() {
                put_one(&mut putting).await?;
            }
            Ok(())
        });
        look.await?;
        Ok(woken)
    }
}

/// What instances' clocks may differ by.
const MARGIN: Duration = Duration::from_secs(1);

async fn put_one<T: 'static>(putting: &mut JoinSet<Result<T, PortError>>) -> Result<(), Problem> {
    match putting.join_next().await {
        Some(Ok(put)) => {
            put?;
            Ok(())
        }
        Some(Err(error)) => Err(PortError::Fail(format!("an alarm was not put: {error}")).into()),
        None => Ok(()),
    }
}

/// The alarm that lets a profile meet a revision: known by its id, however often it is put.
fn alarm(profile: ProfileId, revision: u64, now: Timestamp) -> InboxItem {
    let id = format!("wake_{}", digest(&["wake", &revision.to_string(), profile.as_str()]));
    InboxItem {
        profile,
        inputs: vec![Input::Alarm { id: id.clone() }],
        id,
        at: now,
        received: now,
    }
}

/// Whether the campaign meets people without an event of theirs.
pub fn watches(campaign: &Campaign) -> bool {
    campaign.enter.iter().any(|enter| enter.watch.is_some())
}
