//! Parts of a profile that pack themselves.

use serde::Deserializer;
use serde::de::{Error, Visitor};
use std::fmt::{self, Formatter};

/// Reads bytes as `unpacked` reads them, which knows whether they are sound. `what` they hold, for messages.
pub(super) fn read<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    what: &'static str,
    unpacked: fn(&[u8]) -> Option<T>,
) -> Result<T, D::Error> {
    deserializer.deserialize_bytes(Packed { what, unpacked })
}

struct Packed<T> {
    what: &'static str,
    unpacked: fn(&[u8]) -> Option<T>,
}

impl<T> Visitor<'_> for Packed<T> {
    type Value = T;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}, packed", self.what)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<T, E> {
        (self.unpacked)(bytes).ok_or_else(|| E::custom(format!("{} are damaged", self.what)))
    }
}
