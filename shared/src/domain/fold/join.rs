//! Two profiles turn out to be one person: the one goes over into the other, once, and passes on
//! whatever reaches it later.
//!
//! ```text
//! anon:x ◀─ Join ─ ingest          anon:x ─ Merge ─▶ u1        anon:x ─ late event ─▶ u1
//! ```
//!
//! Each of them writes its own state only: what the other has to know is an input of its inbox,
//! saved together with the state.

use super::ask::over_by;
use super::{ENROLLMENTS_MAX, Turn};
use crate::domain::campaign::{Again, Campaign, Enter, Meanwhile};
use crate::domain::decision::Verdict;
use crate::domain::event::{Event, InboxItem, Input};
use crate::domain::id::{CampaignName, ProfileId, digest};
use crate::domain::profile::{self, Enrollment, MergedPast, Past, Phase};
use crate::domain::time::Timestamp;
use std::collections::BTreeMap;

/// Why a run ends that another has taken the place of.
const MERGED: &str = "merged";

impl Turn<'_> {
    /// Puts an input into an inbox, with this profile's save. The same input makes the same item.
    pub(super) fn forward(&mut self, to: ProfileId, at: Timestamp, input: Input) {
        let id = format!("fwd_{}", digest(&[self.id.as_str(), to.as_str(), input.id()]));
        self.folded.changed = true;
        self.folded.forwards.push(InboxItem {
            profile: to,
            id,
            at,
            received: self.now,
            inputs: vec![input],
        });
    }

    /// Goes over into the profile, the first time that this is said. Not into one that went over
    /// into this one before: that would be a circle.
    pub(super) fn take_join(&mut self, into: &ProfileId, at: Timestamp) {
        self.folded.relevant = true;
        self.folded.changed = true;
        if into == self.id || self.id.is_account() {
            return;
        }
        if self.profile.state.absorbed.contains(into) {
            self.fault_of_none("join", "it would go over into a part of itself".to_owned());
            return;
        }
        // What comes along must not depend on when the profile was folded last.
        self.forget_what_is_over();
        let (mut past, left_behind) = MergedPast::take(self.profile, &self.rules.workspace.addresses);
        for piece in left_behind {
            self.fault_of_none("join", format!("{piece} was too large to be taken along"));
        }
        for run in &mut past.state.enrollments {
            run.drawn_for.get_or_insert_with(|| self.id.clone());
        }
        self.profile.state.joined = Some(into.clone());
        self.folded.traits_changed = true;
        let merge = Input::Merge {
            id: format!("merge_{}", digest(&[self.id.as_str(), into.as_str()])),
            from: self.id.clone(),
            at,
            past: Box::new(past),
        };
        self.forward(into.clone(), at, merge);
    }

    /// Passes on what reached this profile after it went over into another.
    pub(super) fn pass_on(&mut self, arrival: &super::Arrival<'_>, into: &ProfileId) {
        if self.profile.state.seen.contains(arrival.input.id()) {
            // It was folded before the profile went over, and taken along.
            self.folded.repeats += 1;
            return;
        }
        self.folded.relevant = true;
        match arrival.input {
            Input::Event(event) => {
                let at = event.at.min(arrival.received);
                let event = Event { at, ..event.clone() };
                self.forward(into.clone(), at, Input::Event(event));
            }
            Input::Merge { from, past, .. } if from == self.id => {
                // Its own past has come back: each was said to go over into the other, at once.
                // Neither does.
                self.profile.state.joined = None;
                self.take_past(past);
                // It had gone over: what comes by date or by itself was not looked for meanwhile.
                self.meet_rules();
            }
            Input::Merge { at, .. } | Input::Account { at, .. } | Input::Member { at, .. } => {
                self.forward(into.clone(), *at, arrival.input.clone());
            }
            // There is nothing left to look at; it went over already; and each forgets by itself.
            Input::Alarm { .. } | Input::Join { .. } | Input::Erase { .. } => {}
        }
    }

    /// Takes another profile in, once.
    pub(super) fn take_merge(&mut self, from: &ProfileId, at: Timestamp, past: &MergedPast) {
        self.folded.relevant = true;
        if self.profile.state.absorbed.contains(from) {
            self.folded.repeats += 1;
            return;
        }
        if from != self.id {
            profile::note_absorbed(&mut self.profile.state, from.clone());
        }
        self.merge_account(from, at, past.traits.account.clone());
        self.take_past(past);
    }

    fn take_past(&mut self, past: &MergedPast) {
        self.folded.changed = true;
        self.folded.traits_changed = true;
        let their_past = past.state.past.clone();
        let own_past = self.profile.state.past.clone();
        self.keeps_anew = true;
        let absorbed = profile::absorb(self.profile, past.clone(), &self.rules.workspace.addresses);
        self.merge_runs(absorbed.enrollments, &own_past, &their_past);
        self.end_what_is_over();
        self.zone = self.profile.traits.zone(&self.rules.workspace.time_zone);
        self.rearm_dates(Some(&absorbed.changed));
        self.turns_all = true;
    }

    /// Takes the other's runs through campaigns in. Of two runs of one campaign for one key, the one
    /// goes on that would have had all been one profile.
    fn merge_runs(
        &mut self,
        theirs: Vec<Enrollment>,
        own_past: &BTreeMap<CampaignName, Past>,
        their_past: &BTreeMap<CampaignName, Past>,
    ) {
        let running: Vec<(CampaignName, String)> = theirs
            .iter()
            .filter(|run| is_open(run))
            .map(|run| (run.campaign.clone(), run.key.clone()))
            .collect();
        let mut place = 0;
        while let Some(own) = self.profile.state.enrollments.get(place) {
            let met = running
                .iter()
                .any(|(campaign, key)| *campaign == own.campaign && *key == own.key);
            if is_open(own) && !met && self.is_shut_out(own, their_past) {
                self.leave_place(place);
            } else {
                place += 1;
            }
        }
        for run in theirs {
            self.merge_run(run, own_past);
        }
    }

    fn merge_run(&mut self, theirs: Enrollment, own_past: &BTreeMap<CampaignName, Past>) {
        let own = self.profile.state.enrollments.iter().position(|own| {
            own.id == theirs.id
                || (own.campaign == theirs.campaign && own.key == theirs.key && is_open(own) && is_open(&theirs))
        });
        let Some(place) = own else {
            if is_open(&theirs) && self.is_shut_out(&theirs, own_past) {
                self.leave_merged(&theirs);
            } else {
                self.add_run(theirs);
            }
            return;
        };
        let Some(own) = self.profile.state.enrollments.get(place) else {
            return;
        };
        if own.id == theirs.id {
            return;
        }
        let meanwhile = self.entrance_of(own).map(|enter| enter.meanwhile);
        let is_theirs = match meanwhile {
            Some(Meanwhile::Restart | Meanwhile::Move) => theirs.entered > own.entered,
            Some(Meanwhile::Ignore) => theirs.entered < own.entered,
            None => false,
        };
        if is_theirs {
            self.leave_place(place);
            self.add_run(theirs);
        } else {
            self.leave_merged(&theirs);
        }
    }

    fn add_run(&mut self, run: Enrollment) {
        if super::enter::make_room(&mut self.profile.state.enrollments) {
            self.profile.state.enrollments.push(run);
        } else if is_open(&run) {
            let error = format!("the profile has {ENROLLMENTS_MAX} running enrollments already");
            self.decide_for(&run, Verdict::Fault { place: "enter", error });
            self.leave_merged(&run);
        }
    }

    /// Takes an own run away whose place the other's takes. That its key has entered stays known.
    fn leave_place(&mut self, place: usize) {
        let run = self.profile.state.enrollments.remove(place);
        self.leave_merged(&run);
    }

    /// A run does not go on. One that never entered leaves without a word.
    fn leave_merged(&mut self, run: &Enrollment) {
        self.folded.changed = true;
        self.close_handover_of(&run.id);
        match run.phase {
            Phase::Running => {
                let reason = MERGED.to_owned();
                self.decide_for(run, Verdict::Exit { reason });
            }
            Phase::Pending | Phase::Watching(_) => {}
        }
    }

    /// Whether the campaign would not have let the run in beside one that the other profile had
    /// for the same key, and that is over.
    fn is_shut_out(&self, run: &Enrollment, others: &BTreeMap<CampaignName, Past>) -> bool {
        let other = others.get(&run.campaign).and_then(|past| past.entered(&run.key));
        let Some((other, enter)) = other.zip(self.entrance_of(run)) else {
            return false;
        };
        match enter.again {
            Again::Always => false,
            Again::Never => true,
            Again::After(span) => (run.entered.as_millisecond() - other).abs() < span.millis,
        }
    }

    fn entrance_of(&self, run: &Enrollment) -> Option<&Enter> {
        self.campaign_of(run)?.enter.get(usize::from(run.entrance))
    }

    fn campaign_of(&self, run: &Enrollment) -> Option<&Campaign> {
        self.rules.version(&run.campaign, &run.version).map(AsRef::as_ref)
    }

    /// Ends runs that an event ended which the other profile knew of.
    fn end_what_is_over(&mut self) {
        let mut place = 0;
        while let Some(run) = self.profile.state.enrollments.get(place) {
            let over = self
                .campaign_of(run)
                .filter(|_| run.phase == Phase::Running)
                .and_then(|campaign| over_by(campaign, &self.profile.state.tallies, run.entered).map(str::to_owned));
            match over {
                Some(event) => self.end(place, event),
                None => place += 1,
            }
        }
    }

    /// A fault that is no campaign's.
    pub(super) fn fault_of_none(&mut self, place: &'static str, error: String) {
        self.decide(&CampaignName::from(""), "", Verdict::Fault { place, error });
    }
}

/// Whether it has steps to take, now or once something has not happened for long enough.
fn is_open(run: &Enrollment) -> bool {
    match run.phase {
        Phase::Running | Phase::Pending => true,
        Phase::Watching(_) => false,
    }
}
