//! Bytes as letters, for ids that people may read aloud; and such ids as bytes again, where every byte is paid for.

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};
use std::fmt::{self, Formatter};

/// Crockford's alphabet, lower case: no letters that read alike.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Five bits a letter; what is left of the last one is zero.
pub(super) fn letters(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            push(&mut text, bits >> held);
        }
    }
    if held > 0 {
        push(&mut text, bits << (5 - held));
    }
    text
}

fn push(text: &mut String, bits: u32) {
    if let Some(letter) = ALPHABET.get((bits & 31) as usize) {
        text.push(char::from(*letter));
    }
}

/// The bytes that became these letters; nothing where none did.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut held) = (0u32, 0u32);
    for letter in text.bytes() {
        let place = ALPHABET.iter().position(|known| *known == letter)?;
        bits = (bits << 5) | u32::try_from(place).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    (letters(&bytes) == text).then_some(bytes)
}

/// Writes an id: where nobody reads it, as the bytes that follow `prefix` as letters.
pub(super) fn write<S: Serializer>(id: &str, prefix: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let short = id.strip_prefix(prefix).filter(|_| !serializer.is_human_readable());
    match short.and_then(bytes) {
        Some(bytes) => serializer.serialize_bytes(&bytes),
        None => serializer.serialize_str(id),
    }
}

/// Reads what [`write`] wrote.
pub(super) fn read<'de, D: Deserializer<'de>>(prefix: &'static str, deserializer: D) -> Result<String, D::Error> {
    match deserializer.is_human_readable() {
        true => deserializer.deserialize_str(Id { prefix }),
        false => deserializer.deserialize_any(Id { prefix }),
    }
}

struct Id {
    prefix: &'static str,
}

impl Visitor<'_> for Id {
    type Value = String;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<String, E> {
        Ok(id.to_owned())
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(format!("{}{}", self.prefix, letters(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_back_as_bytes() {
        for length in 0..20_u8 {
            let some: Vec<u8> = (0..length).map(|place| place.wrapping_mul(89) ^ 0x5a).collect();
            assert_eq!(bytes(&letters(&some)), Some(some));
        }
    }

    #[test]
    fn what_never_were_bytes_stays_text() {
        // Not letters of ours; too few for a byte; bits left over.
        for text in ["checkout-1", "ABC", "0", "zz"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
