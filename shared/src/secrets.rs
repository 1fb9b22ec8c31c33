//! What only the bundle may know: keys that sign links and notifications, tokens of services. They come
//! in one variable, by name, and nothing prints them.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// Name of the secret with the keys of links in messages: `<id>:<base64>,…`. See [`crate::links`].
pub const LINK_KEYS: &str = "link_keys";

/// Secrets by name.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secrets(BTreeMap<String, String>);

/// Why the secrets cannot be read. Says nothing of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the secrets are not a JSON object of texts: line {line}, column {column}")]
pub struct SecretsError {
    /// Where it goes wrong, from 1.
    pub line: usize,
    /// Where on that line, from 1.
    pub column: usize,
}

impl Secrets {
    /// Reads a JSON object of texts. An empty text holds no secrets.
    pub fn parse(json: &str) -> Result<Self, SecretsError> {
        if json.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(json).map_err(|error| SecretsError {
            line: error.line(),
            column: error.column(),
        })
    }

    /// The secret of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|secret| !secret.is_empty())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_names_and_are_not_printed() {
        let secrets = Secrets::parse(r#"{"crm": "token-1", "none": ""}"#).expect("secrets");
        assert_eq!(secrets.get("crm"), Some("token-1"));
        assert_eq!((secrets.get("none"), secrets.get("other")), (None, None));
        assert_eq!(format!("{secrets:?}"), r#"{"crm", "none"}"#);
        assert_eq!(Secrets::parse(""), Ok(Secrets::default()));
    }

    #[test]
    fn what_is_wrong_is_placed_without_being_shown() {
        let error = Secrets::parse("{\"crm\": token-1}").expect_err("not JSON");
        assert_eq!(
            error.to_string(),
            "the secrets are not a JSON object of texts: line 1, column 10"
        );
    }
}
