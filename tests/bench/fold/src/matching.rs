//! What is asked in the benchmark of rules, and the two ways to ask it: which campaigns an event lets its person into,
//! as the fold asks that; and the whole fold.

use beckon_bench_contest::{Told, run};
use beckon_shared::domain::campaign::{Campaign, Workspace};
use beckon_shared::domain::condition::Scope;
use beckon_shared::domain::decision::Verdict;
use beckon_shared::domain::event::{Event, Input};
use beckon_shared::domain::fold::{Arrival, Says, ask, fold, scope};
use beckon_shared::domain::id::{CampaignName, ProfileId};
use beckon_shared::domain::profile::{Profile, Traits};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after};
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap as HashMap;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Campaigns, people, events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Matching {
    /// What holds for all campaigns.
    pub workspace: Workspace,
    /// The campaigns in force, called as [`name`] says.
    pub campaigns: Vec<Campaign>,
    /// Who there is.
    pub people: Vec<(ProfileId, Traits)>,
    /// What they do, in order: the place of who does it, and what.
    pub events: Vec<(usize, Event)>,
}

/// What was told of both.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    /// Which campaigns let somebody in, by their places.
    pub matching: Told,
    /// The same events, folded: what is told is who entered.
    pub folding: Told,
}

/// What the campaign at that place is called.
pub fn name(place: usize) -> CampaignName {
    CampaignName(format!("{PREFIX}{place}"))
}

const PREFIX: &str = "rule-";

fn place(name: &CampaignName) -> Result<usize, Box<dyn Error>> {
    let number = name
        .as_str()
        .strip_prefix(PREFIX)
        .ok_or("a campaign is not called as it should be")?;
    Ok(number.parse()?)
}

impl Matching {
    /// Asks about all events, or about the first so many, for so long.
    pub fn ask(self, count: usize, budget: Duration) -> Result<Asked, Box<dyn Error>> {
        let campaigns = self.campaigns.into_iter().map(|campaign| (campaign, false));
        let rules = Rules::new(1, self.workspace, campaigns);
        let count = count.min(self.events.len());
        let profiles: Vec<Profile> = self
            .people
            .iter()
            .map(|(_, traits)| Profile {
                traits: traits.clone(),
                ..Profile::default()
            })
            .collect();
        let now = |event: &Event| after(event.at, Span::from_millis(100));
        let zones: Vec<TimeZone> = profiles
            .iter()
            .map(|profile| profile.traits.zone(&rules.workspace.time_zone))
            .collect();
        let times: Vec<Timestamp> = self.events.iter().map(|(_, event)| now(event)).collect();
        let places = places(&rules)?;
        let matching = run(count, count, budget, |number, found| {
            let (who, event) = self.events.get(number).ok_or("an event is missing")?;
            let profile = profiles.get(*who).ok_or("a profile is missing")?;
            let zone = zones.get(*who).ok_or("a zone is missing")?;
            let now = times.get(number).ok_or("a time is missing")?;
            let scope = scope(
                profile,
                &rules,
                (zone, *now),
                (&event.properties, event.at, &event.name),
            );
            matches(&scope, &rules, &places, found)
        })?;
        let inputs: Vec<(usize, Timestamp, Input)> = self
            .events
            .into_iter()
            .map(|(who, event)| (who, now(&event), Input::Event(event)))
            .collect();
        let mut folded = profiles.clone();
        let folding = run(count, count, budget, |event, found| {
            if event == 0 {
                folded.clone_from(&profiles);
            }
            let (who, now, input) = inputs.get(event).ok_or("an event is missing")?;
            let (id, _) = self.people.get(*who).ok_or("a person is missing")?;
            let profile = folded.get_mut(*who).ok_or("a profile is missing")?;
            enters(id, profile, input, *now, &rules, found)
        })?;
        Ok(Asked { matching, folding })
    }
}

/// The places of campaigns by their addresses, so that who is asked says which campaign it is as quickly as the others do,
/// which tell their rules by place: to read it from the name would be timed with it.
type Places = HashMap<*const Campaign, usize>;

fn places(rules: &Rules) -> Result<Places, Box<dyn Error>> {
    let campaigns = rules.campaigns();
    campaigns
        .map(|campaign| Ok((std::ptr::from_ref(campaign), place(&campaign.name)?)))
        .collect()
}

/// What the fold asks before it changes anything. It knows the person's zone and the time from its start.
fn matches(scope: &Scope<'_>, rules: &Rules, places: &Places, found: &mut Vec<usize>) -> Result<(), Box<dyn Error>> {
    for answer in ask(rules, scope) {
        match answer.says {
            Says::Open => {
                let place = places.get(&Arc::as_ptr(answer.campaign));
                found.push(*place.ok_or("a campaign is missing")?);
            }
            Says::Closed(_) => {}
            Says::Unclear(error) => return Err(error.into()),
            Says::NoArray(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn enters(
    id: &ProfileId,
    profile: &mut Profile,
    input: &Input,
    now: Timestamp,
    rules: &Rules,
    found: &mut Vec<usize>,
) -> Result<(), Box<dyn Error>> {
    let arrival = Arrival {
        input,
        received: now,
        sequence: None,
    };
    let folded = fold(id, profile, &[arrival], now, rules);
    for decision in &folded.decisions {
        if matches!(decision.verdict, Verdict::Enter) {
            found.push(place(&decision.campaign)?);
        }
    }
    Ok(())
}
