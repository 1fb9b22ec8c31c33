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
use beckon_shared::domain::event::Properties;
use beckon_shared::domain::id::{CampaignName, ProfileId, Version};
use beckon_shared::domain::profile::{Profile, Traits};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::Definitions as _;
use beckon_shared::ports::definitions::{Definition, Listed, Manifest, PublishError};
use beckon_shared::store::DynamoStore;
use beckon_shared::template::Template;
use beckon_shared::wiring::DEFAULT_TABLE;
use serde_json::{Value, json};

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
    /// All templates.
    pub templates: Vec<Template>,
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
            .into_iter()
            .find(|campaign| campaign.name.as_str() == "abandoned-cart");
        Ok(Self {
            workspace: found.workspace,
            cart: cart.ok_or("there is no campaign `abandoned-cart`")?,
            templates: found.templates,
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
        campaign.enter.condition = None;
        campaign.exit.clear();
        campaign.keeps = vec!["until".to_owned()];
        campaign.version = Version::of(b"until");
        campaign
    }
}

fn listen_to(campaign: &mut Campaign, event: &str) {
    campaign.enter.on = vec![event.to_owned()];
    if event != EVENT {
        // It changes no cart, so it cannot be asked for one.
        campaign.enter.condition = None;
        campaign.exit.retain(|exit| exit.on.is_some());
    }
}

fn listen_elsewhere(campaign: &mut Campaign, number: usize) {
    campaign.enter.on = vec![format!("Trigger {number}")];
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
            },
        );
    }
    for template in &shipped.templates {
        store.store(&Definition::Template(template.clone())).await?;
        manifest
            .templates
            .insert(template.name.clone(), template.version.clone());
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

/// What a shop sells: name, category, brand, price, page, picture.
const CATALOGUE: [(&str, &str, &str, f64, &str, &str); 5] = [
    (
        "Reading lamp, brushed brass, dimmable",
        "Home / Lighting",
        "Lumo",
        59.0,
        "lighting/reading-lamp",
        "lamps/3817.jpg",
    ),
    (
        "Wool blanket, undyed, 140 x 200 cm",
        "Home / Textiles",
        "Fjell",
        89.5,
        "textiles/wool-blanket",
        "home/0952.jpg",
    ),
    (
        "Espresso cups, set of four, speckled",
        "Kitchen / Tableware",
        "Terra",
        34.0,
        "kitchen/cups",
        "kitchen/4410.jpg",
    ),
    (
        "Oak side table, oiled",
        "Furniture / Tables",
        "Nordic",
        129.0,
        "furniture/side-table",
        "tables/1284.jpg",
    ),
    (
        "Linen apron, moss green",
        "Kitchen / Textiles",
        "Fjell",
        28.0,
        "kitchen/linen-apron",
        "kitchen/7731.jpg",
    ),
];

/// A product of the [`CATALOGUE`], put into a cart: what a shop says of it.
pub fn product_added(cart: &str, product: usize) -> Properties {
    let place = product % CATALOGUE.len();
    let mut properties = Properties::new();
    if let Some((name, category, brand, price, page, picture)) = CATALOGUE.get(place) {
        let told = json!({
            "cart_id": cart,
            "product_id": format!("p-{place:04}"),
            "name": name,
            "category": category,
            "brand": brand,
            "price": price,
            "quantity": 1,
            "currency": "EUR",
            "url": format!("https://shop.example.com/{page}"),
            "image_url": format!("https://img.example.com/{picture}"),
        });
        properties.extend(told.as_object().cloned().unwrap_or_default());
    }
    properties
}

/// A Segment track call of 1,000 bytes, with the context that a browser's SDK adds.
pub fn call(user: &str, message: &str, event: &str, properties: &Properties, now: Timestamp) -> String {
    let body = |padding: &str| {
        json!({
            "type": "track",
            "event": event,
            "userId": user,
            "messageId": message,
            "timestamp": now.to_string(),
            "properties": properties,
            "context": {
                "library": { "name": "analytics.js", "version": "4.1.0" },
                "locale": "en-GB",
                "page": { "path": "/lighting", "title": "Lighting", "url": "https://shop.example.com/lighting" },
                "userAgent": padding,
            },
        })
        .to_string()
    };
    let missing = 1_000usize.saturating_sub(body("").len());
    body(
        &"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 "
            .repeat(missing / 40 + 1)
            .chars()
            .take(missing)
            .collect::<String>(),
    )
}

/// One of ten messages of about 100 bytes each in a batch.
pub fn small_call(user: &str, number: usize, now: Timestamp) -> String {
    format!(
        r#"{{"type":"track","userId":"{user}","messageId":"{number:08x}","event":"{SMALL_EVENT}","timestamp":"{now}"}}"#
    )
}

/// The batch of these messages.
pub fn batch(calls: &[String]) -> String {
    format!(r#"{{"batch":[{}]}}"#, calls.join(","))
}

/// The event that a function URL makes of a POST with the server's write key.
pub fn http_event(path: &str, body: &str, request: &str, now: Timestamp) -> Value {
    use base64::Engine;
    let key = base64::engine::general_purpose::STANDARD.encode(format!("{WRITE_KEY}:"));
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "authorization": format!("Basic {key}"),
            "content-length": body.len().to_string(),
            "content-type": "application/json",
            "host": "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws",
            "user-agent": "analytics-node/3.1.0",
            "x-amzn-trace-id": "Root=1-6740a3b2-0123456789abcdef01234567",
            "x-forwarded-for": "192.0.2.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abcdefghijklmnopqrstuvwxyz012345",
            "domainName": "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws",
            "domainPrefix": "abcdefghijklmnopqrstuvwxyz012345",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.7",
                "userAgent": "analytics-node/3.1.0",
            },
            "requestId": request,
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// Who may write, as `ingest` is configured: [`WRITE_KEY`] as a server's.
pub fn write_keys() -> String {
    use sha2::Digest;
    let digest: String = sha2::Sha256::digest(WRITE_KEY)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("server:{digest}")
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
