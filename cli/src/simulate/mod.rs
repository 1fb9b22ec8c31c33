//! `beckon simulate`: what campaigns would do with a file of events.

mod alarms;
mod crowd;
mod diff;
mod events;
mod order;
mod people;
mod play;
mod progress;
mod source;
mod timeline;
mod wrong_lines;

use crate::campaigns;
use crate::problem::{Problem, plural};
use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use clap::{Args, ValueEnum};
use diff::Messages;
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
are delivered, and nobody opens them, unless the events say otherwise. What is heard of a message
names its campaign and step, and counts as a provider's word:

  {\"type\":\"track\",\"userId\":\"u1\",\"timestamp\":\"2026-03-01T11:20:00Z\",\"event\":\"Email Opened\",
   \"properties\":{\"campaign\":\"abandoned-cart\",\"step\":\"reminder\"}}   (on one line)

and so do `Email Delivered`, `Email Link Clicked` (with `url`), `Email Bounced` (`bounce_type`: hard
or soft), `Email Marked as Spam`, `Unsubscribed` (`channel`, `topic`), `SMS Delivered`, `SMS Failed`,
`Message Delivered`, `Message Opened`, `Message Read`, `Message Failed` and `Reply Received`. Services
and people answer by `Call Answered`, `Handover Claimed`, `Handover Closed` and `Offer Redeemed`
(`code`). An event counts once: by its `messageId`, or, without one, by its own text.

TIME goes from the first event to --until, inclusive. Without --until it goes on until no alarm is
left. What would never end is played for a while after the last event: yearly and monthly dates
(birthdays), and what profiles come to by time alone (inactivity, a score that falls), for 366 days,
so that each comes once more; schedules that come again, for 31 days. Ten years after the last event
everything ends. Alarms ring on time; deployed, they ring within the minute.

OUTPUT is in order of time; what is decided at one moment is in order of profile ids, and for one
profile in the order in which it was decided. Events that happen at the moment an alarm rings are
known when it does. `jsonl` is one decision a line:

  {\"at\":\"2026-03-01T11:05:00Z\",\"decision\":\"send\",\"profile\":\"u1\",\"campaign\":\"abandoned-cart\",\"step\":\"reminder\",…}

where `decision` is

  enter    the profile enters; `key` tells its runs through a campaign apart
  send     a message leaves: `step`, `channel`, `template`, `variant`, `message`; `maybe_also` are the
           channels by which the same message may have come already
  skip     a message is held back for good; `reason` is unreachable, not_consented, suppressed,
           paused, condition, expired, holdout, frequency_cap (`cap` says which) or handed_over;
           `variant` is the arm that it was drawn for
  defer    a message waits `until` then; `reason` is quiet_hours or handover
  offer    the profile gets a `code`, good `until` then
  redeem   a `code` was used
  refuse   a `code` was not taken; `reason` is ended or used
  exit     the profile leaves early; `reason` is an event's name, condition, exit, or what is wrong
  goal     the goal is reached, so long after entering (`took`); `value` is what it was worth
  fault    an expression does not work for this person: `step` says where, `reason` what

`table` is a timeline, with a summary of each campaign. All times are UTC.

DIFF: with --diff, both folders are played on the same events, and told is what becomes of messages
if --campaigns gives way to the other: `jsonl` is one message a line,

  {\"change\":\"gains\",\"profile\":\"u1\",\"campaign\":\"abandoned-cart\",\"step\":\"nudge\",\"at\":\"2026-03-02T11:05:00Z\"}

where `change` is gains, loses (`at` is when it left) or moves (from `was` to `at`); `table` counts
them by campaign and step. A message is the same in both where profile, campaign, step and the
enrollment's key are.";

const EXAMPLES: &str = "\
Examples:
  beckon simulate --campaigns campaigns --events campaigns/sample-events.jsonl
  beckon simulate --campaigns campaigns --events events.jsonl --until 2026-06-30 --format table | less
  zcat march.jsonl.gz | beckon simulate --campaigns campaigns --events - --format jsonl \\
    | jq -r 'select(.decision == \"skip\") | .reason' | sort | uniq -c
  beckon simulate --campaigns campaigns --events events.jsonl --profiles customers.jsonl
  git worktree add /tmp/main main && \\
    beckon simulate --campaigns /tmp/main/campaigns --diff campaigns --events events.jsonl

Exit codes: 0 played to the end, whatever differs; 1 bad campaigns, events or profiles, each shown with its file and
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
    /// Profiles to begin with, one a line: `{"profile":"u1","traits":{"birthday":"1990-05-14"}}`. They
    /// are there before the campaigns are applied, as far as these ask (`existing`)
    #[arg(long, value_name = "FILE")]
    profiles: Option<PathBuf>,
    /// Another version of the campaigns, to be compared with on the same events
    #[arg(long, value_name = "OTHER_DIR")]
    diff: Option<PathBuf>,
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
        let other = self.diff.as_deref();
        let other = other
            .map(|folder| campaigns::sound(folder, "nothing was simulated"))
            .transpose()?;
        let people = self
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
        let rules = rules(definitions);
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
        let mut play = |rules: &Rules, decided: Decided<'_>| {
            events.rewind()?;
            Play::begin(rules, people.clone(), start, end, decided)?.run(&mut events, &mut progress, decided)
        };
        if let Some(other) = other {
            let (mut before, mut after) = (Messages::default(), Messages::default());
            let left = play(&rules, &mut |decision| {
                before.hear(decision);
                Ok(())
            })?;
            play(&self::rules(other), &mut |decision| {
                after.hear(decision);
                Ok(())
            })?;
            let changes = diff::changes(before, after);
            match format {
                Format::Jsonl => {
                    for change in &changes {
                        serde_json::to_writer(&mut to, change).map_err(io::Error::from)?;
                        to.write_all(b"\n")?;
                    }
                }
                Format::Table => diff::table(&changes, &mut to)?,
            }
            to.flush()?;
            return self.tell_what_is_left(left);
        }
        let left = match format {
            Format::Jsonl => {
                let left = play(&rules, &mut |decision| {
                    serde_json::to_writer(&mut to, &decision.line())?;
                    to.write_all(b"\n")
                })?;
                to.flush()?;
                left
            }
            Format::Table => {
                let mut timeline = Timeline::of(names, to);
                let left = play(&rules, &mut |decision| timeline.show(decision))?;
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

fn rules(definitions: Definitions) -> Rules {
    let campaigns = definitions.campaigns.into_iter().map(|campaign| (campaign, false));
    Rules::new(1, definitions.workspace, campaigns)
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
