//! What the demo prints: a timeline, in colour where there is a terminal.

use crate::Problem;
use beckon_local::{LocalStack, SentMessage};
use beckon_shared::domain::time::{Span, Timestamp};
use serde_json::Value;
use std::io::{IsTerminal, Write};

/// How many lines of a message are shown.
const EXCERPT_LINES: usize = 6;

/// The timeline, and how far it has come.
#[derive(Debug, Default)]
pub struct Page {
    decisions_told: usize,
    messages_told: usize,
    sent: usize,
    held_back: usize,
}

impl Page {
    /// What this is.
    pub fn title(&mut self, text: &str) {
        self.print(&format!("\n{} {text}\n", bold("Beckon, a demonstration:")));
    }

    /// Something that was done.
    pub fn say(&mut self, stack: &LocalStack, text: &str) {
        let at = clock(stack.now());
        self.print(&format!("{} {text}", dim(&at)));
    }

    /// What a person did.
    pub fn said(&mut self, stack: &LocalStack, who: &str, text: &str) {
        let at = clock(stack.now());
        self.print(&format!("{} {} {text}", dim(&at), bold(who)));
    }

    /// A remark.
    pub fn note(&mut self, text: &str) {
        self.print(&format!("{:16} {}", "", dim(&format!("({text})"))));
    }

    /// A new part.
    pub fn chapter(&mut self, text: &str) {
        self.print(&format!("\n{}", bold(&format!("── {text}"))));
    }

    /// What went wrong.
    pub fn problem(&mut self, text: &str) {
        self.print(&format!("the demonstration stopped: {text}"));
    }

    /// Lets time pass, and tells what came of it.
    pub async fn passes(&mut self, stack: &LocalStack, span: Span) -> Result<(), Problem> {
        stack.advance(span).await?;
        self.print(&format!(
            "{} {}",
            dim(&clock(stack.now())),
            dim(&format!("… {span} later"))
        ));
        self.news(stack);
        Ok(())
    }

    /// Tells what was decided and sent since the last time.
    pub fn news(&mut self, stack: &LocalStack) {
        let decided: Vec<Value> = stack
            .logs("evaluate")
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line.get("message").and_then(Value::as_str) == Some("decided"))
            .collect();
        let messages = stack.messages();
        for line in decided.iter().skip(self.decisions_told) {
            self.decision(line);
        }
        for message in messages.iter().skip(self.messages_told) {
            self.message(message);
        }
        self.decisions_told = decided.len();
        self.messages_told = messages.len();
    }

    /// The sum of it.
    pub fn end(&mut self) {
        let (sent, held_back) = (self.sent, self.held_back);
        self.print(&format!(
            "\n{sent} messages sent, {held_back} held back, each with its reason."
        ));
        self.print(
            "`make dev` runs the same bundle for you to talk to; `make simulate EVENTS=campaigns/sample-events.jsonl`",
        );
        self.print("tells beforehand what the campaigns would do.\n");
    }

    fn decision(&mut self, line: &Value) {
        let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
        let at: Option<Timestamp> = text("at").parse().ok();
        let what = match text("decision") {
            "enter" => format!("enters {}", text("campaign")),
            "send" => format!("{} decides: {} by {}", text("campaign"), text("step"), text("channel")),
            "skip" => {
                self.held_back += 1;
                format!("{} holds {} back: {}", text("campaign"), text("step"), text("reason"))
            }
            "defer" => format!("{} defers {} until {}", text("campaign"), text("step"), text("until")),
            "exit" => format!("leaves {}: {}", text("campaign"), text("reason")),
            "goal" => format!("reaches the goal of {}", text("campaign")),
            "offer" => format!("is offered a code by {} until {}", text("campaign"), text("until")),
            other => format!("{other} in {}: {}", text("campaign"), text("reason")),
        };
        let at = at.map(clock).unwrap_or_default();
        self.print(&format!("{}   {} {what}", dim(&at), text("profile")));
    }

    fn message(&mut self, message: &SentMessage) {
        self.sent += 1;
        let subject = message.subject.as_deref().unwrap_or_default();
        let to = format!("{} to {}", message.channel, message.to);
        self.print(&format!("{}   {} {to}", dim(&clock(message.at)), green("✉")));
        self.print(&format!("{:18} {}", "", green(subject)));
        let text = message.text.as_deref().or(message.body.as_deref()).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.trim().is_empty()).take(EXCERPT_LINES);
        for line in lines {
            self.print(&format!("{:18} {}", "", dim(&format!("│ {line}"))));
        }
    }

    fn print(&mut self, line: &str) {
        // Nobody reads on: the demonstration still ends in good order.
        let _closed = writeln!(std::io::stdout().lock(), "{line}");
    }
}

fn clock(at: Timestamp) -> String {
    at.strftime("%a %d %b %H:%M").to_string()
}

fn colour(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

fn bold(text: &str) -> String {
    colour("1", text)
}

fn dim(text: &str) -> String {
    colour("2", text)
}

fn green(text: &str) -> String {
    colour("32", text)
}
