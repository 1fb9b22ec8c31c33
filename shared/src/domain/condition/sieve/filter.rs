//! What a look at one place tells of many conditions at once.

use super::class::Class;
use super::part::Part;

/// Of up to 64 conditions, those parts that one place tells.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// Where it looks.
    pub place: usize,
    /// The conditions, as bits.
    pub of: u64,
    /// Classes that tell the same, each by its first, in order.
    runs: Vec<Run>,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    from: Class,
    told: Told,
}

/// What a class tells of conditions, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    /// Those that surely do not hold.
    pub shut: u64,
    /// Those of which one cannot be sure.
    pub doubtful: u64,
}

impl Filter {
    /// Of parts, each with the bit of its condition.
    pub fn new(place: usize, parts: &[(u64, Part)]) -> Self {
        let mut firsts = Class::FIRSTS.to_vec();
        for (_, part) in parts {
            part.tests(&mut |_, asks| {
                for first in asks.written().iter().flat_map(|class| [*class, class.next()]) {
                    if let Err(place) = firsts.binary_search(&first) {
                        firsts.insert(place, first);
                    }
                }
            });
        }
        let mut runs: Vec<Run> = Vec::new();
        for from in firsts {
            let told = told(parts, from);
            if runs.last().is_none_or(|last| last.told != told) {
                runs.push(Run { from, told });
            }
        }
        runs.shrink_to_fit();
        Self {
            place,
            of: parts.iter().fold(0, |bits, (bit, _)| bits | bit),
            runs,
        }
    }

    pub fn told(&self, class: Class) -> Told {
        let behind = self.runs.partition_point(|run| run.from <= class);
        let run = behind.checked_sub(1).and_then(|run| self.runs.get(run));
        run.map_or(
            Told {
                shut: 0,
                doubtful: self.of,
            },
            |run| run.told,
        )
    }
}

fn told(parts: &[(u64, Part)], class: Class) -> Told {
    let mut told = Told { shut: 0, doubtful: 0 };
    for (bit, part) in parts {
        match part.holds(&mut |_| class) {
            Some(true) => {}
            Some(false) => told.shut |= bit,
            None => told.doubtful |= bit,
        }
    }
    told
}
