//! A test that a service takes: the request that its file makes of the template.

use crate::problem::Problem;
use beckon_shared::authoring::definitions::Definitions;
use beckon_shared::domain::campaign::{Channel, Policy};
use beckon_shared::domain::event::Properties;
use beckon_shared::domain::message::Message;
use beckon_shared::domain::service::Service;
use beckon_shared::ports::sender::{Content, Outgoing};
use beckon_shared::secrets::Secrets;
use beckon_shared::template::Template;
use beckon_shared::template::call::{CallRequest, call};

/// What the test says becomes a request; what is no service's stays as it is.
pub fn of(
    folder: &Definitions,
    template: &Template,
    context: &Properties,
    locale: &str,
    secrets: &Secrets,
    outgoing: Outgoing,
) -> Result<Outgoing, Problem> {
    let Content::Plain { title, text, link } = &outgoing.content else {
        return Ok(outgoing);
    };
    let service = service(folder, template, outgoing.channel)?;
    let message = message(&outgoing, template, context, locale);
    let request = CallRequest {
        service,
        hosts: &folder.workspace.hosts,
        message: &message,
        title: title.as_deref(),
        text,
        link: link.as_deref(),
        now: outgoing.at,
    };
    let call = call(&request, |name| secrets.get(name)).map_err(|error| Problem::Argument(error.to_string()))?;
    Ok(Outgoing {
        content: Content::Call(Box::new(call)),
        ..outgoing
    })
}

/// A request goes where its template says; a messenger's text to whoever carries that messenger.
fn service<'d>(folder: &'d Definitions, template: &Template, channel: Channel) -> Result<&'d Service, Problem> {
    let found = folder.services.iter().find(|service| match channel {
        Channel::Webhook => template.service.as_deref() == Some(service.name.as_str()),
        channel => service.carries.contains(&channel),
    });
    found.ok_or_else(|| Problem::Argument(format!("no service in the folder carries {}", channel.name())))
}

fn message(outgoing: &Outgoing, template: &Template, context: &Properties, locale: &str) -> Message {
    Message {
        id: outgoing.message.clone(),
        profile: outgoing.profile.clone(),
        campaign: outgoing.campaign.clone(),
        version: template.version.clone(),
        step: outgoing.step.clone(),
        channel: outgoing.channel,
        to: outgoing.to.clone(),
        template: outgoing.template.clone(),
        variant: None,
        locale: locale.to_owned(),
        topic: "test".to_owned(),
        purpose: outgoing.purpose,
        priority: 0,
        policy: Policy::AtMostOnce,
        decided: outgoing.at,
        expires: outgoing.expires,
        context: context.clone(),
    }
}
