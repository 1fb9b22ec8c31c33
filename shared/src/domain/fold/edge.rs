//! What a profile comes to: a condition becomes true, a number passes a threshold, nothing was done
//! for too long. Each is a side that the profile is on; changing it is the trigger.

use super::Turn;
use super::enter::Trigger;
use crate::domain::campaign::{Campaign, Crossing, Enter, Existing, Watch, Way};
use crate::domain::condition::{Comparison, Expr, Literal, Scope};
use crate::domain::event::{Event, Properties};
use crate::domain::rules::Active;
use crate::domain::time::{Span, Timestamp, after};
use std::sync::Arc;

impl Turn<'_> {
    /// Notes, for campaigns that are new to a profile that is not, which side it was on already.
    pub(super) fn note_sides(&mut self) {
        let rules = self.rules;
        let known = &mut self.profile.state.sides;
        known.retain(|name, _| rules.active(name).is_some());
        let is_new = self.profile.version == 0 && !self.has_history;
        for (active, enter) in rules.edges() {
            let campaign = &active.campaign;
            if self.profile.state.sides.contains_key(&campaign.name) {
                continue;
            }
            let side = !is_new && enter.existing == Existing::Ignore && self.side(campaign, enter) == Some(true);
            self.profile.state.sides.insert(campaign.name.clone(), side);
            // That a new profile is nowhere yet is no news.
            self.folded.changed |= !is_new;
        }
        self.turns_all = true;
    }

    /// Looks at what the event may have changed.
    pub(super) fn turn_by_event(&mut self, event: &Event, may_enter: bool) {
        let rules = self.rules;
        for (active, enter) in rules.edges_by_event(&event.name) {
            self.turn_side(active, enter, &Trigger::of(event), may_enter);
        }
        // Being there again ends a spell of inactivity.
        for (active, enter) in rules.inactive() {
            self.turn_side(active, enter, &Trigger::of(event), false);
        }
    }

    /// Looks at what the traits may have changed.
    pub(super) fn turn_by_traits(&mut self, trigger: &Trigger<'_>, changed: &[String], may_enter: bool) {
        let rules = self.rules;
        for (active, enter) in changed.iter().flat_map(|name| rules.edges_by_trait(name)) {
            self.turn_side(active, enter, trigger, may_enter);
        }
    }

    /// Looks at what time passing may have changed, where its moment has come.
    pub(super) fn turn_by_time(&mut self) {
        let before = self.profile.state.turns;
        if !std::mem::take(&mut self.turns_all) && before.is_none_or(|turns| turns > self.now) {
            return;
        }
        self.profile.state.turns = None;
        let rules = self.rules;
        let nothing = Properties::new();
        let id = format!("turn:{}", self.now.as_millisecond());
        let trigger = Trigger {
            id: &id,
            at: self.now,
            name: "",
            properties: &nothing,
            hops: 0,
        };
        for (active, enter) in rules.edges() {
            self.turn_side(active, enter, &trigger, true);
        }
        self.folded.changed |= self.profile.state.turns != before;
    }

    fn turn_side(&mut self, active: &Active, enter: &Enter, trigger: &Trigger<'_>, may_enter: bool) {
        let campaign = Arc::clone(&active.campaign);
        let is = self.side(&campaign, enter);
        self.note_turn(enter);
        let was = self.profile.state.sides.get(&campaign.name).copied().unwrap_or(false);
        let Some(is) = is.filter(|is| *is != was) else { return };
        self.profile.state.sides.insert(campaign.name.clone(), is);
        self.folded.changed = true;
        if !is || !may_enter || active.paused {
            return;
        }
        match (&enter.watch, self.profile.state.active) {
            (Some(Watch::Inactive(span)), Some(last)) => {
                self.enter_inactive(&campaign, enter, last, after(last, *span))
            }
            _ => self.try_enter(&campaign, enter, trigger, None),
        }
    }

    fn enter_inactive(&mut self, campaign: &Arc<Campaign>, enter: &Enter, last: Timestamp, since: Timestamp) {
        let nothing = Properties::new();
        let spell = last.to_string();
        let trigger = Trigger {
            id: &spell,
            at: since,
            name: "",
            properties: &nothing,
            hops: 0,
        };
        if self.admits(campaign, enter, &trigger) {
            self.admit(campaign, enter, &trigger, None, spell.clone());
        }
    }

    /// Whether the profile is on the side that lets it in; `None` where that cannot be told, which
    /// changes nothing.
    fn side(&mut self, campaign: &Campaign, enter: &Enter) -> Option<bool> {
        let nothing = Properties::new();
        let trigger = Trigger {
            id: "",
            at: self.now,
            name: "",
            properties: &nothing,
            hops: 0,
        };
        let result = match enter.watch.as_ref()? {
            Watch::Becomes(condition) => condition.test(&self.entry_scope(&trigger, None)).map(Some),
            Watch::Crosses(crossing) => crossing
                .of
                .eval(&self.entry_scope(&trigger, None))
                .map(|value| Some(passed(crossing, value.as_number()?, self.was(campaign)))),
            Watch::Inactive(span) => Ok(self.profile.state.active.map(|last| after(last, *span) <= self.now)),
            Watch::Date(_) | Watch::Schedule(_) => Ok(None),
        };
        match result {
            Ok(side) => side,
            Err(error) => {
                let error = error.to_string();
                self.entry_fault(campaign, "enter.when", error);
                None
            }
        }
    }

    fn was(&self, campaign: &Campaign) -> bool {
        self.profile.state.sides.get(&campaign.name).copied().unwrap_or(false)
    }

    /// When an expression about the profile alone may come to something else by time passing.
    fn next_change(&self, expr: &Expr) -> Option<Timestamp> {
        let nothing = Properties::new();
        let trigger = Trigger {
            id: "",
            at: self.now,
            name: "",
            properties: &nothing,
            hops: 0,
        };
        self.changes_at(expr, &self.entry_scope(&trigger, None))
    }

    /// When an expression may come to something else by time passing. What moves all the time is looked
    /// at now and then.
    pub(super) fn changes_at(&self, expr: &Expr, scope: &Scope<'_>) -> Option<Timestamp> {
        let next = expr.next_change(scope)?;
        Some(if next <= after(self.now, AT_ONCE) {
            after(self.now, RESTLESS)
        } else {
            next
        })
    }

    /// When the number may pass its threshold, or go back over the other one.
    fn next_crossing(&self, crossing: &Crossing) -> Option<Timestamp> {
        let sides = [crossing.at, crossing.back].map(|limit| {
            let limit = Box::new(Expr::Literal(Literal::Double(limit)));
            Expr::Compare(Comparison::AtLeast, Box::new(crossing.of.clone()), limit)
        });
        sides.iter().filter_map(|side| self.next_change(side)).min()
    }

    /// Notes when time alone may change the side.
    fn note_turn(&mut self, enter: &Enter) {
        let next = match &enter.watch {
            Some(Watch::Inactive(span)) => self.profile.state.active.map(|last| after(last, *span)),
            Some(Watch::Becomes(condition)) => self.next_change(condition),
            Some(Watch::Crosses(crossing)) => self.next_crossing(crossing),
            Some(Watch::Date(_) | Watch::Schedule(_)) | None => None,
        };
        let Some(next) = next.filter(|next| *next > self.now) else {
            return;
        };
        let turns = &mut self.profile.state.turns;
        if turns.is_none_or(|turns| turns > next) {
            *turns = Some(next);
        }
    }
}

/// What moves all the time is looked at this often.
const RESTLESS: Span = Span::from_mins(1);
/// What is said to change so soon moves all the time.
const AT_ONCE: Span = Span::from_millis(1);

/// Which side of a threshold the number is on, where it was on `was` before.
fn passed(crossing: &Crossing, number: f64, was: bool) -> bool {
    match (crossing.way, was) {
        (Way::Up, false) => number >= crossing.at,
        (Way::Up, true) => number >= crossing.back,
        (Way::Down, false) => number <= crossing.at,
        (Way::Down, true) => number <= crossing.back,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_that_trembles_at_the_threshold_passes_it_once() {
        let crossing = Crossing {
            of: Expr::int(0),
            way: Way::Up,
            at: 70.0,
            back: 60.0,
        };
        let mut side = false;
        let sides: Vec<bool> = [69.9, 70.0, 69.0, 71.0, 60.0, 59.9, 70.0]
            .map(|number| {
                side = passed(&crossing, number, side);
                side
            })
            .into();
        assert_eq!(sides, [false, true, true, true, true, false, true]);
    }
}
