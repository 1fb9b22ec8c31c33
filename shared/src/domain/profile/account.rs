//! The account that persons belong to, as each of them knows it.

use crate::domain::event::Properties;
use crate::domain::id::{IdError, ProfileId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most members that an account tells of changes: those who came first.
pub const MEMBERS_MAX: usize = 500;

/// Most bytes of JSON that an account's traits may take: every member keeps a copy.
pub const ACCOUNT_MAX_BYTES: usize = 16_000;

/// That a person belongs to an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    /// The account's own id, as group calls name it.
    #[serde(rename = "i")]
    pub account: String,
    /// When that was said last, in milliseconds: an older group call that comes late does not win.
    #[serde(rename = "t")]
    pub set: i64,
    /// The count of changes that `values` are of; 0 while the account has said nothing yet.
    #[serde(rename = "r", default)]
    pub revision: u64,
    /// A copy of its traits, and its `id`.
    #[serde(rename = "v", default)]
    pub values: Properties,
}

impl Membership {
    /// A person belongs to this account since then, of which nothing more is known yet.
    pub fn begun(account: String, set: i64) -> Self {
        let mut begun = Self {
            account,
            set,
            revision: 0,
            values: Properties::new(),
        };
        begun.name();
        begun
    }

    /// The account's profile.
    ///
    /// # Errors
    /// What its id was refused for; an id that was taken once is not.
    pub fn profile(&self) -> Result<ProfileId, IdError> {
        ProfileId::account(&self.account)
    }

    /// Takes what the account says of itself. Gives the names of traits that changed, as conditions
    /// say them; nothing where something newer is known.
    pub fn hear(&mut self, revision: u64, traits: &Properties) -> Vec<String> {
        if revision < self.revision {
            return Vec::new();
        }
        self.revision = revision;
        let before = std::mem::replace(&mut self.values, traits.clone());
        self.name();
        let gone = before.keys().filter(|name| !self.values.contains_key(*name));
        let new = self
            .values
            .iter()
            .filter(|(name, value)| before.get(*name) != Some(value));
        new.map(|(name, _)| name)
            .chain(gone)
            .map(|name| format!("account.{name}"))
            .collect()
    }

    /// Whether a group call says nothing that is not known.
    pub fn knows(&self, traits: &Properties) -> bool {
        traits.iter().all(|(name, value)| self.values.get(name) == Some(value))
    }

    fn name(&mut self) {
        self.values.insert("id".to_owned(), Value::from(self.account.as_str()));
    }
}
