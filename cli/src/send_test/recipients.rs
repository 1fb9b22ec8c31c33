//! Where a test goes: to addresses that were typed, or to the devices or the page of a profile.

use super::SendTest;
use crate::problem::Problem;
use crate::profile::person;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Devices;
use beckon_shared::ports::Profiles;
use beckon_shared::ports::sender::Device;

/// One place that a test goes to.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The address; empty where the channel has none.
    pub to: String,
    /// The device.
    pub device: Option<Device>,
    /// On whose page it is placed. Everything else belongs to nobody.
    pub page_of: Option<ProfileId>,
}

/// Where the test goes, at least one.
pub async fn of(test: &SendTest) -> Result<Vec<Recipient>, Problem> {
    let channel = test.by.channel();
    let name = channel.name();
    match (channel, &test.to_profile) {
        (Channel::Push | Channel::Webpush | Channel::Onsite, None) => Err(Problem::Argument(format!(
            "{name} goes to no address: say whose devices or page, such as `--to-profile u1`"
        ))),
        (Channel::Push | Channel::Webpush | Channel::Onsite, Some(_)) if !test.to.is_empty() => Err(Problem::Argument(
            format!("{name} goes to no address: leave `--to` out"),
        )),
        (Channel::Onsite, Some(typed)) => Ok(vec![Recipient {
            to: String::new(),
            device: None,
            page_of: Some(person::id(typed)?),
        }]),
        (Channel::Push | Channel::Webpush, Some(typed)) => {
            let id = person::id(typed)?;
            let profile = test.stack.table().await?.load(&id).await?;
            let devices = profile.map(|profile| profile.traits.devices).unwrap_or_default();
            let found = of_kind(devices, channel);
            match found.is_empty() {
                true => Err(Problem::Argument(format!("`{id}` has no device that takes {name}"))),
                false => Ok(found),
            }
        }
        (_, Some(_)) => Err(Problem::Argument(format!(
            "{name} goes to addresses: say `--to` and no `--to-profile`"
        ))),
        (_, None) => Ok(test.to.iter().map(|to| addressed(to)).collect()),
    }
}

fn addressed(to: &str) -> Recipient {
    Recipient {
        to: to.to_owned(),
        device: None,
        page_of: None,
    }
}

fn of_kind(devices: Devices, channel: Channel) -> Vec<Recipient> {
    let devices: Vec<Device> = match channel {
        Channel::Push => devices.phones.into_iter().map(Device::Phone).collect(),
        Channel::Webpush => devices.browsers.into_iter().map(Device::Browser).collect(),
        Channel::Email | Channel::Sms | Channel::Onsite | Channel::Viber | Channel::Whatsapp | Channel::Webhook => {
            Vec::new()
        }
    };
    let devices = devices.into_iter().map(|device| Recipient {
        device: Some(device),
        ..addressed("")
    });
    devices.collect()
}
