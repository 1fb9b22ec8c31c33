//! The definitions in force, as a function holds them: looked up anew after a few seconds, so
//! that an apply or a pause acts without a deployment. Definitions never change under their
//! version, so only what is new is read.

use crate::domain::campaign::{Campaign, Workspace};
use crate::domain::profile::State;
use crate::domain::rules::Rules;
use crate::domain::time::{Span, Timestamp, after, before};
use crate::ports::definitions::{Definition, DefinitionKey, Manifest};
use crate::ports::{Definitions, Outages, PortError};
use crate::template::Template;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How long a look at the manifest serves.
pub const FRESH_FOR: Span = Span::from_secs(5);

/// Keeps what was read of the definitions.
#[derive(Debug)]
pub struct RulesCache<D> {
    definitions: D,
    held: RefCell<Held>,
}

#[derive(Debug, Default)]
struct Held {
    looked: Option<Timestamp>,
    outage: Option<(Timestamp, Option<Timestamp>)>,
    manifest: Manifest,
    rules: Rc<Rules>,
    campaigns: BTreeMap<DefinitionKey, Campaign>,
    templates: BTreeMap<DefinitionKey, Rc<Template>>,
}

impl<D: Definitions> RulesCache<D> {
    /// An empty cache over a store.
    pub fn new(definitions: D) -> Self {
        Self {
            definitions,
            held: RefCell::default(),
        }
    }

    /// The rules in force.
    pub async fn rules(&self, now: Timestamp) -> Result<Rc<Rules>, PortError> {
        let fresh = self
            .held
            .borrow()
            .looked
            .is_some_and(|looked| now >= looked && now < after(looked, FRESH_FOR));
        if !fresh {
            let manifest = self.definitions.manifest().await?;
            if manifest != self.held.borrow().manifest {
                self.load(manifest).await?;
            }
            self.held.borrow_mut().looked = Some(now);
        }
        Ok(Rc::clone(&self.held.borrow().rules))
    }

    /// The rules in force, with the versions that the profile's enrollments still run on. A
    /// version that is nowhere to be found stays missing: the enrollment ends with that reason.
    pub async fn rules_for(&self, state: &State, now: Timestamp) -> Result<Rc<Rules>, PortError> {
        let rules = self.rules(now).await?;
        let missing: Vec<DefinitionKey> = rules
            .missing(state)
            .into_iter()
            .map(|(name, version)| DefinitionKey::Campaign(name, version))
            .collect();
        if missing.is_empty() {
            return Ok(rules);
        }
        let mut extended = (*rules).clone();
        for definition in self.definitions.definitions(&missing).await? {
            if let Definition::Campaign(campaign) = definition {
                extended.add_version(campaign);
            }
        }
        let extended = Rc::new(extended);
        self.held.borrow_mut().rules = Rc::clone(&extended);
        Ok(extended)
    }

    /// A template in force; `None` where there is none of that name.
    pub async fn template(&self, name: &str, now: Timestamp) -> Result<Option<Rc<Template>>, PortError> {
        self.rules(now).await?;
        let Some(version) = self.held.borrow().manifest.templates.get(name).cloned() else {
            return Ok(None);
        };
        let key = DefinitionKey::Template(name.to_owned(), version);
        if let Some(template) = self.held.borrow().templates.get(&key) {
            return Ok(Some(Rc::clone(template)));
        }
        let found = self
            .definitions
            .definitions(std::slice::from_ref(&key))
            .await?
            .into_iter()
            .find_map(|definition| match definition {
                Definition::Template(template) => Some(Rc::new(template)),
                Definition::Campaign(_) | Definition::Workspace(_) => None,
            });
        if let Some(template) = &found {
            self.held.borrow_mut().templates.insert(key, Rc::clone(template));
        }
        Ok(found)
    }

    async fn load(&self, manifest: Manifest) -> Result<(), PortError> {
        let wanted: Vec<DefinitionKey> = manifest
            .campaigns
            .iter()
            .map(|(name, listed)| DefinitionKey::Campaign(name.clone(), listed.version.clone()))
            .collect();
        let mut keys: Vec<DefinitionKey> = wanted
            .iter()
            .filter(|key| !self.held.borrow().campaigns.contains_key(key))
            .cloned()
            .collect();
        keys.extend(manifest.workspace.clone().map(DefinitionKey::Workspace));
        let mut workspace = None;
        let mut read = Vec::new();
        for definition in self.definitions.definitions(&keys).await? {
            match definition {
                Definition::Campaign(campaign) => read.push(campaign),
                Definition::Workspace(found) => workspace = Some(found),
                Definition::Template(_) => {}
            }
        }
        let held = &mut *self.held.borrow_mut();
        for campaign in read {
            held.campaigns.insert(key_of(&campaign), campaign);
        }
        // Running on a part would drop caps or campaigns: better to wait until all can be read.
        if let Some(key) = wanted.iter().find(|key| !held.campaigns.contains_key(key)) {
            return Err(PortError::Retry(format!("{key:?} is in force but cannot be read")));
        }
        held.campaigns.retain(|key, _| wanted.contains(key));
        let listed = |campaign: &Campaign| {
            manifest
                .campaigns
                .get(&campaign.name)
                .is_some_and(|listed| listed.paused)
        };
        let campaigns = held
            .campaigns
            .values()
            .map(|campaign| (campaign.clone(), listed(campaign)));
        let workspace = match (workspace, &manifest.workspace) {
            (Some(workspace), _) => workspace,
            (None, None) => Workspace::default(),
            (None, Some(_)) => {
                return Err(PortError::Retry(
                    "the workspace is in force but cannot be read".to_owned(),
                ));
            }
        };
        held.rules = Rc::new(Rules::new(manifest.revision, workspace, campaigns));
        held.templates.retain(|key, _| match key {
            DefinitionKey::Template(name, version) => manifest.templates.get(name) == Some(version),
            DefinitionKey::Campaign(..) | DefinitionKey::Workspace(_) => false,
        });
        held.manifest = manifest;
        Ok(())
    }
}

impl<D: Outages> RulesCache<D> {
    /// When the last outage of the stream ended, as known a few seconds ago.
    pub async fn outage(&self, now: Timestamp) -> Result<Option<Timestamp>, PortError> {
        if let Some((looked, outage)) = self.held.borrow().outage
            && now >= looked
            && now < after(looked, FRESH_FOR)
        {
            return Ok(outage);
        }
        let outage = self.definitions.outage().await?;
        self.held.borrow_mut().outage = Some((now, outage));
        Ok(outage)
    }

    /// Notes that the stream is behind by so much that it may have lost records.
    pub async fn note_outage(&self, now: Timestamp) -> Result<(), PortError> {
        if self.outage(now).await? < Some(before(now, FRESH_FOR)) {
            tracing::error!("the stream is hours behind: profiles are brought up to date from their inboxes");
            self.definitions.note_outage(now).await?;
            self.held.borrow_mut().outage = Some((now, Some(now)));
        }
        Ok(())
    }
}

fn key_of(campaign: &Campaign) -> DefinitionKey {
    DefinitionKey::Campaign(campaign.name.clone(), campaign.version.clone())
}
