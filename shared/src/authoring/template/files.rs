//! The files of a folder of templates, sorted by what they are.

use crate::authoring::diagnostic::Diagnostic;
use crate::domain::campaign::Channel;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Largest file that is read, in bytes. A compiled email has to fit an item with its translations.
const FILE_MAX_BYTES: u64 = 128 * 1024;

/// Longest name of a template, in bytes.
const NAME_MAX_BYTES: usize = 64;

/// A file and what it holds.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    /// As the caller would name it.
    pub path: String,
    /// Its text.
    pub content: String,
}

/// A template's folder.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// Its name.
    pub name: String,
    /// As the caller would name it.
    pub path: String,
    /// By language.
    pub email_mjml: BTreeMap<String, SourceFile>,
    /// By language.
    pub email_text: BTreeMap<String, SourceFile>,
    /// By language.
    pub sms: BTreeMap<String, SourceFile>,
    /// Messages of the other channels, by language.
    pub plain: BTreeMap<Channel, BTreeMap<String, SourceFile>>,
    /// What the template says of itself.
    pub about: Option<SourceFile>,
    /// What the template sees in trials, where the file is good.
    pub sample: Option<serde_json::Map<String, Value>>,
}

impl Folder {
    /// Whether an email of it names one of these paths, as `<mj-include>` does.
    pub(super) fn mentions(&self, paths: &[&str]) -> bool {
        self.email_mjml
            .values()
            .any(|file| paths.iter().any(|path| file.content.contains(path)))
    }
}

/// Reads the folders, and the files that may be included, by the path they are included under.
pub(super) fn read(dir: &Path, found: &mut Vec<Diagnostic>) -> (Vec<Folder>, BTreeMap<String, SourceFile>) {
    let mut folders = Vec::new();
    let mut includes = BTreeMap::new();
    for (name, path) in entries(dir, found) {
        if !path.is_dir() {
            let message = "expected folders here, one a template";
            found.push(Diagnostic::warning(shown(&path), message));
        } else if name.starts_with('_') {
            for (file, path) in entries(&path, found) {
                if let Some(file_content) = text(&path, found) {
                    includes.insert(format!("{name}/{file}"), file_content);
                }
            }
        } else if is_name(&name) {
            folders.push(folder(name, &path, found));
        } else {
            let expected = "expected a template's name: small letters, digits and `-`, at most 64";
            found.push(Diagnostic::error(shown(&path), expected));
        }
    }
    (folders, includes)
}

/// A folder's entries by name, without hidden ones.
fn entries(dir: &Path, found: &mut Vec<Diagnostic>) -> Vec<(String, PathBuf)> {
    let listed = fs::read_dir(dir).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match listed {
        Ok(listed) => {
            let mut entries: Vec<_> = listed
                .into_iter()
                .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
                .filter(|(name, _)| !name.starts_with('.'))
                .collect();
            entries.sort();
            entries
        }
        Err(error) => {
            found.push(Diagnostic::error(shown(dir), format!("cannot be read: {error}")));
            Vec::new()
        }
    }
}

fn folder(name: String, path: &Path, found: &mut Vec<Diagnostic>) -> Folder {
    let mut folder = Folder {
        name,
        path: shown(path),
        ..Folder::default()
    };
    for (file, path) in entries(path, found) {
        if file == "sample.json" {
            folder.sample = sample(&path, found);
            continue;
        }
        if file == "template.yaml" {
            folder.about = text(&path, found);
            continue;
        }
        let kind = match file.split('.').collect::<Vec<_>>().as_slice() {
            ["email", locale, "mjml"] if is_locale(locale) => Some((&mut folder.email_mjml, *locale)),
            ["email", locale, "txt"] if is_locale(locale) => Some((&mut folder.email_text, *locale)),
            ["sms", locale, "txt"] if is_locale(locale) => Some((&mut folder.sms, *locale)),
            [name, locale, ending] if is_locale(locale) => {
                other_channel(name, ending).map(|channel| (folder.plain.entry(channel).or_default(), *locale))
            }
            _ => None,
        };
        match kind {
            Some((parts, locale)) => {
                if let Some(content) = text(&path, found) {
                    parts.insert(locale.to_owned(), content);
                }
            }
            None => {
                let expected = "expected `email.<locale>.mjml`, `email.<locale>.txt`, `sms.<locale>.txt`, the same for \
                                `push`, `webpush`, `onsite`, `viber` or `whatsapp`, `webhook.<locale>.json`, `template.yaml` \
                                or `sample.json`, with a locale such as `en` or `pt-BR`";
                found.push(Diagnostic::error(shown(&path), expected));
            }
        }
    }
    folder
}

/// The channel of a file such as `push.en.txt`.
fn other_channel(name: &str, ending: &str) -> Option<Channel> {
    Channel::ALL
        .into_iter()
        .filter(|channel| channel.name() == name)
        .find(|channel| match channel {
            Channel::Push | Channel::Webpush | Channel::Onsite | Channel::Viber | Channel::Whatsapp => ending == "txt",
            Channel::Webhook => ending == "json",
            Channel::Email | Channel::Sms => false,
        })
}

/// The trial's context.
fn sample(path: &Path, found: &mut Vec<Diagnostic>) -> Option<serde_json::Map<String, Value>> {
    let file = text(path, found)?;
    match serde_json::from_str(&file.content) {
        Ok(Value::Object(sample)) => Some(sample),
        Ok(_) => {
            let expected = "expected an object with `event`, `profile`, … as the template sees them";
            found.push(Diagnostic::error(&file.path, expected).at(&file.content, 1, None));
            None
        }
        Err(error) => {
            // serde_json's own words end in the place, which is shown beside them anyway.
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            let place = Diagnostic::error(&file.path, format!("not JSON: {words}"));
            found.push(place.at(&file.content, error.line(), Some(error.column())));
            None
        }
    }
}

fn text(path: &Path, found: &mut Vec<Diagnostic>) -> Option<SourceFile> {
    let mut fail = |message: String| {
        found.push(Diagnostic::error(shown(path), message));
        None
    };
    match fs::metadata(path) {
        Ok(about) if about.len() > FILE_MAX_BYTES => {
            return fail(format!(
                "is {} bytes long, at most {FILE_MAX_BYTES} are taken",
                about.len()
            ));
        }
        Ok(_) => {}
        Err(error) => return fail(format!("cannot be read: {error}")),
    }
    match fs::read(path).map(String::from_utf8) {
        Ok(Ok(content)) => Some(SourceFile {
            path: shown(path),
            content,
        }),
        Ok(Err(error)) => {
            let at = error.utf8_error().valid_up_to();
            fail(format!("expected UTF-8, found another byte at offset {at}"))
        }
        Err(error) => fail(format!("cannot be read: {error}")),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Small letters, digits and hyphens, as every name in a campaign.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.len() <= NAME_MAX_BYTES && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain)
}

/// The shape of a BCP 47 tag: a language, then subtags.
fn is_locale(locale: &str) -> bool {
    locale.split('-').enumerate().all(|(at, subtag)| {
        let long = if at == 0 { 2..=3 } else { 2..=8 };
        let alphabet = |b: u8| b.is_ascii_alphabetic() || (at > 0 && b.is_ascii_digit());
        long.contains(&subtag.len()) && subtag.bytes().all(alphabet)
    })
}
