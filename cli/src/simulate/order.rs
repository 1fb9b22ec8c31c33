//! Lines of a file in order of time, whatever their number, in little memory: so many are put in order at a time, and
//! where there are more than that each such run is set down in a file without a name, to be merged as it is read.

use beckon_shared::domain::time::Timestamp;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// How many are put in order at once.
const RUN: usize = 65_536;
/// How many of a run are read at once.
const AHEAD: u64 = 256;
/// A place as it is set down: nanoseconds since 1970, offset, bytes.
const PLACE_BYTES: u64 = 16 + 8 + 4;

/// A line's time and where it lies. Those of one time are in the order of the file, so that it is read forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When what it tells happened.
    pub at: Timestamp,
    /// Its first byte.
    pub offset: u64,
    /// How many bytes it has.
    pub bytes: u32,
}

/// Puts places in order.
#[derive(Debug, Default)]
pub struct Sorter {
    run: Vec<Place>,
    set_down: Option<File>,
    runs: Vec<Run>,
    count: usize,
    last: Option<Timestamp>,
}

/// Places in order. The first is at hand.
#[derive(Debug)]
pub struct Ordered {
    set_down: Option<File>,
    runs: Vec<Run>,
    /// The next of each run that is not over, with the run's number.
    next: BinaryHeap<Reverse<(Place, usize)>>,
    count: usize,
    taken: usize,
    last: Option<Timestamp>,
}

/// Places that are in order.
#[derive(Debug)]
struct Run {
    /// Those that are in memory.
    places: Vec<Place>,
    taken: usize,
    /// Those that are set down, by their numbers in the file: where they begin, how far they were read, where they end.
    begin: u64,
    read: u64,
    end: u64,
}

impl Sorter {
    /// Adds one.
    ///
    /// # Errors
    /// There is no room where files without a name lie.
    pub fn add(&mut self, place: Place) -> io::Result<()> {
        self.count += 1;
        self.last = self.last.max(Some(place.at));
        self.run.push(place);
        if self.run.len() < RUN {
            return Ok(());
        }
        self.run.sort_unstable();
        let file = match &mut self.set_down {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        let written: Vec<u8> = self.run.drain(..).flat_map(written).collect();
        file.write_all(&written)?;
        let begin = self.runs.last().map_or(0, |run| run.end);
        self.runs.push(Run {
            places: Vec::new(),
            taken: 0,
            begin,
            read: begin,
            end: begin + u64::try_from(RUN).unwrap_or(u64::MAX),
        });
        Ok(())
    }

    /// All of them, from the first on.
    ///
    /// # Errors
    /// What was set down cannot be read.
    pub fn ordered(mut self) -> io::Result<Ordered> {
        self.run.sort_unstable();
        self.runs.push(Run {
            places: self.run,
            taken: 0,
            begin: 0,
            read: 0,
            end: 0,
        });
        let mut ordered = Ordered {
            set_down: self.set_down,
            runs: self.runs,
            next: BinaryHeap::new(),
            count: self.count,
            taken: 0,
            last: self.last,
        };
        ordered.rewind()?;
        Ok(ordered)
    }
}

impl Ordered {
    /// How many there are, those included that were taken.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many were not taken yet.
    pub fn left(&self) -> usize {
        self.count - self.taken
    }

    /// The time of the last of all.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// The next, which is not taken by that.
    pub fn peek(&self) -> Option<Place> {
        self.next.peek().map(|Reverse((place, _))| *place)
    }

    /// Takes the next.
    ///
    /// # Errors
    /// What was set down cannot be read.
    pub fn take(&mut self) -> io::Result<Option<Place>> {
        let Some(Reverse((place, number))) = self.next.pop() else {
            return Ok(None);
        };
        self.taken += 1;
        self.look_at(number)?;
        Ok(Some(place))
    }

    /// Begins again.
    ///
    /// # Errors
    /// What was set down cannot be read.
    pub fn rewind(&mut self) -> io::Result<()> {
        self.next.clear();
        self.taken = 0;
        for number in 0..self.runs.len() {
            if let Some(run) = self.runs.get_mut(number) {
                run.rewind();
            }
            self.look_at(number)?;
        }
        Ok(())
    }

    /// Lines up a run's next.
    fn look_at(&mut self, number: usize) -> io::Result<()> {
        if let Some(run) = self.runs.get_mut(number)
            && let Some(place) = run.next(self.set_down.as_mut())?
        {
            self.next.push(Reverse((place, number)));
        }
        Ok(())
    }
}

impl Run {
    fn rewind(&mut self) {
        self.taken = 0;
        self.read = self.begin;
        if self.end > self.begin {
            self.places.clear();
        }
    }

    fn next(&mut self, set_down: Option<&mut File>) -> io::Result<Option<Place>> {
        if self.taken == self.places.len()
            && self.read < self.end
            && let Some(file) = set_down
        {
            let until = self.end.min(self.read + AHEAD);
            self.places = read(file, self.read, until)?;
            (self.taken, self.read) = (0, until);
        }
        let next = self.places.get(self.taken).copied();
        self.taken += usize::from(next.is_some());
        Ok(next)
    }
}

fn written(place: Place) -> impl Iterator<Item = u8> {
    let (at, offset) = (place.at.as_nanosecond().to_be_bytes(), place.offset.to_be_bytes());
    at.into_iter().chain(offset).chain(place.bytes.to_be_bytes())
}

fn read(file: &mut File, from: u64, until: u64) -> io::Result<Vec<Place>> {
    let bytes = |places: u64| places * PLACE_BYTES;
    file.seek(SeekFrom::Start(bytes(from)))?;
    let mut written = Vec::new();
    file.take(bytes(until - from)).read_to_end(&mut written)?;
    let (mut rest, mut places) = (written.as_slice(), Vec::new());
    while !rest.is_empty() {
        let place = place_of(&mut rest).ok_or(io::ErrorKind::InvalidData)?;
        places.push(place);
    }
    Ok(places)
}

fn place_of(rest: &mut &[u8]) -> Option<Place> {
    let at = i128::from_be_bytes(*rest.split_off(..16)?.as_array()?);
    Some(Place {
        at: Timestamp::from_nanosecond(at).ok()?,
        offset: u64::from_be_bytes(*rest.split_off(..8)?.as_array()?),
        bytes: u32::from_be_bytes(*rest.split_off(..4)?.as_array()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many places, each at a time that has nothing to do with where it lies.
    fn scattered(count: u64) -> Vec<Place> {
        let place = |number: u64| Place {
            at: Timestamp::from_millisecond(i64::try_from(number * 7_919 % 10_007).unwrap_or_default())
                .unwrap_or_default(),
            offset: number * 300,
            bytes: 300,
        };
        (0..count).map(place).collect()
    }

    #[test]
    fn whatever_their_number_they_come_in_order_and_again() {
        let run = u64::try_from(RUN).expect("small");
        for count in [0, 1, 1_000, run, run + 1, 3 * run + 700] {
            let mut places = scattered(count);
            let mut sorter = Sorter::default();
            for place in &places {
                sorter.add(*place).expect("there is room");
            }
            assert!(sorter.run.len() < RUN);
            places.sort_unstable();
            let mut ordered = sorter.ordered().expect("they are read");
            assert_eq!(
                (ordered.count(), ordered.last()),
                (places.len(), places.last().map(|place| place.at))
            );
            for _ in 0..2 {
                assert_eq!(ordered.left(), places.len());
                for place in &places {
                    assert_eq!(ordered.peek(), Some(*place));
                    assert_eq!(ordered.take().expect("they are read"), Some(*place));
                }
                assert_eq!((ordered.take().expect("they are read"), ordered.left()), (None, 0));
                ordered.rewind().expect("they are read");
            }
            // In the middle of it, too.
            for _ in 0..places.len() / 2 {
                ordered.take().expect("they are read");
            }
            ordered.rewind().expect("they are read");
            assert_eq!(ordered.peek(), places.first().copied());
        }
    }
}
