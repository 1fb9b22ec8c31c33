//! What the functions call against what their roles allow, both ways: a call without its
//! permission fails, and so does a permission without its call.
//!
//! No emulator checks IAM, so this reads the sources. A function's crate calls methods of ports;
//! the adapters in `shared` turn each of them into calls on AWS (module `adapters`); what Lambda
//! itself does with a role (logs, streams, on-failure destinations) is listed here. A new call
//! appears by itself; a new AWS operation or key stops the test until it is named there.

use crate::adapters::{self, Call, Method, Scope};
use crate::document::{Template, logical};
use crate::source::{self, Body, Ports};
use beckon_shared::wiring::{FUNCTIONS, Function, Trigger};
use std::collections::BTreeSet;

/// Modules of `shared` that call ports on behalf of functions, and the name by which these use them.
const SERVICES: [(&str, &str); 2] = [
    ("shared/src/rules_cache.rs", "RulesCache"),
    ("shared/src/channel", "Channels"),
];

#[test]
fn each_role_allows_exactly_what_its_function_calls() {
    let template = Template::read();
    let adapters = adapters::calls();
    let mut wrong = Vec::new();
    for function in FUNCTIONS {
        let called: BTreeSet<Call> = ports_called(function.name)
            .iter()
            .flat_map(|method| adapters.get(method).cloned().unwrap_or_default())
            .chain(called_by_lambda(&function))
            .collect();
        let allowed = allowed(&template, function.name);
        let name = function.name;
        wrong.extend(
            called
                .difference(&allowed)
                .map(|call| format!("{name} calls what its role does not allow: {call}")),
        );
        wrong.extend(
            allowed
                .difference(&called)
                .map(|call| format!("{name} is allowed what it does not call: {call}")),
        );
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_permission_names_its_resource() {
    let template = Template::read();
    for function in FUNCTIONS {
        let own_queue = format!("{}SetAside.Arn", logical(function.name));
        for statement in template.statements(&role(function.name)) {
            for action in &statement.actions {
                assert!(!action.contains('*'), "`{}` names its actions", statement.sid);
                let resources: Vec<&str> = match action.as_str() {
                    // A phone number has no ARN: everything that has one is left out instead.
                    "sns:Publish" if statement.resources.is_empty() => {
                        assert_eq!(statement.not_resources, ["arn:${AWS::Partition}:sns:*:*:*"]);
                        vec![]
                    }
                    "sns:CreatePlatformEndpoint" => vec![
                        "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:app/APNS/${ApnsApplication}",
                        "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:app/APNS_SANDBOX/${ApnsSandboxApplication}",
                        "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:app/GCM/${FcmApplication}",
                    ],
                    "sns:Publish" | "sns:SetEndpointAttributes" => vec![
                        "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:endpoint/APNS/${ApnsApplication}/*",
                        "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:endpoint/APNS_SANDBOX/${ApnsSandboxApplication}/*",
                        "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:endpoint/GCM/${FcmApplication}/*",
                    ],
                    "sqs:SendMessage" => vec![&own_queue],
                    "iam:PassRole" => vec!["ScheduleRole.Arn"],
                    "scheduler:CreateSchedule" => vec![
                        "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/${ScheduleGroup}/*",
                    ],
                    "ses:SendEmail" => vec![
                        "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${SenderIdentity}",
                        "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/${MailConfiguration}",
                    ],
                    "dynamodb:ListStreams" => vec!["${Table.Arn}/stream/*"],
                    "dynamodb:DescribeStream" | "dynamodb:GetRecords" | "dynamodb:GetShardIterator" => {
                        vec!["Table.StreamArn"]
                    }
                    action if action.starts_with("logs:") => vec![],
                    action if action.starts_with("dynamodb:") => continue,
                    other => panic!("`{other}` is new here: say on what it may be used"),
                };
                if action.starts_with("logs:") {
                    assert_eq!(statement.resources, [format!("{}Logs.Arn", logical(function.name))]);
                } else {
                    assert_eq!(statement.resources, resources, "`{action}` of {}", function.name);
                }
            }
        }
    }
}

#[test]
fn nothing_in_the_cloud_can_change_a_definition_or_delete_an_item() {
    let template = Template::read();
    for function in FUNCTIONS {
        for Call { action, on } in allowed(&template, function.name) {
            let writes = matches!(action.as_str(), "dynamodb:PutItem" | "dynamodb:UpdateItem");
            assert!(
                !(writes && on == Scope::Items("C#".to_owned())),
                "{} writes definitions",
                function.name
            );
            assert!(
                !action.starts_with("dynamodb:Delete") && !action.starts_with("dynamodb:Batch")
                    || action == "dynamodb:BatchGetItem"
            );
        }
    }
}

fn role(function: &str) -> String {
    format!("{}Role", logical(function))
}

/// The methods of ports that a function's crate calls, itself or through a service of `shared`.
fn ports_called(function: &str) -> BTreeSet<Method> {
    let ports = source::traits("shared/src/ports");
    let sources = format!("functions/{function}/src");
    let mentioned = source::names(&sources);
    let crate_bodies = source::bodies(&sources);
    let mut called: BTreeSet<Method> = crate_bodies
        .iter()
        .flat_map(|body| methods_called(body, &ports, &mentioned))
        .collect();
    for (service, name) in SERVICES {
        let bodies = source::bodies(service);
        let known = source::names(service);
        let begun = bodies.iter().filter(|method| {
            let call = (method.name.clone(), method.arguments);
            mentioned.contains(name) && crate_bodies.iter().any(|body| body.methods.contains(&call))
        });
        for body in begun.flat_map(|method| source::reachable(method, &bodies)) {
            called.extend(methods_called(body, &ports, &known));
        }
    }
    called
}

/// A call of a port is known by its name and its number of arguments; a name that several ports
/// share counts for those that are mentioned beside it.
fn methods_called(body: &Body, ports: &Ports, mentioned: &BTreeSet<String>) -> BTreeSet<Method> {
    let mut called = BTreeSet::new();
    for (port, methods) in ports.iter().filter(|(port, _)| mentioned.contains(*port)) {
        for (method, arguments) in methods {
            if body.methods.contains(&(method.clone(), *arguments))
                || body.paths.contains(&(port.clone(), method.clone()))
            {
                called.insert((port.clone(), method.clone()));
            }
        }
    }
    called
}

/// What Lambda does with a function's role (Developer Guide: "Execution role", "Process Amazon
/// DynamoDB records with Lambda", "Retain records of asynchronous invocations").
fn called_by_lambda(function: &Function) -> Vec<Call> {
    let mut actions = vec!["logs:CreateLogStream", "logs:PutLogEvents"];
    match function.trigger {
        Trigger::Stream(_) => actions.extend([
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
            "sqs:SendMessage",
        ]),
        Trigger::Schedule | Trigger::Topic => actions.push("sqs:SendMessage"),
        Trigger::Http { .. } => {}
    }
    actions
        .into_iter()
        .map(|action| Call {
            action: action.to_owned(),
            on: Scope::Elsewhere,
        })
        .collect()
}

fn allowed(template: &Template, function: &str) -> BTreeSet<Call> {
    let mut allowed = BTreeSet::new();
    for statement in template.statements(&role(function)) {
        for action in &statement.actions {
            let mut allow = |on: Scope| {
                allowed.insert(Call {
                    action: action.clone(),
                    on,
                })
            };
            match statement.resources.as_slice() {
                [table] if table == "Table.Arn" => {
                    assert!(
                        !statement.leading_keys.is_empty(),
                        "`{}` says which items",
                        statement.sid
                    );
                    for prefix in &statement.leading_keys {
                        allow(Scope::Items(prefix.trim_end_matches('*').to_owned()));
                    }
                }
                [index] if index.starts_with("${Table.Arn}/index/") => {
                    allow(Scope::Index(index.trim_start_matches("${Table.Arn}/index/").to_owned()));
                }
                _ => {
                    allow(Scope::Elsewhere);
                }
            }
        }
    }
    allowed
}
