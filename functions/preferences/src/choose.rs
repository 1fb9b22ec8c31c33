//! The preference page: what may come, by channel and topic.

use crate::choices::{self, Choice};
use crate::page::Page;
use crate::said::{self, Said};
use crate::{Deps, Reader, Table};
use beckon_shared::domain::profile::By;
use beckon_shared::ports::{Clock, PortError};
use std::collections::BTreeSet;

/// Shows what may come now.
pub async fn ask<S: Table, C: Clock>(deps: &Deps<S, C>, reader: &Reader, language: &str) -> Result<Page, PortError> {
    let rules = deps.rules.rules(reader.now).await?;
    Ok(Page::Choose {
        choices: choices::of(&rules, reader, language),
        saved: false,
    })
}

/// Takes what was chosen, and shows it: what is written follows a moment later.
pub async fn save<S: Table, C: Clock>(
    deps: &Deps<S, C>,
    reader: &Reader,
    form: &[(String, String)],
    language: &str,
) -> Result<Page, PortError> {
    let rules = deps.rules.rules(reader.now).await?;
    let mut choices = choices::of(&rules, reader, language);
    let said = read(form, &mut choices);
    said::append(deps, reader, &said, By::Page).await?;
    Ok(Page::Choose { choices, saved: true })
}

/// What a form says that differs from what its page showed, or from what is known now. Only what there is to choose
/// from and what the page showed counts: a topic that came meanwhile was not refused by being left out.
fn read(form: &[(String, String)], choices: &mut [Choice]) -> Vec<Said> {
    let named = |field: &str| -> BTreeSet<&str> {
        let fields = form.iter().filter(|(name, _)| name == field);
        fields.map(|(_, value)| value.as_str()).collect()
    };
    let (on, was_on, was_off) = (named("on"), named("was-on"), named("was-off"));
    let mut said = Vec::new();
    if named("all").contains("off") {
        let channels: BTreeSet<_> = choices.iter().map(|choice| choice.channel).collect();
        said.extend(channels.into_iter().map(|channel| Said::No(channel, None)));
        for choice in choices {
            choice.on = false;
        }
        return said;
    }
    for choice in choices {
        let name = choice.name();
        let name = name.as_str();
        let was = was_on.contains(name);
        if !was && !was_off.contains(name) {
            continue;
        }
        let wanted = on.contains(name);
        if wanted != was || wanted != choice.on {
            said.push(match wanted {
                true => Said::Yes(choice.channel, choice.topic.clone()),
                false => Said::No(choice.channel, Some(choice.topic.clone())),
            });
        }
        choice.on = wanted;
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use beckon_shared::domain::campaign::Channel;

    fn choice(topic: &str, on: bool) -> Choice {
        Choice {
            channel: Channel::Email,
            topic: topic.to_owned(),
            label: topic.to_owned(),
            on,
        }
    }

    fn said(form: &[(&str, &str)], choices: &[Choice]) -> Vec<Said> {
        let form: Vec<(String, String)> = form.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        read(&form, &mut choices.to_vec())
    }

    #[test]
    fn only_what_changed_is_said() {
        let choices = [choice("news", true), choice("offers", true), choice("games", false)];
        let page = [
            ("was-on", "email:news"),
            ("was-on", "email:offers"),
            ("was-off", "email:games"),
        ];
        let form = [&page[..], &[("on", "email:news"), ("on", "email:games")]].concat();
        assert_eq!(
            said(&form, &choices),
            [
                Said::No(Channel::Email, Some("offers".to_owned())),
                Said::Yes(Channel::Email, "games".to_owned())
            ]
        );
        let unchanged = [&page[..], &[("on", "email:news"), ("on", "email:offers")]].concat();
        assert_eq!(said(&unchanged, &choices), []);
    }

    #[test]
    fn what_the_page_did_not_show_is_left_alone() {
        let choices = [choice("news", true)];
        assert_eq!(said(&[], &choices), [], "an empty form refuses nothing");
        let form = [
            ("on", "sms:news"),
            ("was-off", "sms:news"),
            ("on", "email:secret"),
            ("was-off", "email:secret"),
        ];
        assert_eq!(said(&form, &choices), [], "nor can a form invent topics");
    }

    #[test]
    fn a_page_that_was_open_for_long_says_what_it_showed() {
        let choices = [choice("news", false)];
        let form = [("was-on", "email:news"), ("on", "email:news")];
        assert_eq!(said(&form, &choices), [Said::Yes(Channel::Email, "news".to_owned())]);
    }

    #[test]
    fn everything_can_be_stopped_at_once() {
        let choices = [choice("news", true), choice("games", false)];
        let form = [("all", "off"), ("on", "email:news"), ("was-on", "email:news")];
        assert_eq!(said(&form, &choices), [Said::No(Channel::Email, None)]);
    }
}
