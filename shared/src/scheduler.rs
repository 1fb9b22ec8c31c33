//! EventBridge Scheduler: one one-time schedule a bucket, whoever and however many are due in it.

use crate::aws::failure;
use crate::domain::time::Timestamp;
use crate::ports::due::Bucket;
use crate::ports::{PortError, Scheduler};
use crate::runtime::{Environment, EnvironmentError};
use crate::wiring::env;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::BuildError;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, Target,
};
use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

/// What schedules' names start with; the rest is [`Bucket::name`].
pub const NAME_PREFIX: &str = "beckon-";

/// Until when Scheduler goes on trying to call `check`: an hour. The sweep has long been there by then.
const RETRY_MAX_AGE_SECS: i32 = 3_600;
/// How many times it tries again within that.
const RETRY_MAX_ATTEMPTS: i32 = 20;
/// How many ensured buckets are remembered: more than those of a day (1,440 minutes of four shards), in which alarms may
/// be decided in any order.
const REMEMBERED: usize = 8_192;

/// Whom schedules call, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The schedule group.
    pub group: String,
    /// ARN of `check`.
    pub check_arn: String,
    /// ARN of the role that Scheduler assumes to call it.
    pub role_arn: String,
    /// ARN of the queue that takes calls which could not be made.
    pub dlq_arn: String,
}

impl Settings {
    /// As the function's variables say.
    pub fn from_environment(environment: &Environment) -> Result<Self, EnvironmentError> {
        let needed = |name| environment.required(name).map(str::to_owned);
        Ok(Self {
            group: needed(env::SCHEDULE_GROUP)?,
            check_arn: needed(env::CHECK_ARN)?,
            role_arn: needed(env::SCHEDULE_ROLE_ARN)?,
            dlq_arn: needed(env::SCHEDULE_DLQ_ARN)?,
        })
    }
}

/// Schedules in EventBridge. Remembers what it ensured, so that an instance makes each once.
pub struct EventBridgeScheduler {
    client: Client,
    settings: Settings,
    ensured: Mutex<Ensured>,
}

/// The buckets ensured last.
#[derive(Default)]
struct Ensured {
    known: HashSet<Bucket>,
    order: VecDeque<Bucket>,
}

impl Ensured {
    fn remember(&mut self, bucket: Bucket) {
        if !self.known.insert(bucket) {
            return;
        }
        self.order.push_back(bucket);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl EventBridgeScheduler {
    /// Schedules in this group.
    pub fn new(client: Client, settings: Settings) -> Self {
        Self {
            client,
            settings,
            ensured: Mutex::default(),
        }
    }

    fn ensured(&self) -> std::sync::MutexGuard<'_, Ensured> {
        self.ensured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn target(&self, bucket: Bucket) -> Result<Target, PortError> {
        Target::builder()
            .arn(&self.settings.check_arn)
            .role_arn(&self.settings.role_arn)
            .dead_letter_config(DeadLetterConfig::builder().arn(&self.settings.dlq_arn).build())
            .retry_policy(
                RetryPolicy::builder()
                    .maximum_event_age_in_seconds(RETRY_MAX_AGE_SECS)
                    .maximum_retry_attempts(RETRY_MAX_ATTEMPTS)
                    .build(),
            )
            .input(serde_json::json!({ "bucket": bucket }).to_string())
            .build()
            .map_err(unbuilt)
    }
}

impl Scheduler for EventBridgeScheduler {
    async fn ensure(&self, bucket: Bucket, at: Timestamp) -> Result<(), PortError> {
        if self.ensured().known.contains(&bucket) {
            return Ok(());
        }
        let window = FlexibleTimeWindow::builder()
            .mode(FlexibleTimeWindowMode::Off)
            .build()
            .map_err(unbuilt)?;
        let name = format!("{NAME_PREFIX}{}", bucket.name());
        let result = self
            .client
            .create_schedule()
            .group_name(&self.settings.group)
            .client_token(&name)
            .name(name)
            .schedule_expression(format!("at({})", at.strftime("%Y-%m-%dT%H:%M:%S")))
            .schedule_expression_timezone("UTC")
            .flexible_time_window(window)
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(self.target(bucket)?)
            .send()
            .await;
        match result {
            Ok(_created) => {}
            // Somebody made it: the name is the bucket's.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conflict_exception()) => {}
            Err(error) => return Err(failure::sort("scheduler CreateSchedule", &error)),
        }
        self.ensured().remember(bucket);
        Ok(())
    }
}

fn unbuilt(error: BuildError) -> PortError {
    PortError::Fail(format!("scheduler CreateSchedule: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_buckets_are_remembered_and_no_more() {
        let mut ensured = Ensured::default();
        let bucket = |minute| Bucket { minute, shard: 0 };
        for minute in 0..=REMEMBERED as i64 {
            ensured.remember(bucket(minute));
            ensured.remember(bucket(minute));
        }
        assert!(!ensured.known.contains(&bucket(0)));
        assert!(ensured.known.contains(&bucket(1)) && ensured.known.contains(&bucket(REMEMBERED as i64)));
        assert_eq!(ensured.known.len(), ensured.order.len());
    }

    fn scheduler(url: &str) -> EventBridgeScheduler {
        EventBridgeScheduler::new(
            crate::aws::stub::aws(url).scheduler(),
            Settings {
                group: "beckon".to_owned(),
                check_arn: "arn:check".to_owned(),
                role_arn: "arn:role".to_owned(),
                dlq_arn: "arn:dlq".to_owned(),
            },
        )
    }

    const BUCKET: Bucket = Bucket {
        minute: 29_539_320,
        shard: 3,
    };

    #[tokio::test]
    async fn a_bucket_becomes_one_schedule_once() {
        let service = crate::aws::stub::serve(vec![(200, r#"{"ScheduleArn":"arn:schedule"}"#)]).await;
        let scheduler = scheduler(&service.url);
        for _ in 0..2 {
            let ensured = scheduler.ensure(BUCKET, BUCKET.at()).await;
            assert_eq!(ensured, Ok(()), "a second request would have no answer");
        }
        let heard = service.heard().await;
        assert_eq!(heard[0].line, "POST /schedules/beckon-29539320-3 HTTP/1.1");
        let body: serde_json::Value = serde_json::from_str(&heard[0].body).expect("it is JSON");
        assert_eq!(
            body,
            serde_json::json!({
                "GroupName": "beckon",
                "ClientToken": "beckon-29539320-3",
                "ScheduleExpression": "at(2026-03-01T10:00:00)",
                "ScheduleExpressionTimezone": "UTC",
                "FlexibleTimeWindow": { "Mode": "OFF" },
                "ActionAfterCompletion": "DELETE",
                "Target": {
                    "Arn": "arn:check",
                    "RoleArn": "arn:role",
                    "DeadLetterConfig": { "Arn": "arn:dlq" },
                    "RetryPolicy": { "MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 20 },
                    "Input": r#"{"bucket":{"minute":29539320,"shard":3}}"#,
                },
            })
        );
    }

    #[tokio::test]
    async fn a_schedule_that_is_there_is_as_good_as_made() {
        let conflict = r#"{"Message":"it exists","__type":"ConflictException"}"#;
        let service = crate::aws::stub::serve(vec![(409, conflict)]).await;
        let ensured = scheduler(&service.url).ensure(BUCKET, BUCKET.at()).await;
        assert_eq!(ensured, Ok(()));
    }

    #[tokio::test]
    async fn a_refusal_is_told_and_tried_anew() {
        let denied = r#"{"message":"no","__type":"ValidationException"}"#;
        let service = crate::aws::stub::serve(vec![(400, denied), (200, r#"{"ScheduleArn":"a"}"#)]).await;
        let scheduler = scheduler(&service.url);
        let refused = scheduler.ensure(BUCKET, BUCKET.at()).await;
        assert!(matches!(refused, Err(PortError::Fail(_))), "{refused:?}");
        assert_eq!(scheduler.ensure(BUCKET, BUCKET.at()).await, Ok(()));
    }
}
