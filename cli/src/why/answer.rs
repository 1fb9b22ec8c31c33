//! Why somebody is, or is not, in a campaign.

use super::replay::{Replay, reaches};
use super::words;
use beckon_shared::domain::id::CampaignName;
use beckon_shared::domain::log::Logged;
use beckon_shared::domain::profile::{Phase, Profile};
use beckon_shared::domain::time::Timestamp;
use serde::Serialize;

/// The answer about one campaign.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// Which campaign.
    campaign: String,
    /// Whether they ever entered, as far as that is known.
    pub entered: bool,
    /// Why not: as `beckon why` names it; empty where they did.
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'static str,
    /// The answer as people say it.
    pub words: String,
}

impl Answer {
    /// Answers from what was decided and, where nothing was, from the replay.
    pub fn of(campaign: &CampaignName, log: &[Logged], replay: &Replay, profile: Option<&Profile>) -> Self {
        let (entered, reason, words) = answer(campaign, log, replay, profile);
        Self {
            campaign: campaign.to_string(),
            entered,
            reason,
            words,
        }
    }
}

fn answer(
    campaign: &CampaignName,
    log: &[Logged],
    replay: &Replay,
    profile: Option<&Profile>,
) -> (bool, &'static str, String) {
    let enrollments = profile.map(|profile| profile.state.enrollments.as_slice());
    let enrolled = enrollments
        .unwrap_or_default()
        .iter()
        .rev()
        .find(|enrollment| enrollment.campaign == *campaign);
    if let Some(enrollment) = enrolled {
        let stands = match enrollment.phase {
            Phase::Pending => match enrollment.due {
                Some(due) => format!("if nothing comes between until {}", time(due)),
                None => "if nothing comes between".to_owned(),
            },
            Phase::Running => match enrollment.due {
                Some(due) => format!("and waits until {}", time(due)),
                None => "and waits for something to happen".to_owned(),
            },
            Phase::Watching(until) => format!("and is through; its goal is watched until {}", time(until)),
        };
        let is_in = enrollment.phase != Phase::Pending;
        let (verb, reason) = if is_in {
            ("entered", "")
        } else {
            ("asked for, enters", "pending")
        };
        let words = format!(
            "{verb} `{campaign}` on {} {stands} (the profile's state)",
            time(enrollment.entered)
        );
        return (is_in, reason, words);
    }
    let mut logged = log.iter().rev().filter(|logged| logged.campaign == campaign.as_str());
    if let Some(last) = logged.find(|logged| logged.decision == "enter") {
        let words = format!("entered `{campaign}` on {}, last (the log)", time(last.at));
        return (true, "", words);
    }
    let Some(paused) = replay.in_force.get(campaign) else {
        let known: Vec<String> = replay.in_force.keys().map(|name| format!("`{name}`")).collect();
        let known = match known.is_empty() {
            true => "no campaign is".to_owned(),
            false => format!("these are: {}", known.join(", ")),
        };
        return (
            false,
            "not_in_force",
            format!("no campaign `{campaign}` is in force; {known}"),
        );
    };
    let paused = if *paused { " It is paused now." } else { "" };
    if let Some(at) = replay.entered(campaign).last() {
        return match reaches(log, at) {
            // It would be in the log.
            true => (
                false,
                "otherwise_then",
                format!(
                    "did not enter `{campaign}`, but by what is in force now would have on {} (a replay): it was paused \
                     then, said something else, or was not in force.{paused}",
                    time(at)
                ),
            ),
            false => (
                true,
                "",
                format!(
                    "entered `{campaign}` on {}, by what is in force now (a replay: the log does not go back so far)",
                    time(at)
                ),
            ),
        };
    }
    match replay.passes_of(campaign).last() {
        Some(pass) => (
            false,
            pass.reason.name(),
            format!(
                "did not enter `{campaign}`. Last asked on {}: {} (a replay of the inbox by what is in force now).{paused}",
                time(pass.at),
                words::pass(&pass)
            ),
        ),
        None => (
            false,
            "nothing_asked",
            format!(
                "did not enter `{campaign}`: nothing that lets a person in has happened, as far back as the inbox \
                 is kept.{paused}"
            ),
        ),
    }
}

fn time(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%Y-%m-%d %H:%M")
}
