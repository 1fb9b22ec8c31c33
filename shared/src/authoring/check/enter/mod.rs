//! What lets a profile in: one way or several.

mod absence;
mod calendar;
mod happens;
mod sequence;
mod watch;

pub(super) use happens::known_trait;

use super::{condition, expression};
use crate::authoring::condition::{Surroundings, Type, Vocabulary, Wanted};
use crate::authoring::raw::{At, OneOrMany, RawEnter, Report};
use crate::domain::campaign::{Again, Enter, Existing, Meanwhile, Watch};
use crate::domain::condition::Expr;
use std::collections::BTreeMap;

const NO_ITEM: &str = "only a campaign with `each` has items";
const NO_KEY: &str = "it is only made on entering";
const NO_EVENT: &str = "no event starts this campaign";
const NO_STEPS: &str = "there are no steps before the entrance";

/// All the ways in, and what steps know of them.
pub(super) struct Entrances {
    pub enter: Vec<Enter>,
    /// What `event` is.
    pub event: Result<Type, &'static str>,
    /// What `item` is.
    pub item: Result<Type, &'static str>,
    /// Earlier events of a sequence, by name.
    pub earlier: BTreeMap<String, Type>,
}

/// One way in, and what steps know of it.
struct Entrance {
    enter: Enter,
    event: Result<Type, &'static str>,
    item: Result<Type, &'static str>,
    earlier: BTreeMap<String, Type>,
}

/// What a way in begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Happens,
    Sequence,
    Date,
    When,
    Crosses,
    Inactive,
    Schedule,
}

impl Start {
    const ALL: [Self; 7] = [
        Self::Happens,
        Self::Sequence,
        Self::Date,
        Self::When,
        Self::Crosses,
        Self::Inactive,
        Self::Schedule,
    ];

    /// The field that tells it.
    fn field(self) -> &'static str {
        match self {
            Self::Happens => "on",
            Self::Sequence => "sequence",
            Self::Date => "date",
            Self::When => "when",
            Self::Crosses => "crosses",
            Self::Inactive => "inactive",
            Self::Schedule => "schedule",
        }
    }

    fn place(self, raw: &RawEnter) -> Option<usize> {
        match self {
            Self::Happens => first(raw.on.as_ref()).or_else(|| first(raw.traits.as_ref())),
            Self::Sequence => raw.sequence.as_ref().map(|at| at.offset),
            Self::Date => raw.date.as_ref().map(|at| at.offset),
            Self::When => raw.when.as_ref().map(|at| at.offset),
            Self::Crosses => raw.crosses.as_ref().map(|at| at.offset),
            Self::Inactive => raw.inactive.as_ref().map(|at| at.offset),
            Self::Schedule => first(raw.schedule.as_ref()),
        }
    }
}

fn first<T>(several: Option<&OneOrMany<At<T>>>) -> Option<usize> {
    several.and_then(|several| several.0.first()).map(|at| at.offset)
}

/// Checks the ways in.
pub(super) fn entrances(
    raw: &At<OneOrMany<At<RawEnter>>>,
    words: &Vocabulary,
    report: &mut Report<'_>,
) -> Option<Entrances> {
    let mut watched = false;
    let mut all: Option<Entrances> = None;
    let mut complete = true;
    for raw in &raw.value.0 {
        let Some(entrance) = entrance(raw, words, report) else {
            complete = false;
            continue;
        };
        if entrance.enter.watch.is_some() {
            if watched {
                report.error(
                    raw.offset,
                    "another entrance of this campaign waits for a date, a calendar or the profile already: at most \
                     one can, beside those with `on`, `trait` and `sequence`",
                );
            }
            watched = true;
        }
        match &mut all {
            None => {
                all = Some(Entrances {
                    enter: vec![entrance.enter],
                    event: entrance.event,
                    item: entrance.item,
                    earlier: entrance.earlier,
                });
            }
            Some(all) => {
                all.enter.push(entrance.enter);
                join(&mut all.event, entrance.event);
                join(&mut all.item, entrance.item);
                for (name, kind) in entrance.earlier {
                    let joined = match all.earlier.remove(&name) {
                        Some(known) => known.join(kind),
                        None => kind,
                    };
                    all.earlier.insert(name, joined);
                }
            }
        }
    }
    all.filter(|_| complete)
}

/// What one way in knows is known, though it may be null where the other was taken.
fn join(known: &mut Result<Type, &'static str>, other: Result<Type, &'static str>) {
    match (&mut *known, other) {
        (Ok(known), Ok(other)) => *known = known.clone().join(other),
        (Err(_), other @ Ok(_)) => *known = other,
        (_, Err(_)) => {}
    }
}

fn entrance(raw: &At<RawEnter>, words: &Vocabulary, report: &mut Report<'_>) -> Option<Entrance> {
    let sound = !report.has_errors();
    let starts: Vec<Start> = Start::ALL
        .into_iter()
        .filter(|start| start.place(&raw.value).is_some())
        .collect();
    let start = match starts.as_slice() {
        [start] => *start,
        [] => {
            if sound {
                report.error(
                    raw.offset,
                    "nothing lets a profile in, expected `on`, `trait`, `sequence`, `date`, `when`, `crosses`, \
                     `inactive` or `schedule`",
                );
            }
            return None;
        }
        [one, other, ..] => {
            let instead = match (one, other) {
                (Start::Happens, Start::When) => {
                    "beside `on` write `where`: it is asked when the event comes".to_owned()
                }
                (one, other) => format!(
                    "`{}` does not go with `{}`, expected a list of ways in, each with its own",
                    other.field(),
                    one.field()
                ),
            };
            report.error(other.place(&raw.value).unwrap_or(raw.offset), instead);
            return None;
        }
    };
    misplaced(&raw.value, start, report);
    match start {
        Start::Happens => happens::enter(&raw.value, words, report),
        Start::Sequence => sequence::enter(&raw.value, words, report),
        Start::When => watch::when(&raw.value, words, report),
        Start::Date => watch::date(raw, sound, words, report),
        Start::Crosses => watch::crosses(&raw.value, words, report),
        Start::Inactive => watch::inactive(&raw.value, words, report),
        Start::Schedule => calendar::enter(&raw.value, words, report),
    }
}

/// Refuses fields that mean nothing here.
fn misplaced(raw: &RawEnter, start: Start, report: &mut Report<'_>) {
    use Start::{Crosses, Date, Happens, Inactive, Schedule, Sequence, When};
    let keyed: &[Start] = &[Happens, Sequence, When, Crosses];
    let fields: [(&str, Option<usize>, &[Start]); 13] = [
        ("within", raw.within.as_ref().map(|at| at.offset), &[Sequence]),
        ("every", raw.every.as_ref().map(|at| at.offset), &[Date]),
        ("before", raw.before.as_ref().map(|at| at.offset), &[Date]),
        ("after", raw.after.as_ref().map(|at| at.offset), &[Date]),
        ("at", first(raw.at.as_ref()), &[Date, Schedule]),
        ("starts", raw.starts.as_ref().map(|at| at.offset), &[Schedule]),
        ("time zone", raw.time_zone.as_ref().map(|at| at.offset), &[Schedule]),
        ("missed", raw.missed.as_ref().map(|at| at.offset), &[Schedule]),
        (
            "without",
            raw.without.as_ref().map(|at| at.offset),
            &[Happens, Sequence],
        ),
        ("each", raw.each.as_ref().map(|at| at.offset), &[Happens]),
        ("key", raw.key.as_ref().map(|at| at.offset), keyed),
        ("again", raw.again.as_ref().map(|at| at.offset), keyed),
        ("meanwhile", raw.meanwhile.as_ref().map(|at| at.offset), keyed),
    ];
    let existing = raw.existing.as_ref().map(|at| at.offset);
    let fields = fields
        .into_iter()
        .chain([("existing", existing, [When, Crosses, Inactive].as_slice())]);
    for (field, place, goes_with) in fields {
        let Some(place) = place.filter(|_| !goes_with.contains(&start)) else {
            continue;
        };
        let message = match (field, start) {
            ("key" | "again" | "meanwhile", Date) => {
                format!("`{field}` does not go with `date`: it lets a profile in once each time it comes")
            }
            ("key" | "again" | "meanwhile", Schedule) => {
                format!("`{field}` does not go with `schedule`: it lets a profile in once an occurrence")
            }
            ("key" | "again" | "meanwhile", Inactive) => {
                format!("`{field}` does not go with `inactive`: it lets a profile in once for each such spell")
            }
            _ => {
                let with: Vec<String> = goes_with.iter().map(|start| format!("`{}`", start.field())).collect();
                format!("`{field}` goes with {}, which is not here", with.join(" or "))
            }
        };
        report.error(place, message);
    }
}

/// What is known where a profile is looked at alone.
fn of_profile<'v>(words: &'v Vocabulary, no_event: &'static str) -> Surroundings<'v> {
    Surroundings {
        event: Err(no_event),
        item: Err(NO_ITEM),
        key: Err(NO_KEY),
        ..Surroundings::of_profile(words, NO_STEPS)
    }
}

/// What is known at an event.
fn of_event(words: &Vocabulary, event: Type) -> Surroundings<'_> {
    Surroundings {
        event: Ok(event),
        ..of_profile(words, NO_EVENT)
    }
}

/// An entrance with nothing but what every entrance may have.
fn plain(raw: &RawEnter, known: &Surroundings<'_>, report: &mut Report<'_>) -> Enter {
    Enter {
        on: Vec::new(),
        traits: Vec::new(),
        sequence: None,
        watch: None,
        without: None,
        each: None,
        condition: raw
            .condition
            .as_ref()
            .and_then(|text| condition(&text.value.0, text.offset, known, report)),
        key: key(raw, known, report),
        again: raw.again.as_ref().map_or(Again::Never, |again| again.value.0),
        meanwhile: raw
            .meanwhile
            .as_ref()
            .map_or(Meanwhile::Ignore, |meanwhile| meanwhile.value.0),
        existing: raw
            .existing
            .as_ref()
            .map_or(Existing::Ignore, |existing| existing.value.0),
    }
}

fn key(raw: &RawEnter, known: &Surroundings<'_>, report: &mut Report<'_>) -> Option<Expr> {
    let text = raw.key.as_ref()?;
    expression(&text.value.0, text.offset, Wanted::Key, known, report).map(|(key, _)| key)
}

/// A way in that no event opens. What tells its runs apart comes with it.
fn watched(raw: &RawEnter, watch: Watch, keyed: bool, known: &Surroundings<'_>, report: &mut Report<'_>) -> Entrance {
    let plain = plain(raw, known, report);
    Entrance {
        enter: Enter {
            again: if keyed { plain.again } else { Again::Always },
            watch: Some(watch),
            ..plain
        },
        event: known.event.clone(),
        item: Err(NO_ITEM),
        earlier: BTreeMap::new(),
    }
}
