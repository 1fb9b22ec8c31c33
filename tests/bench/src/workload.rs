//! What is measured with: twenty campaigns, profiles with 3 KB of traits, events.
//!
//! The campaigns are `abandoned-cart` of the shipped ones, and others made from it that listen to
//! other events: a condition on a list, a key, a restart at every trigger, an exit, a goal.

use crate::Outcome;
use crate::setting::Setting;
use beckon_local::{ClockMode, LocalStack, Options};
use beckon_shared::authoring::definitions;
use beckon_shared::aws::Aws;
use beckon_shared::domain::campaign::{Campaign, Step, Wait, Workspace};
use beckon_shared::domain::condition::{Expr, Var};
use beckon_shared::domain::id::{CampaignName, ProfileId, Version};
use beckon_shared::domain::profile::{Profile, Traits};
use beckon_shared::domain::service::Service;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::Definitions as _;
use beckon_shared::ports::definitions::{Definition, Listed, Manifest, PublishError};
use beckon_shared::store::DynamoStore;
use beckon_shared::template::Template;
use beckon_shared::wiring::DEFAULT_TABLE;
use serde_json::{Value, json};

mod calls;
pub mod month;
mod words;
pub use calls::{batch, call, http_event, product_added, small_call, write_keys};
pub use words::notification;

/// How many campaigns are in force.
pub const CAMPAIGNS: usize = 20;
/// The event that campaigns listen to.
pub const EVENT: &str = "Product Added";
/// A small event, which the same campaigns listen to.
pub const SMALL_EVENT: &str = "Lesson Seen";
/// An event that nobody listens to.
pub const UNHEARD_EVENT: &str = "Page Scrolled";
/// A write key.
pub const WRITE_KEY: &str = "bench";

/// The project's own campaigns.
#[derive(Debug, Clone)]
pub struct Shipped {
    /// What holds for all of them.
    pub workspace: Workspace,
    /// `abandoned-cart`.
    pub cart: Campaign,
    /// All of them.
    pub all: Vec<Campaign>,
    /// All templates.
    pub templates: Vec<Template>,
    /// The services.
    pub services: Vec<Service>,
}

impl Shipped {
    /// Reads and checks them.
    pub fn read(setting: &Setting) -> Outcome<Self> {
        let folder = setting.project.join("campaigns");
        let outcome = definitions::read_dir(&folder);
        let Some(found) = outcome.definitions else {
            return Err(format!("the campaigns in {} have mistakes", folder.display()).into());
        };
        let cart = found
            .campaigns
            .iter()
            .find(|campaign| campaign.name.as_str() == "abandoned-cart")
            .cloned();
        Ok(Self {
            workspace: found.workspace,
            cart: cart.ok_or("there is no campaign `abandoned-cart`")?,
            all: found.campaigns,
            templates: found.templates,
            services: found.services,
        })
    }

    /// Twenty campaigns, of which so many listen to `event`.
    pub fn campaigns(&self, listening: usize, event: &str) -> Vec<Campaign> {
        (0..CAMPAIGNS)
            .map(|number| {
                let mut campaign = self.cart.clone();
                campaign.name = CampaignName(format!("campaign-{number:02}"));
                campaign.version = Version::of(campaign.name.as_str().as_bytes());
                if number < listening {
                    listen_to(&mut campaign, event);
                } else {
                    listen_elsewhere(&mut campaign, number);
                }
                campaign
            })
            .collect()
    }

    /// The campaign without its wait: a message for every trigger.
    pub fn at_once(&self) -> Campaign {
        let mut campaign = self.cart.clone();
        campaign.steps.retain(|step| !matches!(step, Step::Wait(_)));
        campaign.version = Version::of(b"at once");
        campaign
    }

    /// The campaign with a wait until the moment that the trigger names `until`.
    pub fn until(&self) -> Campaign {
        let mut campaign = self.at_once();
        let until = Expr::Field(Box::new(Expr::Var(Var::Event)), "until".to_owned());
        campaign.steps.insert(0, Step::Wait(Wait::Until(until)));
        campaign.enter.iter_mut().for_each(|enter| enter.condition = None);
        campaign.exit.clear();
        campaign.keeps = vec!["until".to_owned()];
        campaign.version = Version::of(b"until");
        campaign
    }
}

fn listen_to(campaign: &mut Campaign, event: &str) {
    for enter in &mut campaign.enter {
        enter.on = vec![event.to_owned()];
        if event != EVENT {
            // It changes no cart, so it cannot be asked for one.
            enter.condition = None;
        }
    }
    if event != EVENT {
        campaign.exit.retain(|exit| exit.on.is_some());
    }
}

fn listen_elsewhere(campaign: &mut Campaign, number: usize) {
    campaign
        .enter
        .iter_mut()
        .for_each(|enter| enter.on = vec![format!("Trigger {number}")]);
    campaign
        .exit
        .iter_mut()
        .filter_map(|exit| exit.on.as_mut())
        .for_each(|on| *on = format!("End {number}"));
    campaign
        .goal
        .iter_mut()
        .for_each(|goal| goal.on = format!("End {number}"));
}

/// Puts campaigns, workspace and templates in force, as `beckon apply` does.
pub async fn apply(store: &DynamoStore, shipped: &Shipped, campaigns: &[Campaign]) -> Result<(), PublishError> {
    let mut manifest = Manifest {
        workspace: Some(shipped.workspace.version.clone()),
        ..store.manifest().await?
    };
    manifest.revision += 1;
    manifest.campaigns.clear();
    store.store(&Definition::Workspace(shipped.workspace.clone())).await?;
    for campaign in campaigns {
        store.store(&Definition::Campaign(campaign.clone())).await?;
        manifest.campaigns.insert(
            campaign.name.clone(),
            Listed {
                version: campaign.version.clone(),
                paused: false,
                migrate: false,
            },
        );
    }
    for template in &shipped.templates {
        store.store(&Definition::Template(template.clone())).await?;
        manifest
            .templates
            .insert(template.name.clone(), template.version.clone());
    }
    for service in &shipped.services {
        store.store(&Definition::Service(service.clone())).await?;
        manifest.services.insert(service.name.clone(), service.version.clone());
    }
    store.publish(&manifest).await
}

/// The local stack without functions: DynamoDB, SES, SNS, Scheduler and queues over the wire.
pub async fn aws_without_functions() -> Outcome<LocalStack> {
    Ok(LocalStack::start(Options {
        functions: Vec::new(),
        clock: ClockMode::Flowing,
        ..Options::default()
    })
    .await?)
}

/// Clients of the AWS at this address.
pub fn aws(url: &str) -> Outcome<Aws> {
    Ok(Aws::from_variables(|name| match name {
        "AWS_ENDPOINT_URL" => Some(url.to_owned()),
        "AWS_REGION" => Some("eu-central-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("local".to_owned()),
        _ => None,
    })?)
}

/// The table at this address.
pub fn store(url: &str) -> Outcome<DynamoStore> {
    Ok(DynamoStore::new(aws(url)?.dynamodb(), DEFAULT_TABLE))
}

/// A profile's id.
pub fn profile_id(number: usize) -> Outcome<ProfileId> {
    Ok(ProfileId::known(&format!("user-{number:06}"))?)
}

/// 3 KB of traits, as they are stored: an address, a name, a time zone, and fifty-three more.
pub fn traits(number: usize, now: Timestamp) -> Traits {
    let mut traits = Traits::default();
    let mut put = |name: String, value: Value| {
        traits.values.insert(name.clone(), value);
        traits.set.insert(name, now.as_millisecond());
    };
    put("email".to_owned(), json!(format!("user-{number:06}@example.com")));
    put("first_name".to_owned(), json!("Ann"));
    put("timezone".to_owned(), json!("Europe/Vienna"));
    for place in 0..53 {
        put(format!("trait_{place:02}"), json!("of the kind that a CRM gives away"));
    }
    traits
}

/// A profile that is not in any campaign yet.
pub fn profile(number: usize, now: Timestamp) -> Profile {
    Profile {
        traits: traits(number, now),
        ..Profile::default()
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_as_the_figures_say() {
        let now = Timestamp::UNIX_EPOCH;
        let event = call("user-000001", "m-1", EVENT, &product_added("c-1", 1), now);
        assert_eq!(event.len(), 1_000);
        let small = small_call("user-000001", 1, "2026-03-01T10:00:00Z".parse().expect("a time"));
        assert!((90..=130).contains(&small.len()), "{} bytes: {small}", small.len());
        let row = beckon_shared::store::codec::encode_traits(&profile_id(1).expect("an id"), &traits(1, now));
        let bytes = beckon_shared::store::codec::size(&row.expect("it is written"));
        assert!((2_900..=3_200).contains(&bytes), "{bytes} bytes");
    }
}
