//! `beckon simulate`: what campaigns would do with a file of events.

mod events;
mod people;
mod play;
mod progress;
mod source;
mod timeline;
mod wrong_lines;

use crate::campaigns;
use crate::problem::{Problem, plural};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use clap::{Args, ValueEnum};
use events::Events;
use play::{Decided, End, Left, Play};
use progress::Progress;
use source::Source;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use timeline::Timeline;

const HELP: &str = "\
Plays the campaigns on a file of events, and says who enters, what is sent, what is held back and
why. It is the deciding core of the functions, alone: no network, no AWS, nothing is sent. The
same files give the same output, byte for byte, whatever the order of the lines.

EVENTS: one Segment message a line, as an SDK sends it, each with its `timestamp`:

  {\"type\":\"identify\",\"userId\":\"u1\",\"timestamp\":\"2026-03-01T10:00:00Z\",\"traits\":{\"email\":\"ann@example.com\"}}
  {\"type\":\"track\",\"userId\":\"u1\",\"timestamp\":\"2026-03-01T10:05:00Z\",\"event\":\"Product Added\",
   \"properties\":{\"cart_id\":\"c-17\",\"product_id\":\"p1\",\"name\":\"Blue mug\",\"price\":12.5,\"quantity\":1}}   (on one line)

Every event is taken as the team's own server would tell it, at the moment it happened. Messages
are delivered, unless the events say otherwise: `Email Bounced`, `Email Marked as Spam`,
`Unsubscribed` and the like count as a provider's word. A message counts once: by its `messageId`,
or, without one, by its own text.

TIME goes from the first event to --until, inclusive. Without --until it goes on until no alarm is
left. Yearly dates (birthdays) never end: they are played for 366 days after the last event, so
that each comes once more. Ten years after the last event everything ends. Alarms ring on time;
deployed, they ring within the minute.

OUTPUT is in order of time; what is decided at one moment is in order of profile ids, and for one
profile in the order in which it was decided. Events that happen at the moment an alarm rings are
known when it does. `jsonl` is one decision a line:

  {\"at\":\"2026-03-01T11:05:00Z\",\"decision\":\"send\",\"profile\":\"u1\",\"campaign\":\"abandoned-cart\",\"step\":\"reminder\",…}

where `decision` is enter, send, skip, defer, exit, goal, or fault (an expression that does not work
for this person). `table` is a timeline, with a summary of each campaign. All times are UTC.";

const EXAMPLES: &str = "\
Examples:
  beckon simulate --campaigns campaigns --events campaigns/sample-events.jsonl
  beckon simulate --campaigns campaigns --events events.jsonl --until 2026-06-30 --format table | less
  zcat march.jsonl.gz | beckon simulate --campaigns campaigns --events - --format jsonl \\
    | jq -r 'select(.decision == \"skip\") | .reason' | sort | uniq -c
  beckon simulate --campaigns campaigns --events events.jsonl --profiles customers.jsonl

Exit codes: 0 played to the end; 1 bad campaigns, events or profiles, each shown with its file and
line on standard error, and nothing was played.";

/// Play campaigns on a file of events
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = EXAMPLES)]
pub struct Simulate {
    /// Folder of the campaigns
    #[arg(long, value_name = "DIR")]
    campaigns: PathBuf,
    /// File of events, one Segment message a line, in any order; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// Last moment to be played, such as `2026-03-31T12:00:00Z`, or a date: its last moment, UTC
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<Timestamp>,
    /// Kept for chance that is to be drawn. There is none yet: variants and holdouts derive from
    /// the ids of profiles and campaigns, as they do when deployed. Changes nothing
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Profiles to begin with, one a line: `{"profile":"u1","traits":{"birthday":"1990-05-14"}}`
    #[arg(long, value_name = "FILE")]
    profiles: Option<PathBuf>,
    /// `table` for people, the default on a terminal; `jsonl` for programs, the default elsewhere
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Jsonl,
}

impl Simulate {
    /// Runs it.
    pub fn run(self) -> Result<(), Problem> {
        let definitions = campaigns::sound(&self.campaigns, "nothing was simulated")?;
        let mut people = self
            .profiles
            .as_deref()
            .map(people::read)
            .transpose()?
            .unwrap_or_default();
        let source = Source::open(&self.events)?;
        let size = source.size();
        let mut events = Events::look_through(source, &mut Progress::of("reading", size, false))?;
        let (Some(start), Some(last)) = (events.next_at(), events.last()) else {
            return note("there are no events: nothing happens");
        };
        let is_terminal = io::stdout().is_terminal();
        let format = self
            .format
            .unwrap_or(if is_terminal { Format::Table } else { Format::Jsonl });
        let names: Vec<_> = definitions
            .campaigns
            .iter()
            .map(|campaign| campaign.name.clone())
            .collect();
        let campaigns = definitions.campaigns.into_iter().map(|campaign| (campaign, false));
        let rules = Rules::new(1, definitions.workspace, campaigns);
        let end = match self.until {
            Some(until) if until < start => {
                return note(&format!(
                    "the first event, at {start}, is after --until: nothing happens"
                ));
            }
            Some(until) => End::At(until),
            None => End::Quiet(last),
        };
        // Two things cannot be written to one terminal at once.
        let mut progress = Progress::of("playing", size, is_terminal);
        let mut to = BufWriter::new(io::stdout().lock());
        let mut play = |decided: Decided<'_>| {
            let people = std::mem::take(&mut people);
            Play::begin(&rules, people, start, end, decided)?.run(&mut events, &mut progress, decided)
        };
        let left = match format {
            Format::Jsonl => {
                let left = play(&mut |decision| {
                    serde_json::to_writer(&mut to, &decision.line())?;
                    to.write_all(b"\n")
                })?;
                to.flush()?;
                left
            }
            Format::Table => {
                let mut timeline = Timeline::of(names, to);
                let left = play(&mut |decision| timeline.show(decision))?;
                timeline.close()?;
                left
            }
        };
        self.tell_what_is_left(left)
    }

    fn tell_what_is_left(&self, left: Left) -> Result<(), Problem> {
        if left.events > 0 {
            note(&format!("{} after --until: left out", plural(left.events, "event")))?;
        }
        if left.waiting > 0 && self.until.is_none() {
            let people = plural(left.waiting, "profile");
            note(&format!(
                "ten years after the last event {people} still wait for something: ended there"
            ))?;
        }
        Ok(())
    }
}

fn note(text: &str) -> Result<(), Problem> {
    writeln!(io::stderr(), "note: {text}")?;
    Ok(())
}

/// A moment, or a day up to its last millisecond.
fn until(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let day: jiff::civil::Date = text
        .parse()
        .map_err(|_| "expected a time such as `2026-03-31T12:00:00Z` or a date such as `2026-03-31`".to_owned())?;
    let end = day.at(23, 59, 59, 999_000_000).to_zoned(jiff::tz::TimeZone::UTC);
    end.map(|end| end.timestamp()).map_err(|error| error.to_string())
}
