//! Rehearsals: campaigns on the deciding core alone, on a virtual clock, told as a list of what was
//! decided. Quicker to tell than a story of the whole bundle, and exact: what is not told did not
//! happen.
//!
//! ```text
//! let play = Rehearsal::of(&["demo-to-album"], "2026-03-01 10:00");
//! let ann = play.person("ann");
//! ann.has("Demo Played", json!({ "album_id": "a1", "progress": 0.9 }));
//! play.passes("10m");
//! play.told(&["10:00 ann enters demo-to-album (a1)", "10:10 ann gets offer by email"]);
//! ```
#![allow(clippy::expect_used, clippy::panic, clippy::must_use_candidate)]

mod actor;
mod line;

pub use actor::Actor;
pub use line::of as line;

use crate::story::instant;
use crate::world::definitions;
use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::campaign::Campaign;
use beckon_shared::domain::decision::Decision;
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::fold::{Arrival, Folded, fold, fold_after};
use beckon_shared::domain::hindsight::{Earlier, due};
use beckon_shared::domain::id::{CampaignName, ProfileId};
use beckon_shared::domain::message::Message;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after};
use std::cell::{RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many turns may follow one another at one moment.
const TURNS_AT_ONCE: usize = 100;

/// Campaigns under way on a virtual clock. A clone is the same one.
#[derive(Clone)]
pub struct Rehearsal(Rc<RefCell<Inner>>);

struct Inner {
    definitions: Definitions,
    orders: Orders,
    rules: Rules,
    /// Every version that ever was in force.
    versions: Vec<Campaign>,
    now: Timestamp,
    people: BTreeMap<ProfileId, Profile>,
    /// What everybody folded, in order.
    inboxes: BTreeMap<ProfileId, Vec<InboxItem>>,
    /// What was decided and not told yet.
    untold: Vec<Decision>,
    messages: Vec<Message>,
    said: u64,
}

impl Rehearsal {
    /// These of the campaigns that ship, and no others.
    pub fn of(campaigns: &[&str], at: &str) -> Self {
        let shipped = definitions::shipped().unwrap_or_else(|error| panic!("{error}"));
        for name in campaigns {
            assert!(
                shipped.campaigns.iter().any(|campaign| campaign.name.as_str() == *name),
                "there is no campaign `{name}`"
            );
        }
        let keep = |campaign: &Campaign| campaigns.contains(&campaign.name.as_str());
        let mut chosen = shipped.clone();
        chosen.campaigns.retain(keep);
        Self::with(chosen, at)
    }

    /// A campaign written for the purpose, beside the workspace and the templates that ship.
    pub fn of_file(yaml: &str, at: &str) -> Self {
        Self::with(written(yaml), at)
    }

    /// Any definitions.
    pub fn with(definitions: Definitions, at: &str) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            rules: rules(&definitions, &Orders::default(), 1),
            versions: definitions.campaigns.clone(),
            definitions,
            orders: Orders::default(),
            now: instant(at),
            people: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            untold: Vec::new(),
            messages: Vec::new(),
            said: 0,
        })))
    }

    /// Somebody whom the team's server knows by name, address and number.
    pub fn person(&self, name: &str) -> Actor {
        let actor = self.stranger(name);
        actor.is(serde_json::json!({
            "first_name": name,
            "email": format!("{name}@customers.example"),
            "phone": "+4915112345678",
            "viber_id": format!("v-{name}"),
        }));
        actor
    }

    /// Somebody of whom nothing is known.
    pub fn stranger(&self, name: &str) -> Actor {
        Actor::new(self.clone(), ProfileId::known(name).expect("a name serves as an id"))
    }

    /// A visitor who is not known yet.
    pub fn visitor(&self, device: &str) -> Actor {
        Actor::new(
            self.clone(),
            ProfileId::anonymous(device).expect("a name serves as an id"),
        )
    }

    /// Lets time pass.
    pub fn passes(&self, time: &str) {
        let span = Span::parse(time).expect("a length of time");
        let until = after(self.now(), span);
        self.until(until);
    }

    /// Lets time pass until then.
    pub fn comes_to(&self, time: &str) {
        self.until(instant(time));
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.0.borrow().now
    }

    /// Pauses a campaign.
    pub fn pauses(&self, campaign: &str) {
        self.inner().orders.paused.push(campaign.to_owned());
        self.publish();
    }

    /// Lets it go on, and wakes everybody.
    pub fn resumes(&self, campaign: &str) {
        self.inner().orders.paused.retain(|paused| paused != campaign);
        self.publish();
        self.wakes_everybody();
    }

    /// Other definitions come into force.
    pub fn applies(&self, definitions: Definitions) {
        {
            let inner = &mut *self.inner();
            inner.versions.extend(definitions.campaigns.iter().cloned());
            inner.definitions = definitions;
        }
        self.publish();
    }

    /// Another version of a campaign that was written for the purpose comes into force, and everybody
    /// is woken. With `migrate`, what runs goes over to it.
    pub fn applies_file(&self, yaml: &str, migrate: bool) {
        self.inner().orders.migrate = migrate;
        self.applies(written(yaml));
        self.wakes_everybody();
    }

    /// Takes a campaign out of force, and wakes everybody. With `now`, what runs ends.
    pub fn stops(&self, campaign: &str, now: bool) {
        {
            let inner = &mut *self.inner();
            inner
                .definitions
                .campaigns
                .retain(|known| known.name.as_str() != campaign);
            if now {
                inner.orders.ended.push(campaign.to_owned());
            }
        }
        self.publish();
        self.wakes_everybody();
    }

    /// Wakes everybody, as applying a campaign does.
    pub fn wakes_everybody(&self) {
        let everybody: Vec<ProfileId> = self.0.borrow().people.keys().cloned().collect();
        for id in everybody {
            self.takes(&id, self.alarm());
        }
    }

    fn publish(&self) {
        let inner = &mut *self.inner();
        let before = std::mem::take(&mut inner.rules);
        inner.rules = rules(&inner.definitions, &inner.orders, before.revision + 1);
        let asked = inner.rules.asked_after(&before, inner.now);
        inner.rules.were_asked(asked);
        // What runs keeps its version, as the functions load it.
        for version in inner.versions.iter().cloned() {
            inner.rules.add_version(version);
        }
    }

    /// What was decided since this was asked last, in order, as lines: see [`line`].
    #[track_caller]
    pub fn told(&self, expected: &[&str]) {
        let untold = std::mem::take(&mut self.inner().untold);
        let lines: Vec<String> = untold.iter().map(line::of).collect();
        assert_eq!(lines, expected);
    }

    /// What was decided since this was asked last, in order.
    pub fn decided(&self) -> Vec<Decision> {
        std::mem::take(&mut self.inner().untold)
    }

    /// Nothing was decided since this was asked last.
    #[track_caller]
    pub fn told_nothing(&self) {
        self.told(&[]);
    }

    /// Passes over what was decided so far.
    pub fn never_mind(&self) {
        self.inner().untold.clear();
    }

    /// The message that was decided last.
    pub fn last_message(&self) -> Message {
        self.0.borrow().messages.last().expect("a message was decided").clone()
    }

    /// A profile as it stands.
    pub fn profile(&self, id: &ProfileId) -> Profile {
        self.0.borrow().people.get(id).cloned().unwrap_or_default()
    }

    fn inner(&self) -> RefMut<'_, Inner> {
        self.0.borrow_mut()
    }

    fn new_id(&self) -> String {
        let mut inner = self.inner();
        inner.said += 1;
        format!("said-{}", inner.said)
    }

    fn alarm(&self) -> Input {
        Input::Alarm { id: self.new_id() }
    }

    /// Alarms ring, each at its moment.
    fn until(&self, end: Timestamp) {
        loop {
            let next = {
                let inner = self.0.borrow();
                let alarms = inner
                    .people
                    .iter()
                    .filter_map(|(id, profile)| Some((profile.state.alarm?, id.clone())));
                alarms.filter(|(at, _)| *at <= end).min()
            };
            let Some((at, id)) = next else { break };
            let at = at.max(self.now());
            self.inner().now = at;
            self.takes(&id, self.alarm());
        }
        self.inner().now = end;
    }

    /// A profile folds an input, and whoever it passes something on to folds that.
    fn takes(&self, id: &ProfileId, input: Input) {
        let mut waiting = vec![(id.clone(), vec![input])];
        for _ in 0..TURNS_AT_ONCE {
            if waiting.is_empty() {
                return;
            }
            let (id, inputs) = waiting.remove(0);
            let folded = self.folds(&id, &inputs);
            waiting.extend(folded.forwards.into_iter().map(|item| (item.profile, item.inputs)));
        }
        panic!("more than {TURNS_AT_ONCE} turns follow one another at {}", self.now());
    }

    fn folds(&self, id: &ProfileId, inputs: &[Input]) -> Folded {
        let inner = &mut *self.inner();
        let now = inner.now;
        let profile = inner.people.entry(id.clone()).or_default();
        let arrivals: Vec<Arrival<'_>> = inputs
            .iter()
            .map(|input| Arrival {
                input,
                received: now,
                sequence: None,
            })
            .collect();
        let inbox = inner.inboxes.entry(id.clone()).or_default();
        let folded = match look_back(id, profile, inbox, inputs, now, &inner.rules) {
            Some(earlier) => fold_after(id, profile, earlier, &arrivals, now, &inner.rules),
            None => fold(id, profile, &arrivals, now, &inner.rules),
        };
        inbox.push(InboxItem {
            profile: id.clone(),
            id: format!("item-{}", inbox.len()),
            at: now,
            received: now,
            inputs: inputs.to_vec(),
        });
        if folded.changed {
            profile.version += 1;
        }
        inner.untold.extend(folded.decisions.iter().cloned());
        inner.messages.extend(folded.messages.iter().cloned());
        folded
    }
}

/// What of the inbox is newly asked for: as the functions read it, without those who went over into the profile.
fn look_back(
    id: &ProfileId,
    profile: &Profile,
    inbox: &[InboxItem],
    inputs: &[Input],
    now: Timestamp,
    rules: &Rules,
) -> Option<Earlier> {
    let due = due(id, profile, rules, now)?;
    let mut gathering = due.gather(profile, rules, now, inputs);
    inbox.iter().rev().for_each(|item| gathering.take(item));
    Some(gathering.finish())
}

/// What people said of campaigns besides what is in their files.
#[derive(Default)]
struct Orders {
    paused: Vec<String>,
    ended: Vec<String>,
    migrate: bool,
}

fn rules(definitions: &Definitions, orders: &Orders, revision: u64) -> Rules {
    let campaigns = definitions.campaigns.iter().cloned().map(|campaign| {
        let is_paused = orders.paused.iter().any(|name| name == campaign.name.as_str());
        (campaign, is_paused)
    });
    let mut rules = Rules::new(revision, definitions.workspace.clone(), campaigns);
    rules.end(orders.ended.iter().map(|name| CampaignName::from(name.as_str())));
    let migrating = definitions.campaigns.iter().filter(|_| orders.migrate);
    rules.migrate(migrating.map(|campaign| campaign.name.clone()));
    rules
}

/// A campaign written for the purpose, beside the workspace and the templates that ship.
fn written(yaml: &str) -> Definitions {
    let mut written =
        definitions::edited(&[], &[("written-for-this.yaml", yaml)]).unwrap_or_else(|error| panic!("{error}"));
    let name = yaml
        .lines()
        .find_map(|line| line.strip_prefix("campaign: "))
        .expect("a file says its campaign's name");
    written
        .campaigns
        .retain(|campaign| campaign.name.as_str() == name.trim());
    written
}
