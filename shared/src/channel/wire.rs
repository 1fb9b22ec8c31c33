//! A provider for tests: a listener on loopback that answers, hangs or closes as told, so that
//! what is classified is what the real client makes of a real connection.

use super::push::{PushApps, PushSender};
use super::{EmailSender, SmsSender};
use crate::domain::campaign::{Channel, Form, Price, Purpose};
use crate::domain::id::{CampaignName, MessageId, ProfileId};
use crate::ports::sender::{Content, Outgoing};
use aws_credential_types::Credentials;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the provider does with a request it has read.
#[derive(Clone)]
pub(crate) enum Does {
    /// Answers with this status, error header and body.
    Answer(u16, &'static str, &'static str),
    /// Says nothing and keeps the connection.
    Hang,
    /// Closes without a word.
    Close,
    /// Answers half of what it announced, then closes.
    Break,
}

/// A running provider, with what it was asked.
pub(crate) struct Provider {
    pub(crate) endpoint: String,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
    pub(crate) raw: Arc<Mutex<Vec<Vec<u8>>>>,
    pub(crate) count: Arc<AtomicUsize>,
}

impl Provider {
    /// One that always does the same.
    pub(crate) async fn that(does: Does) -> Self {
        Self::that_in_turn(vec![does]).await
    }

    /// One that does one thing after the other, and then the last again.
    pub(crate) async fn that_in_turn(does: Vec<Does>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            requests: Arc::default(),
            raw: Arc::default(),
            count: Arc::default(),
        };
        let (requests, count) = (Arc::clone(&provider.requests), Arc::clone(&provider.count));
        let raw = Arc::clone(&provider.raw);
        tokio::spawn(async move {
            let mut turn = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let does = does[turn.min(does.len() - 1)].clone();
                turn += 1;
                let (requests, count) = (Arc::clone(&requests), Arc::clone(&count));
                tokio::spawn(serve(stream, does, requests, Arc::clone(&raw), count));
            }
        });
        provider
    }
}

async fn serve(
    mut stream: TcpStream,
    does: Does,
    requests: Arc<Mutex<Vec<String>>>,
    raw: Arc<Mutex<Vec<Vec<u8>>>>,
    count: Arc<AtomicUsize>,
) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let length = String::from_utf8_lossy(&bytes[..end])
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")
                        .map(str::to_owned)
                })
                .map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() - end - 4 >= length {
                break;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
    count.fetch_add(1, Ordering::SeqCst);
    requests
        .lock()
        .unwrap()
        .push(String::from_utf8_lossy(&bytes).into_owned());
    raw.lock().unwrap().push(bytes);
    match does {
        Does::Answer(status, headers, body) => {
            let answer = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        Does::Hang => {
            // Until the client gives up and closes.
            let _end = stream.read(&mut buffer).await;
        }
        Does::Close => {}
        Does::Break => {
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Mess";
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }
}

/// Long enough for a busy machine, except where the provider is known to hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const IMPATIENCE: Duration = Duration::from_millis(200);

fn timeouts(read: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(PATIENCE)
        .read_timeout(read)
        .build()
}

fn credentials() -> Credentials {
    Credentials::from_keys("key", "secret", None)
}

pub(crate) fn email_sender(endpoint: &str, patience: Duration) -> EmailSender {
    let config = aws_sdk_sesv2::Config::builder()
        .behavior_version(aws_sdk_sesv2::config::BehaviorVersion::latest())
        .region(aws_sdk_sesv2::config::Region::new("eu-central-1"))
        .credentials_provider(credentials())
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts(patience))
        .build();
    EmailSender::new(aws_sdk_sesv2::Client::from_conf(config), Some("beckon".to_owned()))
}

pub(crate) fn sms_sender(endpoint: &str, patience: Duration) -> SmsSender {
    SmsSender::new(sns(endpoint, patience))
}

fn sns(endpoint: &str, patience: Duration) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(aws_sdk_sns::config::BehaviorVersion::latest())
        .region(aws_sdk_sns::config::Region::new("eu-central-1"))
        .credentials_provider(credentials())
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts(patience))
        .build();
    aws_sdk_sns::Client::from_conf(config)
}

pub(crate) fn push_sender(endpoint: &str, patience: Duration, apps: PushApps) -> PushSender {
    PushSender::new(sns(endpoint, patience), apps)
}

/// A message that could leave.
pub(crate) fn outgoing(channel: Channel) -> Outgoing {
    Outgoing {
        message: MessageId::from("msg_1"),
        profile: ProfileId::parse("anon:a/b").unwrap(),
        campaign: CampaignName::from("abandoned-cart"),
        step: "reminder".to_owned(),
        template: "cart-reminder".to_owned(),
        channel,
        to: match channel {
            Channel::Email => "ann@example.com".to_owned(),
            Channel::Sms | Channel::Viber | Channel::Whatsapp => "+14155550100".to_owned(),
            Channel::Push | Channel::Webpush | Channel::Onsite | Channel::Webhook => String::new(),
        },
        purpose: Purpose::Marketing,
        device: None,
        at: "2026-03-01T10:00:00Z".parse().unwrap(),
        expires: None,
        contact: None,
        push_services: Arc::default(),
        content: match channel {
            Channel::Email => Content::Email {
                from: "Лавка <shop@example.com>".to_owned(),
                reply_to: Some("help@example.com".to_owned()),
                subject: "Ваша корзина".to_owned(),
                html: "<p>Привет</p>".to_owned(),
                text: "Привет".to_owned(),
            },
            Channel::Sms => Content::Sms {
                sender_id: Some("SHOP".to_owned()),
                max_price: Some(Price { micros: 50_000 }),
                text: "Hi & bye".to_owned(),
            },
            Channel::Push | Channel::Webpush | Channel::Onsite => Content::Notice {
                form: Form::Chat,
                title: Some("Ваша корзина".to_owned()),
                text: "Привет".to_owned(),
                link: Some("https://shop.example.com/cart".to_owned()),
            },
            Channel::Viber | Channel::Whatsapp | Channel::Webhook => Content::Plain {
                title: None,
                text: "{}".to_owned(),
                link: None,
            },
        },
        headers: Vec::new(),
    }
}
