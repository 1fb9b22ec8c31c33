//! The languages that pages are shown in.

use beckon_shared::template::locale::language;

/// Where nothing else is asked for.
pub const FALLBACK: &str = "en";

/// Each with what it says, as JSON.
pub const LANGUAGES: [(&str, &str); 2] = [
    (FALLBACK, include_str!("../words/en.json")),
    ("ru", include_str!("../words/ru.json")),
];

/// Most languages of a browser that are looked at.
const ASKED_MAX: usize = 20;

/// The language of a locale such as `ru-RU`, if there are words for it.
pub fn of_tag(tag: &str) -> Option<&'static str> {
    let wanted = language(tag.trim()).to_ascii_lowercase();
    LANGUAGES.into_iter().map(|(name, _)| name).find(|name| *name == wanted)
}

/// The first of those that a browser asks for (RFC 9110 §12.5.4; browsers name the best first).
pub fn of_header(accepted: &str) -> &'static str {
    accepted
        .split(',')
        .take(ASKED_MAX)
        .find_map(|range| of_tag(range.split(';').next().unwrap_or_default()))
        .unwrap_or(FALLBACK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_first_known_language_is_taken() {
        for (asked, expected) in [
            ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
            ("fr, RU;q=0.5, en", "ru"),
            ("de", "en"),
            ("", "en"),
            ("*", "en"),
            (&"x,".repeat(10_000), "en"),
        ] {
            assert_eq!(of_header(asked), expected);
        }
    }

    #[test]
    fn every_language_has_the_same_words() {
        let of = |json: &str| serde_json::from_str::<BTreeMap<String, String>>(json).unwrap();
        let all: Vec<BTreeMap<String, String>> = LANGUAGES.into_iter().map(|(_, json)| of(json)).collect();
        for words in &all {
            assert!(words.keys().eq(all[0].keys()));
            assert!(words.values().all(|word| !word.trim().is_empty()));
        }
    }
}
