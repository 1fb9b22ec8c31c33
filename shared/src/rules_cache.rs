//! The definitions in force, as a function holds them: looked up anew after a few seconds, so
//! that an apply or a pause acts without a deployment. Definitions never change under their
//! version, so only what is new is read.

use crate::domain::campaign::{Campaign, Channel, Workspace};
use crate::domain::id::CampaignName;
use crate::domain::profile::State;
use crate::domain::rules::Rules;
use crate::domain::service::Service;
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
    manifest: Rc<Manifest>,
    /// The workspace, in the version that it says.
    workspace: Rc<Workspace>,
    /// The manifest that `rules` are of.
    indexed: Rc<Manifest>,
    rules: Rc<Rules>,
    campaigns: BTreeMap<DefinitionKey, Campaign>,
    templates: BTreeMap<DefinitionKey, Rc<Template>>,
    services: BTreeMap<DefinitionKey, Rc<Service>>,
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
        let manifest = self.look(now).await?;
        let indexed = Rc::clone(&self.held.borrow().indexed);
        if !Rc::ptr_eq(&indexed, &manifest) && indexed != manifest {
            self.load(manifest).await?;
        }
        Ok(Rc::clone(&self.held.borrow().rules))
    }

    /// What holds for all campaigns, without reading these: for functions that fold nothing.
    pub async fn workspace(&self, now: Timestamp) -> Result<Rc<Workspace>, PortError> {
        let manifest = self.look(now).await?;
        let Some(version) = &manifest.workspace else {
            return Ok(Rc::default());
        };
        if self.held.borrow().workspace.version != *version {
            let keys = [DefinitionKey::Workspace(version.clone())];
            let mut found = self.definitions.definitions(&keys).await?.into_iter();
            let workspace = found.find_map(|definition| match definition {
                Definition::Workspace(workspace) => Some(workspace),
                Definition::Campaign(_) | Definition::Template(_) | Definition::Service(_) => None,
            });
            self.held.borrow_mut().workspace = Rc::new(workspace.ok_or_else(unreadable_workspace)?);
        }
        Ok(Rc::clone(&self.held.borrow().workspace))
    }

    /// Whether the campaign is paused; `None` where it is not in force. Reads no campaign.
    pub async fn paused(&self, campaign: &CampaignName, now: Timestamp) -> Result<Option<bool>, PortError> {
        let manifest = self.look(now).await?;
        Ok(manifest.campaigns.get(campaign).map(|listed| listed.paused))
    }

    /// What is in force, as known a few seconds ago.
    async fn look(&self, now: Timestamp) -> Result<Rc<Manifest>, PortError> {
        let fresh = self
            .held
            .borrow()
            .looked
            .is_some_and(|looked| now >= looked && now < after(looked, FRESH_FOR));
        if !fresh {
            let manifest = self.definitions.manifest().await?;
            let held = &mut *self.held.borrow_mut();
            if manifest != *held.manifest {
                held.templates.retain(|key, _| match key {
                    DefinitionKey::Template(name, version) => manifest.templates.get(name) == Some(version),
                    DefinitionKey::Campaign(..) | DefinitionKey::Service(..) | DefinitionKey::Workspace(_) => false,
                });
                held.services.retain(|key, _| match key {
                    DefinitionKey::Service(name, version) => manifest.services.get(name) == Some(version),
                    DefinitionKey::Campaign(..) | DefinitionKey::Template(..) | DefinitionKey::Workspace(_) => false,
                });
                held.manifest = Rc::new(manifest);
            }
            held.looked = Some(now);
        }
        Ok(Rc::clone(&self.held.borrow().manifest))
    }

    /// The rules in force, with the versions that the profile's enrollments still run on. A
    /// version that is nowhere to be found stays missing: the enrollment ends with that reason.
    /// `merged` are those of profiles that are about to go over into this one.
    pub async fn rules_for<'s>(
        &self,
        state: &'s State,
        merged: impl Iterator<Item = &'s State>,
        now: Timestamp,
    ) -> Result<Rc<Rules>, PortError> {
        let rules = self.rules(now).await?;
        let missing: Vec<DefinitionKey> = std::iter::once(state)
            .chain(merged)
            .flat_map(|state| rules.missing(state))
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
        let manifest = self.look(now).await?;
        let Some(version) = manifest.templates.get(name) else {
            return Ok(None);
        };
        let key = DefinitionKey::Template(name.to_owned(), version.clone());
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
                Definition::Campaign(_) | Definition::Service(_) | Definition::Workspace(_) => None,
            });
        if let Some(template) = &found {
            self.held.borrow_mut().templates.insert(key, Rc::clone(template));
        }
        Ok(found)
    }

    /// A service in force; `None` where there is none of that name.
    pub async fn service(&self, name: &str, now: Timestamp) -> Result<Option<Rc<Service>>, PortError> {
        let services = self.services(now).await?;
        Ok(services.into_iter().find(|service| service.name == name))
    }

    /// The service in force that messages of the channel go to.
    pub async fn service_of(&self, channel: Channel, now: Timestamp) -> Result<Option<Rc<Service>>, PortError> {
        let services = self.services(now).await?;
        Ok(services.into_iter().find(|service| service.carries.contains(&channel)))
    }

    /// All services in force: a handful, of which only those that are new are read.
    async fn services(&self, now: Timestamp) -> Result<Vec<Rc<Service>>, PortError> {
        let manifest = self.look(now).await?;
        let keys = manifest.services.iter();
        let keys: Vec<DefinitionKey> = keys
            .map(|(name, version)| DefinitionKey::Service(name.clone(), version.clone()))
            .collect();
        let unread = |key: &&DefinitionKey| !self.held.borrow().services.contains_key(key);
        let unread: Vec<DefinitionKey> = keys.iter().filter(unread).cloned().collect();
        if !unread.is_empty() {
            for definition in self.definitions.definitions(&unread).await? {
                if let Definition::Service(service) = definition {
                    let key = DefinitionKey::Service(service.name.clone(), service.version.clone());
                    self.held.borrow_mut().services.insert(key, Rc::new(service));
                }
            }
        }
        let held = self.held.borrow();
        let found = keys.iter().map(|key| {
            let missing = || PortError::Retry(format!("{key:?} is in force but cannot be read"));
            held.services.get(key).map(Rc::clone).ok_or_else(missing)
        });
        found.collect()
    }

    async fn load(&self, manifest: Rc<Manifest>) -> Result<(), PortError> {
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
                Definition::Template(_) | Definition::Service(_) => {}
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
            (None, Some(_)) => return Err(unreadable_workspace()),
        };
        let mut rules = Rules::new(manifest.revision, workspace, campaigns);
        rules.end(manifest.ended().cloned());
        rules.migrate(manifest.migrating().cloned());
        rules.were_asked(manifest.asked.clone());
        held.rules = Rc::new(rules);
        held.indexed = manifest;
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

fn unreadable_workspace() -> PortError {
    PortError::Retry("the workspace is in force but cannot be read".to_owned())
}

fn key_of(campaign: &Campaign) -> DefinitionKey {
    DefinitionKey::Campaign(campaign.name.clone(), campaign.version.clone())
}
