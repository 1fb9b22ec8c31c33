//! A campaign as a whole.

use super::enter::{Entrance, enter};
use super::shown::{Kept, kept};
use super::steps::{Around, steps};
use super::{condition, event_name, expression};
use crate::authoring::condition::{Surroundings, Type, Vocabulary, Wanted};
use crate::authoring::raw::{At, RawCampaign, RawExit, RawGoal, Report};
use crate::domain::campaign::{Campaign, Exit, Goal, Purpose, Workspace};
use crate::domain::id::{CampaignName, Version};
use crate::template::Template;
use std::collections::{BTreeMap, BTreeSet};

/// What campaigns are checked against.
pub struct Shelf<'c> {
    /// What holds for all of them.
    pub workspace: &'c Workspace,
    /// The workspace has mistakes of its own.
    pub workspace_is_wrong: bool,
    /// The words their conditions may use.
    pub words: &'c Vocabulary,
    /// Templates by name.
    pub templates: BTreeMap<&'c str, &'c Template>,
    /// What templates read, by their name.
    pub template_reads: BTreeMap<&'c str, BTreeSet<String>>,
    /// Names of templates that are there but have mistakes.
    pub wrong: BTreeSet<String>,
}

/// Checks a campaign. It is good only if the report has no errors afterwards.
pub fn campaign(raw: &RawCampaign, shelf: &Shelf<'_>, report: &mut Report<'_>) -> Option<Campaign> {
    let purpose = raw
        .purpose
        .as_ref()
        .map_or(Purpose::Marketing, |purpose| purpose.value.0);
    let entrance = enter(&raw.enter, shelf.words, report);
    let (event, item) = match &entrance {
        Some(entrance) => (entrance.event.clone(), entrance.item.clone()),
        // What is wrong with the entrance was said; nothing more can be told of the event.
        None => (Ok(Type::Any), Ok(Type::Any)),
    };
    let known = Surroundings {
        vocabulary: shelf.words,
        event,
        item,
        key: Ok(()),
    };
    let exits: Vec<Exit> = raw
        .exit
        .iter()
        .flat_map(|exits| &exits.0)
        .filter_map(|raw| exit(raw, &known, report))
        .collect();
    let goal = raw.goal.as_ref().and_then(|raw| goal(raw, &known, report));
    let holdout_bp = holdout(raw, purpose, report);
    let around = Around {
        known: known.clone(),
        purpose,
        shelf,
    };
    let steps = steps(&raw.steps, &around, report);
    let Kept {
        event: keeps,
        item: keeps_of_item,
        traits: shows_traits,
        lists: shows_lists,
    } = kept(raw, &steps, &exits, goal.as_ref(), &around, report);
    let Entrance { enter, .. } = entrance?;
    let mut campaign = Campaign {
        name: CampaignName(raw.campaign.value.0.clone()),
        version: Version::of(b""),
        about: raw.about.clone().unwrap_or_default(),
        archetype: raw.archetype.as_ref().map(|archetype| archetype.0.clone()),
        purpose,
        topic: raw.topic.as_ref().map_or_else(
            || match purpose {
                Purpose::Marketing => "marketing".to_owned(),
                Purpose::Transactional => "transactional".to_owned(),
            },
            |topic| topic.0.clone(),
        ),
        enter,
        exit: exits,
        goal,
        holdout_bp,
        steps,
        keeps,
        keeps_of_item,
        shows_traits,
        shows_lists,
    };
    campaign.version = Version::of(&serde_json::to_vec(&campaign).unwrap_or_default());
    Some(campaign)
}

fn exit(raw: &At<RawExit>, known: &Surroundings<'_>, report: &mut Report<'_>) -> Option<Exit> {
    let exit = &raw.value;
    let Some(on) = &exit.on else {
        if let Some(text) = &exit.condition {
            report.error(
                text.offset,
                "`where` goes with `on`, which is not here; without an event write `when`",
            );
            return None;
        }
        let Some(text) = &exit.when else {
            report.error(raw.offset, "expected an event (`on`) or a condition (`when`)");
            return None;
        };
        return Some(Exit {
            on: None,
            condition: Some(condition(&text.value.0, text.offset, known, report)?),
        });
    };
    if let Some(text) = &exit.when {
        report.error(
            text.offset,
            "beside `on` write `where`: it is asked when the event comes",
        );
    }
    let on = event_name(on, known.vocabulary, report);
    let then = Surroundings {
        event: Ok(known.vocabulary.event(std::slice::from_ref(&on))),
        ..known.clone()
    };
    let asked = match &exit.condition {
        Some(text) => Some(condition(&text.value.0, text.offset, &then, report)?),
        None => None,
    };
    Some(Exit {
        on: Some(on),
        condition: asked,
    })
}

fn goal(raw: &At<RawGoal>, known: &Surroundings<'_>, report: &mut Report<'_>) -> Option<Goal> {
    let goal = &raw.value;
    let on = event_name(&goal.on, known.vocabulary, report);
    let then = Surroundings {
        event: Ok(known.vocabulary.event(std::slice::from_ref(&on))),
        ..known.clone()
    };
    Some(Goal {
        on,
        condition: goal
            .condition
            .as_ref()
            .and_then(|text| condition(&text.value.0, text.offset, &then, report)),
        within: goal.within.0,
        value: goal
            .value
            .as_ref()
            .and_then(|text| expression(&text.value.0, text.offset, Wanted::Number, &then, report))
            .map(|(value, _)| value),
    })
}

fn holdout(raw: &RawCampaign, purpose: Purpose, report: &mut Report<'_>) -> u16 {
    let Some(holdout) = &raw.holdout else {
        return 0;
    };
    let share = holdout.value.0;
    if share >= 10_000 {
        report.error(holdout.offset, "everybody is kept out: no step is ever reached");
    } else if share > 0 && purpose == Purpose::Transactional {
        report.error(
            holdout.offset,
            "a transactional campaign has no holdout: its messages are owed to everybody",
        );
    }
    share
}
