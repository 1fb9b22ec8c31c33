//! Addresses as the providers take them. Errors never repeat the address.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Longest address, in bytes (RFC 5321 §4.5.3.1.3, less the angle brackets).
const ADDRESS_MAX: usize = 254;
/// Longest part before the `@` (RFC 5321 §4.5.3.1.1).
const LOCAL_MAX: usize = 64;
/// What fits one encoded word of base64 UTF-8, in bytes (RFC 2047 §2: 75 characters).
const ENCODED_WORD_BYTES: usize = 45;

/// Why a text cannot be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not `someone@somewhere`, or more than one, or with a name.
    #[error("the address is not one plain email address")]
    NotAnEmail,
    /// SES takes ASCII only; an international domain has to be in Punycode.
    #[error("the email address has letters outside ASCII, which SES does not take")]
    NotAscii,
    /// Not `+` and 7 to 15 digits.
    #[error("the phone number is not in international form (E.164: `+`, country code, number)")]
    NotE164,
}

/// Checks that a text is exactly one email address: a list or a name would reach others.
pub fn email(text: &str) -> Result<&str, AddressError> {
    let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NotAnEmail)?;
    if !text.is_ascii() {
        let odd = |c: char| c.is_control() || c.is_whitespace() || "<>,;:\"@()[]\\".contains(c);
        let plain = !local.chars().any(odd) && !domain.chars().any(odd);
        return Err(if plain {
            AddressError::NotAscii
        } else {
            AddressError::NotAnEmail
        });
    }
    let atom = |part: &str| !part.is_empty() && part.bytes().all(is_atom);
    let label = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let fits = text.len() <= ADDRESS_MAX && local.len() <= LOCAL_MAX;
    if fits && local.split('.').all(atom) && domain.split('.').all(label) {
        Ok(text)
    } else {
        Err(AddressError::NotAnEmail)
    }
}

/// `atext` of RFC 5322 §3.2.3.
fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// Checks that a text is a phone number in international form (ITU-T E.164).
pub fn phone(text: &str) -> Result<&str, AddressError> {
    let digits = text.strip_prefix('+').ok_or(AddressError::NotE164)?;
    let fits = (7..=15).contains(&digits.len());
    if fits && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
        Ok(text)
    } else {
        Err(AddressError::NotE164)
    }
}

/// `Name <address>` as a header takes it: a name with special characters is quoted (RFC 5322
/// §3.2.4), one outside ASCII is encoded (RFC 2047), which SES asks of its callers.
pub fn mailbox(text: &str) -> Result<String, AddressError> {
    let Some((name, rest)) = text.split_once('<') else {
        return email(text.trim()).map(str::to_owned);
    };
    let address = rest.trim_end().strip_suffix('>').ok_or(AddressError::NotAnEmail)?;
    let address = email(address.trim())?;
    let name = name.trim();
    let name = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
        .unwrap_or(name);
    let name = crate::template::header::one_line(name);
    if name.is_empty() {
        Ok(address.to_owned())
    } else if !name.is_ascii() {
        Ok(format!("{} <{address}>", encoded(&name)))
    } else if name.bytes().all(|b| is_atom(b) || b == b' ') {
        Ok(format!("{name} <{address}>"))
    } else {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        Ok(format!("\"{quoted}\" <{address}>"))
    }
}

/// Encoded words, each of whole characters.
fn encoded(name: &str) -> String {
    let mut words: Vec<String> = vec![String::new()];
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= ENCODED_WORD_BYTES => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word)))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plain_address_is_taken() {
        for good in ["ann@example.com", "a.b+c@x-y.example", "o'neil@localhost"] {
            assert_eq!(email(good), Ok(good));
        }
        for bad in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "a..b@example.com",
            "ann@example.com, eve@example.com",
            "Ann <ann@example.com>",
            "ann@example.com\r\nBcc: eve@example.com",
            "ann@-example.com",
            "a@b@c",
        ] {
            assert_eq!(email(bad), Err(AddressError::NotAnEmail), "{bad:?}");
        }
        assert_eq!(email("анна@example.com"), Err(AddressError::NotAscii));
        assert_eq!(
            email(&format!("{}@example.com", "a".repeat(65))),
            Err(AddressError::NotAnEmail)
        );
    }

    #[test]
    fn phones_are_international() {
        assert_eq!(phone("+14155550100"), Ok("+14155550100"));
        for bad in [
            "",
            "+",
            "14155550100",
            "+0415555010",
            "+1 415 555 0100",
            "+1234567890123456",
            "+12a4567",
        ] {
            assert_eq!(phone(bad), Err(AddressError::NotE164), "{bad:?}");
        }
    }

    #[test]
    fn sender_names_are_quoted_or_encoded() {
        for (given, expected) in [
            ("hi@example.com", "hi@example.com"),
            ("Shop <hi@example.com>", "Shop <hi@example.com>"),
            ("\"Shop\" <hi@example.com>", "Shop <hi@example.com>"),
            ("Shop, Inc. <hi@example.com>", "\"Shop, Inc.\" <hi@example.com>"),
            (
                "Лавка <hi@example.com>",
                "=?UTF-8?B?0JvQsNCy0LrQsA==?= <hi@example.com>",
            ),
        ] {
            assert_eq!(mailbox(given).as_deref(), Ok(expected));
        }
        let long = mailbox(&format!("{} <hi@example.com>", "ы".repeat(60))).unwrap();
        assert!(long.split(' ').all(|word| word.len() <= 75), "{long}");
        assert_eq!(mailbox("Shop <hi@example.com"), Err(AddressError::NotAnEmail));
    }
}
