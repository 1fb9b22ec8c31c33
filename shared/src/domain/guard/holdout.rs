//! Who is kept out of a campaign's messages, so that it can be told what they are worth.

use crate::domain::campaign::{Campaign, Workspace};
use crate::domain::id::{ProfileId, draw};

/// Whether the profile is in the campaign's holdout, or in that of the whole workspace. Assigned once
/// and kept, because it derives from who and which.
pub fn is_held_out(profile: &ProfileId, campaign: &Campaign, workspace: &Workspace) -> bool {
    let is_within = |name: &str, share: u16| draw(&["holdout", profile.as_str(), name]) % 10_000 < u64::from(share);
    is_within(campaign.name.as_str(), campaign.holdout_bp) || is_within("", workspace.holdout_bp)
}
