//! Environment variables, with errors that name them.

use std::collections::HashMap;

/// A variable that is missing or makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{name}` {problem}")]
pub struct EnvironmentError {
    /// Which.
    pub name: String,
    /// What is wrong with it.
    pub problem: String,
}

/// The variables a process was started with.
#[derive(Debug, Clone, Default)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// Those of this process.
    pub fn from_process() -> Self {
        Self(std::env::vars().collect())
    }

    /// These, for tests.
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// The variable's value; an empty one counts as none.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The variable's value, which has to be there.
    pub fn required(&self, name: &str) -> Result<&str, EnvironmentError> {
        self.optional(name).ok_or_else(|| EnvironmentError {
            name: name.to_owned(),
            problem: "is not set".to_owned(),
        })
    }
}
