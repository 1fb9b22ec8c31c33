//! What an enrollment keeps of its trigger and what its messages carry of the profile: only what
//! steps, exits and templates read, so that state stays small.

use super::program::Around;
use crate::authoring::condition::{Surroundings, Type, Vocabulary};
use crate::authoring::raw::{At, Report};
use crate::authoring::suggest::did_you_mean;
use crate::domain::campaign::{Enter, Exit, Goal, Step, Wait};
use crate::domain::condition::{Expr, Literal, Reads, Var};
use std::collections::{BTreeMap, BTreeSet};

/// Names that templates see beside the event, the item, the profile and the lists.
const ALWAYS_SHOWN: [&str; 6] = [
    "key",
    "variant",
    "locale",
    "unsubscribe_url",
    "preferences_url",
    "confirm_url",
];

/// What a request to a service sees beside: who it is about, and by which campaign.
const SHOWN_TO_SERVICES: [&str; 2] = ["who", "campaign"];

/// What templates show, by where it comes from.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub event: BTreeSet<String>,
    pub item: BTreeSet<String>,
    pub traits: BTreeSet<String>,
    pub lists: BTreeSet<String>,
    /// Properties of earlier events of a sequence, by its name.
    pub earlier: BTreeMap<String, BTreeSet<String>>,
    /// Values that the campaign adds.
    pub added: BTreeSet<String>,
    /// Properties of what was answered or heard.
    pub answer: BTreeSet<String>,
    /// A template is missing or wrong: it may show more.
    pub incomplete: bool,
}

impl Shown {
    /// Notes what a template reads, or what is wrong with it in this campaign.
    pub fn template(
        &mut self,
        template: &At<String>,
        known: &Surroundings<'_>,
        around: &Around<'_>,
        is_request: bool,
        report: &mut Report<'_>,
    ) {
        let reads = around.shelf.template_reads.get(template.value.as_str());
        self.incomplete |= reads.is_none();
        let beside = |path: &str| is_request && SHOWN_TO_SERVICES.contains(&path);
        for path in reads.into_iter().flatten().filter(|path| !beside(path)) {
            if let Err(why) = self.add(path, known, around) {
                report.error(
                    template.offset,
                    format!(
                        "template `{}` shows `{path}`, which is not there in this campaign: {why}",
                        template.value
                    ),
                );
            }
        }
    }

    fn add(&mut self, path: &str, known: &Surroundings<'_>, around: &Around<'_>) -> Result<(), String> {
        let mut names = path.split('.');
        let root = names.next().unwrap_or_default();
        let name = names.next();
        let words = known.vocabulary;
        if ALWAYS_SHOWN.contains(&root) {
            return Ok(());
        }
        if words.list(root).is_some() {
            if let Some(other) = name.filter(|name| !matches!(*name, "items" | "key")) {
                return Err(format!("a list has `items` and a `key`, no `{other}`"));
            }
            self.lists.insert(root.to_owned());
            return Ok(());
        }
        if let Some((_, kind)) = around.shows.iter().find(|(added, _)| added == root) {
            self.added.insert(root.to_owned());
            return name.map_or(Ok(()), |name| has(kind, name));
        }
        if let Some(kind) = known.earlier.get(root) {
            let name = name.ok_or("only what is named is kept, expected properties")?;
            has(kind, name)?;
            self.item.insert(root.to_owned());
            self.earlier.entry(root.to_owned()).or_default().insert(name.to_owned());
            return Ok(());
        }
        let profile = Ok(words.profile());
        let (of, noted) = match root {
            "event" => (&known.event, Some(&mut self.event)),
            "item" => (&known.item, Some(&mut self.item)),
            "profile" => (&profile, Some(&mut self.traits)),
            "offer" => (&known.offer, None),
            "answer" => (&known.answer, Some(&mut self.answer)),
            other => {
                let known = ["event", "item", "profile", "offer", "answer"]
                    .into_iter()
                    .chain(ALWAYS_SHOWN)
                    .chain(words.lists())
                    .chain(known.earlier.keys().map(String::as_str))
                    .chain(around.shows.iter().map(|(name, _)| name.as_str()));
                return Err(format!(
                    "there is nothing called `{other}`{}",
                    did_you_mean(other, known)
                ));
            }
        };
        if root == "offer" && of.is_err() {
            // A template may serve campaigns with an offer and without: it shows one where there is one.
            return Ok(());
        }
        let of = of.as_ref().map_err(|why| (*why).to_owned())?;
        match (of, name) {
            (_, Some(name)) => {
                has(of, name)?;
                if let Some(noted) = noted {
                    noted.insert(name.to_owned());
                }
                Ok(())
            }
            // Whether there is one at all.
            (_, None) if matches!(root, "offer" | "answer") => Ok(()),
            (Type::Map(_) | Type::Any, None) => Err("only what is named is kept, expected properties".to_owned()),
            (_, None) => Ok(()),
        }
    }
}

/// Whether there is such a property.
fn has(kind: &Type, name: &str) -> Result<(), String> {
    match kind {
        Type::Map(shape) if !shape.open && !shape.fields.contains_key(name) => {
            let hint = did_you_mean(name, shape.fields.keys().map(String::as_str));
            Err(format!("{} has no `{name}`{hint}", shape.label))
        }
        _ => Ok(()),
    }
}

/// What reads a campaign's enrollment.
pub(super) struct Readers<'c> {
    pub steps: &'c [Step],
    pub exits: &'c [Exit],
    pub goal: Option<&'c Goal>,
    pub shows: &'c BTreeMap<String, Expr>,
}

/// Adds what steps, exits and the goal read, and refuses what cannot be bounded: a mistake is told of at
/// `offset`.
pub(super) fn kept(
    mut shown: Shown,
    readers: &Readers<'_>,
    enter: &mut [Enter],
    known: &Surroundings<'_>,
    offset: usize,
    report: &mut Report<'_>,
) -> Shown {
    // Asked about the trigger, or about another event, of which they know the trigger's item only.
    let mut of_trigger: Vec<&Expr> = readers.shows.values().collect();
    let mut of_another: Vec<&Expr> = Vec::new();
    for step in readers.steps {
        expressions(step, &mut of_trigger, &mut of_another);
    }
    for exit in readers.exits {
        let asked = if exit.on.is_some() {
            &mut of_another
        } else {
            &mut of_trigger
        };
        asked.extend(&exit.condition);
    }
    let goal = readers.goal.into_iter().flat_map(|goal| [&goal.condition, &goal.value]);
    of_another.extend(goal.flatten());
    let merged = |all: &[&Expr]| {
        let mut reads = Reads::default();
        for expr in all {
            reads.merge(expr.reads());
        }
        reads
    };
    let (trigger, another) = (merged(&of_trigger), merged(&of_another));
    if trigger.event_whole {
        report.error(
            offset,
            "a step or exit looks at `event` as a whole, expected properties such as `event.total`: only what is named is kept",
        );
    }
    if (trigger.item_whole || another.item_whole) && matches!(known.item, Ok(Type::Map(_))) {
        report.error(
            offset,
            "a condition looks at `item` as a whole, expected properties such as `item.price`: only what is named is kept",
        );
    }
    if trigger.answer_whole {
        report.error(
            offset,
            "a step looks at `answer` as a whole, expected properties such as `answer.text`: only what is named is kept",
        );
    }
    shown.event.extend(trigger.event);
    shown.answer.extend(trigger.answer);
    shown.item.extend(trigger.item.into_iter().chain(another.item));
    let mut whole = BTreeSet::new();
    for expr in of_trigger.iter().chain(&of_another) {
        earlier(expr, &mut shown.earlier, &mut whole);
    }
    for enter in enter {
        let absent = enter.without.as_ref().map(|without| without.happened.reads());
        let absent = absent.unwrap_or_default();
        if absent.event_whole || of_sequence(enter, &mut shown.earlier, &mut whole) {
            report.error(
                offset,
                "`enter` looks at `event` as a whole, expected properties such as `event.total`: only what is named is kept",
            );
        }
        shown.event.extend(absent.event);
        shown.item.extend(absent.item);
    }
    for name in whole.iter().filter(|name| known.earlier.contains_key(*name)) {
        report.error(
            offset,
            format!("a condition looks at `{name}` as a whole, expected properties such as `{name}.url`: only what is named is kept"),
        );
    }
    shown
}

/// Tells the waits what to keep of what they hear: what is read of `answer` later, as far as their
/// events have it.
pub(super) fn keep_answers(steps: &mut [Step], read: &BTreeSet<String>, words: &Vocabulary) {
    for step in steps {
        if let Step::Await(wait) = step
            && !wait.on.is_empty()
        {
            let heard = words.event(&wait.on);
            wait.keeps = read.iter().filter(|name| has(&heard, name).is_ok()).cloned().collect();
        }
    }
}

/// What the parts of a sequence keep: what their own conditions read, since they may be asked later, and
/// what is read of them afterwards. Says whether any of it looks at the event as a whole.
fn of_sequence(enter: &mut Enter, read: &mut BTreeMap<String, BTreeSet<String>>, whole: &mut BTreeSet<String>) -> bool {
    let own = enter.sequence.iter().flat_map(|sequence| &sequence.parts);
    let own = own.filter_map(|part| part.condition.as_ref());
    let happened = enter.without.as_ref().map(|without| &without.happened);
    for expr in own.chain(&enter.condition).chain(&enter.key).chain(happened) {
        earlier(expr, read, whole);
    }
    // The last is the trigger: what lets it in is asked once the sequence is whole.
    let mut of_trigger = Reads::default();
    for expr in enter.condition.iter().chain(&enter.key) {
        of_trigger.merge(expr.reads());
    }
    let Some(sequence) = &mut enter.sequence else {
        return false;
    };
    let mut looks_at_all = of_trigger.event_whole;
    let last = sequence.parts.len().saturating_sub(1);
    for (place, part) in sequence.parts.iter_mut().enumerate() {
        let mut own = part.condition.as_ref().map(Expr::reads).unwrap_or_default();
        looks_at_all |= own.event_whole;
        if place == last {
            own.event.extend(of_trigger.event.iter().cloned());
        }
        own.event.extend(
            read.get(&part.name)
                .filter(|_| !part.name.is_empty())
                .into_iter()
                .flatten()
                .cloned(),
        );
        part.keeps = own.event.into_iter().collect();
    }
    looks_at_all
}

/// Notes `item.part.property`, and parts that are looked at as a whole.
fn earlier(expr: &Expr, read: &mut BTreeMap<String, BTreeSet<String>>, whole: &mut BTreeSet<String>) {
    let part = |expr: &Expr| match expr {
        Expr::Field(of, name) if matches!(**of, Expr::Var(Var::Item)) => Some(name.clone()),
        _ => None,
    };
    match expr {
        Expr::Field(of, name) | Expr::Has(of, name) if part(of).is_some() => {
            read.entry(part(of).unwrap_or_default())
                .or_default()
                .insert(name.clone());
            return;
        }
        Expr::Index(of, index) => {
            if let (Some(part), Expr::Literal(Literal::String(name))) = (part(of), &**index) {
                read.entry(part).or_default().insert(name.clone());
                return;
            }
        }
        _ => whole.extend(part(expr)),
    }
    for inner in expr.parts() {
        earlier(inner, read, whole);
    }
}

/// A step's expressions: asked of the trigger, and of an event of their own.
fn expressions<'s>(step: &'s Step, of_trigger: &mut Vec<&'s Expr>, of_another: &mut Vec<&'s Expr>) {
    match step {
        Step::Wait(Wait::For(_) | Wait::Local(_)) | Step::Split(_) | Step::Jump(_) => {}
        Step::Wait(Wait::ForExpr(expr) | Wait::Until(expr)) => of_trigger.push(expr),
        Step::Await(awaited) if awaited.on.is_empty() => of_trigger.extend(&awaited.condition),
        Step::Await(awaited) => of_another.extend(&awaited.condition),
        Step::Branch(arms) => of_trigger.extend(arms.iter().map(|arm| &arm.when)),
        Step::Loop(again) => of_trigger.extend(&again.condition),
        Step::Send(send) => of_trigger.extend(&send.condition),
        Step::Set(traits) => of_trigger.extend(traits.values()),
        Step::List(change) => of_trigger.push(&change.entry),
        Step::Emit(emit) => of_trigger.extend(emit.properties.values()),
        Step::Offer(_) | Step::Call(_) | Step::Handover(_) | Step::Exit => {}
    }
}
