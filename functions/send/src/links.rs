//! What a message carries so that its reader can say no: links in its text, headers beside it.

use beckon_shared::domain::campaign::{Channel, Purpose};
use beckon_shared::domain::event::Properties;
use beckon_shared::domain::message::Message;
use beckon_shared::links::{Ask, LinkMaker};
use beckon_shared::ports::sender::Header;
use serde_json::Value;

/// Who vouches for the mail stream (Gmail, "Feedback loop": 5 to 15 characters, the same in all mail).
const SENDER_ID: &str = "beckon";

/// What the template sees: the message's own context, and the links of its purpose. A request to a service carries
/// none: it is read by nobody whom they concern.
pub fn context(maker: &LinkMaker, message: &Message) -> Properties {
    let mut context = message.context.clone();
    if message.channel != Channel::Webhook {
        for (name, ask) in LinkMaker::shown(message.purpose) {
            context.insert((*name).to_owned(), Value::from(maker.link(*ask, message)));
        }
    }
    context
}

/// Headers of an email; nothing on any other channel.
pub fn headers(maker: &LinkMaker, message: &Message) -> Vec<Header> {
    if message.channel != Channel::Email {
        return Vec::new();
    }
    let mut headers = vec![Header {
        name: "Feedback-ID",
        value: feedback_id(message),
    }];
    match message.purpose {
        // RFC 2369 §3.2, RFC 8058 §3.1: both, or a mail program shows no button. No `mailto:`: a mailbox is a place
        // where a no may be overlooked.
        Purpose::Marketing => headers.extend([
            Header {
                name: "List-Unsubscribe",
                value: format!("<{}>", maker.link(Ask::Unsubscribe, message)),
            },
            Header {
                name: "List-Unsubscribe-Post",
                value: "List-Unsubscribe=One-Click".to_owned(),
            },
        ]),
        Purpose::Transactional | Purpose::Confirmation => {}
    }
    headers
}

/// What Gmail reports complaints by, from the narrowest to the widest (Gmail, "Feedback loop": `a:b:c:SenderId`).
/// Fields are looked at apart, so that a step is named with its campaign.
fn feedback_id(message: &Message) -> String {
    let plain = |text: &str| -> String {
        let fits = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        text.chars().take(64).map(fits).collect()
    };
    let campaign = plain(message.campaign.as_str());
    let purpose = match message.purpose {
        Purpose::Marketing => "marketing",
        Purpose::Transactional => "transactional",
        Purpose::Confirmation => "confirmation",
    };
    format!("{campaign}.{}:{campaign}:{purpose}:{SENDER_ID}", plain(&message.step))
}
