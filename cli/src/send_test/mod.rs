//! `beckon send-test`: a template as its reader will see it, sent to addresses of one's own.

use crate::problem::{Problem, plural};
use crate::profile::person;
use crate::stack::{FINDING, Stack};
use crate::{campaigns, sample};
use beckon_shared::aws::Aws;
use beckon_shared::channel::{Channels, EmailSender, SmsSender};
use beckon_shared::domain::campaign::{Channel, Purpose};
use beckon_shared::domain::event::Properties;
use beckon_shared::domain::id::{CampaignName, MessageId, ProfileId, digest};
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::Profiles;
use beckon_shared::ports::sender::{Content, Outgoing};
use beckon_shared::template::{RenderRequest, Renderer};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::PathBuf;

/// What marks a test.
const MARK: &str = "[test] ";

const HELP: &str = "\
Sends a template of the folder to addresses of your own, over SES or SNS, with what its sample.json
says, or with a person of the table in place of the sample's `profile` and lists. Nothing of the
table is written: a test is not counted, not capped, not asked for consent, and what is heard of it
belongs to nobody. It is marked `[test]`, and its links lead nowhere.";

const EXAMPLES: &str = "\
Examples:
  beckon send-test cart-reminder --to me@example.com --local
  beckon send-test birthday --by sms --to +14155550100 --locale ru
  beckon send-test cart-reminder --to me@example.com --profile u1 --table beckon-prod";

/// Send a template to addresses of your own
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct SendTest {
    /// Which template
    #[arg(value_name = "TEMPLATE")]
    template: String,
    /// Where to; may be said several times
    #[arg(long, value_name = "ADDRESS", required = true)]
    to: Vec<String>,
    /// How
    #[arg(long, value_enum, default_value_t = By::Email)]
    by: By,
    /// In which language; without it, in the workspace's, or the person's
    #[arg(long, value_name = "LOCALE")]
    locale: Option<String>,
    /// As this person would see it: `u1`, or `anon:…`
    #[arg(long, value_name = "ID")]
    profile: Option<String>,
    /// Folder of the campaigns
    #[arg(long, value_name = "DIR", default_value = "campaigns")]
    campaigns: PathBuf,
    #[command(flatten)]
    stack: Stack,
}

/// The channels on which an address can be typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Email,
    Sms,
}

impl By {
    const fn channel(self) -> Channel {
        match self {
            Self::Email => Channel::Email,
            Self::Sms => Channel::Sms,
        }
    }
}

impl SendTest {
    /// Runs it.
    pub async fn run(self) -> Result<(), Problem> {
        let folder = campaigns::sound(&self.campaigns, "nothing was sent")?;
        let template = campaigns::template(&folder, &self.template)?;
        let person = match &self.profile {
            Some(typed) => Some(self.person(typed).await?),
            None => None,
        };
        let own = person.as_ref().and_then(|person| person.traits.text("locale"));
        let locale = self.locale.as_deref().or(own).unwrap_or(&folder.workspace.locale);
        let rendered = Renderer::new().render(&RenderRequest {
            template,
            channel: self.by.channel(),
            locale,
            fallback: &folder.workspace.locale,
            context: &self.context(person.as_ref())?,
            senders: &folder.workspace.senders,
        });
        let content = rendered.map_err(|error| Problem::Argument(error.to_string()))?;
        let now = self.stack.now().await?;
        let nobody = person::id("anon:test")?;
        let channels = channels(&self.stack.aws().await?);
        for to in &self.to {
            let outgoing = self.outgoing(&nobody, to, marked(content.clone()), now);
            let sent = channels.send(&outgoing).await;
            sent.map_err(|error| Problem::Argument(format!("not sent: {error}")))?;
        }
        let mut out = io::stdout().lock();
        let sent = plural(self.to.len(), "test");
        writeln!(out, "sent {sent} of `{}` in `{locale}`", self.template)?;
        out.flush()?;
        Ok(())
    }

    async fn person(&self, typed: &str) -> Result<Profile, Problem> {
        let id = person::id(typed)?;
        let found = self.stack.table().await?.load(&id).await?;
        found.ok_or_else(|| Problem::Argument(format!("nothing is known of a profile `{id}`")))
    }

    /// What the template sees: its sample, with the person's traits and lists in it.
    fn context(&self, person: Option<&Profile>) -> Result<Properties, Problem> {
        let mut context = sample::of(&self.campaigns, &self.template)?;
        if let Some(person) = person {
            context.insert("profile".to_owned(), Value::Object(person.traits.values.clone()));
            for (name, list) in &person.state.lists {
                let items: Vec<&Value> = list.items().collect();
                context.insert(name.clone(), json!({ "key": list.key, "items": items }));
            }
        }
        Ok(context)
    }

    fn outgoing(&self, nobody: &ProfileId, to: &str, content: Content, now: Timestamp) -> Outgoing {
        let millis = now.as_millisecond().to_string();
        Outgoing {
            message: MessageId::test(&digest(&[&self.template, to, &millis])),
            profile: nobody.clone(),
            campaign: CampaignName::from("test"),
            step: "test".to_owned(),
            template: self.template.clone(),
            channel: self.by.channel(),
            purpose: Purpose::Transactional,
            to: to.to_owned(),
            device: None,
            contact: None,
            push_services: [].into(),
            at: now,
            expires: None,
            content,
            headers: Vec::new(),
        }
    }
}

fn channels(aws: &Aws) -> Channels {
    // Without a configuration set: nobody is to hear what becomes of a test.
    Channels::new()
        .with(EmailSender::new(aws.ses(), None))
        .with(SmsSender::new(aws.sns()))
}

fn marked(content: Content) -> Content {
    match content {
        Content::Email {
            from,
            reply_to,
            subject,
            html,
            text,
        } => Content::Email {
            from,
            reply_to,
            subject: format!("{MARK}{subject}"),
            html,
            text,
        },
        Content::Sms { sender_id, text } => Content::Sms {
            sender_id,
            text: format!("{MARK}{text}"),
        },
        other @ (Content::Notice { .. } | Content::Plain { .. } | Content::Call(_)) => other,
    }
}
