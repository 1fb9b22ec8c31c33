//! Folding: `(profile, inputs, now) → (profile', decisions, messages)`.
//!
//! First everything that arrived is taken in, in the order in which it arrived; then the profile
//! is looked at once, as it is now. So a reminder whose hour has come is not sent where the order
//! that makes it pointless is already known, even if both were held up together.
//!
//! Folding the same inputs again changes nothing: a replayed stream record is known by its
//! place in the stream, anything else by its id.

mod account;
mod ask;
mod dates;
mod device;
mod edge;
mod effect;
mod enter;
mod erase;
mod hear;
mod history;
mod join;
mod journey;
mod leave;
mod message;
mod recall;
mod recollect;
mod scope;
mod sequence;
mod service;
mod take;

use super::count::Heard;
use super::decision::{Decision, PassReason, Saw, Verdict};
use super::event::{Event, InboxItem, Input};
use super::hindsight::Earlier;
use super::id::{CampaignName, ProfileId};
use super::message::Message;
use super::profile::{Enrollment, Phase, Profile};
use super::rules::Rules;
use super::time::{Span, Timestamp, after, before};
use enter::Trigger;
use jiff::tz::TimeZone;

pub use ask::{Answer, Says, ask};
pub(super) use history::{TRAITS_MAX, TRAITS_MAX_BYTES, is_activity};
pub(super) use message::variant_of;
pub use scope::scope;
pub(super) use sequence::links_of;
pub(super) use take::{as_track, made_of};

/// Most enrollments a profile may have at once, those that only watch for their goal included.
pub const ENROLLMENTS_MAX: usize = 64;

/// Campaigns whose past is remembered even after they are gone, in case they come back.
const PAST_MAX: usize = 64;

/// How often a look is followed by another, because steps set traits that campaigns listen to.
const LOOKS_MAX: usize = 8;

/// An input as it comes to be folded.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// What.
    pub input: &'a Input,
    /// When it was accepted.
    pub received: Timestamp,
    /// Its place in the stream; `None` where it was read from the inbox itself.
    pub sequence: Option<&'a str>,
}

/// What folding came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Folded {
    /// What was decided, in order.
    pub decisions: Vec<Decision>,
    /// Who did not enter, and why: only where it is asked for ([`explain`]).
    pub passes: Vec<Decision>,
    /// What was heard of messages for the first time, to be counted.
    pub heard: Vec<Heard>,
    /// What is to be sent.
    pub messages: Vec<Message>,
    /// Inputs for the inbox of this or another profile, to be put there with the save.
    pub forwards: Vec<InboxItem>,
    /// Whether the profile has to be saved.
    pub changed: bool,
    /// Whether its traits have to be saved too.
    pub traits_changed: bool,
    /// Whether any input could have mattered: where one could and nothing changed, a caller that
    /// folded into a profile it only remembers has to look at the stored one.
    pub relevant: bool,
    /// How many inputs had been folded before.
    pub repeats: usize,
}

/// Folds what arrived into the profile. `profile` is left as it was where `changed` is false,
/// but for the marks of what was folded, which are worth no write of their own.
pub fn fold(id: &ProfileId, profile: &mut Profile, arrivals: &[Arrival<'_>], now: Timestamp, rules: &Rules) -> Folded {
    Turn::new(id, profile, now, rules).fold(arrivals)
}

/// Folds in the same way, after what was gathered of the time before the rules asked for it
/// ([`super::hindsight`]).
pub fn fold_after(
    id: &ProfileId,
    profile: &mut Profile,
    earlier: Earlier,
    arrivals: &[Arrival<'_>],
    now: Timestamp,
    rules: &Rules,
) -> Folded {
    let mut turn = Turn::new(id, profile, now, rules);
    turn.recollect(earlier);
    turn.fold(arrivals)
}

/// Folds in the same way and tells who did not enter, and why.
pub fn explain(
    id: &ProfileId,
    profile: &mut Profile,
    arrivals: &[Arrival<'_>],
    now: Timestamp,
    rules: &Rules,
) -> Folded {
    let mut turn = Turn::new(id, profile, now, rules);
    turn.explains = true;
    turn.fold(arrivals)
}

/// Marks everything received up to `until` as folded: called after the inbox itself was folded
/// up to there, because the stream may have forgotten some of it.
pub fn raise_floor(profile: &mut Profile, until: Timestamp) {
    let floor = &mut profile.state.floor;
    *floor = (*floor).max(Some(until));
}

/// One fold under way.
struct Turn<'a> {
    id: &'a ProfileId,
    profile: &'a mut Profile,
    now: Timestamp,
    rules: &'a Rules,
    zone: TimeZone,
    /// Place in the stream of the last item that was taken.
    reached: Option<String>,
    /// Everything that the profile may come to is looked at, whether or not its time has come.
    turns_all: bool,
    /// What is kept of events has to be looked through: other things are asked for than before, or more came in than
    /// events.
    keeps_anew: bool,
    /// Traits that steps of campaigns have set in this look.
    set_by_steps: Vec<(CampaignName, String)>,
    /// It had a past that nobody had asked about.
    has_history: bool,
    /// The revision that it stays at, because it has not seen all of that past.
    unmet: Option<u64>,
    /// Of an account: whom it has to answer.
    answers: account::Answers,
    /// Whether passes are told.
    explains: bool,
    folded: Folded,
}

impl<'a> Turn<'a> {
    fn new(id: &'a ProfileId, profile: &'a mut Profile, now: Timestamp, rules: &'a Rules) -> Self {
        let zone = profile.traits.zone(&rules.workspace.time_zone);
        Self {
            id,
            profile,
            now,
            rules,
            zone,
            reached: None,
            turns_all: false,
            keeps_anew: false,
            set_by_steps: Vec::new(),
            has_history: false,
            unmet: None,
            answers: account::Answers::default(),
            explains: false,
            folded: Folded::default(),
        }
    }

    fn fold(mut self, arrivals: &[Arrival<'_>]) -> Folded {
        let is_met = self.profile.state.rules_revision == self.rules.revision && self.profile.version > 0;
        self.keeps_anew |= !is_met;
        if !is_met && self.profile.state.joined.is_none() && !self.id.is_account() {
            self.meet_rules();
        }
        for arrival in arrivals {
            self.take(arrival);
        }
        self.look();
        self.finish()
    }

    /// What changed traits bring about.
    fn follow_traits(&mut self, trigger: &Trigger<'_>, changed: &[String], may_enter: bool) {
        self.zone = self.profile.traits.zone(&self.rules.workspace.time_zone);
        self.rearm_dates(Some(changed));
        self.turn_by_traits(trigger, changed, may_enter);
        if may_enter {
            self.enter_by_traits(trigger, changed);
        }
    }

    /// Whether the event is too old to start anything.
    fn is_late(&self, event: &Event) -> bool {
        event.at <= before(self.now, self.rules.workspace.late_after)
    }

    /// Campaigns may have come or gone since the profile was looked at last.
    fn meet_rules(&mut self) {
        self.note_sides();
        self.rearm_dates(None);
        let met = &mut self.profile.state.rules_revision;
        *met = match self.unmet {
            // It looks back once more.
            Some(unmet) => unmet.min(*met),
            None => self.rules.revision,
        };
    }

    /// Looks at everything that waits.
    fn look(&mut self) {
        if self.profile.state.joined.is_some() {
            return;
        }
        if self.id.is_account() {
            self.answer();
            return;
        }
        self.heed_recalls();
        for looks in 0..=LOOKS_MAX {
            self.enter_by_date();
            self.turn_by_time();
            self.settle_pending();
            self.run();
            let (campaigns, changed): (Vec<CampaignName>, Vec<String>) =
                std::mem::take(&mut self.set_by_steps).into_iter().unzip();
            let Some(last) = campaigns.last() else { break };
            let may_enter = looks < LOOKS_MAX;
            if !may_enter {
                let error = format!("steps that set traits led to one another {LOOKS_MAX} times already");
                self.decide(last, "", Verdict::Fault { place: "set", error });
            }
            let id = format!("set:{}:{looks}", self.now.as_millisecond());
            let values = self.profile.traits.values.clone();
            let trigger = Trigger {
                id: &id,
                at: self.now,
                name: "",
                properties: &values,
                hops: 0,
            };
            self.follow_traits(&trigger, &changed, may_enter);
        }
        self.set_alarm();
    }

    /// The profile's alarm is the earliest moment at which something needs another look. An
    /// alarm that is early enough is left alone: it fires, finds the later moment, and sets that,
    /// which is cheaper than moving it with every event.
    fn set_alarm(&mut self) {
        let waiting = self
            .profile
            .state
            .enrollments
            .iter()
            .filter(|enrollment| matches!(enrollment.phase, Phase::Running | Phase::Pending))
            .filter_map(|enrollment| enrollment.due);
        let wanted = waiting
            .chain(self.exits_due())
            .chain(self.dates_due())
            .chain(self.profile.state.turns)
            .min();
        let state = &mut self.profile.state;
        let alarm = match (wanted, state.alarm) {
            (Some(wanted), Some(alarm)) if alarm > self.now && alarm <= wanted => Some(alarm),
            (wanted, _) => wanted,
        };
        if alarm != state.alarm {
            state.alarm = alarm;
            self.folded.changed = true;
        }
    }

    fn finish(mut self) -> Folded {
        let state = &mut self.profile.state;
        if self.reached.is_some() {
            state.cursor = self.reached.take();
        }
        for message in &self.folded.messages {
            if let Some(variant) = &message.variant {
                state.echoes.sent(&message.id, variant);
            }
        }
        if self.folded.changed {
            self.forget_what_is_over();
        }
        std::mem::take(&mut self.folded)
    }

    /// Forgets what nothing can come of any more.
    fn forget_what_is_over(&mut self) {
        self.forget_links();
        let (rules, now) = (self.rules, self.now);
        let late_after = rules.workspace.late_after;
        let state = &mut self.profile.state;
        state.enrollments.retain(|enrollment| match enrollment.phase {
            Phase::Running | Phase::Pending => true,
            Phase::Watching(until) => !enrollment.won && is_watched(until, late_after, now),
        });
        // What comes late asks as of its own time.
        let asked_at = before(now, late_after);
        state
            .tallies
            .retain(asked_at, self.keeps_anew, |log| rules.keep_of(log));
        state.lists.retain(|name, _| rules.workspace.lists.contains_key(name));
        if state.past.len() > PAST_MAX {
            state.past.retain(|campaign, _| rules.paused(campaign).is_some());
        }
        state.ledger.keep(&rules.workspace.caps, now);
        state.offers.forget(now);
    }

    /// The profile does not enter. What the condition saw is asked for only where it is told.
    fn pass(
        &mut self,
        campaign: &CampaignName,
        key: &str,
        trigger: &str,
        reason: PassReason,
        saw: impl FnOnce(&Self) -> Vec<Saw>,
    ) {
        if !self.explains {
            return;
        }
        let saw = saw(self);
        self.folded.passes.push(Decision {
            at: self.now,
            profile: self.id.clone(),
            campaign: campaign.clone(),
            key: key.to_owned(),
            drawn_for: None,
            verdict: Verdict::Pass {
                reason,
                trigger: trigger.to_owned(),
                saw,
            },
        });
    }

    /// Notes what was decided of a campaign as a whole.
    fn decide(&mut self, campaign: &CampaignName, key: &str, verdict: Verdict) {
        self.note(campaign, key, None, verdict);
    }

    /// The same of a run, which may go on being drawn for under the id that it began under.
    fn decide_for(&mut self, run: &Enrollment, verdict: Verdict) {
        self.note(&run.campaign, &run.key, run.drawn_for.clone(), verdict);
    }

    fn note(&mut self, campaign: &CampaignName, key: &str, drawn_for: Option<ProfileId>, verdict: Verdict) {
        self.folded.changed = true;
        self.folded.decisions.push(Decision {
            at: self.now,
            profile: self.id.clone(),
            campaign: campaign.clone(),
            key: key.to_owned(),
            drawn_for,
            verdict,
        });
    }
}

/// Whether a goal that was open until then may still be heard of: as late as anything counts for campaigns.
fn is_watched(until: Timestamp, late_after: Span, now: Timestamp) -> bool {
    after(until, late_after) > now
}
