//! How a message travels.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "authoring", derive(schemars::JsonSchema))]
pub enum Channel {
    /// SES.
    Email,
    /// SNS.
    Sms,
    /// A notification on a phone, by APNs or FCM.
    Push,
    /// A notification of a browser (RFC 8030).
    Webpush,
    /// A chat message, popup or banner on the page.
    Onsite,
    /// Viber.
    Viber,
    /// WhatsApp.
    Whatsapp,
    /// Any service over HTTP: CRMs, chat bots.
    Webhook,
}

impl Channel {
    /// The channel of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    /// Every channel there is.
    pub const ALL: [Self; 8] = [
        Self::Email,
        Self::Sms,
        Self::Push,
        Self::Webpush,
        Self::Onsite,
        Self::Viber,
        Self::Whatsapp,
        Self::Webhook,
    ];

    /// Its name in files, keys and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Push => "push",
            Self::Webpush => "webpush",
            Self::Onsite => "onsite",
            Self::Viber => "viber",
            Self::Whatsapp => "whatsapp",
            Self::Webhook => "webhook",
        }
    }

    /// The trait that usually holds a person's address on it: see [`Addresses`]. What is shown on the page or told to a service
    /// needs none: it goes to the profile itself. Notifications go to the person's devices.
    pub const fn address_trait(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("email"),
            Self::Sms | Self::Viber | Self::Whatsapp => Some("phone"),
            Self::Push | Self::Webpush | Self::Onsite | Self::Webhook => None,
        }
    }
}

/// Which traits hold addresses, where a service says another than its channel usually has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Addresses(BTreeMap<Channel, String>);

impl Addresses {
    /// The trait that holds a person's address on the channel, where it needs one.
    pub fn trait_of(&self, channel: Channel) -> Option<&str> {
        let own = self.0.get(&channel).map(String::as_str);
        own.or_else(|| channel.address_trait())
    }

    /// The channels whose address the trait holds.
    pub fn held_by(&self, name: &str) -> impl Iterator<Item = Channel> {
        Channel::ALL
            .into_iter()
            .filter(move |channel| self.trait_of(*channel) == Some(name))
    }

    /// Whether all are as usual.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Channel, String)> for Addresses {
    fn from_iter<I: IntoIterator<Item = (Channel, String)>>(traits: I) -> Self {
        Self(traits.into_iter().collect())
    }
}

/// Some of the channels, in a byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelSet(u8);

impl ChannelSet {
    /// With the channel.
    #[must_use]
    pub fn with(self, channel: Channel) -> Self {
        Self(self.0 | bit(channel))
    }

    /// Without the channel.
    #[must_use]
    pub fn without(self, channel: Channel) -> Self {
        Self(self.0 & !bit(channel))
    }

    /// Whether the channel is among them.
    pub fn contains(self, channel: Channel) -> bool {
        self.0 & bit(channel) != 0
    }

    /// Whether there are none.
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's calling convention
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Channel> {
        Channel::ALL.into_iter().filter(move |channel| self.contains(*channel))
    }
}

impl FromIterator<Channel> for ChannelSet {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        channels.into_iter().fold(Self::default(), Self::with)
    }
}

/// A channel's place in the byte. Stored with profiles: places stay what they are.
const fn bit(channel: Channel) -> u8 {
    match channel {
        Channel::Email => 1,
        Channel::Sms => 1 << 1,
        Channel::Push => 1 << 2,
        Channel::Webpush => 1 << 3,
        Channel::Onsite => 1 << 4,
        Channel::Viber => 1 << 5,
        Channel::Whatsapp => 1 << 6,
        Channel::Webhook => 1 << 7,
    }
}
