//! Addresses, known by a digest where nobody needs to read them.

use super::campaign::Channel;
use sha2::{Digest, Sha256};

/// SHA-256 in hex of the address in one spelling: an email address without blanks around it and
/// in lower case, a phone number's digits, an id of a messenger's as it is.
pub fn address_digest(channel: Channel, address: &str) -> String {
    let spelt: String = match channel {
        Channel::Email => address.trim().to_lowercase(),
        Channel::Sms => digits(address),
        Channel::Viber | Channel::Whatsapp if is_number(address) => digits(address),
        Channel::Viber | Channel::Whatsapp | Channel::Push | Channel::Webpush | Channel::Onsite | Channel::Webhook => {
            address.to_owned()
        }
    };
    Sha256::digest(spelt.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// Whether it is a telephone number, however it is spelt.
fn is_number(address: &str) -> bool {
    address.chars().all(|c| c.is_ascii_digit() || "+-. ()/".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_digest_however_it_is_spelt() {
        assert_eq!(
            address_digest(Channel::Email, " Ann@Example.com"),
            address_digest(Channel::Email, "ann@example.com")
        );
        assert_eq!(
            address_digest(Channel::Sms, "+49 151 23"),
            address_digest(Channel::Sms, "+4915123")
        );
        assert_ne!(
            address_digest(Channel::Email, "a@example.com"),
            address_digest(Channel::Email, "b@example.com")
        );
    }
}
