//! A file of events: every line is looked at once before anything is played, so that a mistake in
//! the last line is told first; then they are read in order of time.

use super::order::{Ordered, Place, Sorter};
use super::progress::Progress;
use super::source::Source;
use super::wrong_lines::{WrongLines, json_fault};
use crate::problem::Problem;
use beckon_shared::domain::event::{EventKind, Source as Word};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::segment::{self, Call, Heard, Received, Refusal, Said};
use std::cmp::Ordering;
use std::io;

/// Events that come from providers, over a path that nobody else can take.
const REPORTS: [&str; 15] = [
    "Email Delivered",
    "Email Opened",
    "Email Link Clicked",
    "Email Bounced",
    "Email Marked as Spam",
    "Unsubscribed",
    "SMS Delivered",
    "SMS Failed",
    "Message Delivered",
    "Message Opened",
    "Message Read",
    "Message Failed",
    "Message Skipped",
    "Message Unknown",
    "Reply Received",
];

/// The events of a file, in order of time.
pub struct Events {
    source: Source,
    places: Ordered,
    line: Vec<u8>,
}

impl Events {
    /// Looks at every line. Where some cannot be used they are shown.
    pub fn look_through(mut source: Source, progress: &mut Progress) -> Result<Self, Problem> {
        let name = source.name().to_owned();
        let mut wrong = WrongLines::of(&name);
        let (mut places, mut line, mut number) = (Sorter::default(), Vec::new(), 0);
        while let Some(extent) = source.next_line(&mut line)? {
            number += 1;
            progress.show(source.position(), source.size())?;
            let text = match std::str::from_utf8(&line) {
                Ok(text) => text.trim_end(),
                Err(error) => {
                    let message = format!("is not UTF-8 after byte {}", error.valid_up_to());
                    wrong.note(number, "", None, message);
                    continue;
                }
            };
            if text.trim_start().is_empty() {
                continue;
            }
            match read(text) {
                Ok(said) if extent.whole => places
                    .add(Place {
                        at: said.event.at,
                        offset: extent.offset,
                        bytes: u32::try_from(extent.bytes).unwrap_or(u32::MAX),
                    })
                    .map_err(not_in_order)?,
                Ok(_) => wrong.note(number, text, None, "the line is longer than a message may be"),
                Err(refusal) => {
                    let (offset, message) = told(text, &refusal);
                    wrong.note(number, text, offset, message);
                }
            }
        }
        progress.clear()?;
        wrong.settle(number)?;
        Ok(Self {
            source,
            places: places.ordered().map_err(not_in_order)?,
            line,
        })
    }

    /// How many there are, those included that were taken.
    pub fn count(&self) -> usize {
        self.places.count()
    }

    /// Begins again.
    pub fn rewind(&mut self) -> Result<(), Problem> {
        self.places.rewind().map_err(not_in_order)
    }

    /// How many were not taken yet.
    pub fn left(&self) -> usize {
        self.places.left()
    }

    /// When the last of all happens.
    pub fn last(&self) -> Option<Timestamp> {
        self.places.last()
    }

    /// When the next happens.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.places.peek().map(|place| place.at)
    }

    /// Takes all that happen at `at`, the next moment: by profile, of one profile what it is
    /// before what it did, then by id. So the order of the lines does not matter.
    pub fn take(&mut self, at: Timestamp) -> Result<Vec<Said>, Problem> {
        let mut moment = Vec::new();
        while self.next_at() == Some(at)
            && let Some(place) = self.places.take().map_err(not_in_order)?
        {
            let bytes = usize::try_from(place.bytes).unwrap_or(usize::MAX);
            self.source.line_at(place.offset, bytes, &mut self.line)?;
            let text = std::str::from_utf8(&self.line).map(str::trim_end).ok();
            match text.and_then(|text| read(text).ok()).filter(|said| said.event.at == at) {
                Some(said) => moment.push(said),
                None => {
                    let file = self.source.name().to_owned();
                    return Err(Problem::Changed { file });
                }
            }
        }
        moment.sort_by(in_a_moment);
        // The same request made twice: a table would hold it once.
        moment.dedup_by(|next, first| next.profile == first.profile && next.event.id == first.event.id);
        Ok(moment)
    }
}

/// What puts them in order lies where files without a name do.
fn not_in_order(error: io::Error) -> Problem {
    Problem::NotWritten {
        file: std::env::temp_dir().display().to_string(),
        error,
    }
}

fn in_a_moment(one: &Said, other: &Said) -> Ordering {
    let rank = |said: &Said| match said.event.kind {
        EventKind::Alias => 0,
        EventKind::Identify => 1,
        EventKind::Group => 2,
        EventKind::Track => 3,
        EventKind::Page => 4,
        EventKind::Screen => 5,
    };
    let text = |said: &Said| serde_json::Value::Object(said.event.properties.clone()).to_string();
    one.profile
        .cmp(&other.profile)
        .then_with(|| rank(one).cmp(&rank(other)))
        .then_with(|| one.event.id.cmp(&other.event.id))
        .then_with(|| one.event.name.cmp(&other.event.name))
        .then_with(|| text(one).cmp(&text(other)))
}

/// Reads a line as `ingest` reads a message of a batch, but at the time that it names. A message
/// without an id is known by its own text.
fn read(text: &str) -> Result<Said, Refusal> {
    let heard = Heard {
        source: Word::Server,
        received: Received::WhenItHappened,
        sent: None,
        request: text,
        server_only: &[],
    };
    let mut said = segment::read(text, Call::Batch, 0, &heard)?;
    if said.event.kind == EventKind::Track && REPORTS.contains(&said.event.name.as_str()) {
        said.event.source = Word::Provider;
    }
    Ok(said)
}

/// A refusal in one sentence, and the byte that it is about.
fn told(text: &str, refusal: &Refusal) -> (Option<usize>, String) {
    if let Some((offset, words)) = json_fault(text) {
        let message = format!("expected a Segment message as one JSON object, which breaks off here: {words}");
        return (Some(offset), message);
    }
    let name = refusal.field.rsplit('.').next().unwrap_or(refusal.field);
    let offset = text.find(&format!("\"{name}\""));
    if refusal.field == "message" {
        return (offset, format!("the message {}", refusal.reason));
    }
    (offset, refusal.to_string())
}
