//! `zen-engine`: a decision table, compiled, which it indexes by event itself; and its expressions, compiled once and
//! run on one machine, without the graph around them.

use crate::index::by_event;
use beckon_bench_contest::{Contest, Rule, Told, run};
use serde_json::json;
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use zen_engine::Decision;
use zen_engine::model::GraphContent;
use zen_expression::expression::Standard;
use zen_expression::variable::Variable;
use zen_expression::vm::VM;
use zen_expression::{Expression, Isolate, Scope};

/// One table with a row for each rule: the event's name in one column, the condition in another.
pub fn table(contest: &Contest, budget: Duration) -> Result<Told, Box<dyn Error>> {
    let rows: Vec<serde_json::Value> = contest
        .rules
        .iter()
        .enumerate()
        .map(|(place, rule)| {
            json!({
                "_id": format!("r{place}"), "event": format!("'{}'", rule.event), "when": rule.zen, "rule": place.to_string(),
            })
        })
        .collect();
    let graph: GraphContent = serde_json::from_value(json!({
        "nodes": [
            { "id": "in", "name": "in", "type": "inputNode", "content": {} },
            { "id": "rules", "name": "rules", "type": "decisionTableNode", "content": {
                "hitPolicy": "collect",
                "inputs": [{ "id": "event", "name": "event", "field": "name" }, { "id": "when", "name": "when" }],
                "outputs": [{ "id": "rule", "name": "rule", "field": "rule" }],
                "rules": rows,
            }},
            { "id": "out", "name": "out", "type": "outputNode", "content": {} },
        ],
        "edges": [
            { "id": "1", "sourceId": "in", "targetId": "rules" },
            { "id": "2", "sourceId": "rules", "targetId": "out" },
        ],
    }))?;
    let mut decision = Decision::from(Arc::new(graph));
    decision.compile();
    let inputs = inputs(contest);
    run(contest.events.len(), 1, budget, |place, found| {
        let response = at_once(decision.evaluate(inputs[place].clone()))?;
        let response = response.map_err(|error| error.to_string())?;
        let Variable::Array(rows) = &response.result else {
            return Err(format!("the table came to {:?}", response.result).into());
        };
        for row in rows.borrow().iter() {
            let rule = row.dot("rule").and_then(|rule| rule.as_number());
            found.push(rule.ok_or("a row tells no rule")?.try_into()?);
        }
        Ok(())
    })
}

/// Every rule asked about every event: its name, and the condition.
pub fn expressions(contest: &Contest, budget: Duration) -> Result<Told, Box<dyn Error>> {
    let rules = compiled(contest, |rule| format!("name == '{}' and ({})", rule.event, rule.zen))?;
    let inputs = inputs(contest);
    let mut machine = VM::new();
    run(contest.events.len(), 1, budget, |place, found| {
        let scope = Scope::new(inputs[place].clone());
        for (place, rule) in rules.iter().enumerate() {
            if holds(rule, &scope, &mut machine)? {
                found.push(place);
            }
        }
        Ok(())
    })
}

/// Only the rules that listen to the event asked, found by its name.
pub fn indexed(contest: &Contest, budget: Duration) -> Result<Told, Box<dyn Error>> {
    let rules = compiled(contest, |rule| rule.zen.clone())?;
    let index = by_event(contest);
    let inputs = inputs(contest);
    let mut machine = VM::new();
    run(contest.events.len(), 1, budget, |place, found| {
        let Some(listening) = index.get(contest.events[place].name.as_str()) else { return Ok(()) };
        let scope = Scope::new(inputs[place].clone());
        for place in listening {
            if holds(&rules[*place], &scope, &mut machine)? {
                found.push(*place);
            }
        }
        Ok(())
    })
}

fn compiled(
    contest: &Contest,
    source: impl Fn(&Rule) -> String,
) -> Result<Vec<Expression<Standard>>, Box<dyn Error>> {
    let mut isolate = Isolate::new();
    contest.rules.iter().map(|rule| Ok(isolate.compile_standard(&source(rule))?)).collect()
}

fn holds(rule: &Expression<Standard>, scope: &Scope, machine: &mut VM) -> Result<bool, Box<dyn Error>> {
    let value = rule.evaluate_with_scope(scope, machine)?;
    value.as_bool().ok_or_else(|| "a rule is neither true nor false".into())
}

/// What rules see of each event, as the engine has it: people's traits are shared.
fn inputs(contest: &Contest) -> Vec<Variable> {
    let profiles: Vec<Variable> =
        contest.profiles.iter().map(|profile| serde_json::Value::from(profile.clone()).into()).collect();
    let input = |event: &beckon_bench_contest::Happening| {
        let input: Variable = json!({ "name": event.name, "event": event.properties }).into();
        input.dot_insert("profile", profiles[event.profile].clone());
        input
    };
    contest.events.iter().map(input).collect()
}

/// What the future comes to: nothing in a table has to be waited for.
fn at_once<T>(future: impl Future<Output = T>) -> Result<T, Box<dyn Error>> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err("the engine waits for something".into()),
    }
}
