//! Messages that services carry: which service it is, and the request that its file makes of them.

use crate::{Deps, Table};
use beckon_shared::domain::campaign::Channel;
use beckon_shared::domain::message::Message;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::PortError;
use beckon_shared::ports::sender::Content;
use beckon_shared::template::Template;
use beckon_shared::template::call::{CallRequest, call};

/// The message as the request that its service takes, or why there is none: no trying again would
/// change that.
pub async fn of<S: Table, Q, C>(
    deps: &Deps<S, Q, C>,
    message: &Message,
    template: &Template,
    content: Content,
    now: Timestamp,
) -> Result<Result<Content, String>, PortError> {
    let channel = message.channel.name();
    let Content::Plain { title, text, link } = content else {
        return Ok(Err(format!("template `{}` says nothing for {channel}", template.name)));
    };
    let service = match (message.channel, &template.service) {
        (Channel::Webhook, None) => {
            return Ok(Err(format!("template `{}` names no service", template.name)));
        }
        (Channel::Webhook, Some(name)) => deps.rules.service(name, now).await?,
        (channel, _) => deps.rules.service_of(channel, now).await?,
    };
    let Some(service) = service else {
        return Ok(Err(format!("no service in force carries {channel}")));
    };
    let workspace = deps.rules.workspace(now).await?;
    let request = CallRequest {
        service: &service,
        hosts: &workspace.hosts,
        message,
        title: title.as_deref(),
        text: &text,
        link: link.as_deref(),
        now,
    };
    let request = call(&request, |name| deps.secrets.get(name));
    Ok(request
        .map(|call| Content::Call(Box::new(call)))
        .map_err(|error| error.to_string()))
}
