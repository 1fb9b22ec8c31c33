//! What lets a profile in, as it is written.

use super::read::{At, OneOrMany, mapping};
use super::values::{Day, EventName, Expression, Length, Number, Reentry, TimeOfDay};
use super::words::{ExistingName, MeanwhileName, MissedName, Period};

mapping! {
    /// One way in. It begins with one of: events (`on`) or changed traits (`trait`), a `sequence`
    /// of events, a `date` of the person's, a condition (`when`), a number that `crosses` a
    /// threshold, `inactive` people, or a `schedule`.
    #[schemars(rename = "Enter")]
    RawEnter, "`enter`" {
        /// One event or several: any of them lets a profile in. `page` and `screen` stand for those
        /// calls.
        optional on = "on": OneOrMany<At<EventName>>,
        /// One trait or several: a new value of any of them lets a profile in.
        optional traits = "trait": OneOrMany<At<String>>,
        /// Events that come one after another, two to five; other events may come between them. The
        /// last one lets the profile in and is `event`; earlier ones are known by their `as` names.
        optional sequence = "sequence": At<Vec<At<RawPart>>>,
        /// From the first to the last event of the `sequence`, at most this long.
        optional within = "within": At<Length>,
        /// A date of the person's, such as `profile.birthday`.
        optional date = "date": At<Expression>,
        /// How often the date comes: `year` or `month`. Default: once.
        optional every = "every": At<Period>,
        /// This long before the date.
        optional before = "before": At<Length>,
        /// This long after the date.
        optional after = "after": At<Length>,
        /// Local time of day of a `date` or `schedule`; of a schedule also a list. Default of a date that
        /// comes once: its own moment.
        optional at = "at": OneOrMany<At<TimeOfDay>>,
        /// A condition: the profile enters when it becomes true, by an event or by time passing. Where
        /// the condition or the `key` reads `event`, it is asked at the events that it counts.
        optional when = "when": At<Expression>,
        /// A number that passes a threshold.
        optional crosses = "crosses": At<RawCrosses>,
        /// Nothing was done by the person for so long. Once for each such spell.
        optional inactive = "inactive": At<Length>,
        /// A calendar: a rule of RFC 5545 (`RRULE:FREQ=WEEKLY;BYDAY=TU`), cron with five fields
        /// (`0 10 * * 2`), a day (`2026-11-27`) or a list of days.
        optional schedule = "schedule": OneOrMany<At<String>>,
        /// The first day of a `schedule`, from which intervals and counts run.
        optional starts = "starts": At<Day>,
        /// Time zone of a `schedule`, such as `Europe/Berlin`. Default: each person's own.
        optional time_zone = "time zone": At<String>,
        /// What becomes of a schedule's occurrences that came while the campaign was paused: `skip`
        /// (the default), or `last`: the last of them comes when it goes on.
        optional missed = "missed": At<MissedName>,
        /// Only if this does not happen after the trigger.
        optional without = "without": At<RawWithout>,
        /// A list in the event: one enrollment for each of its elements, known as `item`.
        optional each = "each": At<Expression>,
        /// Must hold for the event (and item) and for the profile as it is then.
        optional condition = "where": At<Expression>,
        /// Tells enrollments apart. Default: one enrollment per profile.
        optional key = "key": At<Expression>,
        /// Whether the same key may enter again once its enrollment has ended: `never` (the
        /// default), `always`, or `after 30d`, counted from when it entered last.
        optional again = "again": At<Reentry>,
        /// What the trigger does when it comes again inside a run: `ignore` (the default), `move`
        /// (the wait it is in counts from it), or `restart` from it.
        optional meanwhile = "meanwhile": At<MeanwhileName>,
        /// With `when`, `crosses` and `inactive`: what becomes of people for whom it holds already when
        /// the campaign is applied: `ignore` (the default: they enter when it comes to hold again), or
        /// `enter`.
        optional existing = "existing": At<ExistingName>,
    }
}

mapping! {
    /// One event of a sequence.
    #[schemars(rename = "Part")]
    RawPart, "an event of a sequence" {
        /// The event, or several: any of them.
        required on = "on": OneOrMany<At<EventName>>,
        /// What later events, steps and templates call it: `viewed.product_id`.
        optional name = "as": At<String>,
        /// Must hold for this event; may name earlier ones.
        optional condition = "where": At<Expression>,
    }
}

mapping! {
    /// A number that passes a threshold.
    #[schemars(rename = "Crosses")]
    RawCrosses, "`crosses`" {
        /// The number, such as `profile.points`. Where it is missing nothing changes.
        required value = "value": At<Expression>,
        /// Lets in when it comes from below to this or above.
        optional above = "above": At<Number>,
        /// Lets in when it comes from above to this or below.
        optional below = "below": At<Number>,
        /// It must have gone back to here before it can cross again. Default: the threshold itself.
        optional back = "back": At<Number>,
    }
}

mapping! {
    /// An absence: what must not happen after the trigger.
    #[schemars(rename = "Without")]
    RawWithout, "`without`" {
        /// The event, or several: none of them may happen.
        required on = "on": OneOrMany<At<EventName>>,
        /// Only such events count; bare names are properties of the absent event, as in
        /// `album_id == event.album_id`.
        optional condition = "where": At<Expression>,
        /// For how long after the trigger.
        required span = "for": At<Length>,
    }
}
