//! What is folded in the benchmark, and the loop that folds it. A program of its own, so that it
//! is built as the functions are (same profile, same features) and can run under callgrind. Beside it, the same for
//! what is rendered, and for what rules are asked.

pub mod matching;
pub mod render;

use beckon_shared::domain::campaign::{Campaign, Workspace};
use beckon_shared::domain::event::{Event, Input};
use beckon_shared::domain::fold::{Arrival, fold};
use beckon_shared::domain::id::{CampaignName, ProfileId, Version};
use beckon_shared::domain::profile::{Profile, Traits};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, after};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// What is folded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Workload {
    /// Into whose profile.
    pub profile: ProfileId,
    /// The traits that it has.
    pub traits: Traits,
    /// What holds for all campaigns.
    pub workspace: Workspace,
    /// The campaigns in force.
    pub campaigns: Vec<Campaign>,
    /// How many more are in force that listen to other events. They are made from the last of
    /// `campaigns`.
    pub more: usize,
    /// Folded once before anything is measured: what lets the profile in.
    pub first: Event,
    /// Folded one by one, in order.
    pub events: Vec<Event>,
}

/// Folds every event of the workload, `rounds` times from the same profile. Gives how long one
/// fold took in each round, in nanoseconds; nothing for no rounds.
pub fn run(workload: &Workload, rounds: usize) -> Vec<f64> {
    let rules = rules(workload);
    let mut entered = Profile {
        traits: workload.traits.clone(),
        ..Profile::default()
    };
    take(
        &workload.profile,
        &mut entered,
        &Input::Event(workload.first.clone()),
        0,
        &rules,
    );
    let inputs: Vec<Input> = workload.events.iter().cloned().map(Input::Event).collect();
    let folds = u32::try_from(inputs.len()).map_or(f64::MAX, f64::from);
    let mut nanos = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let mut profile = entered.clone();
        #[allow(clippy::disallowed_methods)] // a stopwatch
        let start = Instant::now();
        for (place, input) in inputs.iter().enumerate() {
            take(&workload.profile, &mut profile, input, place + 1, &rules);
        }
        nanos.push(start.elapsed().as_secs_f64() * 1e9 / folds);
        std::hint::black_box(profile);
    }
    nanos
}

/// One fold of one event, as `evaluate` does it for a record of the stream.
fn take(id: &ProfileId, profile: &mut Profile, input: &Input, place: usize, rules: &Rules) {
    let Input::Event(event) = input else { return };
    let received = after(event.at, Span::from_millis(20));
    let sequence = format!("1{place:022}");
    let arrival = Arrival {
        input,
        received,
        sequence: Some(&sequence),
    };
    let folded = fold(id, profile, &[arrival], after(received, Span::from_millis(80)), rules);
    std::hint::black_box(folded);
}

fn rules(workload: &Workload) -> Rules {
    let more = workload
        .campaigns
        .last()
        .into_iter()
        .flat_map(|last| (0..workload.more).map(move |number| elsewhere(last.clone(), number)));
    let campaigns = workload
        .campaigns
        .iter()
        .cloned()
        .chain(more)
        .map(|campaign| (campaign, false));
    Rules::new(1, workload.workspace.clone(), campaigns)
}

/// The campaign under another name, for events that nobody sends.
fn elsewhere(mut campaign: Campaign, number: usize) -> Campaign {
    campaign.name = CampaignName(format!("elsewhere-{number}"));
    campaign.version = Version::of(campaign.name.as_str().as_bytes());
    let elsewhere = |event: &mut String| *event = format!("{event} {number}");
    let events = campaign.enter.iter_mut().flat_map(|enter| &mut enter.on);
    events.for_each(elsewhere);
    campaign
        .exit
        .iter_mut()
        .filter_map(|exit| exit.on.as_mut())
        .for_each(elsewhere);
    if let Some(goal) = &mut campaign.goal {
        elsewhere(&mut goal.on);
    }
    campaign
}
