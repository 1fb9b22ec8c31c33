//! What a campaign does.

use super::campaign::Shelf;
use super::{alone, condition, expression};
use crate::authoring::condition::{Surroundings, Wanted};
use crate::authoring::raw::{At, RawSend, RawStep, RawWait, RawWaitUntil, Report, Share, WaitFor};
use crate::authoring::suggest::did_you_mean;
use crate::domain::campaign::{Channel, Policy, Purpose, Send, Step, Variant, Wait};
use crate::domain::condition::{Expr, Reads};
use crate::domain::time::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Most steps a campaign may have.
const STEPS_MAX: usize = 100;
/// Where a message stands under caps unless it says.
const PRIORITY: u8 = 50;
/// The whole, in hundredths of a per cent.
const WHOLE_BP: u32 = 10_000;

/// What steps are checked against.
pub(super) struct Around<'c> {
    /// What their expressions may say.
    pub known: Surroundings<'c>,
    /// The campaign's purpose.
    pub purpose: Purpose,
    /// The templates.
    pub shelf: &'c Shelf<'c>,
}

/// Checks the steps, in their order.
pub(super) fn steps(raw: &At<Vec<At<RawStep>>>, around: &Around<'_>, report: &mut Report<'_>) -> Vec<Step> {
    let sound = !report.has_errors();
    if raw.value.len() > STEPS_MAX {
        report.error(
            raw.offset,
            format!("{} steps, expected at most {STEPS_MAX}", raw.value.len()),
        );
    }
    let sends = raw.value.iter().any(|step| matches!(step.value, RawStep::Send(_)));
    if !sends && sound {
        report.error(raw.offset, "the campaign sends nothing, expected a `send` step");
    } else if let Some(last) = raw.value.last().filter(|_| sound)
        && !matches!(last.value, RawStep::Send(_))
    {
        report.error(last.offset, "nothing follows this wait, expected a step after it");
    }
    let mut names = BTreeSet::new();
    let mut steps = Vec::new();
    for step in &raw.value {
        let checked = match &step.value {
            RawStep::Wait(wait) => self::wait(wait, around, report).map(Step::Wait),
            RawStep::Until(until) => wait_until(until, around, report).map(Step::Wait),
            RawStep::Send(send) => {
                let name = &send.send.value.0;
                if !names.insert(name.clone()) {
                    report.error(send.send.offset, format!("two steps are called `{name}`"));
                }
                self::send(send, around, report).map(Step::Send)
            }
        };
        steps.extend(checked);
    }
    steps
}

fn wait(raw: &RawWait, around: &Around<'_>, report: &mut Report<'_>) -> Option<Wait> {
    let text = match &raw.wait.value.0 {
        WaitFor::Span(span) => return Some(Wait::For(*span)),
        WaitFor::Expression(text) => text,
    };
    let (expr, _) = expression(text, raw.wait.offset, Wanted::Length, &around.known, report)?;
    if expr.reads() != Reads::default() {
        return Some(Wait::ForExpr(expr));
    }
    match alone(|scope| expr.eval(scope).map(|value| value.as_span())) {
        Ok(Some(span)) if span >= Span::default() && Span::parse(&span.to_string()).is_ok() => Some(Wait::For(span)),
        Ok(_) => {
            report.error(
                raw.wait.offset,
                format!("found `{text}`, expected a length of time of at most ten years that is not negative"),
            );
            None
        }
        Err(error) => {
            report.error(raw.wait.offset, format!("`{text}` has no value: {error}"));
            None
        }
    }
}

fn wait_until(raw: &RawWaitUntil, around: &Around<'_>, report: &mut Report<'_>) -> Option<Wait> {
    let (expr, _) = expression(
        &raw.until.value.0,
        raw.until.offset,
        Wanted::Moment,
        &around.known,
        report,
    )?;
    if matches!(expr, Expr::Var(crate::domain::condition::Var::Now)) {
        report.error(
            raw.until.offset,
            "`now` moves on with the clock: this wait would never begin",
        );
        return None;
    }
    Some(Wait::Until(expr))
}

fn send(raw: &RawSend, around: &Around<'_>, report: &mut Report<'_>) -> Option<Send> {
    let mut by: Vec<Channel> = Vec::new();
    for channel in &raw.by.value.0 {
        if by.contains(&channel.value.0) {
            report.error(channel.offset, format!("`{}` is named twice", channel.value.0.name()));
        } else {
            by.push(channel.value.0);
        }
    }
    template(raw, &by, around.shelf, report);
    let condition = raw
        .when
        .as_ref()
        .and_then(|text| condition(&text.value.0, text.offset, &around.known, report));
    if let Some(expires) = &raw.expires
        && expires.value.0 == Span::default()
    {
        report.error(
            expires.offset,
            "the message is worth nothing from the start, expected a longer time",
        );
    }
    let policy = raw.policy.as_ref().map_or(
        match around.purpose {
            Purpose::Marketing => Policy::AtMostOnce,
            Purpose::Transactional => Policy::AtLeastOnce,
        },
        |policy| policy.0,
    );
    Some(Send {
        name: raw.send.value.0.clone(),
        by,
        template: raw.template.value.clone(),
        condition,
        priority: raw.priority.as_ref().map_or(PRIORITY, |priority| priority.0),
        expires: raw.expires.as_ref().map(|expires| expires.value.0),
        policy,
        variants: raw
            .variants
            .as_ref()
            .map_or_else(Vec::new, |variants| self::variants(variants, report)),
    })
}

/// The template must be there and say something on every channel.
fn template(raw: &RawSend, by: &[Channel], shelf: &Shelf<'_>, report: &mut Report<'_>) {
    let name = &raw.template.value;
    let Some(template) = shelf.templates.get(name.as_str()) else {
        // One that is there but wrong has its own findings.
        if !shelf.wrong.contains(name) {
            let known = shelf
                .templates
                .keys()
                .copied()
                .chain(shelf.wrong.iter().map(String::as_str));
            report.error(
                raw.template.offset,
                format!("there is no template `{name}`{}", did_you_mean(name, known)),
            );
        }
        return;
    };
    for channel in by {
        let channel_name = channel.name();
        match template.parts.get(channel) {
            None => report.error(
                raw.by.offset,
                format!(
                    "template `{name}` says nothing by {channel_name}, expected `{channel_name}.<locale>` files in it"
                ),
            ),
            Some(parts) if !parts.contains_key(&shelf.workspace.locale) => report.warning(
                raw.template.offset,
                format!(
                    "template `{name}` lacks the workspace's language `{}` by {channel_name}",
                    shelf.workspace.locale
                ),
            ),
            Some(_) => {}
        }
        if *channel == Channel::Email && shelf.workspace.senders.email_from.is_none() && !shelf.workspace_is_wrong {
            report.error(
                raw.by.offset,
                "workspace.yaml does not say who emails come from, expected `email: { from: … }` there",
            );
        }
    }
}

fn variants(raw: &At<BTreeMap<String, At<Share>>>, report: &mut Report<'_>) -> Vec<Variant> {
    let sum: u32 = raw.value.values().map(|share| u32::from(share.value.0)).sum();
    if sum != WHOLE_BP {
        report.error(
            raw.offset,
            format!("the variants' shares add up to {}, expected 100%", per_cent(sum)),
        );
    }
    if raw.value.len() == 1 {
        report.error(raw.offset, "one variant is no split, expected two or more");
    }
    raw.value
        .iter()
        .map(|(name, share)| {
            if share.value.0 == 0 {
                report.error(share.offset, format!("nobody gets variant `{name}`"));
            }
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
                report.error(
                    share.offset,
                    format!("found `{name}`, expected a variant's name of letters, digits, `-` and `_`"),
                );
            }
            Variant {
                name: name.clone(),
                weight_bp: share.value.0,
            }
        })
        .collect()
}

/// `12.5%`.
pub(super) fn per_cent(hundredths: u32) -> String {
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match part {
        0 => format!("{whole}%"),
        part if part.is_multiple_of(10) => format!("{whole}.{}%", part / 10),
        part => format!("{whole}.{part:02}%"),
    }
}
