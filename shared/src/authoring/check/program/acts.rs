//! Steps that do something besides sending: offers, traits, lists, events, services, people.

use super::{Around, Ways, Writer};
use crate::authoring::check::enter::known_trait;
use crate::authoring::check::{Star, event_name, expression, shares};
use crate::authoring::condition::{Type, Wanted};
use crate::authoring::raw::{
    At, RawCall, RawEmit, RawEntry, RawHandover, RawOffer, RawSendOffer, RawSet, Report, Share, ValueOf,
};
use crate::authoring::suggest::did_you_mean;
use crate::domain::campaign::{Call, Channel, Emit, Handover, ListChange, Offer, Reward, Step};
use crate::domain::condition::Expr;
use crate::domain::time::Span;
use std::collections::BTreeMap;

/// Longest beginning of a code, in characters.
const PREFIX_MAX: usize = 16;
/// How long a service's answer is waited for, unless said.
const ANSWER_WITHIN: Span = Span::from_mins(1);
/// How long people have to claim somebody, unless said.
const CLAIM_WITHIN: Span = Span::from_mins(15);
/// How long people have somebody, unless said.
const HANDED_OVER_FOR: Span = Span::from_days(7);

/// The parts of an offer, wherever it is written.
pub(super) struct OfferParts<'r> {
    pub percent: Option<u8>,
    pub lasts: &'r At<crate::authoring::raw::Length>,
    pub prefix: Option<&'r At<String>>,
    pub once_per: Option<Span>,
    pub draw: Option<&'r At<BTreeMap<String, At<Share>>>>,
}

impl<'r> From<&'r RawOffer> for OfferParts<'r> {
    fn from(raw: &'r RawOffer) -> Self {
        Self {
            percent: raw.percent.as_ref().map(|percent| percent.0),
            lasts: &raw.lasts,
            prefix: raw.prefix.as_ref(),
            once_per: raw.at_most.as_ref().map(|at_most| at_most.0),
            draw: raw.draw.as_ref(),
        }
    }
}

impl<'r> From<&'r RawSendOffer> for OfferParts<'r> {
    fn from(raw: &'r RawSendOffer) -> Self {
        Self {
            percent: raw.percent.as_ref().map(|percent| percent.0),
            lasts: &raw.lasts,
            prefix: raw.prefix.as_ref(),
            once_per: raw.at_most.as_ref().map(|at_most| at_most.0),
            draw: raw.draw.as_ref(),
        }
    }
}

impl Writer<'_, '_, '_> {
    pub(super) fn offer(&mut self, raw: &RawOffer, ways: Ways) -> Ways {
        self.name(&raw.offer.value.0, raw.offer.offset);
        self.offering(raw.offer.value.0.clone(), &raw.into(), ways)
    }

    pub(super) fn offering(&mut self, name: String, parts: &OfferParts<'_>, ways: Ways) -> Ways {
        let lasts = parts.lasts.value.0;
        if lasts == Span::default() {
            self.report.error(
                parts.lasts.offset,
                "the offer is over at once, expected a longer time such as `48h`",
            );
        }
        let prefix = parts.prefix.map_or("", |prefix| prefix.value.as_str());
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if let Some(written) = parts.prefix
            && (prefix.len() > PREFIX_MAX || !prefix.chars().all(fits))
        {
            self.report.error(
                written.offset,
                format!("found `{prefix}`, expected at most {PREFIX_MAX} letters, digits and `-`"),
            );
        }
        let draw = parts.draw.map_or_else(Vec::new, |draw| {
            let rewards = draw.value.iter().map(|(name, share)| (name.as_str(), share));
            shares(rewards, draw.offset, ("rewards", "reward"), self.report)
        });
        self.push(Step::Offer(Offer {
            name,
            percent: parts.percent,
            lasts,
            prefix: prefix.to_owned(),
            once_per: parts.once_per,
            draw: draw
                .into_iter()
                .map(|(name, weight_bp)| Reward { name, weight_bp })
                .collect(),
        }));
        ways.offered()
    }

    /// What a value that is kept comes to.
    fn value(&mut self, text: &At<ValueOf>, ways: &Ways) -> Option<(Expr, Type)> {
        let known = self.known(ways);
        expression(&text.value.0, text.offset, Wanted::Value, &known, self.report)
    }

    pub(super) fn set(&mut self, raw: &RawSet, ways: Ways) -> Ways {
        let words = self.around.known.vocabulary;
        let mut traits = BTreeMap::new();
        if raw.set.value.is_empty() {
            self.report
                .error(raw.set.offset, "expected at least one trait with its value");
        }
        for (name, text) in &raw.set.value {
            known_trait(name, text.offset, words, self.report);
            let Some((expr, kind)) = self.value(text, &ways) else {
                continue;
            };
            if let Type::Map(shape) = words.profile()
                && let Some(of_trait) = shape.fields.get(name)
            {
                unfit(&format!("trait `{name}`"), of_trait, &kind, text, self.report);
            }
            traits.insert(name.clone(), expr);
        }
        self.push(Step::Set(traits));
        ways
    }

    pub(super) fn list(&mut self, raw: &At<RawEntry>, put: bool, ways: Ways) -> Ways {
        let words = self.around.known.vocabulary;
        let list = &raw.value.list;
        if words.list(&list.value).is_none() {
            self.report.error(
                list.offset,
                format!(
                    "there is no list `{}` in workspace.yaml{}",
                    list.value,
                    did_you_mean(&list.value, words.lists())
                ),
            );
        }
        let known = self.known(&ways);
        let entry = &raw.value.entry;
        if let Some((entry, _)) = expression(&entry.value.0, entry.offset, Wanted::Key, &known, self.report) {
            self.push(Step::List(ListChange {
                list: list.value.clone(),
                entry,
                put,
            }));
        }
        ways
    }

    pub(super) fn emit(&mut self, raw: &RawEmit, ways: Ways) -> Ways {
        let words = self.around.known.vocabulary;
        let event = event_name(&raw.emit, Star::Refused, words, self.report);
        if matches!(event.as_str(), "page" | "screen") {
            self.report.error(
                raw.emit.offset,
                format!("`{event}` stands for a call of the app's own, expected another event"),
            );
        }
        let mut properties = BTreeMap::new();
        for (name, text) in raw.with.iter().flatten() {
            let Some((expr, kind)) = self.value(text, &ways) else {
                continue;
            };
            if let Some(shape) = words.properties(&event) {
                match shape.fields.get(name) {
                    Some(of_event) => unfit(&format!("`{name}`"), of_event, &kind, text, self.report),
                    None => {
                        let hint = did_you_mean(name, shape.fields.keys().map(String::as_str));
                        let or = if hint.is_empty() { "; " } else { " Or " };
                        self.report.error(
                            text.offset,
                            format!("{} has no `{name}`{hint}{or}{}", shape.label, shape.declare),
                        );
                    }
                }
            }
            properties.insert(name.clone(), expr);
        }
        self.emits.push((event.clone(), raw.emit.offset));
        self.push(Step::Emit(Emit { event, properties }));
        ways
    }

    pub(super) fn call(&mut self, raw: &RawCall, ways: Ways) -> Ways {
        self.name(&raw.call.value.0, raw.call.offset);
        self.shows(&raw.template, &ways, true);
        says(
            &raw.template,
            &[(Channel::Webhook, raw.template.offset)],
            self.around,
            self.report,
        );
        let mut keeps: Vec<String> = Vec::new();
        for keep in raw.keep.iter().flat_map(|keep| &keep.0) {
            if keeps.contains(&keep.value) {
                self.report
                    .error(keep.offset, format!("`{}` is named twice", keep.value));
            } else {
                keeps.push(keep.value.clone());
            }
        }
        let at_most = raw.at_most.as_ref().map_or(ANSWER_WITHIN, |at_most| at_most.value.0);
        if let Some(written) = raw.at_most.as_ref().filter(|_| at_most == Span::default()) {
            self.report
                .error(written.offset, "no answer is waited for, expected a time such as `1m`");
        }
        let ways = ways.answered(&keeps);
        self.push(Step::Call(Call {
            name: raw.call.value.0.clone(),
            template: raw.template.value.clone(),
            at_most,
            keeps,
        }));
        ways
    }

    pub(super) fn handover(&mut self, raw: &RawHandover, ways: Ways) -> Ways {
        self.name(&raw.handover.value.0, raw.handover.offset);
        let mut to: Vec<String> = Vec::new();
        for template in &raw.to.0 {
            if to.contains(&template.value) {
                self.report
                    .error(template.offset, format!("`{}` is named twice", template.value));
                continue;
            }
            self.shows(template, &ways, true);
            says(
                template,
                &[(Channel::Webhook, template.offset)],
                self.around,
                self.report,
            );
            to.push(template.value.clone());
        }
        let unclaimed = raw.unclaimed.as_ref().map_or(CLAIM_WITHIN, |span| span.value.0);
        let at_most = raw.at_most.as_ref().map_or(HANDED_OVER_FOR, |span| span.value.0);
        if let Some(written) = raw.unclaimed.as_ref().or(raw.at_most.as_ref())
            && (unclaimed >= at_most || unclaimed == Span::default())
        {
            self.report.error(
                written.offset,
                format!("found `{unclaimed}` until the next is asked, expected less than the `{at_most}` in all, and more than nothing"),
            );
        }
        self.push(Step::Handover(Handover {
            name: raw.handover.value.0.clone(),
            to,
            unclaimed,
            at_most,
        }));
        ways
    }
}

/// Says so where a value is not what is kept there.
fn unfit(what: &str, kept: &Type, kind: &Type, text: &At<ValueOf>, report: &mut Report<'_>) {
    // An instant is kept as text that says it.
    let kind = if *kind == Type::Time { &Type::Moment } else { kind };
    if !kind.fits(kept) {
        report.error(
            text.offset,
            format!("this is {}, but {what} is {}", kind.kind(), kept.kind()),
        );
    }
}

/// The template must be there and say something on every channel.
pub(super) fn says(template: &At<String>, by: &[(Channel, usize)], around: &Around<'_>, report: &mut Report<'_>) {
    let name = &template.value;
    let shelf = around.shelf;
    let Some(compiled) = shelf.templates.get(name.as_str()) else {
        // One that is there but wrong has its own findings.
        if !shelf.wrong.contains(name) {
            let known = shelf
                .templates
                .keys()
                .copied()
                .chain(shelf.wrong.iter().map(String::as_str));
            report.error(
                template.offset,
                format!("there is no template `{name}`{}", did_you_mean(name, known)),
            );
        }
        return;
    };
    for (channel, place) in by {
        let channel_name = channel.name();
        match compiled.parts.get(channel) {
            None => report.error(
                *place,
                format!(
                    "template `{name}` says nothing by {channel_name}, expected `{channel_name}.<locale>` files in it"
                ),
            ),
            Some(parts) if !parts.contains_key(&shelf.workspace.locale) => report.warning(
                template.offset,
                format!(
                    "template `{name}` lacks the workspace's language `{}` by {channel_name}",
                    shelf.workspace.locale
                ),
            ),
            Some(_) => {}
        }
        if *channel == Channel::Email && shelf.workspace.senders.email_from.is_none() && !shelf.workspace_is_wrong {
            report.error(
                *place,
                "workspace.yaml does not say who emails come from, expected `email: { from: … }` there",
            );
        }
    }
}
