//! Suppressed addresses: ours and SES's own list, by the real client against the local stack.

use crate::table::{Local, ann, live};
use crate::{done, refused};
use beckon_local::Service;
use beckon_shared::channel::suppression_list::SuppressionList;
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::ports::Suppressions;

/// More than SES gives in a page.
const MANY: usize = 1_005;

async fn listed(local: &Local) -> Vec<String> {
    let page = SuppressionList::new(local.aws().ses()).page(None, None).await.unwrap();
    page.listed.into_iter().map(|listed| listed.address).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_suppressed_here_and_at_ses_and_let_go_again() {
    let local = Local::start().await;
    assert_eq!(
        done(&local.run(&["suppress", "list"]).await),
        "no address is suppressed\n"
    );
    let added = done(&local.run(&["suppress", "add", "Ann@example.com"]).await);
    assert_eq!(added, "suppressed; on SES's list\n");
    assert_eq!(listed(&local).await, ["ann@example.com"]);
    let again = done(&local.run(&["suppress", "add", "ann@example.com"]).await);
    assert!(
        again.starts_with("suppressed already since 2026-03-03T10:00:00Z, because of `manual`"),
        "{again}"
    );
    assert_eq!(
        done(&local.run(&["suppress", "add", "+4915112345678"]).await),
        "suppressed\n"
    );
    let counted = done(&local.run(&["suppress", "list"]).await);
    assert_eq!(
        counted.split_whitespace().collect::<Vec<_>>(),
        ["email", "manual", "1", "sms", "manual", "1"]
    );
    let raw = local.whole_table().await;
    assert!(
        !raw.to_lowercase().contains("ann@") && !raw.contains("15112345678"),
        "{raw}"
    );

    let soon = refused(&local.run(&["suppress", "remove", "ann@example.com"]).await);
    assert!(soon.contains("just now: try again"), "{soon}");
    local.passes("1m").await;
    let removed = done(&local.run(&["suppress", "remove", "ann@example.com"]).await);
    assert_eq!(
        removed,
        "no longer suppressed because of `manual`; taken off SES's list\n"
    );
    assert_eq!(listed(&local).await, [""; 0]);
    let table = local.table().await;
    assert_eq!(table.suppression(Channel::Email, "ann@example.com").await, Ok(None));
    let nothing = done(&local.run(&["suppress", "remove", "ann@example.com"]).await);
    assert_eq!(nothing, "was not suppressed; not on SES's list\n");

    let typo = refused(&local.run(&["suppress", "add", "nobody"]).await);
    assert!(
        typo.contains("`nobody` is neither an email address nor a phone number"),
        "{typo}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ses_has_is_taken_in_page_by_page_and_once() {
    let local = Local::start().await;
    let list = SuppressionList::new(local.aws().ses());
    for number in 0..MANY {
        list.put(&format!("p{number:04}@example.com")).await.unwrap();
    }
    done(&local.run(&["suppress", "remove", "p0007@example.com"]).await);
    list.put("p0007@example.com").await.unwrap();
    local.throttles(Service::Ses, 1);
    let first = done(&local.run(&["suppress", "sync"]).await);
    assert_eq!(first, "1005 addresses on SES's list, 1005 of them new here\n");
    let again = done(&local.run(&["suppress", "sync"]).await);
    assert_eq!(again, "1005 addresses on SES's list, 0 of them new here\n");
    let later = done(
        &local
            .run(&["suppress", "sync", "--since", "2026-03-04T00:00:00Z"])
            .await,
    );
    assert_eq!(later, "0 addresses on SES's list, 0 of them new here\n");
    let known = local
        .table()
        .await
        .suppression(Channel::Email, "p1004@example.com")
        .await;
    assert_eq!(known.unwrap().unwrap().reason, "hard_bounce");
    assert!(!local.whole_table().await.contains("p1004@"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_taken_off_the_list_of_ses_only_if_asked_for() {
    let local = Local::start().await;
    let table = local.table().await;
    live(&table, &ProfileId::parse("u1").unwrap(), &[ann()]).await;
    let list = SuppressionList::new(local.aws().ses());
    list.put("ann@example.com").await.unwrap();
    // Nobody folds here, so the erasure does not come to its end: what SES is told comes before.
    let erase = ["profile", "erase", "u1", "--yes", "--wait", "0"];
    let left = refused(&local.run(&erase).await);
    assert!(left.contains("was asked to forget and has not yet"), "{left}");
    assert_eq!(listed(&local).await, ["ann@example.com"]);
    refused(&local.run(&[&erase[..], &["--suppressed"]].concat()).await);
    assert_eq!(listed(&local).await, [""; 0]);
}
