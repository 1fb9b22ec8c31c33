//! All profiles of one person: visitors who were identified and the user whom they went over into.

use crate::problem::Problem;
use beckon_shared::domain::campaign::Workspace;
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::definitions::{Definition, DefinitionKey};
use beckon_shared::ports::{Definitions, Inbox, Profiles};
use beckon_shared::store::DynamoStore;
use beckon_shared::store::listed::ListedMessage;
use std::collections::BTreeSet;

/// Everything that is kept under one id.
#[derive(Debug)]
pub struct Kept {
    /// Under which.
    pub id: ProfileId,
    /// What was folded; nothing, where nothing was yet.
    pub profile: Option<Profile>,
    /// The inbox.
    pub inbox: Vec<InboxItem>,
    /// The outbox.
    pub messages: Vec<ListedMessage>,
}

impl Kept {
    /// Whether nothing is known under the id.
    pub fn is_nothing(&self) -> bool {
        self.profile.is_none() && self.inbox.is_empty() && self.messages.is_empty()
    }

    /// Who is the same person, as far as this profile knows.
    fn others(&self) -> impl Iterator<Item = &ProfileId> {
        let state = self.profile.as_ref().map(|profile| &profile.state);
        let known = state
            .into_iter()
            .flat_map(|state| state.absorbed.iter().chain(&state.joined));
        let inputs = self.inbox.iter().flat_map(|item| &item.inputs);
        let told = inputs.filter_map(|input| match input {
            Input::Merge { from, .. } => Some(from),
            Input::Join { into, .. } => Some(into),
            Input::Event(_)
            | Input::Alarm { .. }
            | Input::Member { .. }
            | Input::Account { .. }
            | Input::Erase { .. } => None,
        });
        known.chain(told)
    }
}

/// The id that was typed.
pub fn id(typed: &str) -> Result<ProfileId, Problem> {
    ProfileId::parse(typed)
        .map_err(|error| Problem::Argument(format!("the profile's id {error}, expected `u1` or `anon:…`")))
}

/// The workspace in force.
pub async fn workspace(table: &DynamoStore) -> Result<Workspace, Problem> {
    let manifest = table.manifest().await?;
    let key = manifest.workspace.map(DefinitionKey::Workspace);
    let found = table.definitions(key.as_slice()).await?;
    let workspace = found.into_iter().find_map(|definition| match definition {
        Definition::Workspace(workspace) => Some(workspace),
        Definition::Campaign(_) | Definition::Template(_) | Definition::Service(_) => None,
    });
    Ok(workspace.unwrap_or_default())
}

/// What is kept of the person, under every id that they are known by: the one asked for first.
pub async fn all(table: &DynamoStore, id: &ProfileId) -> Result<Vec<Kept>, Problem> {
    let mut found: Vec<Kept> = Vec::new();
    let mut asked = BTreeSet::from([id.clone()]);
    let mut open = vec![id.clone()];
    while let Some(id) = open.pop() {
        let kept = Kept {
            profile: table.load(&id).await?,
            inbox: table.received_between(&id, Timestamp::MIN, Timestamp::MAX).await?,
            messages: table.messages(&id).await?,
            id,
        };
        for other in kept.others() {
            if asked.insert(other.clone()) {
                open.push(other.clone());
            }
        }
        found.push(kept);
    }
    Ok(found)
}
