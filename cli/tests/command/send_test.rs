//! Tests that go to no mailbox: to devices, onto a page, to services; and devices as they are shown.

use crate::table::Local;
use crate::{Scratch, done, refused};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::{Browser, Phone, Platform, Profile};
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::profiles::Decided;
use beckon_shared::ports::{Page, Profiles};
use serde_json::Value;

const WORKSPACE: &str = "email: { from: Shop <hello@shop.example.com> }
hosts: [chatapi.viber.com, crm.shop.example.com]
traits: { viber_id: text }
";

/// A folder with a template for each channel, and the services that ship.
fn folder(name: &str) -> Scratch {
    let folder = Scratch::empty(name);
    for inside in ["services", "templates", "templates/parcel"] {
        std::fs::create_dir_all(format!("{}/{inside}", folder.path())).unwrap();
    }
    let services = crate::root().join("campaigns/services");
    for service in ["viber.yaml", "crm.yaml"] {
        let text = std::fs::read_to_string(services.join(service)).unwrap();
        folder.write(&format!("services/{service}"), &text);
    }
    let notice = "---\nlink: https://shop.example.com/orders\n---\nParcel {{ event.order_id }}\n\nIt has arrived.";
    for (file, text) in [
        ("workspace.yaml", WORKSPACE),
        ("templates/parcel/push.en.txt", notice),
        ("templates/parcel/webpush.en.txt", notice),
        ("templates/parcel/onsite.en.txt", notice),
        (
            "templates/parcel/viber.en.txt",
            "---\nlink: https://shop.example.com/orders\n---\nIt has arrived.",
        ),
        (
            "templates/parcel/webhook.en.json",
            r#"{"kind": "parcel", "text": "Parcel {{ event.order_id }}"}"#,
        ),
        ("templates/parcel/template.yaml", "service: crm\n"),
        (
            "templates/parcel/sample.json",
            r#"{"event": {"order_id": "o-1"}, "profile": {}}"#,
        ),
    ] {
        folder.write(file, text);
    }
    folder
}

/// Ann with two phones and a browser.
async fn ann(local: &Local) -> ProfileId {
    let id = ProfileId::known("u1").unwrap();
    let mut profile = Profile::default();
    for (token, platform) in [("ann-phone", Platform::Apns), ("ann-tablet", Platform::Fcm)] {
        profile.traits.devices.phones.push(Phone {
            token: token.to_owned(),
            platform,
            app: None,
            set: 1_772_445_600_000,
        });
    }
    profile.traits.devices.browsers.push(Browser {
        endpoint: "https://web.push.apple.com/ann-secret".to_owned(),
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".to_owned(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
        set: 1_772_445_600_000,
    });
    let decided = Decided {
        traits_changed: true,
        messages: &[],
        forwards: &[],
        expires: Timestamp::MAX,
        forwards_expire: Timestamp::MAX,
    };
    let table = local.table().await;
    table.save(&id, &mut profile, &decided).await.expect("it is kept");
    id
}

fn test<'a>(folder: &'a Scratch, by: &'a str, to: &[&'a str]) -> Vec<&'a str> {
    let first = ["send-test", "parcel", "--campaigns", folder.path(), "--by", by];
    [&first[..], to].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_sent_to_devices_a_page_and_services() {
    let local = Local::running().await;
    let folder = folder("send-test-channels");
    let id = ann(&local).await;
    for (by, to, told) in [
        ("push", vec!["--to-profile", "u1"], "sent 2 tests of `parcel` in `en`\n"),
        (
            "webpush",
            vec!["--to-profile", "u1"],
            "sent 1 test of `parcel` in `en`\n",
        ),
        (
            "onsite",
            vec!["--to-profile", "u1"],
            "sent 1 test of `parcel` in `en`\n",
        ),
        (
            "viber",
            vec!["--to", "01234567890A="],
            "sent 1 test of `parcel` in `en`\n",
        ),
        ("webhook", vec!["--to", "nobody"], "sent 1 test of `parcel` in `en`\n"),
    ] {
        assert_eq!(done(&local.run(&test(&folder, by, &to)).await), told, "{by}");
    }
    local.idle().await;
    let sent = local.sent();
    let of = |channel: &str| {
        sent.iter()
            .filter(|message| message.channel == channel)
            .collect::<Vec<_>>()
    };
    let pushed: Vec<&str> = of("push").iter().map(|message| message.to.as_str()).collect();
    assert_eq!(pushed.len(), 2, "{pushed:?}");
    assert!(
        of("push")
            .iter()
            .all(|message| message.subject.as_deref() == Some("[test] Parcel o-1"))
    );
    assert_eq!(of("webpush").len(), 1);
    let viber: Value = serde_json::from_str(of("viber")[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(viber["receiver"], "01234567890A=");
    assert_eq!(viber["text"], "[test] It has arrived.\nhttps://shop.example.com/orders");
    let request: Value = serde_json::from_str(of("webhook")[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(request["text"], "[test] Parcel o-1");
    assert_eq!((&request["test"], &request["kind"]), (&true.into(), &"parcel".into()));
    let table = local.table().await;
    let waiting = table.visit(&id).await.unwrap().placed;
    let [placed] = waiting.as_slice() else {
        panic!("one message waits on the page: {waiting:?}")
    };
    assert_eq!(placed.title.as_deref(), Some("[test] Parcel o-1"));
    assert_eq!(placed.expires, "2026-03-03T11:00:00Z".parse::<Timestamp>().unwrap());
    assert!(table.messages(&id).await.unwrap().is_empty());
    assert!(
        sent.iter()
            .all(|message| message.campaign.as_deref().is_none_or(|name| name == "test"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_test_cannot_go_is_said() {
    let local = Local::running().await;
    let folder = folder("send-test-nowhere");
    ann(&local).await;
    for (by, to, said) in [
        (
            "push",
            vec!["--to", "me"],
            "error: push goes to no address: say whose devices or page, such as `--to-profile u1`\n",
        ),
        (
            "webpush",
            vec!["--to-profile", "u2"],
            "error: `u2` has no device that takes webpush\n",
        ),
        (
            "viber",
            vec!["--to-profile", "u1"],
            "error: viber goes to addresses: say `--to` and no `--to-profile`\n",
        ),
        (
            "whatsapp",
            vec!["--to", "+14155550100"],
            "error: template `parcel` says nothing by whatsapp\n",
        ),
    ] {
        assert_eq!(refused(&local.run(&test(&folder, by, &to)).await), said);
    }
    assert!(local.sent().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_shown_without_what_reaches_them() {
    let local = Local::start().await;
    ann(&local).await;
    let shown = done(&local.run(&["profile", "show", "u1"]).await);
    let expected = "\ndevices\n  phone by apns, registered 2026-03-02 10:00:00\n  \
                    phone by fcm, registered 2026-03-02 10:00:00\n  \
                    browser by web.push.apple.com, subscribed 2026-03-02 10:00:00\n";
    assert!(shown.contains(expected), "{shown}");
    assert!(!shown.contains("ann-phone") && !shown.contains("ann-secret"), "{shown}");
}
