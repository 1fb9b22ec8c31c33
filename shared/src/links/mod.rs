//! Links that a message carries to its reader's own settings: to say no, to choose, to confirm an address.
//!
//! What a link says ([`Claims`]) is encrypted and authenticated, so that it neither tells an address or an id to who
//! sees it nor can be made by anybody else ([`keys`]). It ends on its own, and when its key is taken away.

pub mod keys;
pub mod maker;

pub use keys::{LinkKeys, LinkKeysError};
pub use maker::LinkMaker;

use crate::domain::campaign::Channel;
use crate::domain::event::millis;
use crate::domain::id::{CampaignName, MessageId, ProfileId};
use crate::domain::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// What a link is for. One is never taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ask {
    /// No more of this topic on this channel.
    #[serde(rename = "u")]
    Unsubscribe,
    /// What to send at all.
    #[serde(rename = "p")]
    Preferences,
    /// That the address is the reader's.
    #[serde(rename = "c")]
    Confirm,
}

impl Ask {
    /// Names that templates know them by.
    pub const SHOWN: [(&'static str, Self); 3] = [
        ("unsubscribe_url", Self::Unsubscribe),
        ("preferences_url", Self::Preferences),
        ("confirm_url", Self::Confirm),
    ];

    /// What its links' paths begin with.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Unsubscribe => "/u/",
            Self::Preferences => "/p/",
            Self::Confirm => "/c/",
        }
    }

    /// How long its links work, from when their message was decided. A way to say no has to outlive its message by
    /// 30 days at least (16 CFR 316.5(c)); mail is kept longer. A confirmation that is asked for by somebody else
    /// should not lie about.
    pub const fn lasts(self) -> Span {
        match self {
            Self::Unsubscribe | Self::Preferences => Span::from_days(365),
            Self::Confirm => Span::from_days(7),
        }
    }
}

/// What a link says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// What it is for.
    pub ask: Ask,
    /// Whose settings.
    pub profile: ProfileId,
    /// The channel of the message that carried it.
    pub channel: Channel,
    /// That message's topic.
    pub topic: String,
    /// That message, where what follows is counted for it.
    pub carrier: Option<Carrier>,
    /// Of the address that is to be confirmed (see [`crate::domain::address`]).
    pub address_digest: Option<String>,
    /// From then on it is worth nothing.
    #[serde(with = "millis")]
    pub expires: Timestamp,
}

/// The message that carried a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carrier {
    /// Its id.
    pub message: MessageId,
    /// By which campaign.
    pub campaign: CampaignName,
    /// By which step.
    pub step: String,
}

/// Why a link is not taken. Says nothing of what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LinkError {
    /// It is no link of ours, or not a whole one.
    #[error("the link is not whole")]
    Malformed,
    /// Its key is not one of ours (any more).
    #[error("the link's key is unknown")]
    UnknownKey,
    /// Somebody changed or made it.
    #[error("the link is not genuine")]
    Forged,
    /// It is for something else.
    #[error("the link is for something else")]
    OtherPurpose,
    /// Its time is over.
    #[error("the link has ended")]
    Expired,
}
