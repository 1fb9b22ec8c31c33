//! Profiles to begin with: who is known before the first event.

use super::source::Source;
use super::wrong_lines::{WrongLines, json_place};
use crate::problem::Problem;
use beckon_shared::domain::event::Properties;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::{Profile, Traits};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    profile: String,
    #[serde(default)]
    traits: Properties,
}

/// Reads them: one JSON object a line, `{"profile":"u1","traits":{…}}`. Their addresses count as
/// given by the team's own server.
pub fn read(path: &Path) -> Result<HashMap<ProfileId, Profile>, Problem> {
    let mut source = Source::open(path)?;
    let name = source.name().to_owned();
    let mut wrong = WrongLines::of(&name);
    let mut people: HashMap<ProfileId, Profile> = HashMap::new();
    let (mut bytes, mut number) = (Vec::new(), 0);
    while source.next_line(&mut bytes)?.is_some() {
        number += 1;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end();
        if text.is_empty() {
            continue;
        }
        let line: Line = match serde_json::from_str(text) {
            Ok(line) => line,
            Err(error) => {
                let (offset, words) = json_place(&error);
                let message =
                    format!("expected `{{\"profile\":\"u1\",\"traits\":{{…}}}}`, found otherwise here: {words}");
                wrong.note(number, text, Some(offset), message);
                continue;
            }
        };
        let place = text.find("\"profile\"");
        match ProfileId::parse(&line.profile) {
            Ok(id) if people.contains_key(&id) => {
                wrong.note(
                    number,
                    text,
                    place,
                    format!("`profile` is `{id}`, which is there already"),
                );
            }
            Ok(id) => {
                let traits = Traits {
                    values: line.traits,
                    ..Traits::default()
                };
                people.insert(
                    id,
                    // There before the campaigns are: what these say of `existing` concerns them.
                    Profile {
                        version: 1,
                        traits,
                        ..Profile::default()
                    },
                );
            }
            Err(error) => wrong.note(number, text, place, format!("`profile` {error}")),
        }
    }
    wrong.settle(number)?;
    Ok(people)
}
