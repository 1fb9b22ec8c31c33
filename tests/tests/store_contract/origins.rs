//! What `ports::Origins` promises.

use crate::fixtures::at;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::id::{CampaignName, MessageId, ProfileId};
use beckon_shared::ports::Origins;
use beckon_shared::ports::origins::{Named, Origin};

fn origin(message: &str) -> Origin {
    Origin {
        profile: ProfileId::parse("u1").unwrap(),
        message: MessageId::from(message),
        campaign: CampaignName::from("channel-cascade"),
        step: "arrived".to_owned(),
        channel: Channel::Whatsapp,
        at: at("2026-03-01T10:00:00.123Z"),
    }
}

pub async fn an_origin_is_found_by_the_services_id(store: &impl Origins) {
    let expires = at("2026-04-01T00:00:00Z");
    let named = Named::Id("wamid.1");
    assert_eq!(store.origin("whatsapp", named).await, Ok(None));
    store
        .note_origin("whatsapp", named, &origin("msg_1"), expires)
        .await
        .unwrap();
    assert_eq!(store.origin("whatsapp", named).await, Ok(Some(origin("msg_1"))));
    assert_eq!(store.origin("viber", named).await, Ok(None));
    assert_eq!(store.origin("whatsapp", Named::Id("wamid.2")).await, Ok(None));
}

pub async fn an_address_stands_for_the_last_message(store: &impl Origins) {
    let expires = at("2026-04-01T00:00:00Z");
    let written = Named::Address(Channel::Whatsapp, "+1 415 555-0100");
    for message in ["msg_1", "msg_2"] {
        store
            .note_origin("whatsapp", written, &origin(message), expires)
            .await
            .unwrap();
    }
    let told = Named::Address(Channel::Whatsapp, "14155550100");
    assert_eq!(store.origin("whatsapp", told).await, Ok(Some(origin("msg_2"))));
    assert_eq!(store.origin("whatsapp", Named::Id("14155550100")).await, Ok(None));
}
