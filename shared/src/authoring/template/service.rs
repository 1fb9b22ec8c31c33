//! Which service a template's request goes to: `template.yaml` in its folder.

use super::files::Folder;
use crate::authoring::diagnostic::Diagnostic;
use crate::authoring::raw::{RawTemplate, Read, Report};
use crate::authoring::suggest::did_you_mean;
use crate::authoring::yaml;
use crate::domain::campaign::Channel;
use std::collections::BTreeMap;

/// The services that a folder of campaigns has.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What each carries, by its name; `None` where its file cannot be read.
    pub services: BTreeMap<String, Option<Vec<Channel>>>,
}

/// The service of a template. Which there are is asked only where that is known.
pub(super) fn of(
    folder: &Folder,
    requests: bool,
    known: Option<&Known>,
    found: &mut Vec<Diagnostic>,
) -> Option<String> {
    let Some(file) = &folder.about else {
        if requests && known.is_some() {
            let expected = "expected `template.yaml` in it with `service: …`: which service its request goes to";
            found.push(Diagnostic::error(&folder.path, expected));
        }
        return None;
    };
    let mut report = Report::new(&file.path, &file.content);
    let raw = match yaml::parse(&file.path, &file.content) {
        Ok(node) => RawTemplate::read(&node, &mut report),
        Err(error) => {
            report.found.push(*error);
            None
        }
    };
    if let Some(RawTemplate { service }) = &raw {
        let name = &service.value.0;
        if !requests {
            report.error(
                service.offset,
                "expected `webhook.<locale>.json` beside it: the request for the service",
            );
        }
        let listed = known.map(|known| known.services.get(name));
        if let Some(None) = listed {
            let names = known.iter().flat_map(|known| known.services.keys());
            let hint = did_you_mean(name, names.map(String::as_str));
            report.error(
                service.offset,
                format!("there is no service `{name}` in `services`{hint}"),
            );
        } else if let Some(Some(Some(carries))) = listed
            && !carries.contains(&Channel::Webhook)
        {
            report.error(service.offset, format!("service `{name}` does not carry webhook"));
        }
    }
    found.append(&mut report.found);
    raw.map(|raw| raw.service.value.0)
}
