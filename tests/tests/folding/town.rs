//! People whose inboxes are folded one input after another, as they come.

use crate::days::{Pile, Told, What};
use crate::inbox::{ALARMS_MAX, Arrived, Inbox, Outcome};
use beckon_shared::domain::decision::Verdict;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Source};
use beckon_shared::domain::fold::Folded;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::{Enrollment, Phase, Profile, State};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after};
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};

/// Everybody.
pub struct Town {
    seed: u64,
    pub now: Timestamp,
    pub inboxes: BTreeMap<ProfileId, Inbox>,
    lives: BTreeMap<ProfileId, Outcome>,
    waiting: BTreeMap<ProfileId, VecDeque<Input>>,
    said: usize,
}

impl Town {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            now: Timestamp::MIN,
            inboxes: BTreeMap::new(),
            lives: BTreeMap::new(),
            waiting: BTreeMap::new(),
            said: 0,
        }
    }

    /// Time passes until the moment at which a few things are heard of at once, and those are folded, one input after
    /// another.
    pub fn lives_through(&mut self, rules: &Rules, pile: Pile) {
        let everybody: Vec<ProfileId> = self.lives.keys().cloned().collect();
        for id in everybody {
            self.rings(&id, pile.at, rules);
        }
        self.now = pile.at;
        let before = self.said;
        self.said += pile.told.len();
        for (place, told) in pile.told.iter().enumerate() {
            // What is told twice is told under one id.
            let number = before + told.repeats.unwrap_or(place);
            if let Some(input) = self.input(told, number) {
                self.waiting.entry(told.who.id()).or_default().push_back(input);
            }
        }
        self.folds_what_waits(pile.at, rules);
    }

    fn rings(&mut self, id: &ProfileId, until: Timestamp, rules: &Rules) {
        for _ in 0..ALARMS_MAX {
            let life = self.lives.entry(id.clone()).or_default();
            let Some(due) = life.profile.state.alarm.filter(|due| *due < until) else {
                return;
            };
            let due = due.max(self.now);
            let alarm = Arrived {
                input: Input::Alarm {
                    id: format!("alarm-{due}"),
                },
                received: due,
                ends: true,
            };
            let folded = life.take(id, &[&alarm], due, rules);
            self.deliver(folded.forwards);
            // What an alarm leads to comes a moment after it.
            self.folds_what_waits(after(due, Span::from_millis(1)), rules);
        }
        panic!("seed {}: {id} is woken for ever", self.seed);
    }

    fn deliver(&mut self, forwards: Vec<InboxItem>) {
        for item in forwards {
            self.waiting.entry(item.profile).or_default().extend(item.inputs);
        }
    }

    fn folds_what_waits(&mut self, now: Timestamp, rules: &Rules) {
        while let Some((id, input)) = self.next_waiting() {
            let life = self.lives.entry(id.clone()).or_default();
            let before = life.profile.clone();
            let mut arrived = Arrived {
                input,
                received: now,
                ends: false,
            };
            let folded = life.take(&id, &[&arrived], now, rules);
            arrived.ends = has_moved(&before, &life.profile, &folded, now, rules);
            let inbox = self.inboxes.entry(id.clone()).or_insert_with(|| Inbox {
                id: id.clone(),
                arrived: Vec::new(),
            });
            inbox.arrived.push(arrived);
            self.deliver(folded.forwards);
        }
    }

    /// One profile's inbox is emptied before the next one's is looked at.
    fn next_waiting(&mut self) -> Option<(ProfileId, Input)> {
        let (id, queue) = self.waiting.iter_mut().find(|(_, queue)| !queue.is_empty())?;
        Some((id.clone(), queue.pop_front()?))
    }

    /// What is told, as an input; nothing where it is word of a message and none was sent.
    fn input(&self, told: &Told, number: usize) -> Option<Input> {
        let id = format!("said-{number}");
        let event = |kind, name: &str, source, properties: serde_json::Value| {
            let properties = properties.as_object().cloned().unwrap_or_default();
            let name = name.to_owned();
            Input::Event(Event {
                id: id.clone(),
                kind,
                name,
                at: told.at,
                source,
                hops: 0,
                properties,
            })
        };
        Some(match &told.what {
            What::Did(name, properties) => event(EventKind::Track, name, Source::Server, properties.clone()),
            What::Browsed(name, properties) => event(EventKind::Track, name, Source::Browser, properties.clone()),
            What::Saw(group) => event(EventKind::Page, "", Source::Browser, json!({ "group": group })),
            What::Is(traits) => event(EventKind::Identify, "", Source::Server, traits.clone()),
            What::TurnsOutToBe(who) => Input::join(&told.who.id(), &who.id(), told.at),
            What::Word(name, nth) => {
                let sent = &self.lives.get(&told.who.id())?.messages;
                let message = sent.get(sent.len().checked_sub(1 + nth)?)?;
                let word = json!({
                    "message": message.id, "campaign": message.campaign, "step": message.step,
                    "channel": message.channel.name(), "bounce_type": "hard", "reason": "refused", "text": "call me",
                });
                event(EventKind::Track, name, Source::Provider, word)
            }
        })
    }
}

/// Whether the look that followed an input did anything but note when to look again, as far as can be told from
/// outside: rather once too often than not.
fn has_moved(before: &Profile, after: &Profile, folded: &Folded, now: Timestamp, rules: &Rules) -> bool {
    let first_look = before.version == 0;
    let was_due = before.state.alarm.is_some_and(|due| due <= now);
    let decided = folded.decisions.iter().any(|decision| match &decision.verdict {
        Verdict::Enter | Verdict::Goal { .. } | Verdict::Redeem { .. } => false,
        Verdict::Exit { reason } => reason == "condition" || reason == "exit",
        Verdict::Send { .. }
        | Verdict::Skip { .. }
        | Verdict::Defer { .. }
        | Verdict::Fault { .. }
        | Verdict::Offer { .. }
        | Verdict::Pass { .. } => true,
    });
    // A profile that was merged looks at everything that it may come to.
    let merged = before.state.absorbed != after.state.absorbed && before.state.sides != after.state.sides;
    // One whose past has come back to it begins anew.
    let came_back = before.state.joined.is_some() && after.state.joined.is_none();
    came_back || first_look || was_due || decided || merged || has_stepped(&before.state, &after.state, rules)
}

fn has_stepped(before: &State, after: &State, rules: &Rules) -> bool {
    after.enrollments.iter().any(|run| {
        let was = before.enrollments.iter().find(|was| was.id == run.id);
        match was {
            Some(was) => {
                let place = |run: &Enrollment| {
                    let offered = (run.offer.clone(), run.answer.clone());
                    (
                        run.step,
                        run.phase,
                        run.tried,
                        run.rounds.clone(),
                        run.deferred,
                        offered,
                    )
                };
                place(was) != place(run)
            }
            None => {
                run.step != 0
                    // A loop leads back to where it began.
                    || !run.rounds.is_empty()
                    || run.phase != Phase::Pending && (waited_to_enter(run, rules) || run.phase != Phase::Running)
            }
        }
    })
}

/// Whether the run let somebody in because something had not followed: looks decide that.
fn waited_to_enter(run: &Enrollment, rules: &Rules) -> bool {
    let campaign = rules.version(&run.campaign, &run.version);
    let entrance = campaign.and_then(|campaign| campaign.enter.get(usize::from(run.entrance)));
    entrance.is_some_and(|enter| enter.without.is_some())
}
