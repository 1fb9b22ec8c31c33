//! What each method of a port comes to on AWS, read from the adapters' sources: from the method
//! through the functions that it calls to the operations that they begin and the keys that they use.

use crate::source::{self, Body};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::count::{BatchId, day_of};
use beckon_shared::domain::id::{CampaignName, MessageId, ProfileId, Version};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::definitions::DefinitionKey;
use beckon_shared::ports::origins::Named;
use beckon_shared::store::keys;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// An action, and on what: partition keys that begin so, an index, or nothing more to say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    pub action: String,
    pub on: Scope,
}

impl fmt::Display for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.on {
            Scope::Items(prefix) => write!(out, "{} on `{prefix}…`", self.action),
            Scope::Index(name) => write!(out, "{} on the index `{name}`", self.action),
            Scope::Elsewhere => out.write_str(&self.action),
        }
    }
}

/// What of the table a call touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Items whose partition key begins so: `P#`.
    Items(String),
    /// The index of this name.
    Index(String),
    /// Not of the table.
    Elsewhere,
}

/// A method of a port: trait and name.
pub type Method = (String, String);

/// Where adapters are, of which each implements ports with AWS clients.
const ADAPTERS: [&str; 4] = [
    "shared/src/store",
    "shared/src/channel",
    "shared/src/scheduler.rs",
    "shared/src/set_aside.rs",
];

/// What each method of a port calls on AWS. A port that several adapters implement (a channel
/// each) calls what any of them does.
pub fn calls() -> BTreeMap<Method, BTreeSet<Call>> {
    let ports = source::traits("shared/src/ports");
    let mut found: BTreeMap<Method, BTreeSet<Call>> = BTreeMap::new();
    for folder in ADAPTERS {
        let bodies = source::bodies(folder);
        for body in &bodies {
            assert_eq!(
                body.sent,
                body.operations.len(),
                "`{}` in {folder}/{}.rs sends as many requests as it begins on `self.client`",
                body.name,
                body.file
            );
        }
        for method in &bodies {
            let Some(port) = method
                .of_trait
                .as_ref()
                .filter(|of_trait| ports.contains_key(*of_trait))
            else {
                continue;
            };
            let calls = calls_of(&source::reachable(method, &bodies));
            found
                .entry((port.clone(), method.name.clone()))
                .or_default()
                .extend(calls);
        }
    }
    found
}

fn calls_of(bodies: &[&Body]) -> BTreeSet<Call> {
    let key_functions = key_functions();
    let prefixes: BTreeSet<&str> = bodies
        .iter()
        .flat_map(|body| &body.paths)
        .filter(|(file, _)| file == "keys")
        .filter_map(|(_, name)| key_functions.get(name.as_str()).map(String::as_str))
        .collect();
    let mut calls = BTreeSet::new();
    for body in bodies {
        for operation in &body.operations {
            for action in actions(operation, body) {
                let scopes: Vec<Scope> = if !action.starts_with("dynamodb:") {
                    vec![Scope::Elsewhere]
                } else if body.methods.contains(&("index_name".to_owned(), 1)) {
                    vec![Scope::Index(beckon_shared::wiring::DUE_INDEX.to_owned())]
                } else {
                    assert!(
                        !prefixes.is_empty(),
                        "{:?} uses keys that this test does not know",
                        bodies.iter().map(|body| &body.name).collect::<Vec<_>>()
                    );
                    prefixes
                        .iter()
                        .map(|prefix| Scope::Items((*prefix).to_owned()))
                        .collect()
                };
                calls.extend(scopes.into_iter().map(|on| Call {
                    action: action.clone(),
                    on,
                }));
            }
        }
    }
    calls
}

/// What IAM calls an operation. A transaction has no action of its own: each of its parts counts
/// as what it is (Developer Guide, "IAM and DynamoDB transactions"). Whoever makes a schedule
/// hands its role to the Scheduler (Scheduler User Guide, "Identity and access management").
fn actions(operation: &str, body: &Body) -> Vec<String> {
    let service = match operation {
        "create_schedule" => return vec!["scheduler:CreateSchedule".to_owned(), "iam:PassRole".to_owned()],
        "send_email" => "ses",
        "publish" | "create_platform_endpoint" | "set_endpoint_attributes" => "sns",
        "send_message" => "sqs",
        "transact_write_items" => {
            let parts = [
                ("Put", "PutItem"),
                ("Update", "UpdateItem"),
                ("ConditionCheck", "ConditionCheckItem"),
            ];
            let used = parts
                .iter()
                .filter(|(builder, _)| names_in_transactions(&body.file).contains(*builder));
            return used.map(|(_, action)| format!("dynamodb:{action}")).collect();
        }
        "get_item" | "put_item" | "update_item" | "delete_item" | "query" | "batch_get_item" => "dynamodb",
        other => panic!("`{other}` is new here: say what IAM calls it"),
    };
    let pascal: String = operation
        .split('_')
        .map(|word| word.split_at(1))
        .map(|(first, rest)| first.to_uppercase() + rest)
        .collect();
    vec![format!("{service}:{pascal}")]
}

/// The parts of transactions that a file of the store builds: types whose `builder` it calls.
fn names_in_transactions(file: &str) -> BTreeSet<String> {
    let bodies = source::bodies("shared/src/store");
    let paths = bodies
        .into_iter()
        .filter(|body| body.file == file)
        .flat_map(|body| body.paths);
    paths.filter(|(_, name)| name == "builder").map(|(of, _)| of).collect()
}

/// What the partition keys begin with that a function of the key module makes, asked of the
/// functions themselves.
fn key_functions() -> BTreeMap<&'static str, String> {
    let profile = ProfileId::known("u1").expect("it is an id");
    let campaign = DefinitionKey::Campaign(CampaignName::from("cart"), Version::from("v1"));
    let message = MessageId::from("msg_1");
    let at = Timestamp::UNIX_EPOCH;
    let (batch, day) = (BatchId::nth(1, 1), day_of(at));
    [
        ("profile_pk", keys::profile_pk(&profile)),
        ("inbox", keys::inbox(&profile, at, "id").pk),
        ("state", keys::state(&profile).pk),
        ("traits", keys::traits(&profile).pk),
        ("message", keys::message(&profile, &message).pk),
        ("placed", keys::placed(&profile, &message).pk),
        ("manifest", keys::manifest().pk),
        ("definition", keys::definition(&campaign).pk),
        ("suppression", keys::suppression(Channel::Email, "a@example.com").pk),
        ("confirmations", keys::confirmations(Channel::Email, "a@example.com").pk),
        ("origin", keys::origin("whatsapp", Named::Id("wamid")).pk),
        ("sweep", keys::sweep().pk),
        ("outage", keys::outage().pk),
        ("pace", keys::pace(Channel::Email).pk),
        ("batch", keys::batch(&batch).pk),
        ("counters", keys::counters(&CampaignName::from("cart"), day, 0).pk),
        ("counters_pk", keys::counters_pk(day)),
    ]
    .into_iter()
    .map(|(name, pk)| (name, pk.split_inclusive('#').next().unwrap_or_default().to_owned()))
    .collect()
}
