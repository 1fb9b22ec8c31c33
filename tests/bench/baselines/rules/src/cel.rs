//! The `cel` crate: programs compiled once; names resolved by a resolver that lends values made once, as its
//! documentation advises; results left as the interpreter has them.

use crate::index::by_event;
use beckon_bench_contest::{Contest, Told, run};
use cel::common::types::{CelBool, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, Program, Value, to_value};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Every rule asked about every event: its name, and the condition.
pub fn programs(contest: &Contest, budget: Duration) -> Result<Told, Box<dyn Error>> {
    let whole = |rule: &beckon_bench_contest::Rule| format!("name == {:?} && ({})", rule.event, rule.cel);
    let programs = compiled(contest.rules.iter().map(whole))?;
    let (profiles, events) = values(contest)?;
    let root = Context::with_env(Arc::new(Env::stdlib()));
    run(contest.events.len(), 1, budget, |place, found| {
        let names = Names::of(contest, &profiles, &events, place);
        let mut context = root.new_inner_scope();
        context.set_variable_resolver(&names);
        for (rule, program) in programs.iter().enumerate() {
            if holds(program, &context)? {
                found.push(rule);
            }
        }
        Ok(())
    })
}

/// Only the rules that listen to the event asked, found by its name.
pub fn indexed(contest: &Contest, budget: Duration) -> Result<Told, Box<dyn Error>> {
    let programs = compiled(contest.rules.iter().map(|rule| rule.cel.clone()))?;
    let index = by_event(contest);
    let (profiles, events) = values(contest)?;
    let root = Context::with_env(Arc::new(Env::stdlib()));
    run(contest.events.len(), 1, budget, |place, found| {
        let Some(rules) = index.get(contest.events[place].name.as_str()) else { return Ok(()) };
        let names = Names::of(contest, &profiles, &events, place);
        let mut context = root.new_inner_scope();
        context.set_variable_resolver(&names);
        for rule in rules {
            if holds(&programs[*rule], &context)? {
                found.push(*rule);
            }
        }
        Ok(())
    })
}

fn compiled(sources: impl Iterator<Item = String>) -> Result<Vec<Program>, Box<dyn Error>> {
    sources.map(|source| Ok(Program::compile(&source)?)).collect()
}

fn holds(program: &Program, context: &Context<'_, '_>) -> Result<bool, Box<dyn Error>> {
    let value = Value::resolve_val(program.expression(), context)?;
    let holds = value.downcast_ref::<CelBool>().map(|holds| *holds.inner());
    holds.ok_or_else(|| "a rule is neither true nor false".into())
}

/// Traits and properties, as the interpreter has them.
type Values = Vec<Box<dyn Val>>;

fn values(contest: &Contest) -> Result<(Values, Values), Box<dyn Error>> {
    let value = |map: &serde_json::Map<String, serde_json::Value>| -> Result<Box<dyn Val>, Box<dyn Error>> {
        Ok(to_value(map)?.try_into()?)
    };
    let profiles = contest.profiles.iter().map(value).collect::<Result<_, _>>()?;
    let events = contest.events.iter().map(|event| value(&event.properties)).collect::<Result<_, _>>()?;
    Ok((profiles, events))
}

/// What the names in rules stand for.
struct Names<'c> {
    name: CelString<'c>,
    event: &'c dyn Val,
    profile: &'c dyn Val,
}

impl<'c> Names<'c> {
    fn of(contest: &'c Contest, profiles: &'c Values, events: &'c Values, place: usize) -> Self {
        let event = &contest.events[place];
        Self {
            name: CelString::from(event.name.as_str()),
            event: &*events[place],
            profile: &*profiles[event.profile],
        }
    }
}

impl VariableResolver for Names<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let value: &dyn Val = match variable {
            "event" => self.event,
            "profile" => self.profile,
            "name" => &self.name,
            _ => return None,
        };
        Some(CowVal::Borrowed(value))
    }
}
