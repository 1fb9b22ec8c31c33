//! `beckon profile export`: everything that is kept of a person, for that person.

use super::page;
use super::person::{self, Kept};
use crate::problem::Problem;
use crate::stack::{FINDING, Stack};
use beckon_shared::domain::campaign::{Addresses, Channel};
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Source};
use beckon_shared::domain::profile::{Devices, Enrollment, Phase, Profile, TallyLog as Log};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::Suppressions;
use beckon_shared::store::DynamoStore;
use beckon_shared::store::listed::ListedMessage;
use beckon_shared::store::log::decode_log;
use clap::Args;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

const HELP: &str = "\
Writes everything that is kept of a person as one JSON document: who they are known as, traits,
consent, devices, account, enrollments, lists, codes, what was decided about them, every message with what
it was made from and what became of it, every event as it was accepted, and the counts and scores
that conditions look back at. Visitors who were identified as them are in it, each by their own id.

Nothing is masked: the document is for the person whom it is about. Counters know no persons, so
nothing of them is in it.";

const EXAMPLES: &str = "\
Examples:
  beckon profile export u1 --local
  beckon profile export u1 --table beckon-prod --output u1.json
  beckon profile export u1 --local | jq '.profiles[].messages[] | {at, channel, campaign}'";

/// Write everything that is kept of a person, as JSON
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct Export {
    /// Whose: `u1`, or `anon:…` for a visitor
    #[arg(value_name = "ID")]
    id: String,
    /// Into this file, which must not be there yet; without it, to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    stack: Stack,
}

impl Export {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let id = person::id(&self.id)?;
        let table = self.stack.table().await?;
        let known = person::all(&table, &id).await?;
        if known.iter().all(Kept::is_nothing) {
            return Err(Problem::Argument(format!("nothing is known of a profile `{id}`")));
        }
        let addresses = person::workspace(&table).await?.addresses;
        let mut profiles = Vec::new();
        for kept in known.iter().filter(|kept| !kept.is_nothing()) {
            profiles.push(document(&table, kept, &addresses).await?);
        }
        let at = self.stack.now().await?.to_string();
        let document = json!({ "asked_for": id, "exported": at, "profiles": profiles });
        match &self.output {
            Some(path) => {
                let failed = |error| Problem::File {
                    file: path.display().to_string(),
                    error,
                };
                write(File::create_new(path).map_err(failed)?, &document)?;
            }
            None => write(io::stdout().lock(), &document)?,
        }
        Ok(())
    }
}

fn write(to: impl Write, document: &Value) -> io::Result<()> {
    let mut to = BufWriter::new(to);
    writeln!(to, "{document:#}")?;
    to.flush()
}

async fn document(table: &DynamoStore, kept: &Kept, addresses: &Addresses) -> Result<Value, Problem> {
    let mut all = Map::new();
    all.insert("id".to_owned(), json!(kept.id));
    if let Some(profile) = &kept.profile {
        all.extend(known(profile, addresses));
    }
    all.insert("suppressed".to_owned(), suppressed(table, kept, addresses).await?);
    let messages: Vec<Value> = kept.messages.iter().map(message).collect();
    all.insert("messages".to_owned(), json!(messages));
    all.insert(
        "inbox".to_owned(),
        json!(kept.inbox.iter().flat_map(inputs).collect::<Vec<_>>()),
    );
    Ok(Value::Object(all))
}

/// What was folded.
fn known(profile: &Profile, addresses: &Addresses) -> Map<String, Value> {
    let (state, traits) = (&profile.state, &profile.traits);
    let consent: Map<String, Value> = Channel::ALL
        .into_iter()
        .map(|channel| {
            (
                channel.name().to_owned(),
                json!(page::stand(traits, addresses, channel)),
            )
        })
        .collect();
    let lists: Map<String, Value> = state
        .lists
        .iter()
        .map(|(name, list)| {
            let entries: Vec<&Value> = list.items().collect();
            (name.clone(), json!({ "key": list.key, "entries": entries }))
        })
        .collect();
    let decisions: Vec<Value> = decode_log(&profile.log)
        .into_iter()
        .map(|logged| {
            json!({
                "at": logged.at.to_string(), "decision": logged.decision, "campaign": logged.campaign,
                "key": logged.key, "step": logged.step, "channel": logged.channel, "variant": logged.variant,
                "message": logged.message, "reason": logged.reason, "value": logged.value,
            })
        })
        .collect();
    let offers: Vec<Value> = state
        .offers
        .iter()
        .map(|offer| {
            json!({
                "code": offer.code, "campaign": offer.campaign, "given": offer.given.to_string(),
                "ends": offer.ends.to_string(), "used": offer.used.map(|at| at.to_string()),
            })
        })
        .collect();
    let account = traits.account.as_ref();
    let account = account.map(|account| json!({ "id": account.account, "traits": account.values }));
    let fields = [
        ("is_part_of", json!(state.joined)),
        ("was_also", json!(state.absorbed)),
        ("erased", json!(state.erased.map(|at| at.to_string()))),
        ("last_active", json!(state.active.map(|at| at.to_string()))),
        ("next_look", json!(state.alarm.map(|at| at.to_string()))),
        ("traits", json!(traits.values)),
        ("consent", Value::Object(consent)),
        ("devices", devices(&traits.devices)),
        ("account", json!(account)),
        (
            "enrollments",
            json!(state.enrollments.iter().map(enrollment).collect::<Vec<_>>()),
        ),
        ("lists", Value::Object(lists)),
        ("offers", json!(offers)),
        ("decisions", json!(decisions)),
        ("counts", json!(state.tallies.logs().map(counted).collect::<Vec<_>>())),
    ];
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

/// What conditions look back at.
fn counted(log: &Log) -> Value {
    let time = |millis| Timestamp::from_millisecond(millis).map(|at| at.to_string()).ok();
    let entries: Vec<Value> = log
        .entries()
        .map(|entry| json!({ "from": time(entry.from), "at": time(entry.at), "events": entry.weight, "values": entry.values }))
        .collect();
    json!({ "of": log.kind().name(), "entries": entries })
}

fn enrollment(run: &Enrollment) -> Value {
    let phase = match run.phase {
        Phase::Pending => "enters if nothing comes between",
        Phase::Running => "under way",
        Phase::Watching(_) => "through, its goal is watched",
    };
    json!({
        "campaign": run.campaign, "version": run.version, "key": run.key, "entered": run.entered.to_string(),
        "phase": phase, "step": run.step + 1, "due": run.due.map(|at| at.to_string()), "goal_reached": run.won,
        "event": run.event, "item": run.item, "offer": run.offer, "answer": run.answer,
    })
}

/// Why nothing is sent to addresses that the person has or had, where that is so.
async fn suppressed(table: &DynamoStore, kept: &Kept, addresses: &Addresses) -> Result<Value, Problem> {
    let traits = kept.profile.as_ref().map(|profile| &profile.traits);
    let own = Channel::ALL.into_iter().filter_map(|channel| {
        let address = addresses.trait_of(channel).and_then(|name| traits?.text(name))?;
        Some((channel, address.to_owned()))
    });
    let written_to = kept.messages.iter().map(|listed| &listed.envelope.message);
    let written_to = written_to.map(|message| (message.channel, message.to.clone()));
    let addresses: BTreeSet<(Channel, String)> = own.chain(written_to).filter(|(_, to)| !to.is_empty()).collect();
    let mut found = Vec::new();
    for (channel, address) in addresses {
        if let Some(why) = table.suppression(channel, &address).await? {
            let since = why.since.to_string();
            found.push(json!({ "channel": channel, "address": address, "reason": why.reason, "since": since }));
        }
    }
    Ok(json!(found))
}

fn message(listed: &ListedMessage) -> Value {
    let (envelope, message) = (&listed.envelope, &listed.envelope.message);
    json!({
        "id": message.id, "at": message.decided.to_string(), "channel": message.channel, "to": message.to,
        "campaign": message.campaign, "step": message.step, "template": message.template,
        "variant": message.variant, "purpose": message.purpose, "topic": message.topic, "locale": message.locale,
        "status": envelope.status.name(), "reason": listed.reason, "made_from": message.context,
    })
}

/// What an inbox item holds, input by input.
fn inputs(item: &InboxItem) -> impl Iterator<Item = Value> {
    let received = item.received.to_string();
    item.inputs.iter().map(move |input| {
        let mut told = match input {
            Input::Event(event) => self::event(event),
            Input::Alarm { .. } => json!({ "what": "alarm" }),
            Input::Join { into, at, .. } => json!({ "what": "join", "into": into, "at": at.to_string() }),
            Input::Merge { from, at, .. } => json!({ "what": "merge", "from": from, "at": at.to_string() }),
            Input::Member {
                profile, at, leaves, ..
            } => {
                json!({ "what": "member", "profile": profile, "leaves": leaves, "at": at.to_string() })
            }
            Input::Account {
                account, at, traits, ..
            } => {
                json!({ "what": "account", "account": account, "traits": traits, "at": at.to_string() })
            }
            Input::Erase { at, .. } => json!({ "what": "erase", "at": at.to_string() }),
        };
        if let Some(fields) = told.as_object_mut() {
            fields.insert("received".to_owned(), json!(received));
        }
        told
    })
}

/// On what they can be notified.
fn devices(devices: &Devices) -> Value {
    let at = |millis: i64| Timestamp::from_millisecond(millis).map(|at| at.to_string()).ok();
    let phones = devices.phones.iter().map(|phone| {
        json!({
            "platform": phone.platform.name(), "app": phone.app, "token": phone.token, "registered": at(phone.set),
        })
    });
    let browsers = devices.browsers.iter().map(|browser| {
        json!({
            "endpoint": browser.endpoint, "keys": { "p256dh": browser.p256dh, "auth": browser.auth },
            "registered": at(browser.set),
        })
    });
    phones.chain(browsers).collect()
}

fn event(event: &Event) -> Value {
    let what = match event.kind {
        EventKind::Track => "track",
        EventKind::Identify => "identify",
        EventKind::Page => "page",
        EventKind::Screen => "screen",
        EventKind::Group => "group",
        EventKind::Alias => "alias",
    };
    let said_by = match event.source {
        Source::Server => "server",
        Source::Browser => "browser",
        Source::Provider => "provider",
        Source::System => "system",
    };
    json!({
        "what": what, "name": event.name, "at": Timestamp::to_string(&event.at), "said_by": said_by, "id": event.id,
        "properties": event.properties,
    })
}
