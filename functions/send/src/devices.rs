//! A notification goes to every device of the person, and is one message: sent if any took it. A device that
//! the provider says is gone is told to the profile, which forgets it.

use crate::{Deps, Table};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Properties, Source};
use beckon_shared::domain::id::digest;
use beckon_shared::domain::profile::{DEVICE_REMOVED, Devices, WEBPUSH_UNSUBSCRIBED};
use beckon_shared::domain::time::after;
use beckon_shared::ports::PortError;
use beckon_shared::ports::sender::{Device, Outgoing, SendError, Taken};
use beckon_shared::runtime::LogId;
use futures::future::join_all;
use serde_json::Value;

/// Hands the message over: to the devices, where its channel goes to devices, otherwise as it is.
pub async fn hand_over<S: Table, Q, C>(
    deps: &Deps<S, Q, C>,
    outgoing: &Outgoing,
    devices: Devices,
) -> Result<Taken, SendError> {
    let devices: Vec<Device> = match outgoing.channel {
        Channel::Push => devices.phones.into_iter().map(Device::Phone).collect(),
        Channel::Webpush => devices.browsers.into_iter().map(Device::Browser).collect(),
        Channel::Email | Channel::Sms | Channel::Onsite | Channel::Viber | Channel::Whatsapp | Channel::Webhook => {
            return deps.channels.send(outgoing).await;
        }
    };
    let outcomes = join_all(devices.into_iter().map(async |device| {
        let addressed = Outgoing {
            device: Some(device.clone()),
            ..outgoing.clone()
        };
        (device, deps.channels.send(&addressed).await)
    }))
    .await;
    for (device, outcome) in &outcomes {
        if let Err(SendError::Gone { reason }) = outcome {
            forget(deps, outgoing, device, reason).await;
        }
    }
    together(outcomes.into_iter().map(|(_, outcome)| outcome))
}

/// What came of all attempts as one: sent if any device took it; in doubt if one may have; to be tried again
/// if that may heal one.
fn together(outcomes: impl IntoIterator<Item = Result<Taken, SendError>>) -> Result<Taken, SendError> {
    outcomes
        .into_iter()
        .reduce(|first, second| if rank(&second) < rank(&first) { second } else { first })
        .unwrap_or_else(|| {
            Err(SendError::Fail {
                reason: "no device is left".to_owned(),
            })
        })
}

/// Which outcome speaks for the others: the lowest.
fn rank(outcome: &Result<Taken, SendError>) -> u8 {
    match outcome {
        Ok(_) => 0,
        Err(SendError::Unknown { .. }) => 1,
        Err(SendError::Retry { .. }) => 2,
        Err(SendError::Fail { .. }) => 3,
        Err(SendError::Gone { .. }) => 4,
    }
}

/// Tells the profile that a device is gone. Where that cannot be stored the next message finds it gone again,
/// so nothing is lost, and this one is not put in doubt for it.
async fn forget<S: Table, Q, C>(deps: &Deps<S, Q, C>, outgoing: &Outgoing, device: &Device, reason: &str) {
    let told = async {
        let retention = deps.rules.workspace(outgoing.at).await?.kept.events;
        let item = word(outgoing, device);
        deps.store.append(&item, after(outgoing.at, retention)).await?;
        Ok::<(), PortError>(())
    };
    let profile = LogId(&outgoing.profile);
    match told.await {
        Ok(()) => tracing::info!(%profile, message = %outgoing.message, reason, "a device is gone"),
        Err(error) => {
            tracing::warn!(%profile, message = %outgoing.message, %error, "a device is gone, which is not noted")
        }
    }
}

fn word(outgoing: &Outgoing, device: &Device) -> InboxItem {
    let (name, field, address) = match device {
        Device::Phone(phone) => (DEVICE_REMOVED, "token", &phone.token),
        Device::Browser(browser) => (WEBPUSH_UNSUBSCRIBED, "endpoint", &browser.endpoint),
    };
    let id = format!("gone_{}", digest(&[outgoing.message.as_str(), address]));
    let properties: Properties = [(field.to_owned(), Value::from(address.as_str()))]
        .into_iter()
        .collect();
    let event = Event {
        id: id.clone(),
        kind: EventKind::Track,
        name: name.to_owned(),
        at: outgoing.at,
        source: Source::Provider,
        hops: 0,
        properties,
    };
    InboxItem {
        profile: outgoing.profile.clone(),
        id,
        at: outgoing.at,
        received: outgoing.at,
        inputs: vec![Input::Event(event)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outcome_speaks_for_all() {
        let taken = || Ok(Taken::under("1"));
        let reason = || "why".to_owned();
        let unknown = || Err(SendError::Unknown { reason: reason() });
        let retry = || {
            Err(SendError::Retry {
                reason: reason(),
                after: None,
            })
        };
        let fail = || Err(SendError::Fail { reason: reason() });
        let gone = || Err(SendError::Gone { reason: reason() });
        assert_eq!(together([gone(), retry(), unknown(), taken(), fail()]), taken());
        assert_eq!(together([gone(), retry(), unknown()]), unknown());
        assert_eq!(together([gone(), retry(), fail()]), retry());
        assert_eq!(together([gone(), fail()]), fail());
        assert_eq!(together([gone(), gone()]), gone());
        assert!(matches!(together([]), Err(SendError::Fail { .. })));
    }
}
