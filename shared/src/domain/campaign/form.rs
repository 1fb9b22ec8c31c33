//! In which form a message appears on the page.

use serde::{Deserialize, Serialize};

/// In which form a message appears on the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// In the chat, where it can be answered.
    #[default]
    Chat,
    /// In front of the page, until it is put away.
    Popup,
    /// Along an edge of the page.
    Banner,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Chat, Self::Popup, Self::Banner];

    /// Its name in files and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Popup => "popup",
            Self::Banner => "banner",
        }
    }

    /// The form of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}
