//! Templates from files: checked, compiled, tried on samples.
//!
//! ```text
//! campaigns/templates/
//!   cart-reminder/            one folder a template; its name is the folder's
//!     email.en.mjml           subject in <mj-title>, preheader in <mj-preview>
//!     email.en.txt            the text part, beside every .mjml
//!     sms.en.txt              a text message
//!     push.en.txt             the same for push, webpush, onsite, viber, whatsapp; where the second line is
//!                             empty the first is a title (push, webpush, onsite); these may have a head
//!                             between two lines `---` with `link:` and, on the page, `form:`; viber and
//!                             whatsapp have the head too, for services that put a link where it belongs
//!     webhook.en.json         a request of a webhook: JSON once it is rendered
//!     template.yaml           where a request goes: `service: crm`
//!     sample.json             what the template sees: event, item, key, profile, cart, variant; the links
//!                             unsubscribe_url, preferences_url, confirm_url are there without it
//!   _shared/brand.mjml        <mj-include path="_shared/brand.mjml" /> from any of them
//! ```
//!
//! MJML becomes HTML here, once; its Jinja tags stay in place and are rendered for each message.
//! Every part is tried twice: with the sample, and with a profile that has no traits, since
//! people without a first name exist.

mod balance;
mod files;
mod jinja;
mod mjml;
mod notice;
mod service;
mod trial;
mod woven;

pub use trial::with_links;

use super::diagnostic::Diagnostic;
use crate::domain::campaign::Channel;
use crate::template::engine::{self, Missing};
use crate::template::{Part, Template};
use files::{Folder, SourceFile};
use mjml::Includes;
pub use service::Known;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Compiles every template of a folder such as `campaigns/templates`. Templates with errors are
/// left out; their neighbours are not affected. Files are named in diagnostics as `dir` is given.
pub fn compile_dir(dir: &Path) -> (Vec<Template>, Vec<Diagnostic>) {
    compile_for(dir, None)
}

/// The same, for a folder with these services.
pub fn compile_for(dir: &Path, services: Option<&Known>) -> (Vec<Template>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let (folders, includes) = files::read(dir, &mut found);
    let includes = Includes::new(includes);
    let broken = includes.check(&mut found);
    let templates = folders
        .iter()
        .filter(|folder| !folder.mentions(&broken))
        .filter_map(|folder| compile(folder, &includes, services, &mut found))
        .collect();
    found.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    (templates, found)
}

/// Paths of the context that a template reads: `event.cart_id`, `item.name`, `profile.first_name`,
/// `cart.items`, `variant`. What is read of the elements of a list is not among them.
pub fn reads(template: &Template) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    let environment = engine::environment(Missing::IsAnError);
    for part in template.parts.values().flat_map(BTreeMap::values) {
        for (_, source) in part.sources() {
            paths.extend(jinja::reads(&environment, source));
        }
    }
    paths
}

/// Paths that a text with Jinja reads.
pub(super) fn reads_of(source: &str) -> BTreeSet<String> {
    jinja::reads(&engine::environment(Missing::IsAnError), source)
}

/// What keeps a text with Jinja from being read, if anything does.
pub(super) fn syntax(source: &str) -> Option<String> {
    let mut environment = engine::environment(Missing::IsAnError);
    let added = engine::add(&mut environment, engine::TEXT, source);
    added.err().map(|error| jinja::words(&error, None))
}

/// The template in a folder, unless something is wrong with it.
fn compile(
    folder: &Folder,
    includes: &Includes,
    services: Option<&Known>,
    found: &mut Vec<Diagnostic>,
) -> Option<Template> {
    let mut own = Vec::new();
    let mut parts: BTreeMap<Channel, BTreeMap<String, Part>> = BTreeMap::new();
    for (locale, mjml) in &folder.email_mjml {
        let Some(text) = folder.email_text.get(locale) else {
            let expected = format!("expected a text part beside it, `email.{locale}.txt`");
            own.push(Diagnostic::error(&mjml.path, expected));
            continue;
        };
        if let Some(part) = email(mjml, text, includes, &mut own) {
            parts.entry(Channel::Email).or_default().insert(locale.clone(), part);
        }
    }
    for (locale, text) in &folder.email_text {
        if !folder.email_mjml.contains_key(locale) {
            let expected = format!("expected `email.{locale}.mjml` beside it");
            own.push(Diagnostic::error(&text.path, expected));
        }
    }
    for (locale, text) in &folder.sms {
        if jinja::check_syntax(text, &mut own) {
            let part = Part::Sms {
                text: text.content.clone(),
            };
            parts.entry(Channel::Sms).or_default().insert(locale.clone(), part);
        }
    }
    for (channel, files) in &folder.plain {
        for (locale, file) in files {
            if jinja::check_syntax(file, &mut own)
                && let Some(part) = other(*channel, file, &mut own)
            {
                parts.entry(*channel).or_default().insert(locale.clone(), part);
            }
        }
    }
    if parts.is_empty() && own.is_empty() {
        let expected = "expected `email.<locale>.mjml` with `email.<locale>.txt`, `sms.<locale>.txt`, or a file of \
                        another channel";
        own.push(Diagnostic::error(&folder.path, expected));
    }
    let requests = parts.contains_key(&Channel::Webhook);
    let mut template = Template::new(&folder.name, parts);
    if let Some(service) = service::of(folder, requests, services, &mut own) {
        template = template.to_service(service);
    }
    trial::run(folder, &template, includes, &mut own);
    let good = !own.iter().any(Diagnostic::is_error);
    found.append(&mut own);
    good.then_some(template)
}

/// A message of a channel that has one file for each language.
fn other(channel: Channel, file: &SourceFile, found: &mut Vec<Diagnostic>) -> Option<Part> {
    let text = file.content.clone();
    match channel {
        Channel::Webhook => Some(Part::Json { body: text }),
        Channel::Push | Channel::Webpush | Channel::Onsite => notice::read(channel, file, found),
        Channel::Viber | Channel::Whatsapp => notice::text_of(channel, file, found),
        Channel::Email | Channel::Sms => Some(Part::Plain {
            title: None,
            text,
            link: None,
        }),
    }
}

/// An email of one language.
fn email(mjml: &SourceFile, text: &SourceFile, includes: &Includes, found: &mut Vec<Diagnostic>) -> Option<Part> {
    // The sources first: there, Jinja's lines are the author's.
    let sound = [mjml, text].map(|file| jinja::check_syntax(file, found));
    if sound.contains(&false) {
        return None;
    }
    let compiled = mjml::compile(mjml, includes, found)?;
    Some(Part::Email {
        subject: compiled.subject,
        html: compiled.html,
        text: text.content.clone(),
    })
}
