//! What SES is handed, as somebody else's SES reads it: `aws-ses-v2-local`, which shows at `/store` what it took. The letter
//! is the bundle's own, and so is the sender. `make test` installs the program into `.tools`.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use beckon_shared::aws::Aws;
use beckon_shared::channel::EmailSender;
use beckon_shared::ports::Sender;
use beckon_shared::ports::sender::Outgoing;
use beckon_tests::story::{Shop, phone};
use beckon_tests::world::functions::LINKS_URL;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A bound for a busy machine: it takes a second.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// The program while it runs; it ends with this.
struct OtherSes {
    host: String,
    _process: Child,
}

impl OtherSes {
    async fn start() -> Self {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/ses");
        let script = tools.join("node_modules/aws-ses-v2-local/dist/cli.js");
        assert!(
            script.exists(),
            "{} is missing: `tools/set-up tests` installs it",
            script.display()
        );
        let mut process = Command::new("node")
            .arg(script)
            .args(["--host", "127.0.0.1", "--port", "0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node starts");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, address)) = line.split_once("running at http://") {
                    return address.trim().replace("localhost", "127.0.0.1");
                }
            }
            panic!("it ended without a word of where it runs")
        };
        let host = tokio::time::timeout(STARTS_WITHIN, address).await.expect("it starts");
        Self {
            host,
            _process: process,
        }
    }

    async fn send(&self, outgoing: &Outgoing) {
        let aws = Aws::from_variables(|name| {
            Some(match name {
                "AWS_REGION" => "eu-west-1".to_owned(),
                "AWS_ENDPOINT_URL" => format!("http://{}", self.host),
                "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "local".to_owned(),
                _ => return None,
            })
        });
        let sender = EmailSender::new(aws.unwrap().ses(), Some("main".to_owned()));
        let taken = sender.send(outgoing).await.expect("it is taken");
        assert!(!taken.id.is_empty());
    }

    /// What it took, in order.
    async fn store(&self) -> Vec<Value> {
        let mut stream = TcpStream::connect(&self.host).await.unwrap();
        let request = format!(
            "GET /store HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.host
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let store: Value = serde_json::from_str(body).unwrap();
        store["emails"].as_array().unwrap().clone()
    }
}

/// The letter that somebody gets about the cart they left.
fn about_a_cart(traits: &Value, cart: &str) -> Outgoing {
    let shop = Shop::opens("2026-03-01 09:30");
    let ann = shop.customer("Ann");
    ann.is(traits.clone());
    ann.adds(cart, phone());
    shop.passes("1h");
    let letter = ann.receives("abandoned-cart").delivery.outgoing;
    shop.passes("3d");
    shop.letters(&ann);
    letter
}

fn header<'m>(mail: &'m Value, name: &str) -> Vec<&'m str> {
    let headers = mail["headers"].as_array().unwrap();
    let found = headers.iter().filter(|header| header["name"] == name);
    found.map(|header| header["value"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_letter_arrives_with_both_parts_and_the_headers_that_mail_programs_look_for() {
    let letter = about_a_cart(&json!({ "first_name": "Анна", "locale": "ru" }), "c-1");
    let ses = OtherSes::start().await;
    ses.send(&letter).await;
    let [mail] = ses.store().await.try_into().expect("one mail");
    assert_eq!(mail["destination"], json!({ "to": [letter.to], "cc": [], "bcc": [] }));
    let subject = mail["subject"].as_str().unwrap();
    assert!(subject.contains("корзин"), "in UTF-8: {subject}");
    for part in ["html", "text"] {
        let text = mail["body"][part].as_str().unwrap();
        // A slash may be written as an entity in HTML.
        let host = LINKS_URL.trim_start_matches("https://");
        assert!(text.contains(host) && text.contains("корзин"), "{part}: {text}");
    }
    let [unsubscribe] = header(&mail, "List-Unsubscribe")[..] else {
        panic!("one List-Unsubscribe: {}", mail["headers"])
    };
    assert!(
        unsubscribe.starts_with("<https://") && unsubscribe.ends_with('>') && !unsubscribe.contains(','),
        "RFC 8058 §3.1: an HTTPS address, and here nothing besides: {unsubscribe}"
    );
    assert_eq!(header(&mail, "List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"]);
    assert_eq!(
        header(&mail, "Feedback-ID"),
        ["abandoned-cart.reminder:abandoned-cart:marketing:beckon"]
    );
    assert_eq!(mail["headers"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_header_in_a_trait_or_a_key_does_not_arrive() {
    let traits = json!({ "first_name": "Ann\r\nBcc: eve@customers.example\r\nX-Evil: y" });
    let letter = about_a_cart(&traits, "c-1\r\nBcc: eve@customers.example");
    let ses = OtherSes::start().await;
    ses.send(&letter).await;
    let [mail] = ses.store().await.try_into().expect("one mail");
    assert_eq!(mail["destination"]["bcc"], json!([]));
    assert_eq!(mail["destination"]["to"], json!([letter.to]));
    assert!(header(&mail, "Bcc").is_empty() && header(&mail, "X-Evil").is_empty());
    let headers = mail["headers"].as_array().unwrap();
    let texts = headers
        .iter()
        .map(|header| &header["value"])
        .chain([&mail["subject"], &mail["from"]]);
    for text in texts {
        let text = text.as_str().unwrap();
        assert!(!text.contains(['\r', '\n']), "{text:?}");
    }
}
