//! Numbers, filters, variables and key names: the same in the template and in the code.

use crate::document::{Template, logical, texts};
use beckon_shared::store::keys;
use beckon_shared::wiring::{self, CHECK, FUNCTIONS, StreamSource, Trigger};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn the_template_deploys_exactly_the_functions_that_there_are() {
    let template = Template::read();
    let deployed: BTreeSet<&str> = template.of_type("AWS::Serverless::Function").into_iter().collect();
    let wired: Vec<String> = FUNCTIONS
        .iter()
        .map(|function| format!("{}Function", logical(function.name)))
        .collect();
    assert_eq!(deployed, wired.iter().map(String::as_str).collect());
    assert_eq!(template.of_all_functions()["Runtime"], "provided.al2023");
    assert_eq!(template.of_all_functions()["Architectures"], json!(["arm64"]));
    for function in FUNCTIONS {
        let name = function.name;
        let properties = template.function(name);
        let metadata = &template.resource(&format!("{}Function", logical(name)))["Metadata"];
        assert_eq!(metadata["BuildMethod"], "rust-cargolambda", "{name}");
        assert_eq!(metadata["BuildProperties"]["Binary"], name);
        assert_eq!(properties["CodeUri"], format!("../functions/{name}"));
        assert_eq!(properties["FunctionName"], format!("${{AWS::StackName}}-{name}"));
        assert_eq!(
            properties["Role"],
            format!("{}Role.Arn", logical(name)),
            "each has a role of its own"
        );
    }
}

#[test]
fn limits_are_the_same() {
    let template = Template::read();
    for function in FUNCTIONS {
        let properties = template.function(function.name);
        assert_eq!(
            properties["Timeout"], function.timeout_secs,
            "time limit of {}",
            function.name
        );
        assert_eq!(
            properties["MemorySize"], function.memory_mb,
            "memory of {}",
            function.name
        );
    }
}

#[test]
fn each_function_is_given_the_variables_that_it_reads_and_no_others() {
    let template = Template::read();
    assert!(
        template.of_all_functions().get("Environment").is_none(),
        "variables are each function's own"
    );
    for function in FUNCTIONS {
        let given = template.function(function.name)["Environment"]["Variables"]
            .as_object()
            .expect("it has variables");
        let given: BTreeSet<&str> = given.keys().map(String::as_str).collect();
        assert_eq!(
            given,
            function.env.iter().copied().collect(),
            "variables of {}",
            function.name
        );
        assert!(
            !given.contains(wiring::env::CLOCK),
            "the real clock is the only one in AWS"
        );
        assert!(
            !given.contains(wiring::env::PUSH_SERVICES_URL),
            "browsers' own push services are called in AWS"
        );
    }
}

#[test]
fn variables_point_at_what_they_are_named_after() {
    let template = Template::read();
    for function in FUNCTIONS {
        let variables = template.function(function.name)["Environment"]["Variables"]
            .as_object()
            .expect("variables");
        for (variable, value) in variables {
            let set_aside = format!("{}SetAside", logical(function.name));
            let expected = match variable.as_str() {
                wiring::env::TABLE => "Table",
                wiring::env::WRITE_KEYS => "WriteKeys",
                wiring::env::SCHEDULE_GROUP => "ScheduleGroup",
                wiring::env::CHECK_ARN => {
                    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-check"
                }
                wiring::env::SCHEDULE_ROLE_ARN => "ScheduleRole.Arn",
                wiring::env::SCHEDULE_DLQ_ARN => "ScheduleDlq.Arn",
                wiring::env::CONFIGURATION_SET => "MailConfiguration",
                wiring::env::SECRETS => "Secrets",
                wiring::env::PUSH_APPS => {
                    "{\"apns\":\"arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:app/APNS/${ApnsApplication}\",\
                      \"apns_sandbox\":\"arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:app/APNS_SANDBOX/${ApnsSandboxApplication}\",\
                      \"fcm\":\"arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:app/GCM/${FcmApplication}\"}"
                }
                wiring::env::PREFERENCES_URL => "PreferencesFunctionUrl.FunctionUrl",
                wiring::env::SET_ASIDE_QUEUE => set_aside.as_str(),
                other => panic!("`{other}` is new here: say what it should point at"),
            };
            assert_eq!(value, expected, "{variable} of {}", function.name);
        }
    }
    assert_eq!(CHECK.name, "check", "its ARN above is made from its name");
}

#[test]
fn streams_are_read_as_the_local_stack_reads_them() {
    let template = Template::read();
    for function in FUNCTIONS {
        let sources = sources(&template, function.name, "DynamoDB");
        match function.trigger {
            Trigger::Stream(source) => {
                let [mapping] = sources[..] else {
                    panic!("{} reads one stream", function.name)
                };
                assert_mapping(function.name, mapping, &source);
            }
            Trigger::Http { .. } | Trigger::Schedule | Trigger::Topic => {
                assert!(sources.is_empty(), "{}", function.name)
            }
        }
    }
}

fn assert_mapping(name: &str, mapping: &Value, source: &StreamSource) {
    let patterns: Vec<String> = mapping["FilterCriteria"]["Filters"]
        .as_array()
        .expect("there are filters")
        .iter()
        .flat_map(|filter| texts(&filter["Pattern"]))
        .collect();
    assert_eq!(patterns, source.filters, "filters of {name}");
    assert_eq!(mapping["Stream"], "Table.StreamArn", "{name}");
    assert_eq!(
        mapping["StartingPosition"], "TRIM_HORIZON",
        "{name} misses nothing from before it was there"
    );
    assert_eq!(mapping["BatchSize"], source.batch_size, "{name}");
    assert_eq!(mapping["ParallelizationFactor"], source.parallelization, "{name}");
    assert_eq!(mapping["MaximumRetryAttempts"], source.max_retries, "{name}");
    assert_eq!(mapping["MaximumRecordAgeInSeconds"], source.max_age_secs, "{name}");
    assert_eq!(mapping["BisectBatchOnFunctionError"], true, "{name}");
    assert_eq!(
        mapping["FunctionResponseTypes"],
        json!(["ReportBatchItemFailures"]),
        "{name}"
    );
    let on_failure = &mapping["DestinationConfig"]["OnFailure"];
    assert_eq!(on_failure["Type"], "SQS", "{name}");
    assert_eq!(on_failure["Destination"], format!("{}SetAside.Arn", logical(name)));
}

#[test]
fn what_calls_each_function_is_the_same() {
    let template = Template::read();
    for function in FUNCTIONS {
        let properties = template.function(function.name);
        let is_http = matches!(function.trigger, Trigger::Http { .. });
        assert_eq!(
            properties.get("FunctionUrlConfig").is_some(),
            is_http,
            "function URL of {}",
            function.name
        );
        let is_topic = matches!(function.trigger, Trigger::Topic);
        assert_eq!(
            !sources(&template, function.name, "SNS").is_empty(),
            is_topic,
            "topic of {}",
            function.name
        );
        let is_called_back = matches!(function.trigger, Trigger::Topic | Trigger::Schedule);
        let on_failure = &properties["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"];
        assert_eq!(
            !on_failure.is_null(),
            is_called_back,
            "failed asynchronous calls of {} are kept",
            function.name
        );
    }
    for function in FUNCTIONS
        .iter()
        .filter(|function| matches!(function.trigger, Trigger::Http { .. }))
    {
        let url = &template.function(function.name)["FunctionUrlConfig"];
        assert_eq!(url["AuthType"], "NONE", "write keys are checked by {}", function.name);
        assert!(
            url.get("Cors").is_none(),
            "the function answers preflights itself; both would double the headers"
        );
    }
}

#[test]
fn ses_is_asked_for_what_feedback_understands_and_nothing_else() {
    let template = Template::read();
    let destination = &template.properties("MailEventDestination")["EventDestination"];
    let asked: Vec<String> = destination["MatchingEventTypes"]
        .as_array()
        .expect("there are types")
        .iter()
        // `!If [condition, OPEN, !Ref AWS::NoValue]` is a list here.
        .map(|kind| kind.as_str().or(kind[1].as_str()).expect("a type of event").to_owned())
        .collect();
    assert_eq!(asked, ["BOUNCE", "COMPLAINT", "DELIVERY", "OPEN", "CLICK"]);
    for kind in asked {
        let (first, rest) = kind.split_at(1);
        let event = json!({
            "eventType": format!("{first}{}", rest.to_lowercase()),
            "mail": { "timestamp": "2026-03-01T10:00:00Z" },
        });
        let heard = feedback::ses::Notification::parse(&event.to_string()).expect("feedback reads it");
        assert!(heard.event_name().is_some(), "feedback understands {kind}");
    }
    assert_eq!(destination["SnsDestination"]["TopicARN"], "MailEvents");
    let topics: BTreeSet<&str> = sources(&template, "feedback", "SNS")
        .into_iter()
        .filter_map(|source| source["Topic"].as_str())
        .collect();
    assert_eq!(topics, BTreeSet::from(["MailEvents", "TextReplies"]));
}

#[test]
fn the_sweep_runs_as_often_as_the_code_counts_on() {
    let template = Template::read();
    let sweep = template.properties("SweepSchedule");
    assert_eq!(
        sweep["ScheduleExpression"],
        format!("rate({} minutes)", wiring::SWEEP_EVERY_MINS)
    );
    assert_eq!(sweep["State"], "ENABLED");
    assert_eq!(sweep["GroupName"], "ScheduleGroup");
    assert_eq!(sweep["Target"]["Arn"], "CheckFunction.Arn");
    let input: Value = serde_json::from_str(sweep["Target"]["Input"].as_str().expect("a text")).expect("JSON");
    assert_eq!(input, json!({ "sweep": true }));
}

#[test]
fn the_table_has_the_keys_the_index_and_the_expiry_that_the_store_writes() {
    let template = Template::read();
    let table = template.properties("Table");
    assert_eq!(table["KeySchema"], key_schema(keys::PK, keys::SK));
    let indexes = table["GlobalSecondaryIndexes"].as_array().expect("there is an index");
    let [index] = indexes.as_slice() else {
        panic!("there is one index")
    };
    assert_eq!(index["IndexName"], wiring::DUE_INDEX);
    assert_eq!(index["KeySchema"], key_schema(keys::DUE_PK, keys::DUE_SK));
    assert_eq!(index["Projection"]["ProjectionType"], "KEYS_ONLY");
    let attributes: BTreeSet<&str> = table["AttributeDefinitions"]
        .as_array()
        .expect("attributes are defined")
        .iter()
        .inspect(|attribute| assert_eq!(attribute["AttributeType"], "S", "keys are texts"))
        .filter_map(|attribute| attribute["AttributeName"].as_str())
        .collect();
    assert_eq!(
        attributes,
        BTreeSet::from([keys::PK, keys::SK, keys::DUE_PK, keys::DUE_SK])
    );
    assert_eq!(
        table["TimeToLiveSpecification"],
        json!({ "AttributeName": keys::TTL, "Enabled": true })
    );
    assert_eq!(
        table["StreamSpecification"]["StreamViewType"], "NEW_IMAGE",
        "the filters read the new image"
    );
}

#[test]
fn the_table_costs_nothing_idle_and_outlives_mistakes() {
    let template = Template::read();
    let table = template.properties("Table");
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(
        table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
        true
    );
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(template.resource("Table")["DeletionPolicy"], "Retain");
    assert_eq!(template.resource("Table")["UpdateReplacePolicy"], "Retain");
}

#[test]
fn every_function_and_queue_has_an_alarm_and_every_log_an_end() {
    let template = Template::read();
    let watched = |metric: &str| -> BTreeSet<String> {
        template
            .of_type("AWS::CloudWatch::Alarm")
            .into_iter()
            .map(|alarm| template.properties(alarm))
            .filter(|alarm| alarm["MetricName"] == metric)
            .inspect(|alarm| assert_eq!(alarm["TreatMissingData"], "notBreaching"))
            .flat_map(|alarm| texts(&alarm["Dimensions"][0]["Value"]))
            .collect()
    };
    let functions = |which: &dyn Fn(&Trigger) -> bool| -> BTreeSet<String> {
        let chosen = FUNCTIONS.iter().filter(|function| which(&function.trigger));
        chosen
            .map(|function| format!("{}Function", logical(function.name)))
            .collect()
    };
    assert_eq!(watched("Errors"), functions(&|_| true));
    assert_eq!(
        watched("IteratorAge"),
        functions(&|trigger| matches!(trigger, Trigger::Stream(_)))
    );
    let queues = template
        .of_type("AWS::SQS::Queue")
        .into_iter()
        .map(|queue| format!("{queue}.QueueName"))
        .collect();
    assert_eq!(watched("ApproximateNumberOfMessagesVisible"), queues);
    for function in FUNCTIONS {
        let logs = format!("{}Logs", logical(function.name));
        assert_eq!(template.function(function.name)["LoggingConfig"]["LogGroup"], logs);
        assert_eq!(template.properties(&logs)["RetentionInDays"], "LogRetentionDays");
    }
}

fn sources<'a>(template: &'a Template, function: &str, of: &str) -> Vec<&'a Value> {
    let Some(events) = template.function(function)["Events"].as_object() else {
        return Vec::new();
    };
    events
        .values()
        .filter(|event| event["Type"] == of)
        .map(|event| &event["Properties"])
        .collect()
}

fn key_schema(hash: &str, range: &str) -> Value {
    json!([{ "AttributeName": hash, "KeyType": "HASH" }, { "AttributeName": range, "KeyType": "RANGE" }])
}

#[test]
fn a_flood_of_public_requests_can_be_bounded_where_anybody_may_ask() {
    let template = Template::read();
    let reserved = |name: &str| template.function(name).get("ReservedConcurrentExecutions").cloned();
    let bounded: BTreeSet<&str> = FUNCTIONS
        .iter()
        .map(|function| function.name)
        .filter(|name| reserved(name).is_some())
        .collect();
    assert_eq!(bounded, BTreeSet::from(["inbound", "onsite", "preferences"]));
}
