//! Names and ids: newtypes that cannot be mixed up, derived rather than drawn wherever
//! doing something twice has to come out as doing it once.

mod letters;

use letters::letters;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;

/// Longest profile id accepted, in bytes: its base64 form must fit an SES tag value (256).
pub const PROFILE_ID_MAX_BYTES: usize = 180;

/// What an anonymous visitor's profile id starts with.
const ANONYMOUS_PREFIX: &str = "anon:";

/// What the id of a message that somebody sends to themselves starts with.
const TEST_PREFIX: &str = "test_";

/// What an account's profile id starts with.
const ACCOUNT_PREFIX: &str = "account:";

/// Why a text cannot be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// Over [`PROFILE_ID_MAX_BYTES`].
    #[error("is {0} bytes long, at most {PROFILE_ID_MAX_BYTES} are taken")]
    TooLong(usize),
    /// A control character, which could break out of a log line, header or key.
    #[error("contains a control character")]
    Control,
    /// A known person's id that would read as somebody else's.
    #[error("starts with `anon:` or `account:`, which are kept for anonymous visitors and for accounts")]
    Reserved,
}

/// A person: `u1` for one known by a user id, `anon:…` for a visitor who is not yet known; or the
/// account that persons belong to, `account:…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProfileId(String);

impl ProfileId {
    /// The profile of a known user.
    pub fn known(user_id: &str) -> Result<Self, IdError> {
        if user_id.starts_with(ANONYMOUS_PREFIX) || user_id.starts_with(ACCOUNT_PREFIX) {
            return Err(IdError::Reserved);
        }
        Self::checked(user_id.to_owned())
    }

    /// The profile of a visitor known only by a device's anonymous id.
    pub fn anonymous(anonymous_id: &str) -> Result<Self, IdError> {
        if anonymous_id.is_empty() {
            return Err(IdError::Empty);
        }
        Self::checked(format!("{ANONYMOUS_PREFIX}{anonymous_id}"))
    }

    /// The profile of the account that a group call names.
    pub fn account(group_id: &str) -> Result<Self, IdError> {
        if group_id.is_empty() {
            return Err(IdError::Empty);
        }
        Self::checked(format!("{ACCOUNT_PREFIX}{group_id}"))
    }

    /// Whether it is an account's and no person's.
    pub fn is_account(&self) -> bool {
        self.0.starts_with(ACCOUNT_PREFIX)
    }

    /// An id as the store or a message carries it, in any form.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        Self::checked(text.to_owned())
    }

    fn checked(text: String) -> Result<Self, IdError> {
        if text.is_empty() {
            Err(IdError::Empty)
        } else if text.len() > PROFILE_ID_MAX_BYTES {
            Err(IdError::TooLong(text.len()))
        } else if text.chars().any(char::is_control) {
            Err(IdError::Control)
        } else {
            Ok(Self(text))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A number spread evenly over profiles, the same for ever: for shards and draws.
    pub fn hash(&self) -> u64 {
        draw(&["profile", &self.0])
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! text_id {
    ($(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// How an id is kept that was derived, a hash as letters behind a prefix: in few bytes.
macro_rules! derived {
    ($name:ident, $prefix:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                letters::write(&self.0, $prefix, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                letters::read($prefix, deserializer).map(Self)
            }
        }
    };
}

text_id! {
    /// A campaign's name, as its file says it.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    CampaignName
}
text_id! {
    /// A version of a definition: derived from its content, so equal content is one version.
    Version
}
text_id! {
    /// `enr_…`: one profile's run through one campaign, for one key and one trigger.
    EnrollmentId
}
text_id! {
    /// `msg_…`: one message of one enrollment's step. Deciding it twice gives the same id.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    MessageId
}
derived!(Version, "");
derived!(EnrollmentId, "enr_");

impl EnrollmentId {
    /// The enrollment that `trigger` (an input's id) started.
    pub fn derive(profile: &ProfileId, campaign: &CampaignName, key: &str, trigger: &str) -> Self {
        Self(format!(
            "enr_{}",
            digest(&["enrollment", profile.as_str(), campaign.as_str(), key, trigger])
        ))
    }
}

impl MessageId {
    /// The message that `step` of `enrollment` sends.
    pub fn derive(enrollment: &EnrollmentId, step: &str) -> Self {
        Self(format!("msg_{}", digest(&["message", enrollment.as_str(), step])))
    }

    /// A test that somebody sends to themselves: no enrollment's, and nobody's.
    pub fn test(digest: &str) -> Self {
        Self(format!("{TEST_PREFIX}{digest}"))
    }

    /// Whether it is one.
    pub fn is_test(&self) -> bool {
        self.0.starts_with(TEST_PREFIX)
    }
}

impl Version {
    /// The version of a definition with this content.
    pub fn of(content: &[u8]) -> Self {
        let hash = Sha256::digest(content);
        Self(letters(hash.get(..8).unwrap_or_default()))
    }
}

/// 128 bits of SHA-256 over the parts, as 26 lower-case base-32 characters.
pub fn digest(parts: &[&str]) -> String {
    letters(hash(parts).get(..16).unwrap_or_default())
}

/// 64 bits of SHA-256 over the parts: a reproducible draw.
pub fn draw(parts: &[&str]) -> u64 {
    hash(parts)
        .iter()
        .take(8)
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// Hashes the parts with their lengths, so that no two lists of parts run together.
fn hash(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_user_cannot_pose_as_a_visitor() {
        assert_eq!(ProfileId::known("anon:x"), Err(IdError::Reserved));
        assert_eq!(ProfileId::known("account:x"), Err(IdError::Reserved));
        assert_eq!(
            ProfileId::anonymous("x").map(|id| id.to_string()),
            Ok("anon:x".to_owned())
        );
    }

    #[test]
    fn ids_that_could_break_out_are_refused() {
        assert_eq!(ProfileId::known("a\nb"), Err(IdError::Control));
        assert_eq!(ProfileId::known(""), Err(IdError::Empty));
        assert_eq!(ProfileId::known(&"x".repeat(181)), Err(IdError::TooLong(181)));
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_eq!(digest(&["ab", "c"]).len(), 26);
    }
}
