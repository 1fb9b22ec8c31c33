//! Sees that every count of a batch comes to be in the counters once, whoever dies on the way:
//! each profile is saved with what it owes to the batch, and the batch puts one item with the
//! totals. Whoever finds a profile owing to a batch that never told them puts its share instead
//! (see `beckon_shared::ports::counters`).

use beckon_shared::domain::count::{BatchId, Counts, Owed, Totals, counts, mark};
use beckon_shared::domain::fold::Folded;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::State;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after, before};
use beckon_shared::ports::counters::{Put, Written};
use beckon_shared::ports::{Counters, PortError};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};

/// What is owed longer than this has been settled: nothing that could owe it goes on for so long.
const OWED_AT_MOST: Span = Span::from_days(30);
/// What is known of a batch is kept longer than anybody asks for it.
const REMEMBERED: Span = Span::from_days(40);
/// How many settled batches an instance remembers.
const SETTLED_MAX: usize = 1_000;

/// What an instance knows of batches.
#[derive(Debug)]
pub struct Counting {
    instance: u64,
    batches: Cell<u64>,
    settled: RefCell<Settled>,
}

/// Batches whose totals have everything in them.
#[derive(Debug, Default)]
struct Settled {
    known: HashSet<BatchId>,
    order: VecDeque<BatchId>,
}

impl Counting {
    /// For an instance that no other has the number of.
    pub fn of_instance(instance: u64) -> Self {
        Self {
            instance,
            batches: Cell::new(0),
            settled: RefCell::default(),
        }
    }

    /// For an instance that is told from others by chance: the standard library's, on which no
    /// decision depends.
    pub fn of_any_instance() -> Self {
        Self::of_instance(RandomState::new().build_hasher().finish())
    }

    /// Begins a batch.
    pub fn begin(&self) -> Tally {
        self.batches.set(self.batches.get() + 1);
        Tally {
            batch: BatchId::nth(self.instance, self.batches.get()),
            owing: RefCell::default(),
        }
    }

    /// Sees that what a loaded profile owes is counted, before anything replaces it.
    pub async fn settle<S: Counters>(
        &self,
        store: &S,
        tally: &Tally,
        profile: &ProfileId,
        state: &State,
        now: Timestamp,
    ) -> Result<(), PortError> {
        let Some(owed) = &state.owed else { return Ok(()) };
        if owed.batch == tally.batch {
            // Our own save, whose answer was lost.
            tally.note(profile, owed, true);
            return Ok(());
        }
        if self.settled.borrow().known.contains(&owed.batch) || owed.at < before(now, OWED_AT_MOST) {
            return Ok(());
        }
        let written = match store.written(&owed.batch).await? {
            Some(written) => written,
            None => match store.void(&owed.batch, after(now, REMEMBERED)).await? {
                Put::New => Written::Void,
                Put::Known(written) => written,
            },
        };
        if let Written::Totals { missing } = &written
            && missing.is_empty()
        {
            self.settled.borrow_mut().note(&owed.batch);
        }
        put_share(store, profile, owed, &written, now).await
    }

    /// Tells the totals of a batch. Where that fails, those that are in them have to come again.
    pub async fn finish<S: Counters>(&self, store: &S, tally: &Tally, now: Timestamp) -> Result<(), PortError> {
        let totals = tally.totals();
        if totals.is_empty() {
            return Ok(());
        }
        let expires = after(now, REMEMBERED);
        let put = match store.put_totals(&tally.batch, &totals, now, expires).await {
            // Too much for one item: everybody for themselves.
            Err(error) if !error.may_heal() => {
                tracing::warn!(%error, "a batch has no totals, each profile's share is put by itself");
                match store.void(&tally.batch, expires).await? {
                    Put::New => Put::Known(Written::Void),
                    known => known,
                }
            }
            put => put?,
        };
        match put {
            Put::New => {
                if totals.missing.is_empty() {
                    self.settled.borrow_mut().note(&tally.batch);
                }
                Ok(())
            }
            Put::Known(written) => {
                for (profile, owed) in tally.saved() {
                    put_share(store, &profile, &owed, &written, now).await?;
                }
                Ok(())
            }
        }
    }
}

impl Settled {
    fn note(&mut self, batch: &BatchId) {
        if self.known.insert(batch.clone()) {
            self.order.push_back(batch.clone());
        }
        while self.order.len() > SETTLED_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}

/// Puts a profile's share, where the batch's totals are without it. Repeating it is harmless.
async fn put_share<S: Counters>(
    store: &S,
    profile: &ProfileId,
    owed: &Owed,
    written: &Written,
    now: Timestamp,
) -> Result<(), PortError> {
    let is_in_totals = match written {
        Written::Totals { missing } => !missing.contains(&mark(profile)),
        Written::Void => false,
    };
    if is_in_totals {
        return Ok(());
    }
    let share = owed.batch.share_of(profile);
    let put = store
        .put_totals(&share, &Totals::share(owed), now, after(now, REMEMBERED))
        .await;
    put.map(|_new_or_known| ())
}

/// What a batch has counted so far.
#[derive(Debug)]
pub struct Tally {
    batch: BatchId,
    /// What each profile owes, and whether it is known to be saved so.
    owing: RefCell<BTreeMap<ProfileId, (Owed, bool)>>,
}

impl Tally {
    /// Has the state owe what was just counted: to be saved next.
    pub fn owe(&self, profile: &ProfileId, state: &mut State, folded: &Folded, rules: &Rules, now: Timestamp) {
        let fresh = counts(&folded.decisions, &folded.heard, rules);
        let before = state.owed.take().filter(|owed| owed.batch == self.batch);
        if fresh.is_empty() && before.is_none() {
            return;
        }
        let mut owed = before.unwrap_or_else(|| Owed {
            batch: self.batch.clone(),
            at: Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now),
            counts: Counts::default(),
        });
        owed.counts.merge(&fresh);
        self.note(profile, &owed, false);
        state.owed = Some(owed);
    }

    /// The profile was saved.
    pub fn has_saved(&self, profile: &ProfileId) {
        if let Some((_, is_saved)) = self.owing.borrow_mut().get_mut(profile) {
            *is_saved = true;
        }
    }

    /// Whether the profile's counts are in this batch's totals.
    pub fn holds(&self, profile: &ProfileId) -> bool {
        self.owing.borrow().contains_key(profile)
    }

    fn note(&self, profile: &ProfileId, owed: &Owed, is_saved: bool) {
        let mut owing = self.owing.borrow_mut();
        owing.insert(profile.clone(), (owed.clone(), is_saved));
    }

    fn saved(&self) -> Vec<(ProfileId, Owed)> {
        let owing = self.owing.borrow();
        let saved = owing.iter().filter(|(_, (_, is_saved))| *is_saved);
        saved
            .map(|(profile, (owed, _))| (profile.clone(), owed.clone()))
            .collect()
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (profile, (owed, is_saved)) in self.owing.borrow().iter() {
            if *is_saved {
                totals.add(owed);
            } else {
                totals.missing.insert(mark(profile));
            }
        }
        totals
    }
}
