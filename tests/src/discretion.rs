//! Listens to everything that functions log in a test, and ends the test at a line by which a stranger
//! could tell who somebody is.
//!
//! What the real binaries print is looked at by the local stack, in the same way.

use beckon_local::address_in;
use std::io::{self, Write};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// First and last names of the people in stories. Only whole words are looked for.
const NAMES: [&str; 9] = [
    "Ann",
    "Anna",
    "Annie",
    "Annabella",
    "Ben",
    "Анна",
    "Lovelace",
    "Secret",
    "Smith",
];

/// Listens from now on, once in a process.
pub fn listen() {
    // A second world in the same test finds the first one's listener in place.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_max_level(LevelFilter::INFO)
        .with_writer(Listener)
        .try_init();
}

/// Whatever in a line of a log tells who somebody is.
fn private_in(line: &str) -> Option<&str> {
    let word = |word: &&str| NAMES.contains(word);
    address_in(line).or_else(|| line.split(|letter: char| !letter.is_alphanumeric()).find(word))
}

struct Listener;

impl Write for Listener {
    /// Takes a line.
    ///
    /// # Panics
    ///
    /// If it tells who somebody is: the test that made a function print it has failed.
    #[allow(clippy::panic)]
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if let Some(private) = private_in(&text) {
            panic!("a function logs `{private}`: {text}");
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Listener {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::private_in;

    #[test]
    fn names_are_whole_words() {
        assert_eq!(private_in("the channel of Ann was left"), Some("Ann"));
        assert_eq!(private_in("Announced to ann@example.com"), Some("ann@example.com"));
        assert_eq!(private_in("Announced on a channel"), None);
    }
}
