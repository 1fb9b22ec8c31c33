//! What a fold is measured by.

use beckon_shared::domain::decision::{Decision, Verdict};
use beckon_shared::runtime::LogId;
use beckon_shared::telemetry::{Metric, Metrics};
use std::time::Instant;

/// Runs the fold and notes how long it took.
pub fn timed<T>(metrics: &Metrics, fold: impl FnOnce() -> T) -> T {
    #[allow(clippy::disallowed_methods)] // a stopwatch, which decides nothing
    let start = Instant::now();
    let result = fold();
    let micros = u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX);
    metrics.add(Metric::FoldMicros, micros.into());
    result
}

/// Counts and logs what was decided.
pub fn report(metrics: &Metrics, decisions: &[Decision]) {
    for decision in decisions {
        let kind = match &decision.verdict {
            Verdict::Enter => "enter",
            Verdict::Send { .. } => "send",
            Verdict::Skip { reason, .. } => {
                metrics.count(Metric::Skipped, "reason", reason.name());
                "skip"
            }
            Verdict::Defer { .. } => "defer",
            Verdict::Exit { .. } => "exit",
            Verdict::Goal { .. } => "goal",
            Verdict::Fault { place, error } => {
                tracing::warn!(
                    profile = %LogId(&decision.profile),
                    campaign = %decision.campaign,
                    place,
                    error,
                    "the campaign does not work for this profile"
                );
                "fault"
            }
        };
        metrics.count(Metric::Decided, "decision", kind);
        tracing::info!(
            profile = %LogId(&decision.profile),
            campaign = %decision.campaign,
            decision = kind,
            "decided"
        );
    }
}
