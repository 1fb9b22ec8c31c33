//! An inbox that is folded: in any cut, at the moments at which things came or at any later ones.

use beckon_shared::domain::decision::{Decision, Verdict};
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::fold::{Arrival, Folded, fold};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::message::Message;
use beckon_shared::domain::profile::{Phase, Profile};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after};
use fastrand::Rng;

/// Most inputs of one batch.
const BATCH_MAX: usize = 50;
/// Most alarms between two moments at which anything happens.
pub const ALARMS_MAX: usize = 2_000;

/// An input, when it came, and whether its batch has to end with it.
pub struct Arrived {
    pub input: Input,
    pub received: Timestamp,
    pub ends: bool,
}

impl Arrived {
    /// One after which a batch may go on.
    pub fn at(received: Timestamp, input: Input) -> Self {
        Self {
            input,
            received,
            ends: false,
        }
    }
}

/// Everything that ever came for one profile, but for its alarms.
pub struct Inbox {
    pub id: ProfileId,
    pub arrived: Vec<Arrived>,
}

/// How an inbox is cut.
pub enum Cut {
    OneByOne,
    AsFewAsMayBe,
    Random(Rng),
}

impl Cut {
    /// How many may stand in the next batch.
    fn most(&mut self) -> usize {
        match self {
            Self::OneByOne => 1,
            Self::AsFewAsMayBe => BATCH_MAX,
            Self::Random(rng) => rng.usize(1..5),
        }
    }
}

/// What folding an inbox came to.
#[derive(Default)]
pub struct Outcome {
    pub profile: Profile,
    pub decisions: Vec<Decision>,
    pub messages: Vec<Message>,
    pub forwards: Vec<InboxItem>,
    /// The profile as it was after each moment at which anything came, and what one more look would have decided.
    pub moments: Vec<(Profile, Vec<Decision>)>,
    /// Batches of more than one input.
    pub batches: usize,
}

impl Outcome {
    /// The profile as one more look at that moment leaves it, which forgets what is over, and what that look decided.
    /// Without what only saves work: alarms that were left alone, how often it was saved.
    fn as_it_is(&self, id: &ProfileId, now: Timestamp, rules: &Rules) -> (Profile, Vec<Decision>) {
        let mut profile = self.profile.clone();
        let alarm = Input::Alarm {
            id: format!("one more at {now}"),
        };
        let arrival = Arrival {
            input: &alarm,
            received: now,
            sequence: None,
        };
        let decisions = fold(id, &mut profile, &[arrival], now, rules).decisions;
        let state = &mut profile.state;
        (state.alarm, state.turns) = (None, None);
        // Alarms are inputs too.
        state.seen = Default::default();
        state.folded = None;
        profile.version = 0;
        (profile, decisions)
    }

    /// Leaves out what campaigns of such names decided, and says how many faults of theirs were told.
    pub fn leaves_out(&mut self, prefix: &str) -> usize {
        let is_theirs = |decision: &Decision| decision.campaign.as_str().starts_with(prefix);
        let is_fault = |decision: &&Decision| matches!(decision.verdict, Verdict::Fault { .. });
        let faults = self.decisions.iter().filter(|decision| is_theirs(decision));
        let faults = faults.filter(is_fault).count();
        self.decisions.retain(|decision| !is_theirs(decision));
        faults
    }

    pub fn into_profile(self) -> Profile {
        self.profile
    }

    pub fn take(&mut self, id: &ProfileId, inputs: &[&Arrived], now: Timestamp, rules: &Rules) -> Folded {
        let arrivals: Vec<Arrival<'_>> = inputs
            .iter()
            .map(|arrived| Arrival {
                input: &arrived.input,
                received: arrived.received,
                sequence: None,
            })
            .collect();
        let folded = fold(id, &mut self.profile, &arrivals, now, rules);
        if folded.changed {
            self.profile.version += 1;
        }
        self.batches += usize::from(inputs.len() > 1);
        self.decisions.extend(folded.decisions.iter().cloned());
        self.messages.extend(folded.messages.iter().cloned());
        self.forwards.extend(folded.forwards.iter().cloned().map(comparable));
        folded
    }

    /// Lets alarms ring that are due before the moment, each at its own.
    pub fn rings_until(&mut self, id: &ProfileId, until: Timestamp, from: Timestamp, rules: &Rules) {
        for _ in 0..ALARMS_MAX {
            let Some(due) = self.profile.state.alarm.filter(|due| *due < until) else {
                return;
            };
            let alarm = Arrived {
                input: Input::Alarm {
                    id: format!("alarm-{due}"),
                },
                received: due.max(from),
                ends: true,
            };
            self.take(id, &[&alarm], due.max(from), rules);
        }
        panic!("{id} is woken for ever");
    }
}

/// Of what goes over into another profile: its alarms were inputs too; and when runs are looked at next is noted by
/// the looks that they had, and anew by the other's first one.
fn comparable(mut item: InboxItem) -> InboxItem {
    for input in &mut item.inputs {
        if let Input::Merge { past, .. } = input {
            past.state.seen = Default::default();
            let handed_over = past.state.handover.as_ref().map(|open| open.enrollment.clone());
            for run in past
                .state
                .enrollments
                .iter_mut()
                .filter(|run| run.phase == Phase::Running)
            {
                // What waits for the morning, or for word of a message, was told by a decision.
                if (!run.deferred && run.tried == 0) || handed_over.as_ref() == Some(&run.id) {
                    run.due = None;
                }
            }
        }
    }
    item
}

impl Inbox {
    pub fn merges(&self) -> usize {
        let is_merge = |arrived: &&Arrived| matches!(arrived.input, Input::Merge { .. });
        self.arrived.iter().filter(is_merge).count()
    }

    /// Folds what came at each moment at that moment, in batches that end where they have to.
    pub fn folded(&self, rules: &Rules, cut: &mut Cut) -> Outcome {
        let mut outcome = Outcome::default();
        let mut before = Timestamp::MIN;
        for moment in self.arrived.chunk_by(|one, next| one.received == next.received) {
            let now = moment[0].received;
            outcome.rings_until(&self.id, now, before, rules);
            let mut rest = moment;
            while !rest.is_empty() {
                let most = cut.most().min(rest.len());
                let end = rest.iter().position(|arrived| arrived.ends).map_or(most, |end| end + 1);
                let (batch, behind) = rest.split_at(end.min(most));
                outcome.take(&self.id, &batch.iter().collect::<Vec<_>>(), now, rules);
                rest = behind;
            }
            before = now;
            outcome.moments.push(outcome.as_it_is(&self.id, now, rules));
        }
        outcome
    }

    /// Folds in any batches, each at any moment after its last input came; alarms ring or are held up as well.
    pub fn held_up(&self, rules: &Rules, rng: &mut Rng, until: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        let mut now = Timestamp::MIN;
        let mut rest = &self.arrived[..];
        while !rest.is_empty() {
            let (batch, behind) = rest.split_at(rng.usize(1..=rest.len().min(20)));
            let last = batch.last().expect("there is one").received.max(now);
            let late = match rng.u8(0..3) {
                0 => last,
                1 => after(last, Span::from_secs(rng.i64(1..10_000))),
                _ => after(last, Span::from_mins(rng.i64(1..20_000))),
            };
            if rng.bool() {
                outcome.rings_until(&self.id, last, now, rules);
            }
            now = late.min(until);
            outcome.take(&self.id, &batch.iter().collect::<Vec<_>>(), now, rules);
            rest = behind;
        }
        outcome
    }
}
