//! What SES publishes (SES Developer Guide, "Contents of event data that Amazon SES publishes to
//! Amazon SNS"), as far as it is of interest.

use beckon_shared::channel::tags;
use beckon_shared::domain::feedback;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::time::Timestamp;
use serde::Deserialize;
use std::collections::HashMap;

/// One event about one mail.
#[derive(Debug, Clone, Deserialize)]
pub struct Notification {
    #[serde(rename = "eventType", alias = "notificationType")]
    kind: String,
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    delivery: Option<Moment>,
    open: Option<Moment>,
    click: Option<Click>,
}

#[derive(Debug, Clone, Deserialize)]
struct Mail {
    timestamp: Timestamp,
    #[serde(default)]
    tags: HashMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
    timestamp: Timestamp,
    feedback_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
    timestamp: Timestamp,
    feedback_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Moment {
    timestamp: Timestamp,
}

#[derive(Debug, Clone, Deserialize)]
struct Click {
    timestamp: Timestamp,
    link: Option<String>,
}

/// SES's word for a bounce that will not heal.
const PERMANENT: &str = "Permanent";

/// SES's words for a bounce that it made itself: the address is on the account's suppression list, or on its own for
/// all accounts (SES Developer Guide, "Bounce types").
const SUPPRESSED: [&str; 2] = ["OnAccountSuppressionList", "Suppressed"];

impl Notification {
    /// Reads one. The reason of a failure says where, and nothing of what stands there.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| {
            let what = match error.classify() {
                serde_json::error::Category::Data => "a field is missing or of another type",
                serde_json::error::Category::Io
                | serde_json::error::Category::Syntax
                | serde_json::error::Category::Eof => "it is not JSON",
            };
            format!("{what}, at line {} column {}", error.line(), error.column())
        })
    }

    /// SES's name of what happened: `Bounce`, `Delivery`, …
    pub fn kind_name(&self) -> &'static str {
        match self.kind.as_str() {
            "Bounce" => "Bounce",
            "Complaint" => "Complaint",
            "Delivery" => "Delivery",
            "Open" => "Open",
            "Click" => "Click",
            _ => "other",
        }
    }

    /// The name of the event that it becomes, if it becomes one.
    pub fn event_name(&self) -> Option<&'static str> {
        match self.kind_name() {
            "Bounce" => Some(feedback::EMAIL_BOUNCED),
            "Complaint" => Some(feedback::EMAIL_SPAM),
            "Delivery" => Some(feedback::EMAIL_DELIVERED),
            "Open" => Some(feedback::EMAIL_OPENED),
            "Click" => Some(feedback::EMAIL_CLICKED),
            _ => None,
        }
    }

    /// When it happened.
    pub fn at(&self) -> Timestamp {
        let bounce = self.bounce.as_ref().map(|bounce| bounce.timestamp);
        let complaint = self.complaint.as_ref().map(|complaint| complaint.timestamp);
        let moment = [&self.delivery, &self.open]
            .into_iter()
            .flatten()
            .map(|moment| moment.timestamp)
            .next();
        let click = self.click.as_ref().map(|click| click.timestamp);
        bounce.or(complaint).or(moment).or(click).unwrap_or(self.mail.timestamp)
    }

    /// What SES knows a bounce or complaint by.
    pub fn feedback_id(&self) -> Option<&str> {
        let bounce = self.bounce.as_ref().and_then(|bounce| bounce.feedback_id.as_deref());
        bounce.or(self
            .complaint
            .as_ref()
            .and_then(|complaint| complaint.feedback_id.as_deref()))
    }

    /// `hard` for a bounce that will not heal, `soft` for any other; nothing if it is none.
    pub fn bounce_type(&self) -> Option<&'static str> {
        self.bounce.as_ref().map(|bounce| {
            if bounce.bounce_type == PERMANENT {
                "hard"
            } else {
                "soft"
            }
        })
    }

    /// The link that was followed.
    pub fn link(&self) -> Option<&str> {
        self.click.as_ref().and_then(|click| click.link.as_deref())
    }

    /// Why its recipients are suppressed, if they are.
    pub fn suppresses(&self) -> Option<&'static str> {
        let sub_type = self.bounce.as_ref().map(|bounce| bounce.bounce_sub_type.as_str());
        match (self.bounce_type(), &self.complaint) {
            (Some("hard"), _) if sub_type.is_some_and(|sub_type| SUPPRESSED.contains(&sub_type)) => {
                Some("provider_list")
            }
            (Some("hard"), _) => Some("hard_bounce"),
            (_, Some(_)) => Some("complaint"),
            (_, None) => None,
        }
    }

    /// Whom a bounce or complaint is about.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        let bounced = self.bounce.iter().flat_map(|bounce| &bounce.bounced_recipients);
        let complained = self
            .complaint
            .iter()
            .flat_map(|complaint| &complaint.complained_recipients);
        bounced
            .chain(complained)
            .map(|recipient| bare(&recipient.email_address))
    }

    /// A tag of the mail.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.mail.tags.get(name)?.first().map(String::as_str)
    }

    /// Whom the mail was for.
    pub fn profile(&self) -> Option<ProfileId> {
        tags::profile(self.tag(tags::PROFILE)?)
    }
}

/// The address of `Name <address>`.
fn bare(address: &str) -> &str {
    match (address.rfind('<'), address.rfind('>')) {
        (Some(from), Some(to)) if from < to => address.get(from + 1..to).unwrap_or(address),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bounce record of SES's documentation, shortened, with our tags.
    const BOUNCE: &str = r#"{
        "eventType": "Bounce",
        "bounce": {
            "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
            "bounceType": "Permanent", "bounceSubType": "General",
            "bouncedRecipients": [{ "emailAddress": "Ann <recipient@example.com>", "action": "failed", "status": "5.1.1" }],
            "timestamp": "2017-08-05T00:41:02.669Z", "reportingMTA": "dsn; mta.example.com"
        },
        "mail": {
            "timestamp": "2017-08-05T00:40:02.012Z", "source": "Sender <sender@example.com>",
            "destination": ["recipient@example.com"],
            "tags": { "ses:configuration-set": ["ConfigSet"], "beckon_message": ["msg_1"], "beckon_profile": ["dTE"] }
        }
    }"#;

    #[test]
    fn a_bounce_is_read_as_documented() {
        let bounce = Notification::parse(BOUNCE).expect("it is read");
        assert_eq!(bounce.event_name(), Some("Email Bounced"));
        assert_eq!(bounce.bounce_type(), Some("hard"));
        assert_eq!(bounce.suppresses(), Some("hard_bounce"));
        assert_eq!(bounce.recipients().collect::<Vec<_>>(), ["recipient@example.com"]);
        assert_eq!(
            bounce.profile().map(|profile| profile.to_string()),
            Some("u1".to_owned())
        );
        assert_eq!(bounce.at().to_string(), "2017-08-05T00:41:02.669Z");
    }

    #[test]
    fn what_ses_has_on_a_list_of_its_own_is_suppressed_here_too() {
        for list in ["OnAccountSuppressionList", "Suppressed"] {
            let bounce = Notification::parse(&BOUNCE.replace("General", list)).expect("it is read");
            assert_eq!(
                (bounce.bounce_type(), bounce.suppresses()),
                (Some("hard"), Some("provider_list"))
            );
        }
        let complaint = r#"{
            "eventType": "Complaint",
            "complaint": {
                "complaintSubType": "OnAccountSuppressionList", "timestamp": "2017-08-05T00:41:02.669Z",
                "complainedRecipients": [{ "emailAddress": "recipient@example.com" }]
            },
            "mail": { "timestamp": "2017-08-05T00:40:02.012Z", "tags": {} }
        }"#;
        let complaint = Notification::parse(complaint).expect("it is read");
        assert_eq!(complaint.suppresses(), Some("complaint"));
    }

    #[test]
    fn a_bounce_that_heals_suppresses_nobody() {
        let soft = BOUNCE.replace("Permanent", "Transient");
        let bounce = Notification::parse(&soft).expect("it is read");
        assert_eq!((bounce.bounce_type(), bounce.suppresses()), (Some("soft"), None));
    }

    #[test]
    fn what_is_no_event_is_said_without_its_content() {
        let error = Notification::parse(r#"{"eventType":"Bounce","mail":"ann@example.com"}"#).expect_err("no mail");
        assert!(!error.contains("ann") && error.contains("line 1"), "{error}");
        assert!(Notification::parse("Successfully validated SNS topic").is_err());
    }
}
