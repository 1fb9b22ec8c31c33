//! What a fold is measured by.

use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::decision::{Decision, Verdict};
use beckon_shared::domain::id::MessageId;
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
        let line = decision.line();
        metrics.count(Metric::Decided, "decision", line.decision);
        if let Verdict::Skip { reason, .. } = &decision.verdict {
            metrics.count(Metric::Skipped, "reason", reason.name());
        }
        tracing::info!(
            at = %line.at,
            decision = line.decision,
            profile = %LogId(line.profile),
            campaign = %line.campaign,
            step = line.step,
            channel = line.channel.map(Channel::name),
            template = line.template,
            message_id = line.message.map(MessageId::as_str),
            reason = line.reason,
            until = line.until.map(tracing::field::display),
            "decided"
        );
    }
}
