//! Why a message cannot be rendered, with nothing of a person in it.

use crate::domain::campaign::Channel;

/// Why a message cannot be rendered. It never will be: none of these heals by trying again. What
/// they say is about the template, never about the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Not made for this channel.
    #[error("template `{template}` says nothing by {}", channel.name())]
    NoPart {
        /// Which template.
        template: String,
        /// Which channel.
        channel: Channel,
    },
    /// Jinja failed.
    #[error("template `{template}`, {part} in `{locale}`: {what}")]
    Jinja {
        /// Which template.
        template: String,
        /// Which part: `subject`, `html`, `text`, `sms`, `title`, `message` or `request.json`.
        part: &'static str,
        /// In which language.
        locale: String,
        /// What is wrong, and with which of the template's expressions.
        what: String,
    },
    /// Over the limit.
    #[error("template `{template}`, {part} in `{locale}`: longer than {limit}")]
    TooLarge {
        /// Which template.
        template: String,
        /// Which part: `subject`, `html`, `text`, `sms`, `title`, `message` or `request.json`.
        part: &'static str,
        /// In which language.
        locale: String,
        /// The most that is taken, with its unit.
        limit: String,
    },
    /// Nothing is left of it.
    #[error("template `{template}`, {part} in `{locale}`: comes out empty")]
    Empty {
        /// Which template.
        template: String,
        /// Which part: `subject`, `html`, `text`, `sms`, `title`, `message` or `request.json`.
        part: &'static str,
        /// In which language.
        locale: String,
    },
    /// A webhook's request is not what it has to be.
    #[error("template `{template}`, {part} in `{locale}`: is not JSON at line {line}, column {column}")]
    NotJson {
        /// Which template.
        template: String,
        /// `request.json`.
        part: &'static str,
        /// In which language.
        locale: String,
        /// Line of what it renders to, from 1.
        line: usize,
        /// Column there, from 1.
        column: usize,
    },
    /// Where a message leads is no address.
    #[error("template `{template}`, {part} in `{locale}`: is not an `https://` address")]
    NotALink {
        /// Which template.
        template: String,
        /// `link`.
        part: &'static str,
        /// In which language.
        locale: String,
    },
    /// Emails need a sender.
    #[error("the workspace names no sender of emails")]
    NoSender,
}
