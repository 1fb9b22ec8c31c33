//! History for campaigns that arrived after it: read from the inbox when a profile is folded for the first time
//! by rules that ask more than those before.

use crate::batch::Pile;
use crate::{Deps, Table};
use beckon_shared::domain::fold::{Arrival, fold};
use beckon_shared::domain::hindsight::{Earlier, due};
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::hindsight::look_back;
use beckon_shared::ports::{Clock, PortError, Scheduler, SetAside};
use beckon_shared::telemetry::Metric;

/// What the profile is asked that it was not asked before; nothing where that is nothing, as nearly always.
pub async fn find_earlier<S: Table, K: Scheduler, Q: SetAside, C: Clock>(
    deps: &Deps<S, K, Q, C>,
    pile: &Pile,
    profile: &Profile,
    arrivals: &[Arrival<'_>],
    rules: &Rules,
    now: Timestamp,
) -> Result<Option<Earlier>, PortError> {
    let Some(due) = due(&pile.profile, profile, rules, now) else {
        return Ok(None);
    };
    // Most of what happens concerns nobody: that is found out without reading.
    let tried = fold(&pile.profile, &mut profile.clone(), arrivals, now, rules);
    if !tried.changed && !tried.relevant {
        return Ok(Some(due.unread()));
    }
    let streamed = pile.items.iter().map(|(_, item)| item.received).max();
    let in_hand = arrivals.iter().map(|arrival| arrival.input);
    let gathering = due.gather(profile, rules, streamed.unwrap_or(now), in_hand);
    let found = look_back(&deps.store, &pile.profile, gathering, now).await?;
    deps.metrics.add(Metric::LookedBack, 1.0);
    if let Some(cut) = found.earlier.cut {
        deps.metrics.add(Metric::HistoryCut, 1.0);
        tracing::warn!(%cut, bytes = found.bytes, "a profile has more history than is read");
    }
    Ok(Some(found.earlier))
}
