//! Addresses, made unreadable: a screen is seen by more eyes than a table.

use serde_json::Value;

/// Fewest digits of what looks like a phone number (E.164 has 7 at least in use).
const PHONE_MIN_DIGITS: usize = 7;

/// Fields by which a device is reached.
const DEVICE_FIELDS: [&str; 4] = ["token", "endpoint", "p256dh", "auth"];

/// The value with every address in it masked, and what reaches a device.
pub fn value(value: &Value) -> Value {
    match value {
        Value::String(told) => Value::String(text(told)),
        Value::Array(items) => items.iter().map(self::value).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| match DEVICE_FIELDS.contains(&name.as_str()) {
                true => (name.clone(), Value::from("…")),
                false => (name.clone(), self::value(field)),
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The text with every address in it masked: `a…@…`, `+…23`.
pub fn text(text: &str) -> String {
    if is_phone(text) {
        let last: String = text.chars().rev().take(2).collect();
        return format!("+…{}", last.chars().rev().collect::<String>());
    }
    let ends = |letter: char| letter.is_whitespace() || "<>,;:\"'()[]".contains(letter);
    text.split_inclusive(ends)
        .map(|word| {
            let bare = word.trim_end_matches(ends);
            let rest = word.strip_prefix(bare).unwrap_or_default();
            format!("{}{rest}", email(bare))
        })
        .collect()
}

fn email(word: &str) -> String {
    match word.split_once('@') {
        Some((name, domain)) if !name.is_empty() && domain.contains('.') => {
            format!("{}…@…", name.chars().next().unwrap_or_default())
        }
        Some(_) | None => word.to_owned(),
    }
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.starts_with('+')
        && digits >= PHONE_MIN_DIGITS
        && text
            .chars()
            .skip(1)
            .all(|letter| letter.is_ascii_digit() || " -()/.".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_are_masked_wherever_they_stand() {
        let told = json!({
            "email": "ann@example.com",
            "phone": "+49 151 2345678",
            "note": "write to <ann@example.com>, or bo@example.org",
            "nested": [{ "to": "+15550100123" }],
            "price": 12.5,
            "handle": "@ann",
        });
        let masked = value(&told);
        assert_eq!(
            masked,
            json!({
                "email": "a…@…",
                "phone": "+…78",
                "note": "write to <a…@…>, or b…@…",
                "nested": [{ "to": "+…23" }],
                "price": 12.5,
                "handle": "@ann",
            })
        );
    }
}
