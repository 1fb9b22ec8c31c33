//! What profiles did before a campaign asked: read from their inboxes, where the change asks for more than was kept.

use crate::pace::Pace;
use crate::problem::Problem;
use beckon_shared::domain::hindsight::{Earlier, due};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::hindsight::look_back;
use beckon_shared::store::DynamoStore;

/// What a strongly consistent read of one unit holds, in bytes (DynamoDB Developer Guide, "Read consistency").
const UNIT_BYTES: f64 = 4096.0;

/// The inboxes of the table, read no faster than it can bear.
pub struct Inboxes<'t> {
    table: &'t DynamoStore,
    pace: Pace,
    now: Timestamp,
}

impl<'t> Inboxes<'t> {
    /// Those of the table.
    pub fn of(table: &'t DynamoStore, pace: Pace, now: Timestamp) -> Self {
        Self { table, pace, now }
    }

    /// What the profile would look back for if it were woken under these rules. Nothing is read where it would look
    /// for nothing, or where nothing that it comes to would let it in.
    pub async fn look_back(
        &mut self,
        id: &ProfileId,
        profile: &Profile,
        rules: &Rules,
    ) -> Result<Option<Earlier>, Problem> {
        let due = due(id, profile, rules, self.now).filter(|_| rules.edges().next().is_some());
        let Some(due) = due else { return Ok(None) };
        let gathering = due.gather(profile, rules, self.now, []);
        let found = look_back(self.table, id, gathering, self.now).await?;
        let bytes = u32::try_from(found.bytes).unwrap_or(u32::MAX);
        self.pace.spend((f64::from(bytes) / UNIT_BYTES).ceil().max(1.0)).await;
        Ok(Some(found.earlier))
    }
}
