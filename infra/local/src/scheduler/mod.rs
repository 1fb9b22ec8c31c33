//! EventBridge Scheduler: one-time schedules on the virtual clock.
//!
//! Wire protocol: REST JSON (EventBridge Scheduler API Reference, "CreateSchedule",
//! "GetSchedule", "DeleteSchedule"). What is modelled: groups (one exists), names, `at(…)` in a
//! time zone, `ActionAfterCompletion`, a conflict where the name is taken by another request and
//! the same answer where the client token repeats, Lambda targets.
//!
//! What happens to an `at(…)` in the past is not documented; here it is accepted and fires at
//! once. The bundle relies on neither: the sweep finds what no schedule woke.

mod expression;

use crate::aws::{self, JsonError};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A one-time schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name within the group.
    pub name: String,
    /// When it fires.
    pub at: Timestamp,
    /// Whether it has fired. One that is not deleted after completion stays.
    pub fired: bool,
    /// The function that it calls.
    pub function: String,
    /// The event.
    pub input: Value,
    /// Whether it goes once it has fired.
    pub delete_after: bool,
    /// The request that made it, for idempotence.
    token: Option<String>,
    /// The request's body, to be given back.
    request: Value,
}

/// All schedules, by name.
#[derive(Debug, Default)]
pub struct Schedules {
    schedules: Mutex<BTreeMap<String, Schedule>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateSchedule {
    #[serde(default)]
    group_name: Option<String>,
    schedule_expression: String,
    #[serde(default)]
    schedule_expression_timezone: Option<String>,
    flexible_time_window: FlexibleTimeWindow,
    target: Target,
    #[serde(default)]
    action_after_completion: Option<String>,
    #[serde(default)]
    client_token: Option<String>,
    #[serde(default)]
    state: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FlexibleTimeWindow {
    mode: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    arn: String,
    role_arn: String,
    #[serde(default)]
    input: Option<String>,
}

impl Schedules {
    /// Answers CreateSchedule.
    pub fn create(&self, name: &str, body: &[u8]) -> Response {
        match self.try_create(name, body) {
            Ok(()) => aws::json(StatusCode::OK, &json!({"ScheduleArn": arn(name)})),
            Err(error) => error.respond(),
        }
    }

    /// Answers GetSchedule.
    pub fn get(&self, name: &str, group: &str) -> Response {
        let schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        match schedules.get(name).filter(|_| group == aws::SCHEDULE_GROUP) {
            Some(schedule) => {
                let mut answer = schedule.request.clone();
                if let Some(answer) = answer.as_object_mut() {
                    answer.remove("ClientToken");
                    answer.insert("Name".to_owned(), Value::from(name));
                    answer.insert("Arn".to_owned(), Value::from(arn(name)));
                    answer.insert("GroupName".to_owned(), Value::from(group));
                }
                aws::json(StatusCode::OK, &answer)
            }
            None => not_found(name).respond(),
        }
    }

    /// Answers DeleteSchedule.
    pub fn delete(&self, name: &str, group: &str) -> Response {
        let mut schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        match group == aws::SCHEDULE_GROUP && schedules.remove(name).is_some() {
            true => aws::json(StatusCode::OK, &json!({})),
            false => not_found(name).respond(),
        }
    }

    /// The schedules due at `now`, by time and name. They have fired with that.
    pub fn take_due(&self, now: Timestamp) -> Vec<Schedule> {
        let mut schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        let due = schedules
            .values_mut()
            .filter(|schedule| !schedule.fired && schedule.at <= now);
        let mut due: Vec<_> = due
            .map(|schedule| {
                schedule.fired = true;
                schedule.clone()
            })
            .collect();
        schedules.retain(|_, schedule| !(schedule.fired && schedule.delete_after));
        due.sort_by(|left, right| (left.at, &left.name).cmp(&(right.at, &right.name)));
        due
    }

    /// When the next schedule fires.
    pub fn next_due(&self) -> Option<Timestamp> {
        let schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = schedules.values().filter(|schedule| !schedule.fired);
        waiting.map(|schedule| schedule.at).min()
    }

    /// All schedules that exist, by name.
    pub fn all(&self) -> Vec<Schedule> {
        let schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        schedules.values().cloned().collect()
    }

    /// Puts back what [`Schedules::all`] gave.
    pub fn restore(&self, kept: Vec<Schedule>) {
        let mut schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        schedules.extend(kept.into_iter().map(|schedule| (schedule.name.clone(), schedule)));
    }

    /// Forgets all schedules, as if somebody had lost them.
    pub fn clear(&self) {
        self.schedules.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn try_create(&self, name: &str, body: &[u8]) -> Result<(), JsonError> {
        let raw: Value = serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))?;
        let request: CreateSchedule =
            serde_json::from_value(raw.clone()).map_err(|error| invalid(error.to_string()))?;
        let name_good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(name_good) {
            return Err(invalid(format!(
                "the name `{name}` has to have 1 to 64 characters of A-Z a-z 0-9 - _ ."
            )));
        }
        let group = request.group_name.as_deref().unwrap_or("default");
        if group != aws::SCHEDULE_GROUP {
            return Err(JsonError {
                status: StatusCode::NOT_FOUND,
                code: "ResourceNotFoundException",
                message: format!("the schedule group `{group}` does not exist"),
            });
        }
        let schedule = read(name, request, raw)?;
        let mut schedules = self.schedules.lock().unwrap_or_else(PoisonError::into_inner);
        match schedules.get(name) {
            Some(there) if there.token.is_some() && there.token == schedule.token => Ok(()),
            Some(_) => Err(JsonError {
                status: StatusCode::CONFLICT,
                code: "ConflictException",
                message: format!("the schedule `{name}` exists already"),
            }),
            None => {
                schedules.insert(name.to_owned(), schedule);
                Ok(())
            }
        }
    }
}

fn read(name: &str, request: CreateSchedule, raw: Value) -> Result<Schedule, JsonError> {
    let at = expression::at(
        &request.schedule_expression,
        request.schedule_expression_timezone.as_deref(),
    )?;
    if request.flexible_time_window.mode != "OFF" {
        return Err(invalid(
            "the local stack takes the flexible time window OFF only".to_owned(),
        ));
    }
    if request.state.as_deref().is_some_and(|state| state != "ENABLED") {
        return Err(invalid("the local stack takes enabled schedules only".to_owned()));
    }
    let Some((_, function)) = request.target.arn.split_once(":function:") else {
        return Err(invalid(format!(
            "`{}` is not the ARN of a function",
            request.target.arn
        )));
    };
    if !request.target.role_arn.contains(":role/") {
        return Err(invalid(format!(
            "`{}` is not the ARN of a role",
            request.target.role_arn
        )));
    }
    let input = request.target.input.as_deref().unwrap_or("{}");
    Ok(Schedule {
        name: name.to_owned(),
        at,
        fired: false,
        function: function.to_owned(),
        input: serde_json::from_str(input).map_err(|error| invalid(format!("the input is not JSON: {error}")))?,
        delete_after: match request.action_after_completion.as_deref() {
            Some("DELETE") => true,
            Some("NONE") | None => false,
            Some(other) => return Err(invalid(format!("`{other}` is not an action after completion"))),
        },
        token: request.client_token,
        request: raw,
    })
}

fn arn(name: &str) -> String {
    format!(
        "arn:aws:scheduler:{}:{}:schedule/{}/{name}",
        aws::REGION,
        aws::ACCOUNT,
        aws::SCHEDULE_GROUP
    )
}

fn not_found(name: &str) -> JsonError {
    JsonError {
        status: StatusCode::NOT_FOUND,
        code: "ResourceNotFoundException",
        message: format!("the schedule `{name}` does not exist"),
    }
}

fn invalid(message: String) -> JsonError {
    JsonError {
        status: StatusCode::BAD_REQUEST,
        code: "ValidationException",
        message,
    }
}

#[cfg(test)]
mod tests;
