//! Which of a template's languages a person gets.

use std::collections::BTreeMap;

/// What is there for `locale`, else for `fallback`, else the first. Each is looked for exactly,
/// then by ever fewer subtags (`zh-Hant-TW`, `zh-Hant`, `zh`; RFC 4647 §3.4), then in any region
/// of the same language. Case and `_` for `-` do not matter.
pub fn pick<'a, T>(parts: &'a BTreeMap<String, T>, locale: &str, fallback: &str) -> Option<(&'a str, &'a T)> {
    find(parts, locale)
        .or_else(|| find(parts, fallback))
        .or_else(|| parts.iter().next())
        .map(|(language, part)| (language.as_str(), part))
}

fn find<'a, T>(parts: &'a BTreeMap<String, T>, locale: &str) -> Option<(&'a String, &'a T)> {
    let wanted = normal(locale);
    let mut range = wanted.as_str();
    while !range.is_empty() {
        if let Some(found) = parts.iter().find(|(language, _)| normal(language) == range) {
            return Some(found);
        }
        range = range.rsplit_once('-').map_or("", |(shorter, _)| shorter);
    }
    let language = language(&wanted);
    parts
        .iter()
        .find(|(other, _)| !language.is_empty() && self::language(&normal(other)) == language)
}

fn normal(locale: &str) -> String {
    locale.trim().replace('_', "-").to_ascii_lowercase()
}

/// The language of a normal locale: `pt` of `pt-br`.
pub fn language(locale: &str) -> &str {
    locale.split(['-', '_']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked<'a>(languages: &'a [&'a str], locale: &str, fallback: &str) -> String {
        let parts: BTreeMap<String, ()> = languages.iter().map(|l| ((*l).to_owned(), ())).collect();
        pick(&parts, locale, fallback)
            .map(|(l, ())| l.to_owned())
            .unwrap_or_default()
    }

    #[test]
    fn the_nearest_language_is_taken() {
        let all = ["de", "en", "pt-BR", "ru", "zh-Hant"];
        for (locale, fallback, expected) in [
            ("ru", "en", "ru"),
            ("ru-RU", "en", "ru"),
            ("RU_ru", "en", "ru"),
            ("zh-Hant-TW", "en", "zh-Hant"),
            ("pt", "en", "pt-BR"),
            ("pt-PT", "en", "pt-BR"),
            ("fr", "en", "en"),
            ("", "en-GB", "en"),
            ("fr", "it", "de"),
        ] {
            assert_eq!(picked(&all, locale, fallback), expected, "{locale}, {fallback}");
        }
        assert_eq!(picked(&[], "en", "en"), "");
    }
}
