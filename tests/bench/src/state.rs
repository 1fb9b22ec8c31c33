//! How large the state of somebody busy is, with all example campaigns in force: what every event of theirs writes.

use crate::Outcome;
use crate::report::Figure;
use crate::setting::{Setting, progress};
use crate::workload::{Shipped, month};
use beckon_shared::domain::event::{Input, Source};
use beckon_shared::domain::fold::{Arrival, fold};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::{Phase, Profile, State};
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::segment::{self, Call, Heard, Received};
use beckon_shared::store::codec;
use serde_json::Value;

const SECTION: &str = "state of a busy profile, all example campaigns in force";
/// Events of a month.
const MONTH: usize = 1_000;

/// Measures.
pub fn measure(setting: &Setting) -> Outcome<Vec<Figure>> {
    let shipped = Shipped::read(setting)?;
    let campaigns = shipped.all.iter().cloned().map(|campaign| (campaign, false));
    let rules = Rules::new(1, shipped.workspace.clone(), campaigns);
    let many = setting.times(1_000_000, 20_000);
    let months = i64::try_from(many / MONTH)?;
    let mut figures = Vec::new();
    // Somebody busy; the same after years; and somebody who did in a month what takes years.
    for (events, days) in [(MONTH, month::DAYS), (many, months * month::DAYS), (many, month::DAYS)] {
        progress(&format!("state: {events} events of one person in {days} days"));
        let (id, profile) = lived(&rules, events, days)?;
        let row = codec::encode_state(&id, profile.version, &profile.state)?;
        let bytes = codec::size(&row);
        let figure = Figure::new(
            SECTION,
            format!("item after {events} events in {days} days"),
            f64::from(u32::try_from(bytes)?),
            "bytes",
        );
        figures.push(figure.at_most(2_048.0).note(parts(&profile.state)?));
    }
    Ok(figures)
}

/// One person's days, folded event by event, with the alarms that ring in between.
fn lived(rules: &Rules, events: usize, days: i64) -> Outcome<(ProfileId, Profile)> {
    let start: Timestamp = "2026-03-01T10:00:00Z".parse()?;
    let mut profile = Profile::default();
    let mut whose = None;
    for message in month::messages(1, events, start, days) {
        let text = message.to_string();
        let said = segment::read(&text, Call::Batch, 0, &HEARD)?;
        let at = said.event.at;
        while let Some(due) = profile.state.alarm.filter(|due| *due <= at) {
            let alarm = Input::Alarm {
                id: format!("alm_{}", due.as_nanosecond()),
            };
            turn(&said.profile, &mut profile, &alarm, due, rules);
        }
        turn(&said.profile, &mut profile, &Input::Event(said.event), at, rules);
        whose = Some(said.profile);
    }
    Ok((whose.ok_or("nothing happened")?, profile))
}

const HEARD: Heard<'static> = Heard {
    source: Source::Server,
    received: Received::WhenItHappened,
    sent: None,
    request: "bench",
    server_only: &[],
};

fn turn(id: &ProfileId, profile: &mut Profile, input: &Input, now: Timestamp, rules: &Rules) {
    let arrival = Arrival {
        input,
        received: now,
        sequence: None,
    };
    let folded = fold(id, profile, &[arrival], now, rules);
    profile.version += u64::from(folded.changed);
}

/// What there is in it, each part as it would be by itself, before all of it is deflated.
fn parts(state: &State) -> Outcome<String> {
    let Value::Object(whole) = serde_json::to_value(state)? else {
        return Err("a state is no object".into());
    };
    let mut parts: Vec<(usize, String)> = Vec::new();
    for (name, part) in whole {
        parts.push((rmp_serde::to_vec_named(&part)?.len(), name));
    }
    parts.sort_unstable_by(|one, other| other.cmp(one));
    let told: Vec<String> = parts
        .iter()
        .take(5)
        .map(|(bytes, name)| format!("{name} {bytes}"))
        .collect();
    let running = state
        .enrollments
        .iter()
        .filter(|run| matches!(run.phase, Phase::Running))
        .count();
    Ok(format!(
        "not deflated: {}; {running} enrollments run, {} are remembered",
        told.join(", "),
        state.enrollments.len() - running
    ))
}
