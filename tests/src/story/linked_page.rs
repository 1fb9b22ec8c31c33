//! The pages that letters link to, as their readers see them.

use super::{Letter, Shop};
use beckon_shared::ports::sender::Content;

/// A page that somebody sees. Every claim about it fails loudly.
#[derive(Debug, Clone)]
pub struct LinkedPage {
    /// The HTTP status.
    pub status: i64,
    /// The document.
    pub html: String,
}

impl LinkedPage {
    /// It says this.
    pub fn says(&self, what: &str) -> &Self {
        assert!(
            self.html.contains(what),
            "the page does not say `{what}`:\n{}",
            self.html
        );
        self
    }

    /// It does not say this anywhere.
    pub fn does_not_say(&self, what: &str) -> &Self {
        assert!(!self.html.contains(what), "the page says `{what}`:\n{}", self.html);
        self
    }

    /// It has this status.
    pub fn is(&self, status: i64) -> &Self {
        assert_eq!(self.status, status, "{}", self.html);
        self
    }

    /// What is sent where its form is sent as it is, without its buttons.
    pub fn form(&self) -> String {
        let attribute = |tag: &str, name: &str| -> Option<String> {
            let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        let inputs = self.html.split("<input").skip(1);
        let tags = inputs.filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag));
        tags.filter(|tag| !tag.contains("checkbox") || tag.contains(" checked"))
            .filter_map(|tag| Some(format!("{}={}", attribute(tag, "name")?, attribute(tag, "value")?)))
            .collect::<Vec<_>>()
            .join("&")
    }
}

impl Shop {
    /// Somebody, or a scanner of mail, opens a page.
    pub fn opens_page(&self, url: &str) -> LinkedPage {
        self.browse("GET", url, "")
    }

    /// Somebody sends a page's form, or a mail program its own request.
    pub fn sends_page(&self, url: &str, form: &str) -> LinkedPage {
        self.browse("POST", url, form)
    }

    fn browse(&self, method: &str, url: &str, form: &str) -> LinkedPage {
        self.with(|world| {
            let shown = world.browse(method, url, form).expect("preferences lives");
            world.until_idle();
            LinkedPage {
                status: shown.status,
                html: shown.html,
            }
        })
    }
}

impl Letter {
    /// A header of it, if it has one of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.delivery.outgoing.headers.iter();
        headers
            .find(|header| header.name == name)
            .map(|header| header.value.as_str())
    }

    /// Where the mail program's own button leads.
    pub fn one_click(&self) -> &str {
        let header = self.header("List-Unsubscribe").expect("it has `List-Unsubscribe`");
        header
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .expect("one address in angle brackets")
    }

    /// The first link in its text whose path begins so: `/p/`.
    pub fn link(&self, path: &str) -> String {
        let text = match &self.delivery.outgoing.content {
            Content::Email { text, .. }
            | Content::Sms { text, .. }
            | Content::Notice { text, .. }
            | Content::Plain { text, .. } => text,
            Content::Call(call) => &call.body,
        };
        let begins = format!("{}{path}", crate::world::functions::LINKS_URL);
        let words = text.split_whitespace();
        let link = words.into_iter().find(|word| word.starts_with(&begins));
        link.unwrap_or_else(|| panic!("no link to `{path}` in:\n{text}"))
            .to_owned()
    }
}
