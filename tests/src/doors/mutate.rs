//! Inputs that are almost right: the corpus, changed a little, by chance that can be repeated.

use fastrand::Rng;

/// Longest input that is made, in bytes.
const LENGTH_MAX: usize = 8 * 1024;
/// Most changes to one input.
const CHANGES_MAX: usize = 6;

/// What means something at one door or another.
const WORDS: [&str; 40] = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "((",
    "))",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "\\",
    "\n",
    "  ",
    "- ",
    ": ",
    "&a",
    "*a",
    "<<",
    "!!",
    "|",
    "null",
    "true",
    "-1",
    "1e308",
    "9223372036854775807",
    "99999999999d",
    "RRULE:FREQ=SECONDLY",
    "2026-02-30T25:61:61Z",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "\u{1f600}",
    "count(",
    "event.",
    "profile.",
    " && ",
    "for x in ",
];

/// Makes inputs of a corpus.
#[derive(Debug)]
pub struct Mutator<'c> {
    corpus: &'c [Vec<u8>],
    rng: Rng,
}

impl<'c> Mutator<'c> {
    /// The same seed makes the same inputs of the same corpus.
    pub fn new(corpus: &'c [Vec<u8>], seed: u64) -> Self {
        Self {
            corpus,
            rng: Rng::with_seed(seed),
        }
    }

    /// The next input.
    pub fn next_input(&mut self) -> Vec<u8> {
        let mut input = self.some().to_vec();
        for _ in 0..self.rng.usize(1..=CHANGES_MAX) {
            self.change(&mut input);
        }
        input.truncate(LENGTH_MAX);
        input
    }

    fn some(&mut self) -> &'c [u8] {
        let place = self.rng.usize(..self.corpus.len().max(1));
        self.corpus.get(place).map_or(&[], Vec::as_slice)
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.rng.usize(..=input.len());
        let end = (at + self.rng.usize(0..32)).min(input.len());
        match self.rng.u8(..6) {
            0 => drop(input.drain(at..end)),
            1 => {
                let again = input.get(at..end).unwrap_or_default().to_vec();
                input.splice(at..at, again);
            }
            2 => {
                let word = WORDS.get(self.rng.usize(..WORDS.len())).copied().unwrap_or_default();
                input.splice(at..end.min(at + word.len()), word.bytes());
            }
            3 => {
                let word = WORDS.get(self.rng.usize(..WORDS.len())).copied().unwrap_or_default();
                input.splice(at..at, word.bytes());
            }
            4 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.rng.u8(..8);
                }
            }
            _ => {
                let other = self.some();
                let from = self.rng.usize(..=other.len());
                let piece = other.get(from..(from + 64).min(other.len())).unwrap_or_default();
                input.splice(at..end, piece.iter().copied());
            }
        }
    }
}
