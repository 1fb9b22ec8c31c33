//! Steps that send.

use super::acts::says;
use super::{Ways, Writer};
use crate::authoring::check::{condition, shares};
use crate::authoring::raw::{At, RawSend};
use crate::domain::campaign::{Cascade, Channel, Heard, Policy, Purpose, Send, Step, Variant};
use crate::domain::time::Span;
use crate::template::Part;

/// Where a message stands under caps unless it says.
const PRIORITY: u8 = 50;
/// Longest name of a step, in characters.
const NAME_MAX: usize = 64;

impl Writer<'_, '_, '_> {
    /// What the template shows must be there; that of a request to a service may say who it is about.
    pub(super) fn shows(&mut self, template: &At<String>, ways: &Ways, is_request: bool) {
        let known = self.known(ways);
        self.shown
            .template(template, &known, self.around, is_request, self.report);
    }

    /// A letter must show the way that its purpose asks for: out of what the person did not ask for, or to say that an
    /// address is theirs.
    fn links(&mut self, template: &At<String>, purpose: Purpose) {
        let name = template.value.as_str();
        let Some(compiled) = self.around.shelf.templates.get(name) else {
            return;
        };
        let without = |link: &str| {
            let parts = compiled.parts.get(&Channel::Email).into_iter().flatten();
            parts
                .filter(|(_, part)| matches!(part, Part::Email { html, .. } if !html.contains(link)))
                .map(|(locale, _)| format!("`{locale}`"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        match purpose {
            Purpose::Marketing => {
                let without = without("unsubscribe_url");
                if !without.is_empty() {
                    let message = format!(
                        "template `{name}` shows no `unsubscribe_url` in its email in {without}: who has had enough \
                         finds only the button for spam"
                    );
                    self.report.warning(template.offset, message);
                }
            }
            Purpose::Confirmation => {
                let without = without("confirm_url");
                if !without.is_empty() {
                    let message = format!(
                        "template `{name}` shows no `confirm_url` in its email in {without}, expected the link that \
                         confirms the address"
                    );
                    self.report.error(template.offset, message);
                }
            }
            Purpose::Transactional => {}
        }
    }

    pub(super) fn send(&mut self, raw: &RawSend, ways: Ways) -> Ways {
        let name = &raw.send.value.0;
        self.name(name, raw.send.offset);
        let ways = match &raw.offer {
            Some(offer) => {
                let own = format!("{name}-offer");
                if own.len() > NAME_MAX {
                    self.report.error(
                        raw.send.offset,
                        format!(
                            "its offer would be called `{own}`, expected a name of at most {} characters",
                            NAME_MAX - 6
                        ),
                    );
                }
                self.name(&own, offer.offset);
                self.offering(own, &(&offer.value).into(), ways)
            }
            None => ways,
        };
        let mut by: Vec<Channel> = Vec::new();
        for channel in &raw.by.value.0 {
            if by.contains(&channel.value.0) {
                self.report
                    .error(channel.offset, format!("`{}` is named twice", channel.value.0.name()));
            } else {
                by.push(channel.value.0);
            }
        }
        let places: Vec<(Channel, usize)> = by.iter().map(|channel| (*channel, raw.by.offset)).collect();
        says(&raw.template, &places, self.around, self.report);
        self.shows(&raw.template, &ways, false);
        let known = self.known(&ways);
        let asked = raw
            .when
            .as_ref()
            .and_then(|text| condition(&text.value.0, text.offset, &known, self.report));
        if let Some(expires) = &raw.expires
            && expires.value.0 == Span::default()
        {
            self.report.error(
                expires.offset,
                "the message is worth nothing from the start, expected a longer time",
            );
        }
        let cascade = raw.next.as_ref().map(|next| {
            if by.len() < 2 {
                self.report
                    .error(next.offset, "there is no next channel, expected two or more in `by`");
            }
            Cascade {
                unless: next
                    .value
                    .unless
                    .as_ref()
                    .map_or(Heard::Delivered, |unless| unless.value.0),
                after: next.value.after.value.0,
            }
        });
        let purpose = raw.purpose.as_ref().map(|purpose| purpose.0);
        self.links(&raw.template, purpose.unwrap_or(self.around.purpose));
        let topic = raw.topic.as_ref().map(|topic| {
            self.report.topics.push((topic.value.0.clone(), topic.offset));
            topic.value.0.clone()
        });
        let policy = raw.policy.as_ref().map_or(
            match purpose.unwrap_or(self.around.purpose) {
                Purpose::Marketing => Policy::AtMostOnce,
                Purpose::Transactional | Purpose::Confirmation => Policy::AtLeastOnce,
            },
            |policy| policy.0,
        );
        let variants = raw.variants.as_ref().map_or_else(Vec::new, |variants| {
            let arms = variants.value.iter().map(|(name, share)| (name.as_str(), share));
            shares(arms, variants.offset, ("variants", "variant"), self.report)
        });
        self.push(Step::Send(Box::new(Send {
            name: name.clone(),
            by,
            cascade,
            template: raw.template.value.clone(),
            condition: asked,
            priority: raw.priority.as_ref().map_or(PRIORITY, |priority| priority.0),
            expires: raw.expires.as_ref().map(|expires| expires.value.0),
            purpose,
            topic,
            policy,
            variants: variants
                .into_iter()
                .map(|(name, weight_bp)| Variant { name, weight_bp })
                .collect(),
        })));
        ways.sent(name)
    }
}
