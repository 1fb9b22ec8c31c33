//! Reading attributes, whoever carries them: the SDK or a stream record.
//!
//! What cannot be read is said with the attribute and the kind of fault, never with its content.

use super::keys::{self, Key};
use crate::domain::time::Timestamp;
use crate::ports::PortError;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// An item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

/// Why an item cannot be read. Names the attribute, not what is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// An attribute is not there or has another type.
    #[error("attribute `{attribute}` is missing or not a {expected}")]
    Missing {
        /// Which.
        attribute: &'static str,
        /// `text`, `number` or `binary value`.
        expected: &'static str,
    },
    /// An attribute is there, but does not say what it should.
    #[error("attribute `{attribute}` cannot be read: {reason}")]
    Malformed {
        /// Which.
        attribute: &'static str,
        /// The kind of fault and where.
        reason: String,
    },
}

impl From<DecodeError> for PortError {
    fn from(error: DecodeError) -> Self {
        Self::Fail(format!("a stored item cannot be read: {error}"))
    }
}

/// Reads attributes, whoever carries them: the SDK or a stream record.
pub trait Attributes {
    /// A text.
    fn text(&self, name: &'static str) -> Result<&str, DecodeError>;
    /// A number's digits.
    fn digits(&self, name: &'static str) -> Result<&str, DecodeError>;
    /// A binary value.
    fn bytes(&self, name: &'static str) -> Result<&[u8], DecodeError>;

    /// A whole number.
    fn number<N: std::str::FromStr>(&self, name: &'static str) -> Result<N, DecodeError> {
        self.digits(name)?
            .parse()
            .map_err(|_| malformed(name, "not a whole number in range"))
    }

    /// An instant in milliseconds.
    fn instant(&self, name: &'static str) -> Result<Timestamp, DecodeError> {
        Timestamp::from_millisecond(self.number(name)?).map_err(|_| malformed(name, "not an instant"))
    }

    /// The primary key.
    fn key(&self) -> Result<Key, DecodeError> {
        Ok(Key {
            pk: self.text(keys::PK)?.to_owned(),
            sk: self.text(keys::SK)?.to_owned(),
        })
    }
}

impl Attributes for Item {
    fn text(&self, name: &'static str) -> Result<&str, DecodeError> {
        match self.get(name) {
            Some(AttributeValue::S(text)) => Ok(text),
            _ => Err(missing(name, "text")),
        }
    }

    fn digits(&self, name: &'static str) -> Result<&str, DecodeError> {
        match self.get(name) {
            Some(AttributeValue::N(digits)) => Ok(digits),
            _ => Err(missing(name, "number")),
        }
    }

    fn bytes(&self, name: &'static str) -> Result<&[u8], DecodeError> {
        match self.get(name) {
            Some(AttributeValue::B(bytes)) => Ok(bytes.as_ref()),
            _ => Err(missing(name, "binary value")),
        }
    }
}

impl Attributes for serde_dynamo::Item {
    fn text(&self, name: &'static str) -> Result<&str, DecodeError> {
        match self.get(name) {
            Some(serde_dynamo::AttributeValue::S(text)) => Ok(text),
            _ => Err(missing(name, "text")),
        }
    }

    fn digits(&self, name: &'static str) -> Result<&str, DecodeError> {
        match self.get(name) {
            Some(serde_dynamo::AttributeValue::N(digits)) => Ok(digits),
            _ => Err(missing(name, "number")),
        }
    }

    fn bytes(&self, name: &'static str) -> Result<&[u8], DecodeError> {
        match self.get(name) {
            Some(serde_dynamo::AttributeValue::B(bytes)) => Ok(bytes),
            _ => Err(missing(name, "binary value")),
        }
    }
}

fn missing(attribute: &'static str, expected: &'static str) -> DecodeError {
    DecodeError::Missing { attribute, expected }
}

pub(super) fn malformed(attribute: &'static str, reason: &str) -> DecodeError {
    DecodeError::Malformed {
        attribute,
        reason: reason.to_owned(),
    }
}

/// A parser's message without the value that it quotes: that may be somebody's address. A
/// missing field's name is ours and stays.
pub(super) fn redacted(message: &str) -> String {
    if message.starts_with("missing field") {
        return message.to_owned();
    }
    let quote = message.find(['"', '`']).unwrap_or(message.len());
    message.get(..quote).unwrap_or_default().trim_end().to_owned()
}
