//! Scores and the micromoment: which events add to them.

use super::{Star, event_names, told};
use crate::authoring::condition::{Vocabulary, check_own};
use crate::authoring::raw::{At, RawAdd, RawMoments, RawWorkspace, Report};
use crate::domain::campaign::{Add, MomentKind, Moments, Score};
use crate::domain::time::Span;
use std::collections::BTreeMap;

/// How long an event tells anything, where nothing is said.
const LASTS: Span = Span::from_mins(30);
/// Most lines of one score or of one kind of moment.
const ADDS_MAX: usize = 64;

/// Checks the scores and adds their names to the words.
pub(super) fn scores(raw: &RawWorkspace, words: &mut Vocabulary, report: &mut Report<'_>) -> BTreeMap<String, Score> {
    let mut scores = BTreeMap::new();
    for (name, score) in raw.scores.iter().flatten() {
        words.declare_score(name);
        let half_life = &score.value.half_life;
        if half_life.value.0 == Span::default() {
            report.error(
                half_life.offset,
                "expected a half-life longer than nothing, such as `3d`",
            );
        }
        let adds = adds(&score.value.adds, words, report);
        if adds.is_empty() {
            report.error(
                score.offset,
                format!("nothing ever adds to `{name}`, expected something under `adds`"),
            );
        }
        scores.insert(name.clone(), Score::new(name, half_life.value.0, adds));
    }
    scores
}

/// Checks what tells the micromoment.
pub(super) fn moments(raw: &At<RawMoments>, words: &mut Vocabulary, report: &mut Report<'_>) -> Moments {
    words.declare_moments();
    let written = &raw.value;
    let lasts = written.lasts.as_ref().map_or(LASTS, |lasts| lasts.value.0);
    if lasts == Span::default() {
        report.error(
            written.lasts.as_ref().map_or(raw.offset, |lasts| lasts.offset),
            "expected a time longer than nothing, such as `30m`",
        );
    }
    let of_kind = |kind: MomentKind| match kind {
        MomentKind::Know => &written.know,
        MomentKind::Go => &written.go,
        MomentKind::Do => &written.act,
        MomentKind::Buy => &written.buy,
    };
    let mut all = Vec::new();
    for kind in MomentKind::ALL {
        let lines = of_kind(kind).as_deref().unwrap_or_default();
        for line in lines {
            if line.value.points.value.0 < 0.0 {
                report.error(
                    line.value.points.offset,
                    "nothing tells against a moment, expected more than 0 points",
                );
            }
        }
        all.extend(adds(lines, words, report).into_iter().map(|add| (kind, add)));
    }
    if all.is_empty() {
        report.error(
            raw.offset,
            "nothing ever tells the moment, expected `know`, `go`, `do` or `buy`",
        );
    }
    Moments::new(lasts, all)
}

fn adds(raw: &[At<RawAdd>], words: &Vocabulary, report: &mut Report<'_>) -> Vec<Add> {
    if let Some(beyond) = raw.get(ADDS_MAX) {
        report.error(
            beyond.offset,
            format!("there are {} lines, expected at most {ADDS_MAX}", raw.len()),
        );
    }
    let mut all = Vec::new();
    for line in raw {
        let line = &line.value;
        for on in event_names(&line.on.0, Star::Allowed, words, report) {
            let condition = match &line.condition {
                Some(text) => match told(
                    check_own(&text.value.0, &on, words),
                    0,
                    &text.value.0,
                    text.offset,
                    report,
                ) {
                    Some((condition, _)) => Some(condition),
                    None => continue,
                },
                None => None,
            };
            all.push(Add {
                on,
                condition,
                points: line.points.value.0,
            });
        }
    }
    all
}
