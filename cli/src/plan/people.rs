//! What a change would mean for the profiles that there are: each is looked at by the same core that
//! would look at it afterwards, and what comes of it is thrown away.

use super::changes::{self, Change, InForce};
use super::history::Inboxes;
use crate::problem::Problem;
use crate::roll::{Roll, Share};
use beckon_shared::authoring::definitions::Definitions as Folder;
use beckon_shared::domain::campaign::{Step, Watch};
use beckon_shared::domain::decision::Verdict;
use beckon_shared::domain::event::Input;
use beckon_shared::domain::fold::{Arrival, fold, fold_after};
use beckon_shared::domain::guard::reach::first_reachable;
use beckon_shared::domain::hindsight::Earlier;
use beckon_shared::domain::id::{CampaignName, ProfileId, Version};
use beckon_shared::domain::profile::{Phase, Profile, Traits};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::Definitions;
use beckon_shared::ports::definitions::{Definition, DefinitionKey, Manifest};
use beckon_shared::store::DynamoStore;
use std::collections::{BTreeMap, BTreeSet};

/// How far ahead dates and calendars are counted, in days.
pub const DAYS_AHEAD: i64 = 30;

/// Profiles, and how many of them some message of the campaign would reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// All.
    pub profiles: u64,
    /// With an address and consent, on one of the channels of one of its messages.
    pub reached: u64,
}

/// What was counted.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// Enrollments that run on a version that would not be in force.
    pub running: BTreeMap<(CampaignName, Version), u64>,
    /// Profiles that would enter at once.
    pub enters: BTreeMap<CampaignName, Counted>,
    /// Profiles with an occurrence of a new or changed date or calendar in the days ahead.
    pub comes: BTreeMap<CampaignName, Counted>,
}

/// Counting under way.
pub struct Counting {
    before: Rules,
    after: Rules,
    now: Timestamp,
    /// New and changed campaigns that a date or a calendar opens.
    dated: BTreeSet<CampaignName>,
    /// New and changed campaigns that enter by something that profiles come to.
    edged: BTreeSet<CampaignName>,
    /// Versions that are nowhere to be found.
    lost: BTreeSet<(CampaignName, Version)>,
    people: People,
}

impl Counting {
    /// Between what is in force and what would be.
    pub fn between(before: &InForce, next: &Manifest, folder: &Folder, changes: &[Change], now: Timestamp) -> Self {
        let after = changes::rules(next, &folder.workspace, &folder.campaigns);
        let stirred = |is_meant: fn(&Watch) -> bool| {
            let campaigns = folder.campaigns.iter().filter(|campaign| {
                let watches = campaign.enter.iter().filter_map(|enter| enter.watch.as_ref());
                let stirs = |change: &Change| change.stirs() && change.name == campaign.name.as_str();
                !changes.iter().any(|change| stirs(change) && change.paused)
                    && changes.iter().any(stirs)
                    && watches.into_iter().any(is_meant)
            });
            campaigns.map(|campaign| campaign.name.clone()).collect()
        };
        Self {
            before: before.rules(),
            now,
            dated: stirred(is_dated),
            edged: stirred(|watch| !is_dated(watch)),
            lost: BTreeSet::new(),
            people: People::default(),
            after,
        }
    }

    /// Counts the profiles of the table.
    pub async fn count(mut self, table: &DynamoStore, roll: Roll) -> Result<(People, Share), Problem> {
        let mut inboxes = Inboxes::of(table, roll.pace(), self.now);
        let look = roll.call(table, async |profiles| {
            let people = profiles
                .into_iter()
                .filter(|(id, profile)| profile.state.joined.is_none() && !id.is_account());
            let people: Vec<(ProfileId, Profile)> = people.collect();
            self.learn(table, &people).await?;
            for (id, profile) in &people {
                self.look_at(&mut inboxes, id, profile).await?;
            }
            Ok(())
        });
        let share = look.await?;
        // Told even where it is nobody.
        for name in &self.edged {
            self.people.enters.entry(name.clone()).or_default();
        }
        for name in &self.dated {
            self.people.comes.entry(name.clone()).or_default();
        }
        Ok((self.people, share))
    }

    /// Reads the versions that these profiles still run on.
    async fn learn(&mut self, table: &DynamoStore, people: &[(ProfileId, Profile)]) -> Result<(), Problem> {
        let missing: BTreeSet<(CampaignName, Version)> = people
            .iter()
            .flat_map(|(_, profile)| {
                let before = self.before.missing(&profile.state);
                before.into_iter().chain(self.after.missing(&profile.state))
            })
            .filter(|missing| !self.lost.contains(missing))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let keys = missing.iter().cloned();
        let keys: Vec<_> = keys
            .map(|(name, version)| DefinitionKey::Campaign(name, version))
            .collect();
        let found = table.definitions(&keys).await?;
        self.lost.extend(missing);
        for definition in found {
            if let Definition::Campaign(campaign) = definition {
                self.lost.remove(&(campaign.name.clone(), campaign.version.clone()));
                self.before.add_version(campaign.clone());
                self.after.add_version(campaign);
            }
        }
        Ok(())
    }

    async fn look_at(&mut self, inboxes: &mut Inboxes<'_>, id: &ProfileId, profile: &Profile) -> Result<(), Problem> {
        for enrollment in &profile.state.enrollments {
            let in_force = self.after.in_force(&enrollment.campaign);
            let is_new = in_force.is_some_and(|campaign| campaign.version == enrollment.version);
            if !is_new && !matches!(enrollment.phase, Phase::Watching(_)) {
                let key = (enrollment.campaign.clone(), enrollment.version.clone());
                *self.people.running.entry(key).or_default() += 1;
            }
        }
        let earlier = inboxes.look_back(id, profile, &self.after).await?;
        let (folded, entered) = self.woken(id, profile, &self.after, earlier);
        // What would have entered now anyway is none of the change's doing.
        let anyway = match entered.is_empty() {
            true => BTreeSet::new(),
            false => {
                let earlier = inboxes.look_back(id, profile, &self.before).await?;
                self.woken(id, profile, &self.before, earlier).1
            }
        };
        let entered: BTreeSet<&CampaignName> = entered.difference(&anyway).map(|(name, _key)| name).collect();
        for name in entered {
            let reached = self.reaches(name, &profile.traits);
            note(&mut self.people.enters, name, reached);
        }
        let until = after(self.now, Span::from_days(DAYS_AHEAD)).as_millisecond();
        for name in &self.dated {
            if folded.state.dates.get(name).is_some_and(|at| *at <= until) {
                let reached = self.reaches(name, &profile.traits);
                note(&mut self.people.comes, name, reached);
            }
        }
        Ok(())
    }

    /// The profile as it would be if it were woken now, and what it would have entered.
    fn woken(
        &self,
        id: &ProfileId,
        profile: &Profile,
        rules: &Rules,
        earlier: Option<Earlier>,
    ) -> (Profile, BTreeSet<(CampaignName, String)>) {
        let mut copy = profile.clone();
        let input = Input::Alarm { id: "plan".to_owned() };
        let arrival = Arrival {
            input: &input,
            received: self.now,
            sequence: None,
        };
        let folded = match earlier {
            Some(earlier) => fold_after(id, &mut copy, earlier, &[arrival], self.now, rules),
            None => fold(id, &mut copy, &[arrival], self.now, rules),
        };
        let entered = folded.decisions.into_iter();
        let entered = entered.filter(|decision| decision.verdict == Verdict::Enter);
        let entered = entered.map(|decision| (decision.campaign, decision.key)).collect();
        (copy, entered)
    }

    fn reaches(&self, name: &CampaignName, traits: &Traits) -> bool {
        let Some(campaign) = self.after.in_force(name) else {
            return false;
        };
        campaign.steps.iter().any(|step| match step {
            Step::Send(send) => first_reachable(
                traits,
                &self.after.workspace.addresses,
                &send.by,
                send.purpose_in(campaign),
                send.topic_in(campaign),
            )
            .is_ok(),
            Step::Wait(_)
            | Step::Await(_)
            | Step::Branch(_)
            | Step::Split(_)
            | Step::Jump(_)
            | Step::Loop(_)
            | Step::Set(_)
            | Step::List(_)
            | Step::Emit(_)
            | Step::Offer(_)
            | Step::Call(_)
            | Step::Handover(_)
            | Step::Exit => false,
        })
    }
}

fn is_dated(watch: &Watch) -> bool {
    match watch {
        Watch::Date(_) | Watch::Schedule(_) => true,
        Watch::Becomes(_) | Watch::Crosses(_) | Watch::Inactive(_) => false,
    }
}

fn note(counts: &mut BTreeMap<CampaignName, Counted>, name: &CampaignName, reached: bool) {
    let counted = counts.entry(name.clone()).or_default();
    counted.profiles += 1;
    counted.reached += u64::from(reached);
}
