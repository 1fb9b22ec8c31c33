//! How the functions are connected: names, variables, stream filters, retries. The local stack
//! runs by this; a test holds `infra/template.yaml` to it.

/// Environment variables, by what they say.
pub mod env {
    /// The table's name.
    pub const TABLE: &str = "BECKON_TABLE";
    /// Accepted write keys: `server:<sha-256 in hex>,browser:<sha-256 in hex>,…`.
    pub const WRITE_KEYS: &str = "BECKON_WRITE_KEYS";
    /// EventBridge schedule group of the one-time schedules.
    pub const SCHEDULE_GROUP: &str = "BECKON_SCHEDULE_GROUP";
    /// ARN of the function `check`, which schedules call.
    pub const CHECK_ARN: &str = "BECKON_CHECK_ARN";
    /// ARN of the role that EventBridge Scheduler assumes to call it.
    pub const SCHEDULE_ROLE_ARN: &str = "BECKON_SCHEDULE_ROLE_ARN";
    /// ARN of the queue for schedules that could not be delivered.
    pub const SCHEDULE_DLQ_ARN: &str = "BECKON_SCHEDULE_DLQ_ARN";
    /// SES configuration set of outgoing mail.
    pub const CONFIGURATION_SET: &str = "BECKON_CONFIGURATION_SET";
    /// URL of the queue for records that were set aside.
    pub const SET_ASIDE_QUEUE: &str = "BECKON_SET_ASIDE_QUEUE";
    /// Secrets by name, a JSON object: tokens of services, keys that sign. See [`crate::secrets`].
    pub const SECRETS: &str = "BECKON_SECRETS";
    /// ARNs of the SNS platform applications by `apns`, `apns_sandbox` and `fcm`, a JSON object. One that ends in
    /// `/` names none.
    pub const PUSH_APPS: &str = "BECKON_PUSH_APPS";
    /// Where web pushes are posted in the place of the browsers' push services, over plain HTTP. For the local stack
    /// and tests; never set in AWS.
    pub const PUSH_SERVICES_URL: &str = "BECKON_PUSH_SERVICES_URL";
    /// Where the function `preferences` answers: what links in messages begin with.
    pub const PREFERENCES_URL: &str = "BECKON_PREFERENCES_URL";
    /// Where all services are called instead of at their own addresses, over plain HTTP and whatever the
    /// address. For the local stack and tests; never set in AWS.
    pub const SERVICES_URL: &str = "BECKON_SERVICES_URL";
    /// `system` (the default), or `invocation`: the caller's client context tells the time, as
    /// the local stack's virtual clock does. Never set in AWS.
    pub const CLOCK: &str = "BECKON_CLOCK";
}

/// The key under `custom` in an invocation's client context that tells the time, where
/// [`env::CLOCK`] is `invocation`.
pub const CLIENT_CONTEXT_NOW: &str = "now";

/// A table's name where none is configured.
pub const DEFAULT_TABLE: &str = "beckon-main";

/// Name of the sparse global index of what is due.
pub const DUE_INDEX: &str = "due";

/// One Lambda function.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Crate, binary and logical name.
    pub name: &'static str,
    /// Lambda's time limit for one invocation.
    pub timeout_secs: u32,
    /// Lambda's memory size.
    pub memory_mb: u32,
    /// What calls it.
    pub trigger: Trigger,
    /// Variables it reads.
    pub env: &'static [&'static str],
}

/// What calls a function.
#[derive(Debug, Clone, Copy)]
pub enum Trigger {
    /// A function URL.
    Http {
        /// What the paths it answers begin with. The local stack has one address for all of them, where the
        /// longest beginning decides.
        paths: &'static [&'static str],
    },
    /// The table's stream.
    Stream(StreamSource),
    /// Schedules: one-time ones with a bucket, a recurring one with a sweep.
    Schedule,
    /// An SNS topic that SES publishes to.
    Topic,
}

/// An event source mapping on the table's stream (AWS Lambda, "Using AWS Lambda with Amazon
/// DynamoDB"). Partial batch responses are always reported, batches are always bisected.
#[derive(Debug, Clone, Copy)]
pub struct StreamSource {
    /// Patterns, any of which lets a record through.
    pub filters: &'static [&'static str],
    /// Most records in one batch.
    pub batch_size: u16,
    /// Batches of one shard that may run at once, by partition key.
    pub parallelization: u16,
    /// Tries after the first before a record goes to the on-failure queue. The most that Lambda
    /// takes, so that in an outage the age decides; what can never succeed is set aside by the
    /// function at once.
    pub max_retries: u16,
    /// Age at which a record goes to the on-failure queue untried.
    pub max_age_secs: u32,
}

/// How often the sweep runs.
pub const SWEEP_EVERY_MINS: u16 = 5;

/// New items of inboxes.
pub const INBOX_FILTER: &str = r#"{"eventName":["INSERT"],"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"E#"}]}}}}"#;

/// Messages of outboxes that were queued, for the first time or again.
pub const OUTBOX_FILTER: &str = r#"{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"M#"}]}},"NewImage":{"status":{"S":["queued"]}}}}"#;

/// The bundle.
pub const FUNCTIONS: [Function; 8] = [INGEST, EVALUATE, CHECK, SEND, FEEDBACK, ONSITE, PREFERENCES, INBOUND];

/// Takes events over HTTP.
pub const INGEST: Function = Function {
    name: "ingest",
    timeout_secs: 15,
    memory_mb: 256,
    trigger: Trigger::Http { paths: &["/v1/"] },
    env: &[env::TABLE, env::WRITE_KEYS],
};

/// Folds inboxes.
pub const EVALUATE: Function = Function {
    name: "evaluate",
    timeout_secs: 60,
    memory_mb: 512,
    trigger: Trigger::Stream(StreamSource {
        filters: &[INBOX_FILTER],
        batch_size: 100,
        parallelization: 4,
        max_retries: 10_000,
        max_age_secs: 79_200,
    }),
    env: &[
        env::TABLE,
        env::SCHEDULE_GROUP,
        env::CHECK_ARN,
        env::SCHEDULE_ROLE_ARN,
        env::SCHEDULE_DLQ_ARN,
        env::SET_ASIDE_QUEUE,
    ],
};

/// Wakes what is due.
pub const CHECK: Function = Function {
    name: "check",
    timeout_secs: 300,
    memory_mb: 256,
    trigger: Trigger::Schedule,
    env: &[
        env::TABLE,
        env::SCHEDULE_GROUP,
        env::CHECK_ARN,
        env::SCHEDULE_ROLE_ARN,
        env::SCHEDULE_DLQ_ARN,
    ],
};

/// Sends messages.
pub const SEND: Function = Function {
    name: "send",
    timeout_secs: 60,
    memory_mb: 256,
    trigger: Trigger::Stream(StreamSource {
        filters: &[OUTBOX_FILTER],
        batch_size: 10,
        parallelization: 4,
        max_retries: 10_000,
        max_age_secs: 79_200,
    }),
    env: &[
        env::TABLE,
        env::CONFIGURATION_SET,
        env::SET_ASIDE_QUEUE,
        env::SECRETS,
        env::PUSH_APPS,
        env::PREFERENCES_URL,
    ],
};

/// Takes providers' feedback.
pub const FEEDBACK: Function = Function {
    name: "feedback",
    timeout_secs: 30,
    memory_mb: 256,
    trigger: Trigger::Topic,
    env: &[env::TABLE],
};

/// Gives pages what was placed for their visitors.
pub const ONSITE: Function = Function {
    name: "onsite",
    timeout_secs: 10,
    memory_mb: 256,
    trigger: Trigger::Http { paths: &["/v1/onsite"] },
    env: &[env::TABLE, env::WRITE_KEYS],
};

/// Shows the pages that messages link to, and takes what is said there.
pub const PREFERENCES: Function = Function {
    name: "preferences",
    timeout_secs: 15,
    memory_mb: 256,
    trigger: Trigger::Http {
        paths: &["/u/", "/p/", "/c/"],
    },
    env: &[env::TABLE, env::SECRETS],
};

/// Takes what services say by themselves.
pub const INBOUND: Function = Function {
    name: "inbound",
    timeout_secs: 15,
    memory_mb: 256,
    trigger: Trigger::Http {
        paths: &["/v1/inbound/"],
    },
    env: &[env::TABLE, env::SECRETS],
};
