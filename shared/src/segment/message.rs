//! A message before it is understood: those of its fields that are looked at.

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::{Formatter, Result as Written};

/// All fields that anything is read from.
const FIELDS: [&str; 14] = [
    "type",
    "messageId",
    "userId",
    "anonymousId",
    "timestamp",
    "sentAt",
    "originalTimestamp",
    "event",
    "name",
    "properties",
    "traits",
    "context",
    "groupId",
    "previousId",
];

/// A JSON object, of which nothing but [`FIELDS`] is kept. Of a field that is there twice, the last counts.
#[derive(Debug, Default)]
pub(super) struct Message([Option<Value>; FIELDS.len()]);

impl Message {
    /// What is in the field.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(place(field)?)?.as_ref()
    }

    /// Takes out what is in the field.
    pub fn remove(&mut self, field: &str) -> Option<Value> {
        self.0.get_mut(place(field)?)?.take()
    }
}

fn place(field: &str) -> Option<usize> {
    FIELDS.iter().position(|known| *known == field)
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Message;
            fn expecting(&self, f: &mut Formatter<'_>) -> Written {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Message, A::Error> {
                let mut message = Message::default();
                while let Some(Name(name)) = fields.next_key()? {
                    match place(&name).and_then(|place| message.0.get_mut(place)) {
                        Some(field) => *field = Some(fields.next_value()?),
                        None => {
                            fields.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(message)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A field's name, borrowed from the text where it has no escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut Formatter<'_>) -> Written {
                f.write_str("a field's name")
            }
            fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_two_counts_and_what_nobody_reads_is_passed_over() {
        let text = r#"{"event":"A","n\u0061me":"escaped","integrations":{"All":[1,{"x":2}]},"event":"B"}"#;
        let mut message: Message = serde_json::from_str(text).expect("an object");
        assert_eq!(message.get("event"), Some(&Value::from("B")));
        assert_eq!(message.remove("name"), Some(Value::from("escaped")));
        assert_eq!((message.get("name"), message.get("integrations")), (None, None));
        assert!(serde_json::from_str::<Message>("[1]").is_err());
        assert!(serde_json::from_str::<Message>(r#"{"event":"A","other":{]}"#).is_err());
    }
}
