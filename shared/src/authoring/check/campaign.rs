//! A campaign as a whole.

use super::enter::{Entrances, entrances};
use super::program::{Around, Program, program};
use super::shown::{Readers, Shown, keep_answers, kept};
use super::workspace::named;
use super::{EVERYTHING, Star, at_rest, condition, event_name, event_names, expression};
use crate::authoring::condition::{Surroundings, Type, Vocabulary, Wanted};
use crate::authoring::raw::{At, RawCampaign, RawExit, RawGoal, Report};
use crate::domain::campaign::{Campaign, Enter, Exit, Goal, Purpose, Workspace};
use crate::domain::condition::{Expr, Var};
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

/// A checked campaign, and what its neighbours have to know.
pub struct Checked {
    /// The campaign.
    pub campaign: Campaign,
    /// The events that its steps say have happened, with their places in the file.
    pub emits: Vec<(String, usize)>,
}

/// Checks a campaign. It is good only if the report has no errors afterwards.
pub fn campaign(raw: &RawCampaign, shelf: &Shelf<'_>, report: &mut Report<'_>) -> Option<Checked> {
    let purpose = raw
        .purpose
        .as_ref()
        .map_or(Purpose::Marketing, |purpose| purpose.value.0);
    let mut entrances = entrances(&raw.enter, shelf.words, report);
    let known = known(entrances.as_ref(), shelf.words);
    let exits: Vec<Exit> = raw
        .exit
        .iter()
        .flat_map(|exits| &exits.0)
        .flat_map(|raw| exit(raw, &known, report))
        .collect();
    let goal = raw.goal.as_ref().and_then(|raw| goal(raw, &known, report));
    let holdout_bp = holdout(raw, purpose, report);
    let shows = shows(raw, &known, report);
    let around = Around {
        known: known.clone(),
        purpose,
        shelf,
        shows: shows
            .iter()
            .map(|(name, (_, kind))| (name.clone(), kind.clone()))
            .collect(),
    };
    let Program {
        mut steps,
        shown,
        emits,
    } = program(&raw.steps, &around, report);
    let mut shows = added(raw, shows, &shown, report);
    let enter: &mut [Enter] = entrances.as_mut().map_or(&mut [], |entrances| &mut entrances.enter);
    let readers = Readers {
        steps: &steps,
        exits: &exits,
        goal: goal.as_ref(),
        shows: &shows,
    };
    let shown = kept(shown, &readers, enter, &known, raw.steps.offset, report);
    keep_answers(&mut steps, &shown.answer, shelf.words);
    for name in shown.earlier.keys().filter(|name| shown.item.contains(*name)) {
        // Templates know earlier events by their names alone.
        shows
            .entry(name.clone())
            .or_insert_with(|| Expr::property(Var::Item, name));
    }
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
                Purpose::Confirmation => "confirmation".to_owned(),
            },
            |topic| {
                report.topics.push((topic.value.0.clone(), topic.offset));
                topic.value.0.clone()
            },
        ),
        enter: entrances?.enter,
        exit: exits,
        goal,
        holdout_bp,
        steps,
        keeps: shown.event.into_iter().collect(),
        keeps_of_item: shown.item.into_iter().collect(),
        shows_traits: shown.traits.into_iter().collect(),
        shows_lists: shown.lists.into_iter().collect(),
        shows,
    };
    campaign.version = Version::of(&serde_json::to_vec(&campaign).unwrap_or_default());
    Some(Checked { campaign, emits })
}

const NO_OFFER: &str = "offers are made by steps";
const NO_ANSWER: &str = "answers are got by steps";

/// What is known inside of the campaign.
fn known<'c>(entrances: Option<&Entrances>, words: &'c Vocabulary) -> Surroundings<'c> {
    // What is wrong with the entrance was said; nothing more can be told of the event.
    let (event, item, earlier) = entrances.map_or_else(
        || (Ok(Type::Any), Ok(Type::Any), BTreeMap::new()),
        |entrances| {
            (
                entrances.event.clone(),
                entrances.item.clone(),
                entrances.earlier.clone(),
            )
        },
    );
    Surroundings {
        vocabulary: words,
        event,
        item,
        key: Ok(()),
        earlier,
        offer: Err(NO_OFFER),
        answer: Err(NO_ANSWER),
    }
}

/// Values for templates, with what they are.
fn shows(raw: &RawCampaign, known: &Surroundings<'_>, report: &mut Report<'_>) -> BTreeMap<String, (Expr, Type)> {
    let mut shows = BTreeMap::new();
    for (name, text) in raw.show.iter().flatten() {
        if named(name, text.offset, report).is_none() {
            continue;
        }
        if known.vocabulary.list(name).is_some() || known.earlier.contains_key(name) {
            report.error(
                text.offset,
                format!("`{name}` means something else already, expected another name"),
            );
            continue;
        }
        if let Some(value) = expression(&text.value.0, text.offset, Wanted::Value, known, report) {
            shows.insert(name.clone(), value);
        }
    }
    shows
}

/// The values that templates do show.
fn added(
    raw: &RawCampaign,
    mut shows: BTreeMap<String, (Expr, Type)>,
    shown: &Shown,
    report: &mut Report<'_>,
) -> BTreeMap<String, Expr> {
    for (name, text) in raw.show.iter().flatten() {
        if shows.contains_key(name) && !shown.added.contains(name) && !shown.incomplete {
            report.warning(text.offset, format!("no template of this campaign shows `{name}`"));
        }
    }
    shows.retain(|name, _| shown.added.contains(name));
    shows.into_iter().map(|(name, (expr, _))| (name, expr)).collect()
}

/// An early way out; one for each event that it names.
fn exit(raw: &At<RawExit>, known: &Surroundings<'_>, report: &mut Report<'_>) -> Vec<Exit> {
    let exit = &raw.value;
    let Some(on) = &exit.on else {
        if let Some(text) = &exit.condition {
            report.error(
                text.offset,
                "`where` goes with `on`, which is not here; without an event write `when`",
            );
            return Vec::new();
        }
        let Some(text) = &exit.when else {
            report.error(raw.offset, "expected an event (`on`) or a condition (`when`)");
            return Vec::new();
        };
        let asked = condition(&text.value.0, text.offset, known, report);
        if let Some(asked) = &asked {
            at_rest(asked, text.offset, known.vocabulary, report);
        }
        return asked
            .map(|asked| Exit {
                on: None,
                condition: Some(asked),
            })
            .into_iter()
            .collect();
    };
    if let Some(text) = &exit.when {
        report.error(
            text.offset,
            "beside `on` write `where`: it is asked when the event comes",
        );
    }
    let on = event_names(&on.0, Star::Allowed, known.vocabulary, report);
    let asked = match &exit.condition {
        Some(text) => {
            let then = at_event(known, &on);
            match condition(&text.value.0, text.offset, &then, report) {
                Some(asked) => Some(asked),
                None => return Vec::new(),
            }
        }
        None => None,
    };
    on.into_iter()
        .map(|on| Exit {
            on: Some(on),
            condition: asked.clone(),
        })
        .collect()
}

/// What is known at another event than the trigger.
pub(super) fn at_event<'c>(known: &Surroundings<'c>, on: &[String]) -> Surroundings<'c> {
    let event = if on.iter().any(|event| event == EVERYTHING) {
        Type::Any
    } else {
        known.vocabulary.event(on)
    };
    Surroundings {
        event: Ok(event),
        ..known.clone()
    }
}

fn goal(raw: &At<RawGoal>, known: &Surroundings<'_>, report: &mut Report<'_>) -> Option<Goal> {
    let goal = &raw.value;
    let on = event_name(&goal.on, Star::Allowed, known.vocabulary, report);
    let then = at_event(known, std::slice::from_ref(&on));
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
    } else if share > 0 && purpose != Purpose::Marketing {
        report.error(
            holdout.offset,
            "a transactional campaign has no holdout: its messages are owed to everybody",
        );
    }
    share
}
