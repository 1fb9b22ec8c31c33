//! What no line of a log may hold: by what a stranger could tell who somebody is.

use regex_lite::Regex;
use std::sync::LazyLock;

/// Email addresses, and numbers as E.164 has them.
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[\w.%+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}|\+[1-9][0-9]{7,14}\b").ok());

/// What looks like somebody's address or number in a line, if anything does.
pub fn address_in(line: &str) -> Option<&str> {
    let found = ADDRESS.as_ref()?.find(line)?;
    Some(found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_found() {
        for (line, found) in [
            (
                r#"{"message":"to ann.b+x@mail.example.com, twice"}"#,
                "ann.b+x@mail.example.com",
            ),
            (r#"{"to":"+4915199887766"}"#, "+4915199887766"),
        ] {
            assert_eq!(address_in(line), Some(found));
        }
    }

    #[test]
    fn what_is_nobodys_is_left_alone() {
        for line in [
            r#"{"at":"2026-03-01T10:00:00+02:00","profile":"u1"}"#,
            r#"{"_aws":{"Timestamp":1772359200000},"sum":3.5e+20}"#,
            "icon@2x and a @ b",
        ] {
            assert_eq!(address_in(line), None, "{line}");
        }
    }
}
