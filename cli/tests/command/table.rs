//! Commands that speak to a table, against a local stack.

use crate::{Scratch, beckon, done, refused, run};
use beckon_local::{FaultKind, LocalStack, Options, SentMessage, Service};
use beckon_shared::aws::Aws;
use beckon_shared::domain::event::{Event, EventKind, InboxItem, Input, Source};
use beckon_shared::domain::fold::{Arrival, fold};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::rules::Rules;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::profiles::Decided;
use beckon_shared::ports::{Definitions, Inbox, Profiles};
use beckon_shared::store::DynamoStore;
use beckon_shared::wiring::{FUNCTIONS, Function, Trigger, env};
use serde_json::{Value, json};
use std::process::Output;

/// Nothing happens by itself in the stack: its one function would be called over HTTP.
const ASKED_BY_NOBODY: Function = Function {
    name: "nobody",
    timeout_secs: 1,
    memory_mb: 128,
    trigger: Trigger::Http { paths: &[] },
    env: &[env::TABLE],
};

/// A stack, and the command run against it.
pub struct Local {
    stack: LocalStack,
}

impl Local {
    /// A table, and nobody who does anything.
    pub async fn start() -> Self {
        Self::with(vec![ASKED_BY_NOBODY]).await
    }

    /// The whole bundle.
    pub async fn running() -> Self {
        Self::with(FUNCTIONS.to_vec()).await
    }

    async fn with(functions: Vec<Function>) -> Self {
        let options = Options {
            functions,
            start: Some("2026-03-03T10:00:00Z".parse().expect("a time")),
            ..Options::default()
        };
        Self {
            stack: LocalStack::start(options).await.expect("it starts"),
        }
    }

    /// Returns when nothing is in flight.
    pub async fn idle(&self) {
        self.stack.idle().await;
    }

    /// What left.
    pub fn sent(&self) -> Vec<SentMessage> {
        self.stack.messages()
    }

    /// Everything that is in the table, as text that can be searched.
    pub async fn whole_table(&self) -> String {
        let variables = self.stack.client_variables();
        let aws = Aws::from_variables(|name| variables.get(name).cloned()).expect("all is told");
        let tables = aws.dynamodb().list_tables().send().await.expect("an answer");
        let scan = aws.dynamodb().scan().table_name(tables.table_names()[0].clone());
        let items = scan.send().await.expect("an answer").items.unwrap_or_default();
        let texts = items
            .iter()
            .flat_map(|item| item.iter())
            .map(|(name, value)| match value.as_b() {
                Ok(bytes) => format!("{name} {}", String::from_utf8_lossy(bytes.as_ref())),
                Err(_) => format!("{name} {value:?}"),
            });
        texts.collect::<Vec<_>>().join("\n")
    }

    pub async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = beckon();
        command.args(arguments).args(["--local", self.stack.url()]);
        tokio::task::spawn_blocking(move || command.output().expect("it starts"))
            .await
            .expect("it ends")
    }

    /// The services of the stack.
    pub fn aws(&self) -> Aws {
        let variables = self.stack.client_variables();
        Aws::from_variables(|name| variables.get(name).cloned()).expect("all is told")
    }

    /// Lets so many calls of a service be refused as too many.
    pub fn throttles(&self, service: Service, count: u32) {
        self.stack.fault(service, FaultKind::Throttle, count);
    }

    /// Lets time pass.
    pub async fn passes(&self, time: &str) {
        self.stack
            .advance(Span::parse(time).expect("a length"))
            .await
            .expect("it passes");
    }

    /// The same table, by our own hands.
    pub async fn table(&self) -> DynamoStore {
        let aws = self.aws();
        let tables = aws.dynamodb().list_tables().send().await.expect("an answer");
        DynamoStore::new(aws.dynamodb(), tables.table_names()[0].clone())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_put_in_force_and_changes_are_named() {
    let local = Local::start().await;
    let folder = Scratch::with_campaigns("apply");
    let first = done(&local.run(&["apply", folder.path()]).await);
    assert!(first.contains("added      campaign   abandoned-cart\n"), "{first}");
    assert!(first.contains("added      template   birthday\n"), "{first}");
    assert!(
        first.ends_with("applied: revision 1 is in force\nwoke 0 profiles\n"),
        "{first}"
    );

    let again = done(&local.run(&["apply", folder.path()]).await);
    assert!(!again.contains("added"), "{again}");
    assert!(
        again.ends_with("nothing to do: revision 1 holds all of this\n"),
        "{again}"
    );

    folder.edit("abandoned-cart.yaml", "- wait: 1h", "- wait: 30m");
    std::fs::remove_file(format!("{}/birthday.yaml", folder.path())).expect("it was there");
    let dry = done(&local.run(&["apply", folder.path(), "--dry-run"]).await);
    assert!(dry.ends_with("not applied: revision 1 stays\n"), "{dry}");
    let changed = done(&local.run(&["apply", folder.path()]).await);
    for line in [
        "changed    campaign   abandoned-cart: steps\n",
        "removed    campaign   birthday\n",
        "unchanged  campaign   replenishment\n",
        "unchanged  workspace\n",
        "applied: revision 2 is in force\n",
    ] {
        assert!(changed.contains(line), "`{line}`: {changed}");
    }
    let manifest = local.table().await.manifest().await.expect("it is there");
    assert_eq!(manifest.revision, 2);
    assert_eq!(manifest.campaigns.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_campaigns_are_not_applied() {
    let local = Local::start().await;
    let folder = Scratch::with_campaigns("apply-broken");
    let line = folder.edit("abandoned-cart.yaml", "- wait: 1h", "- wait: -1h");
    let told = refused(&local.run(&["apply", folder.path()]).await);
    assert!(
        told.contains(&format!("abandoned-cart.yaml:{line}:11: error: ")),
        "{told}"
    );
    assert!(told.ends_with("nothing was applied\n"), "{told}");
    assert_eq!(local.table().await.manifest().await.expect("an answer").revision, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_campaign_stays_paused_until_it_is_resumed() {
    let local = Local::start().await;
    let nothing = refused(&local.run(&["pause", "--all"]).await);
    assert!(nothing.contains("no campaign is in force"), "{nothing}");
    let folder = Scratch::with_campaigns("pause");
    done(&local.run(&["apply", folder.path()]).await);
    let paused = done(&local.run(&["pause", "birthday"]).await);
    assert_eq!(paused, "`birthday` is paused\n1 campaign changed: revision 2\n");
    let again = done(&local.run(&["pause", "birthday"]).await);
    assert_eq!(again, "`birthday` was paused already\n");
    let unknown = refused(&local.run(&["pause", "birhtday"]).await);
    assert!(
        unknown.contains("no campaign `birhtday` is in force, expected one of `abandoned-cart`, `birthday`"),
        "{unknown}"
    );

    folder.edit("birthday.yaml", "expires: 12h", "expires: 6h");
    let applied = done(&local.run(&["apply", folder.path()]).await);
    assert!(
        applied.contains("changed    campaign   birthday (paused): steps\n"),
        "{applied}"
    );
    let all = done(&local.run(&["pause", "--all"]).await);
    assert!(all.ends_with("3 campaigns changed: revision 4\n"), "{all}");
    let resumed = done(&local.run(&["resume", "birthday", "trial-expiry"]).await);
    assert!(
        resumed.ends_with("2 campaigns changed: revision 5\nwoke 0 profiles\n"),
        "{resumed}"
    );
    let manifest = local.table().await.manifest().await.expect("an answer");
    let running = manifest.campaigns.iter().filter(|(_, listed)| !listed.paused);
    assert_eq!(
        running.map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["birthday", "trial-expiry"]
    );
}

/// When people's lives begin.
pub const START: &str = "2026-03-01T10:00:00Z";

/// Something that a server says of a person, so long after [`START`].
pub fn told(id: &str, kind: EventKind, name: &str, mins: i64, properties: &Value) -> (Input, Timestamp) {
    let at = after(START.parse().unwrap(), Span::from_mins(mins));
    let event = Event {
        id: id.to_owned(),
        kind,
        name: name.to_owned(),
        at,
        source: Source::Server,
        hops: 0,
        properties: properties.as_object().cloned().unwrap_or_default(),
    };
    (Input::Event(event), at)
}

/// An alarm that rings so long after [`START`].
pub fn alarm(mins: i64) -> (Input, Timestamp) {
    let at = after(START.parse().unwrap(), Span::from_mins(mins));
    let id = format!("alm_{mins}");
    (Input::Alarm { id }, at)
}

/// Lets a person live through this, as the functions would keep it.
pub async fn live(table: &DynamoStore, id: &ProfileId, inputs: &[(Input, Timestamp)]) {
    let outcome = beckon_shared::authoring::definitions::read_dir(&crate::root().join("cli/tests/campaigns"));
    let definitions = outcome.definitions.expect("the examples are good");
    let rules = Rules::new(
        1,
        definitions.workspace,
        definitions.campaigns.into_iter().map(|campaign| (campaign, false)),
    );
    let mut profile = Profile::default();
    for (input, received) in inputs {
        let item = InboxItem {
            profile: id.clone(),
            id: input.id().to_owned(),
            at: *received,
            received: *received,
            inputs: vec![input.clone()],
        };
        let expires = after(*received, Span::from_days(36_500));
        table.append(&item, expires).await.expect("it is kept");
        let arrival = Arrival {
            input,
            received: *received,
            sequence: None,
        };
        let folded = fold(id, &mut profile, &[arrival], *received, &rules);
        let decided = Decided {
            traits_changed: folded.traits_changed,
            messages: &folded.messages,
            forwards: &folded.forwards,
            expires,
            forwards_expire: expires,
        };
        profile.log.note(&folded.decisions);
        table.save(id, &mut profile, &decided).await.expect("it is kept");
    }
}

/// Who Ann is.
pub fn ann() -> (Input, Timestamp) {
    let traits = json!({ "email": "ann@example.com", "phone": "+4915112345678", "first_name": "Ann" });
    told("1", EventKind::Identify, "", 0, &traits)
}

/// A shopper who left a cart an hour ago.
async fn shopper(table: &DynamoStore, id: &ProfileId) {
    let product = json!({ "cart_id": "c-17", "product_id": "mug", "name": "Blue mug" });
    let added = told("2", EventKind::Track, "Product Added", 0, &product);
    live(table, id, &[ann(), added, alarm(60)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_shown_with_its_addresses_masked() {
    let local = Local::start().await;
    let id = ProfileId::known("u1").unwrap();
    shopper(&local.table().await, &id).await;
    let shown = done(&local.run(&["profile", "show", "u1"]).await);
    assert!(
        !shown.contains("ann@example.com") && !shown.contains("15112345678"),
        "{shown}"
    );
    for words in [
        "profile u1, saved 3 times\n",
        "  email       \"a…@…\"\n",
        "  phone       \"+…78\"\n",
        "  email  may be sent marketing\n",
        "  abandoned-cart for c-17: entered 2026-03-01 10:00:00, through, its goal is watched until 2026-03-04 11:00:00\n",
        "list cart c-17: 1 in it\n",
        "  2026-03-01 11:00:00  abandoned-cart reminder by email to a…@…: queued  msg_",
        "  2026-03-01 10:00:00  track Product Added of 2026-03-01 10:00:00  {\"cart_id\":\"c-17\"",
        "  2026-03-01 11:00:00  alarm\n",
    ] {
        assert!(shown.contains(words), "`{words}`: {shown}");
    }
    let revealed = done(&local.run(&["profile", "show", "u1", "--reveal", "--inbox", "1"]).await);
    assert!(
        revealed.contains("\"ann@example.com\"") && revealed.contains("to ann@example.com: queued"),
        "{revealed}"
    );
    assert!(revealed.contains("inbox, without the 2 before\n"), "{revealed}");
    let unknown = refused(&local.run(&["profile", "show", "u2"]).await);
    assert_eq!(unknown, "error: nothing is known of a profile `u2`\n");
}

#[test]
fn what_is_missing_to_reach_a_table_is_named_with_the_way_to_it() {
    let no_table = refused(&run(&["apply", "campaigns"]));
    assert!(
        no_table.contains("--table, set BECKON_TABLE, or use --local"),
        "{no_table}"
    );
    let no_region = refused(&run(&["apply", "campaigns", "--table", "t"]));
    assert!(no_region.contains("`AWS_REGION` is not set; export it"), "{no_region}");
    let mut command = beckon();
    command
        .args(["apply", "campaigns", "--table", "t"])
        .env("AWS_DEFAULT_REGION", "eu-central-1");
    let output = command.output().expect("it starts");
    assert!(
        crate::told(&output).contains("aws configure export-credentials --format env"),
        "{}",
        crate::told(&output)
    );
    let nobody = refused(&run(&["profile", "show", "u1", "--local", "http://127.0.0.1:1"]));
    assert!(
        nobody.contains("does not answer at `http://127.0.0.1:1/_local/environment`"),
        "{nobody}"
    );
    assert!(nobody.contains("does `make dev` run"), "{nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_sent_to_oneself_marked_and_counted_nowhere() {
    let local = Local::running().await;
    let folder = Scratch::with_campaigns("send-test");
    done(&local.run(&["apply", folder.path()]).await);
    let table = local.table().await;
    let id = ProfileId::known("u1").unwrap();
    shopper(&table, &id).await;
    local.idle().await;
    let before = local.sent().len();
    let test = [
        "send-test",
        "cart-reminder",
        "--to",
        "me@example.com",
        "--campaigns",
        folder.path(),
    ];
    let told = done(&local.run(&test).await);
    assert_eq!(told, "sent 1 test of `cart-reminder` in `en`\n");
    let as_ann = [&test[..], &["--profile", "u1", "--to", "you@example.com"]].concat();
    assert_eq!(
        done(&local.run(&as_ann).await),
        "sent 2 tests of `cart-reminder` in `en`\n"
    );
    local.idle().await;
    let sent = local.sent().split_off(before);
    let to: Vec<&str> = sent.iter().map(|message| message.to.as_str()).collect();
    assert_eq!(to, ["me@example.com", "me@example.com", "you@example.com"]);
    for message in &sent {
        assert!(
            message.subject.as_deref().unwrap_or_default().starts_with("[test] "),
            "{message:?}"
        );
        assert_eq!(
            (&message.message, &message.profile, &message.campaign),
            (&None, &None, &None)
        );
    }
    assert!(!sent[0].html.clone().unwrap_or_default().contains("Blue mug"));
    assert!(sent[1].html.clone().unwrap_or_default().contains("Blue mug"));
    assert_eq!(table.messages(&id).await.unwrap().len(), 1);

    let unknown = refused(
        &local
            .run(&[
                "send-test",
                "cart",
                "--to",
                "me@example.com",
                "--campaigns",
                folder.path(),
            ])
            .await,
    );
    assert!(
        unknown.starts_with("error: there is no template `cart`, expected one of `birthday`, "),
        "{unknown}"
    );
    let nowhere = refused(
        &local
            .run(&["send-test", "birthday", "--to", "me", "--campaigns", folder.path()])
            .await,
    );
    assert!(nowhere.starts_with("error: not sent: "), "{nowhere}");
}
