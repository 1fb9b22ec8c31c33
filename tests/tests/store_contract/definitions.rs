//! What `ports::Definitions` promises.

use crate::fixtures::at;
use beckon_shared::domain::campaign::{Campaign, Channel, Workspace};
use beckon_shared::domain::id::{CampaignName, Version};
use beckon_shared::domain::profile::LogId;
use beckon_shared::domain::rules::{Ask, Since};
use beckon_shared::ports::definitions::{Definition, DefinitionKey, Listed, Manifest, PublishError};
use beckon_shared::ports::{Definitions, PortError};
use beckon_shared::template::{Part, Template};
use serde_json::json;
use std::collections::BTreeMap;

fn campaign(name: &str, version: &str) -> Campaign {
    serde_json::from_value(json!({
        "name": name,
        "version": version,
        "about": "Ждёт \"корзину\"",
        "purpose": "marketing",
        "topic": "offers",
        "enter": [{ "on": ["Product Added"], "again": { "after": "30d" }, "meanwhile": "restart" }],
        "steps": [{ "wait": { "for": "1h" } }],
    }))
    .expect("it is a campaign")
}

fn template(name: &str, text: &str) -> Template {
    let part = Part::Sms { text: text.to_owned() };
    Template {
        name: name.to_owned(),
        version: Version::from("t1"),
        parts: BTreeMap::from([(Channel::Sms, BTreeMap::from([("en".to_owned(), part)]))]),
        service: None,
    }
}

fn manifest(revision: u64) -> Manifest {
    Manifest {
        revision,
        workspace: Some(Version::from("w1")),
        campaigns: BTreeMap::from([(
            CampaignName::from("cart"),
            Listed {
                version: Version::from("c1"),
                paused: revision.is_multiple_of(2),
                migrate: false,
            },
        )]),
        templates: BTreeMap::from([("reminder".to_owned(), Version::from("t1"))]),
        services: BTreeMap::from([("crm".to_owned(), Version::from("s1"))]),
        stopped: BTreeMap::new(),
        asked: vec![Since {
            revision,
            at: at("2026-03-01T10:00:00Z"),
            asks: [
                Ask::Activity,
                Ask::Sequence(CampaignName::from("cart")),
                Ask::Log(LogId::of(u64::MAX)),
            ]
            .into(),
        }],
    }
}

pub async fn nothing_is_in_force_before_the_first_apply(store: &impl Definitions) {
    assert_eq!(store.manifest().await, Ok(Manifest::default()));
}

pub async fn a_manifest_follows_the_one_before(store: &impl Definitions) {
    let refused = store.publish(&manifest(0)).await;
    assert!(
        matches!(refused, Err(PublishError::Port(PortError::Fail(_)))),
        "{refused:?}"
    );
    for revision in 1..=3 {
        let skipping = store.publish(&manifest(revision + 1)).await;
        assert_eq!(skipping, Err(PublishError::Conflict));
        assert_eq!(store.publish(&manifest(revision)).await, Ok(()));
        assert_eq!(store.manifest().await, Ok(manifest(revision)));
        assert_eq!(store.publish(&manifest(revision)).await, Err(PublishError::Conflict));
    }
    assert_eq!(store.manifest().await, Ok(manifest(3)));
}

pub async fn definitions_are_read_by_key(store: &impl Definitions) {
    let workspace = Workspace {
        version: Version::from("w1"),
        ..Workspace::default()
    };
    for (definition, key) in [
        (
            Definition::Campaign(campaign("cart", "c1")),
            DefinitionKey::Campaign(CampaignName::from("cart"), Version::from("c1")),
        ),
        (
            Definition::Template(template("reminder", "{{ item.name }} ждёт")),
            DefinitionKey::Template("reminder".to_owned(), Version::from("t1")),
        ),
        (
            Definition::Workspace(workspace),
            DefinitionKey::Workspace(Version::from("w1")),
        ),
    ] {
        store.store(&definition).await.unwrap();
        let twice = [key.clone(), key];
        assert_eq!(store.definitions(&twice).await, Ok(vec![definition]));
    }
}

pub async fn what_is_not_there_is_left_out(store: &impl Definitions) {
    store
        .store(&Definition::Campaign(campaign("cart", "c1")))
        .await
        .unwrap();
    let keys = ["c1", "c2"].map(|version| DefinitionKey::Campaign(CampaignName::from("cart"), Version::from(version)));
    let found = store.definitions(&keys).await.unwrap();
    assert_eq!(found, [Definition::Campaign(campaign("cart", "c1"))]);
    assert_eq!(store.definitions(&keys[1..]).await, Ok(vec![]));
    assert_eq!(store.definitions(&[]).await, Ok(vec![]));
}

pub async fn storing_again_changes_nothing(store: &impl Definitions) {
    store
        .store(&Definition::Template(template("reminder", "one")))
        .await
        .unwrap();
    store
        .store(&Definition::Template(template("reminder", "two")))
        .await
        .unwrap();
    let keys = [DefinitionKey::Template("reminder".to_owned(), Version::from("t1"))];
    let found = store.definitions(&keys).await.unwrap();
    assert_eq!(found, [Definition::Template(template("reminder", "one"))]);
}

pub async fn more_than_a_batch_is_read(store: &impl Definitions) {
    let names: Vec<String> = (0..230).map(|number| format!("campaign-{number}")).collect();
    for name in &names {
        store.store(&Definition::Campaign(campaign(name, "c1"))).await.unwrap();
    }
    let keys: Vec<_> = names
        .iter()
        .map(|name| DefinitionKey::Campaign(CampaignName::from(name.as_str()), Version::from("c1")))
        .collect();
    let mut found: Vec<String> = store
        .definitions(&keys)
        .await
        .unwrap()
        .into_iter()
        .map(|definition| match definition {
            Definition::Campaign(campaign) => campaign.name.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    found.sort();
    let mut names = names;
    names.sort();
    assert_eq!(found, names);
}

pub async fn a_definition_that_is_too_large_is_refused(store: &impl Definitions) {
    let large = Definition::Template(template("novel", &"x".repeat(400_000)));
    match store.store(&large).await {
        Err(PublishError::TooLarge { name, bytes, limit }) => {
            assert!(name.contains("novel") && bytes > 400_000 && limit < 400 * 1024);
        }
        other => panic!("{other:?}"),
    }
}
