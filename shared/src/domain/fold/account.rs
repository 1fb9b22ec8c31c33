//! Accounts: a group call says that a person belongs to one, and what it is. The account is an actor
//! of its own, which keeps its traits and tells its members of every change.
//!
//! ```text
//! u1 ◀─ group ─ ingest      u1 ─ Member ─▶ account:acme ─ Account ─▶ u1, u2, …
//! ```

use super::enter::Trigger;
use super::{Turn, history};
use crate::domain::event::{Event, EventKind, Input, Properties, Source};
use crate::domain::id::{ProfileId, digest};
use crate::domain::profile::{ACCOUNT_MAX_BYTES, MEMBERS_MAX, Membership};
use crate::domain::time::Timestamp;
use serde_json::Value;

/// Whom an account has to tell its traits, once everything that arrived is taken in.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Its traits changed, the last time at this moment: everybody.
    changed: Option<Timestamp>,
    /// Who is new, and since when.
    new: Vec<(ProfileId, Timestamp)>,
}

impl Turn<'_> {
    /// The person belongs to the account that the call names, which is told what the call says of
    /// it. An older word than the one known is passed over.
    pub(super) fn take_group(&mut self, event: &Event) {
        let mut traits = event.properties.clone();
        let named = match traits.remove("groupId") {
            Some(Value::String(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => return,
        };
        let Ok(account) = ProfileId::account(&named) else {
            return;
        };
        self.folded.relevant = true;
        let at = event.at.as_millisecond();
        match &mut self.profile.traits.account {
            Some(known) if known.set > at => return,
            Some(known) if known.account == named => {
                if known.knows(&traits) {
                    return;
                }
                known.set = at;
            }
            Some(_) | None => {
                let begun = Membership::begun(named, at);
                if let Some(left) = self.profile.traits.account.replace(begun) {
                    self.tell_account(&left, self.id.clone(), event.at, true);
                }
            }
        }
        self.folded.traits_changed = true;
        let id = format!("member_{}", digest(&[self.id.as_str(), &event.id]));
        let member = Input::Member {
            id,
            profile: self.id.clone(),
            at: event.at,
            source: event.source,
            traits,
            leaves: false,
        };
        self.forward(account, event.at, member);
    }

    /// Tells an account that a profile belongs to it or does not any more.
    pub(super) fn tell_account(&mut self, membership: &Membership, profile: ProfileId, at: Timestamp, leaves: bool) {
        let Ok(account) = membership.profile() else { return };
        let said = [profile.as_str(), account.as_str(), &at.as_millisecond().to_string()];
        let id = format!("{}_{}", if leaves { "leaves" } else { "member" }, digest(&said));
        let word = Input::Member {
            id,
            profile,
            at,
            source: Source::System,
            traits: Properties::new(),
            leaves,
        };
        self.forward(account, at, word);
    }

    /// Of the accounts of two profiles that became one, the one counts that was said later.
    pub(super) fn merge_account(&mut self, from: &ProfileId, at: Timestamp, theirs: Option<Membership>) {
        let Some(theirs) = theirs else { return };
        self.tell_account(&theirs, from.clone(), at, true);
        let own = self.profile.traits.account.take();
        match own {
            Some(own) if own.account == theirs.account => {
                let later = if theirs.revision > own.revision {
                    theirs.values
                } else {
                    own.values
                };
                self.profile.traits.account = Some(Membership {
                    account: own.account,
                    set: own.set.max(theirs.set),
                    revision: own.revision.max(theirs.revision),
                    values: later,
                });
            }
            Some(own) if own.set >= theirs.set => self.profile.traits.account = Some(own),
            own => {
                if let Some(own) = own {
                    self.tell_account(&own, self.id.clone(), at, true);
                }
                self.tell_account(&theirs, self.id.clone(), at, false);
                self.profile.traits.account = Some(theirs);
            }
        }
    }

    /// An account hears of a member, and what the member's group call said of it.
    pub(super) fn take_member(&mut self, word: &Input) {
        let Input::Member {
            profile,
            at,
            source,
            traits,
            leaves,
            ..
        } = word
        else {
            return;
        };
        if !self.id.is_account() {
            return;
        }
        self.folded.relevant = true;
        let own = &mut self.profile.traits;
        if *leaves {
            let before = own.members.len();
            own.members.retain(|member| member != profile);
            self.folded.changed |= own.members.len() != before;
            self.folded.traits_changed |= own.members.len() != before;
            return;
        }
        let moment = at.as_millisecond();
        let changed = {
            let said = history::Said {
                traits,
                source: *source,
                at: moment,
                addresses: &self.rules.workspace.addresses,
            };
            history::take_traits(own, &said, ACCOUNT_MAX_BYTES)
        };
        if !changed.is_empty() {
            self.answers.changed = self.answers.changed.max(Some(*at));
        }
        let is_member = own.members.contains(profile);
        if !is_member {
            self.answers.new.push((profile.clone(), *at));
        }
        if !is_member && own.members.len() < MEMBERS_MAX {
            own.members.push(profile.clone());
        } else if !is_member {
            let error = format!("the account has {MEMBERS_MAX} members: another is not told of its changes");
            self.fault_of_none("group", error);
        }
        if !is_member || !changed.is_empty() {
            self.folded.changed = true;
            self.folded.traits_changed = true;
        }
    }

    /// The account tells its members what it is: all of them where that changed, else the new ones.
    pub(super) fn answer(&mut self) {
        let answers = std::mem::take(&mut self.answers);
        let own = &mut self.profile.traits;
        let mut told = answers.new;
        if let Some(at) = answers.changed {
            own.revision += 1;
            let others = own
                .members
                .iter()
                .filter(|member| told.iter().all(|(new, _)| new != *member));
            let others: Vec<_> = others.map(|member| (member.clone(), at)).collect();
            told.extend(others);
        }
        let (revision, traits) = (own.revision, own.values.clone());
        let content = Value::Object(traits.clone()).to_string();
        for (member, at) in told {
            let said = [self.id.as_str(), member.as_str(), &revision.to_string(), &content];
            let word = Input::Account {
                id: format!("account_{}", digest(&said)),
                account: self.id.clone(),
                revision,
                at,
                traits: traits.clone(),
            };
            self.forward(member, at, word);
        }
    }

    /// A member hears what its account is. That may let it into campaigns that listen to
    /// `account.…` traits.
    pub(super) fn hear_account(
        &mut self,
        id: &str,
        account: &ProfileId,
        revision: u64,
        at: Timestamp,
        traits: &Properties,
    ) {
        self.folded.relevant = true;
        let Some(own) = &mut self.profile.traits.account else {
            return;
        };
        if own.profile().as_ref() != Ok(account) {
            return;
        }
        let changed = own.hear(revision, traits);
        if changed.is_empty() {
            return;
        }
        self.folded.changed = true;
        self.folded.traits_changed = true;
        let event = Event {
            id: id.to_owned(),
            kind: EventKind::Group,
            name: String::new(),
            at,
            source: Source::System,
            hops: 0,
            properties: traits.clone(),
        };
        let may_enter = !self.is_late(&event);
        self.follow_traits(&Trigger::of(&event), &changed, may_enter);
    }
}
