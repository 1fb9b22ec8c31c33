//! `beckon send-test`: a template as its reader will see it, sent to addresses and devices of one's own.

mod mark;
mod providers;
mod recipients;
mod request;

use crate::problem::{Problem, plural};
use crate::profile::person;
use crate::stack::{FINDING, Stack};
use crate::{campaigns, sample};
use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::campaign::{Channel, Purpose};
use beckon_shared::domain::event::Properties;
use beckon_shared::domain::id::{CampaignName, MessageId, digest};
use beckon_shared::domain::profile::Profile;
use beckon_shared::domain::time::{Span, Timestamp, after};
use beckon_shared::ports::Profiles;
use beckon_shared::ports::sender::{Content, Outgoing};
use beckon_shared::template::{RenderRequest, Renderer};
use clap::{Args, ValueEnum};
use recipients::Recipient;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::PathBuf;

/// How long a test waits on a page, or for a device that is away.
const KEPT: Span = Span::from_hours(1);

const HELP: &str = "\
Sends a template of the folder to addresses of your own, with what its sample.json says, or with a
person of the table in place of the sample's `profile` and lists: by email and text message, by the
service that carries Viber, WhatsApp or a request (--to says who it is for), to the phones or
browsers of a profile, or onto its page, where it waits for an hour (--to-profile).

Nothing of the table is written but what waits on a page: a test is not counted, not capped, not
asked for consent, and what is heard of it belongs to nobody. It is marked `[test]`; a request has a
field `test` besides. Its links lead nowhere.

Push needs BECKON_PUSH_APPS, web push and services need BECKON_SECRETS, as the function `send` has them.";

const EXAMPLES: &str = "\
Examples:
  beckon send-test cart-reminder --to me@example.com --local
  beckon send-test birthday --by sms --to +14155550100 --locale ru
  beckon send-test cart-reminder --to me@example.com --profile u1 --table beckon-prod
  beckon send-test order-arrived --by viber --to +14155550100 --profile u1 --local
  beckon send-test idle-chat --by onsite --to-profile anon:6f2c --local";

/// Send a template to addresses or devices of your own
#[derive(Debug, Args)]
#[command(long_about = HELP, after_long_help = format!("{FINDING}\n\n{EXAMPLES}"))]
pub struct SendTest {
    /// Which template
    #[arg(value_name = "TEMPLATE")]
    template: String,
    /// Where to; may be said several times
    #[arg(long, value_name = "ADDRESS", required_unless_present = "to_profile")]
    to: Vec<String>,
    /// To whose devices (push, webpush) or page (onsite): `u1`, or `anon:…`
    #[arg(long, value_name = "ID")]
    to_profile: Option<String>,
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

/// The channels, by the names that campaigns give them.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Email,
    Sms,
    Push,
    Webpush,
    Onsite,
    Viber,
    Whatsapp,
    Webhook,
}

impl By {
    const fn channel(self) -> Channel {
        match self {
            Self::Email => Channel::Email,
            Self::Sms => Channel::Sms,
            Self::Push => Channel::Push,
            Self::Webpush => Channel::Webpush,
            Self::Onsite => Channel::Onsite,
            Self::Viber => Channel::Viber,
            Self::Whatsapp => Channel::Whatsapp,
            Self::Webhook => Channel::Webhook,
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
        let context = self.context(person.as_ref())?;
        let channel = self.by.channel();
        let rendered = Renderer::new().render(&RenderRequest {
            template,
            channel,
            locale,
            fallback: &folder.workspace.locale,
            context: &context,
            senders: &folder.workspace.senders,
        });
        let content = rendered.map_err(|error| Problem::Argument(error.to_string()))?;
        let content = mark::marked(content, channel == Channel::Webhook);
        let recipients = recipients::of(&self).await?;
        let now = self.stack.now().await?;
        let providers = providers::of(&self.stack, channel).await?;
        for recipient in &recipients {
            let outgoing = self.outgoing(&folder, recipient, content.clone(), now)?;
            let outgoing = request::of(&folder, template, &context, locale, &providers.secrets, outgoing)?;
            let sent = providers.channels.send(&outgoing).await;
            sent.map_err(|error| Problem::Argument(format!("not sent: {error}")))?;
        }
        let mut out = io::stdout().lock();
        let sent = plural(recipients.len(), "test");
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

    fn outgoing(
        &self,
        folder: &Definitions,
        recipient: &Recipient,
        content: Content,
        now: Timestamp,
    ) -> Result<Outgoing, Problem> {
        let millis = now.as_millisecond().to_string();
        let nobody = person::id("anon:test")?;
        Ok(Outgoing {
            message: MessageId::test(&digest(&[&self.template, &recipient.to, &millis])),
            profile: recipient.page_of.clone().unwrap_or(nobody),
            campaign: CampaignName::from("test"),
            step: "test".to_owned(),
            template: self.template.clone(),
            channel: self.by.channel(),
            purpose: Purpose::Transactional,
            to: recipient.to.clone(),
            device: recipient.device.clone(),
            contact: folder.workspace.senders.contact().map(str::to_owned),
            push_services: folder.workspace.push_services.as_slice().into(),
            at: now,
            expires: Some(after(now, KEPT)),
            content,
            headers: Vec::new(),
        })
    }
}
