//! Decisions as lines that people read aloud.

use beckon_shared::domain::decision::{Decision, Verdict};

/// `03-01 10:10 ann gets offer by email` and its like. Times are UTC.
pub fn of(decision: &Decision) -> String {
    let at = decision.at.strftime("%m-%d %H:%M");
    let who = decision.profile.as_str();
    let campaign = decision.campaign.as_str();
    let key = match decision.key.as_str() {
        "" => String::new(),
        key => format!(" ({key})"),
    };
    let what = match &decision.verdict {
        Verdict::Enter => format!("enters {campaign}{key}"),
        Verdict::Send {
            step,
            channel,
            maybe_also,
            ..
        } => {
            let also: String = maybe_also
                .iter()
                .map(|other| format!(", possibly by {} too", other.name()))
                .collect();
            format!("gets {step} by {}{also}", channel.name())
        }
        Verdict::Skip {
            step,
            channel,
            reason,
            cap,
            variant: _,
        } => {
            let cap = cap.as_ref().map(|cap| format!(" ({cap})")).unwrap_or_default();
            format!("is spared {step} by {}: {}{cap}", channel.name(), reason.name())
        }
        Verdict::Defer {
            step,
            channel,
            until,
            reason,
        } => {
            let until = until.strftime("%m-%d %H:%M");
            format!(
                "waits for {step} by {} until {until}: {}",
                channel.name(),
                reason.name()
            )
        }
        Verdict::Offer { step, until, .. } => format!("is offered {step} until {}", until.strftime("%m-%d %H:%M")),
        Verdict::Redeem { refused: None, .. } => "redeems a code".to_owned(),
        Verdict::Redeem {
            refused: Some(reason), ..
        } => format!("is refused a code: {reason}"),
        Verdict::Exit { reason } => format!("leaves {campaign}{key}: {reason}"),
        Verdict::Goal { value: None, .. } => format!("reaches the goal of {campaign}{key}"),
        Verdict::Goal { value: Some(value), .. } => format!("reaches the goal of {campaign}{key}, worth {value}"),
        Verdict::Pass { reason, .. } => format!("does not enter {campaign}{key}: {}", reason.name()),
        Verdict::Fault { place, error } => format!("meets a fault of {campaign} in {place}: {error}"),
    };
    format!("{at} {who} {what}")
}
