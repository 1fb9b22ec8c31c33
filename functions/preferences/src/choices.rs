//! What there is to choose from: the topics of marketing campaigns in force, on the channels that reach the person.

use crate::Reader;
use beckon_shared::domain::campaign::{Channel, Purpose, Step, Workspace};
use beckon_shared::domain::rules::Rules;
use beckon_shared::template::locale;
use std::collections::{BTreeMap, BTreeSet};

/// Most topics that are shown for a channel.
const TOPICS_MAX: usize = 60;

/// One topic on one channel, and whether it may come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// On which channel.
    pub channel: Channel,
    /// Which topic.
    pub topic: String,
    /// What it is called.
    pub label: String,
    /// Whether it comes now.
    pub on: bool,
}

impl Choice {
    /// What it is called in forms.
    pub fn name(&self) -> String {
        format!("{}:{}", self.channel.name(), self.topic)
    }
}

/// Everything that this reader may choose, by channel and topic.
pub fn of(rules: &Rules, reader: &Reader, language: &str) -> Vec<Choice> {
    let consent = &reader.profile.traits.consent;
    let mut all: BTreeMap<Channel, BTreeSet<&str>> = BTreeMap::new();
    for campaign in rules.campaigns() {
        let sends = campaign.steps.iter().filter_map(|step| match step {
            Step::Send(send) if send.purpose_in(campaign) == Purpose::Marketing => Some(send),
            _ => None,
        });
        for send in sends {
            for channel in send.by.iter().filter(|channel| reaches(rules, reader, **channel)) {
                all.entry(*channel).or_default().insert(send.topic_in(campaign));
            }
        }
    }
    // What the message was about can be refused even where its campaign is gone.
    all.entry(reader.claims.channel)
        .or_default()
        .insert(&reader.claims.topic);
    all.into_iter()
        .flat_map(|(channel, topics)| topics.into_iter().take(TOPICS_MAX).map(move |topic| (channel, topic)))
        .map(|(channel, topic)| Choice {
            channel,
            topic: topic.to_owned(),
            label: label(&rules.workspace, topic, language),
            on: !consent.refuses(channel, topic),
        })
        .collect()
}

/// Whether the channel is the reader's: the one that the message came by, or one of which an address is known.
fn reaches(rules: &Rules, reader: &Reader, channel: Channel) -> bool {
    let known = rules
        .workspace
        .addresses
        .trait_of(channel)
        .and_then(|name| reader.profile.traits.text(name));
    channel == reader.claims.channel || known.is_some()
}

/// What a topic is called: as the workspace says it in the reader's language, or its name as words.
pub fn label(workspace: &Workspace, topic: &str, language: &str) -> String {
    let labels = workspace.topics.get(topic);
    match labels.and_then(|labels| locale::pick(labels, language, &workspace.locale)) {
        Some((_, label)) => label.clone(),
        None => {
            let words = topic.replace(['-', '_'], " ");
            let mut letters = words.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string());
            format!("{}{}", first.unwrap_or_default(), letters.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_called_as_the_workspace_says_or_by_their_names() {
        let mut workspace = Workspace::default();
        let labels =
            [("en", "Offers"), ("ru", "Акции")].map(|(language, label)| (language.to_owned(), label.to_owned()));
        workspace.topics.insert("offers".to_owned(), labels.into());
        assert_eq!(label(&workspace, "offers", "ru"), "Акции");
        assert_eq!(label(&workspace, "offers", "de"), "Offers");
        assert_eq!(label(&workspace, "new-arrivals", "en"), "New arrivals");
        assert_eq!(label(&workspace, "", "en"), "");
    }
}
