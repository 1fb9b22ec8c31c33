//! What an enrollment keeps of its trigger and what its messages carry of the profile: only what
//! steps, exits and templates read, so that state stays small.

use super::steps::Around;
use crate::authoring::condition::Type;
use crate::authoring::raw::{RawCampaign, RawSend, RawStep, Report};
use crate::authoring::suggest::did_you_mean;
use crate::domain::campaign::{Exit, Goal, Step, Wait};
use crate::domain::condition::{Expr, Reads};
use std::collections::BTreeSet;

/// Names that templates see beside the event, the item, the profile and the lists.
const ALWAYS_SHOWN: [&str; 3] = ["key", "variant", "locale"];

/// Names of what is kept and shown.
#[derive(Default)]
pub(super) struct Kept {
    pub event: Vec<String>,
    pub item: Vec<String>,
    pub traits: Vec<String>,
    pub lists: Vec<String>,
}

/// Gathers what is read, and refuses what cannot be bounded.
pub(super) fn kept(
    raw: &RawCampaign,
    steps: &[Step],
    exits: &[Exit],
    goal: Option<&Goal>,
    around: &Around<'_>,
    report: &mut Report<'_>,
) -> Kept {
    let mut of_trigger = Reads::default();
    for expr in steps.iter().filter_map(expression) {
        of_trigger.merge(expr.reads());
    }
    // Asked about their own event, these know the trigger's item only.
    let mut of_item = Reads::default();
    for exit in exits {
        let reads = exit.condition.as_ref().map(Expr::reads).unwrap_or_default();
        if exit.on.is_some() {
            &mut of_item
        } else {
            &mut of_trigger
        }
        .merge(reads);
    }
    for expr in goal
        .into_iter()
        .flat_map(|goal| [&goal.condition, &goal.value])
        .flatten()
    {
        of_item.merge(expr.reads());
    }
    if of_trigger.event_whole {
        report.error(
            raw.steps.offset,
            "a step or exit looks at `event` as a whole, expected properties such as `event.total`: only what is named is kept",
        );
    }
    let whole_item = of_trigger.item_whole || of_item.item_whole;
    if whole_item && matches!(around.known.item, Ok(Type::Map(_))) {
        report.error(
            raw.steps.offset,
            "a condition looks at `item` as a whole, expected properties such as `item.price`: only what is named is kept",
        );
    }
    let mut shown = Shown {
        event: of_trigger.event,
        item: of_trigger.item.into_iter().chain(of_item.item).collect(),
        ..Shown::default()
    };
    for step in &raw.steps.value {
        if let RawStep::Send(send) = &step.value
            && let Some(paths) = around.shelf.template_reads.get(send.template.value.as_str())
        {
            for path in paths {
                shown.add(path, send, around, report);
            }
        }
    }
    Kept {
        event: shown.event.into_iter().collect(),
        item: shown.item.into_iter().collect(),
        traits: shown.traits.into_iter().collect(),
        lists: shown.lists.into_iter().collect(),
    }
}

fn expression(step: &Step) -> Option<&Expr> {
    match step {
        Step::Wait(Wait::For(_)) => None,
        Step::Wait(Wait::ForExpr(expr) | Wait::Until(expr)) => Some(expr),
        Step::Send(send) => send.condition.as_ref(),
    }
}

#[derive(Default)]
struct Shown {
    event: BTreeSet<String>,
    item: BTreeSet<String>,
    traits: BTreeSet<String>,
    lists: BTreeSet<String>,
}

impl Shown {
    /// Notes a path that a template reads, or what is wrong with it in this campaign.
    fn add(&mut self, path: &str, send: &RawSend, around: &Around<'_>, report: &mut Report<'_>) {
        let mut names = path.split('.');
        let root = names.next().unwrap_or_default();
        let name = names.next();
        let words = around.known.vocabulary;
        let profile = Ok(words.profile());
        let (of, noted) = match root {
            "event" => (&around.known.event, &mut self.event),
            "item" => (&around.known.item, &mut self.item),
            "profile" => (&profile, &mut self.traits),
            list if words.list(list).is_some() => {
                match name {
                    None | Some("items" | "key") => {
                        self.lists.insert(list.to_owned());
                    }
                    Some(other) => report.error(
                        send.template.offset,
                        wrong(send, path, &format!("a list has `items` and a `key`, no `{other}`")),
                    ),
                }
                return;
            }
            other if ALWAYS_SHOWN.contains(&other) => return,
            other => {
                let known = ["event", "item", "profile"]
                    .into_iter()
                    .chain(ALWAYS_SHOWN)
                    .chain(words.lists());
                let why = format!("there is nothing called `{other}`{}", did_you_mean(other, known));
                return report.error(send.template.offset, wrong(send, path, &why));
            }
        };
        match (of, name) {
            (Err(why), _) => report.error(send.template.offset, wrong(send, path, why)),
            (Ok(Type::Map(shape)), Some(name)) if !shape.open && !shape.fields.contains_key(name) => {
                let hint = did_you_mean(name, shape.fields.keys().map(String::as_str));
                let why = format!("{} has no `{name}`{hint}", shape.label);
                report.error(send.template.offset, wrong(send, path, &why));
            }
            (Ok(Type::Map(_) | Type::Any), None) => report.error(
                send.template.offset,
                wrong(send, path, "only what is named is kept, expected properties"),
            ),
            (Ok(_), Some(name)) => {
                noted.insert(name.to_owned());
            }
            (Ok(_), None) => {}
        }
    }
}

fn wrong(send: &RawSend, path: &str, why: &str) -> String {
    format!(
        "template `{}` shows `{path}`, which is not there in this campaign: {why}",
        send.template.value
    )
}
