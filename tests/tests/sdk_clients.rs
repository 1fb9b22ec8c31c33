//! Segment's own clients, as they are published, pointed at the local stack with nothing but a
//! host and a write key. `make test` installs them into `.tools` and `tests/clients/node`.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_local::{LocalStack, Options, SentMessage};
use beckon_shared::domain::time::Span;
use std::path::{Path, PathBuf};
use std::process::Output;
use tokio::process::Command;

/// The server key of the local stack.
const WRITE_KEY: &str = "local-server";

#[tokio::test(flavor = "multi_thread")]
async fn the_node_client_brings_back_a_cart() {
    let project = project();
    let script = project.join("tests/clients/node/shop.js");
    let installed = project.join("tests/clients/node/node_modules/@segment/analytics-node");
    brings_back_a_cart(&installed, || {
        let mut node = Command::new("node");
        node.arg(&script);
        node
    })
    .await;
}

/// It sends its write key in the body only, and sends again after a 202 or 204.
#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_2_3_4_brings_back_a_cart() {
    python_brings_back_a_cart("2.3.4").await;
}

/// It sends its write key both ways.
#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_2_4_0_brings_back_a_cart() {
    python_brings_back_a_cart("2.4.0").await;
}

async fn python_brings_back_a_cart(version: &str) {
    let project = project();
    let installed = project.join(format!(".tools/segment-python-{version}"));
    brings_back_a_cart(&installed, || {
        let mut python = Command::new(project.join(".tools/tests/bin/python"));
        python
            .arg(project.join("tests/clients/python/shop.py"))
            .env("PYTHONPATH", &installed);
        python
    })
    .await;
}

/// One shopper leaves a cart and is reminded an hour later, not before; another orders and is not.
async fn brings_back_a_cart(installed: &Path, client: impl Fn() -> Command) {
    assert!(
        installed.exists(),
        "{} is missing: `tools/set-up tests` installs it",
        installed.display()
    );
    let stack = LocalStack::start(Options::default()).await.expect("the stack starts");
    apply_campaigns(&stack).await;
    let shop = async |arguments: &[&str]| run(client().arg(stack.url()).arg(WRITE_KEY).args(arguments)).await;
    shop(&["leaver", "leaver@example.com", "cart-1"]).await;
    shop(&["buyer", "buyer@example.com", "cart-2", "ordered"]).await;
    stack.idle().await;

    stack.advance(Span::from_mins(59)).await.expect("time passes");
    assert_eq!(
        reminded(&stack),
        Vec::<String>::new(),
        "nobody is reminded within the hour"
    );
    stack.advance(Span::from_mins(2)).await.expect("time passes");
    let messages = reminders(&stack);
    let [reminder] = messages.as_slice() else {
        panic!("one reminder, not {:?}", reminded(&stack))
    };
    assert_reminder(reminder);

    stack.advance(Span::from_days(2)).await.expect("time passes");
    assert_eq!(
        reminded(&stack),
        ["leaver@example.com"],
        "nobody is reminded twice, and who ordered never"
    );
    stack.stop().await.expect("the stack stops");
}

fn assert_reminder(reminder: &SentMessage) {
    assert_eq!(
        (reminder.to.as_str(), reminder.channel.as_str()),
        ("leaver@example.com", "email")
    );
    assert_eq!(reminder.campaign.as_deref(), Some("abandoned-cart"));
    for part in [&reminder.html, &reminder.text] {
        let part = part.as_deref().unwrap_or_default();
        assert!(
            part.contains("Reading lamp"),
            "both parts name what is left in the cart: {part}"
        );
    }
}

/// What left because of a cart; whoever gives an address is welcomed besides.
fn reminders(stack: &LocalStack) -> Vec<SentMessage> {
    let of_cart = |message: &SentMessage| message.campaign.as_deref() == Some("abandoned-cart");
    stack.messages().into_iter().filter(of_cart).collect()
}

fn reminded(stack: &LocalStack) -> Vec<String> {
    reminders(stack).into_iter().map(|message| message.to).collect()
}

/// The shipped campaigns, applied as a team would.
async fn apply_campaigns(stack: &LocalStack) {
    let beckon = Options::default().binaries.join("beckon");
    assert!(
        beckon.exists(),
        "{} is missing: `cargo build --workspace --bins` makes it",
        beckon.display()
    );
    run(Command::new(beckon)
        .arg("apply")
        .arg(project().join("campaigns"))
        .args(["--local", stack.url()]))
    .await;
}

/// Runs a command, which has to succeed.
async fn run(command: &mut Command) -> Output {
    let output = command.kill_on_drop(true).output().await.expect("the command starts");
    assert!(
        output.status.success(),
        "{:?} ended with {}\n{}{}",
        command.as_std(),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests lie in the project")
        .to_owned()
}
