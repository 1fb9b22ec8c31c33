//! A day of three shoppers, from HTTP event to email, for people to watch: what they do, what is
//! decided, what is held back and what leaves.

use crate::lambda::environment::SERVER_WRITE_KEY;
use crate::stack::LocalStack;
use crate::timeline::AdvanceError;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use beckon_shared::domain::time::Span;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::Write;

/// Why the day ended early.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The clock did not move.
    #[error(transparent)]
    Advance(#[from] AdvanceError),
    /// An event was not taken.
    #[error("`{event}` was answered with {status}: {answer}")]
    Refused {
        /// Which event.
        event: String,
        /// What was answered.
        status: StatusCode,
        /// What was said.
        answer: String,
    },
    /// The stack could not be reached.
    #[error("the stack did not answer: {0}")]
    Unreachable(String),
    /// Nobody reads.
    #[error(transparent)]
    Output(#[from] std::io::Error),
}

/// Tells the day on `out`. `stack` is fresh, stands still, and has the example campaigns in force.
pub async fn tell(stack: &LocalStack, out: &mut impl Write) -> Result<(), DemoError> {
    let mut story = Story {
        stack,
        out,
        decisions: 0,
        messages: 0,
        posted: 0,
    };
    story.person("u-ann", "Ann", "ann@example.com").await?;
    story.person("u-ben", "Ben", "ben@example.com").await?;
    story.person("u-cem", "Cem", "cem@example.com").await?;
    story.put_into_cart("u-ann", "c-ann", "Blue mug", 12.5).await?;
    story.put_into_cart("u-ben", "c-ben", "Tea pot", 39.0).await?;
    story.pass(Span::from_mins(20)).await?;
    story.put_into_cart("u-ann", "c-ann", "Two saucers", 9.0).await?;
    story.order("u-ben", "c-ben", 39.0).await?;
    story.pass(Span::from_mins(50)).await?;
    story.say("more than an hour after the mug, less than one after the saucers: nothing yet")?;
    story.pass(Span::from_mins(30)).await?;
    let ends_at = story.stack.now();
    story
        .track(
            "u-ann",
            "Trial Started",
            json!({"trial_id": "t-1", "ends_at": later(ends_at, 4)}),
        )
        .await?;
    story.put_into_cart("u-cem", "c-cem", "Lamp", 80.0).await?;
    story.pass(Span::from_hours(6)).await?;
    story.summary()
}

struct Story<'a, W> {
    stack: &'a LocalStack,
    out: &'a mut W,
    decisions: usize,
    messages: usize,
    posted: usize,
}

impl<W: Write> Story<'_, W> {
    async fn person(&mut self, user: &str, name: &str, email: &str) -> Result<(), DemoError> {
        self.line("event", &format!("{user} is {name}, {email}"))?;
        let traits = json!({"email": email, "first_name": name, "timezone": "Europe/Berlin"});
        self.post("identify", json!({"userId": user, "traits": traits}), name)
            .await
    }

    async fn put_into_cart(&mut self, user: &str, cart: &str, product: &str, price: f64) -> Result<(), DemoError> {
        let id = product.to_lowercase().replace(' ', "-");
        let properties = json!({"cart_id": cart, "product_id": id, "name": product, "price": price, "quantity": 1});
        self.track(user, "Product Added", properties).await
    }

    async fn order(&mut self, user: &str, cart: &str, total: f64) -> Result<(), DemoError> {
        let properties = json!({"order_id": format!("o-{cart}"), "cart_id": cart, "products": [], "total": total});
        self.track(user, "Order Completed", properties).await
    }

    async fn track(&mut self, user: &str, event: &str, properties: Value) -> Result<(), DemoError> {
        let what = properties.get("name").or_else(|| properties.get("ends_at"));
        let what = what.and_then(Value::as_str).unwrap_or_default();
        self.line("event", format!("{user} {event} {what}").trim_end())?;
        let body = json!({"userId": user, "event": event, "properties": properties});
        self.post("track", body, event).await
    }

    async fn post(&mut self, kind: &str, mut body: Value, event: &str) -> Result<(), DemoError> {
        self.posted = self.posted.saturating_add(1);
        if let Some(body) = body.as_object_mut() {
            let id = format!("demo-{}", self.posted);
            body.insert("messageId".to_owned(), Value::from(id));
            body.insert("timestamp".to_owned(), json!(self.stack.now()));
        }
        let unreachable = |error: &dyn std::fmt::Display| DemoError::Unreachable(error.to_string());
        let key = STANDARD.encode(format!("{SERVER_WRITE_KEY}:"));
        let request = Request::post(format!("{}/v1/{kind}", self.stack.url()))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Basic {key}"))
            .body(Body::from(body.to_string()))
            .map_err(|error| unreachable(&error))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.request(request).await.map_err(|error| unreachable(&error))?;
        let status = answer.status();
        let answer = axum::body::to_bytes(Body::new(answer.into_body()), usize::MAX).await;
        let answer = answer.map_err(|error| unreachable(&error))?;
        if !status.is_success() {
            return Err(DemoError::Refused {
                event: event.to_owned(),
                status,
                answer: String::from_utf8_lossy(&answer).into_owned(),
            });
        }
        self.stack.idle().await;
        self.news()
    }

    async fn pass(&mut self, by: Span) -> Result<(), DemoError> {
        self.stack.advance(by).await?;
        self.news()?;
        self.line("clock", &format!("{by} later"))
    }

    /// What was decided and what left since the last time.
    fn news(&mut self) -> Result<(), DemoError> {
        let decided = self.decided();
        let mut news: Vec<(Timestamp, &str, String)> = Vec::new();
        for decision in decided.iter().skip(self.decisions) {
            let at = decision
                .get("at")
                .and_then(Value::as_str)
                .and_then(|at| at.parse().ok());
            news.push((at.unwrap_or(self.stack.now()), "decided", said(decision)));
        }
        self.decisions = decided.len();
        let sent = self.stack.messages();
        for message in sent.iter().skip(self.messages) {
            let subject = message
                .subject
                .as_deref()
                .or(message.body.as_deref())
                .unwrap_or_default();
            let text = format!("{} to {}: {subject}", message.channel, message.to);
            news.push((message.at, "sent", text));
        }
        self.messages = sent.len();
        news.sort_by_key(|(at, ..)| *at);
        for (at, kind, text) in news {
            write_line(self.out, at, kind, &text)?;
        }
        Ok(())
    }

    /// The decisions that `evaluate` told its log, oldest first.
    fn decided(&self) -> Vec<Value> {
        let lines = self.stack.logs(beckon_shared::wiring::EVALUATE.name);
        let values = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        values
            .filter(|value| value.get("message").is_some_and(|said| said == "decided"))
            .collect()
    }

    fn summary(&mut self) -> Result<(), DemoError> {
        let sent = self.stack.messages();
        writeln!(self.out, "\n  {} messages left.", sent.len())?;
        if let Some(text) = sent.first().and_then(|message| message.text.as_deref()) {
            writeln!(self.out, "  The text part of the first:\n")?;
            for line in text.lines() {
                writeln!(self.out, "    {line}")?;
            }
        }
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<(), DemoError> {
        self.line("", text)
    }

    fn line(&mut self, kind: &str, text: &str) -> Result<(), DemoError> {
        write_line(self.out, self.stack.now(), kind, text)
    }
}

fn write_line(out: &mut impl Write, at: Timestamp, kind: &str, text: &str) -> Result<(), DemoError> {
    let time = at.strftime("%a %H:%M");
    Ok(writeln!(out, "  {time}  {kind:<8} {text}")?)
}

/// A decision in a few words: `u-ann enter abandoned-cart`.
fn said(decision: &Value) -> String {
    let fields = ["profile", "decision", "campaign", "step", "channel", "reason", "until"];
    let words = fields.map(|field| decision.get(field).and_then(Value::as_str));
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn later(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_hours(hours))
        .unwrap_or(Timestamp::MAX)
}
