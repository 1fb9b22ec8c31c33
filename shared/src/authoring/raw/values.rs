//! Scalars with a meaning: lengths of time, shares, names, conditions.

use crate::authoring::suggest::did_you_mean;
use crate::authoring::yaml::{Node, Tree};
use crate::domain::campaign::{Again, LocalTime, Price};
use crate::domain::time::Span;

/// Longest name of a campaign or step, in characters: it travels as an email's tag.
const NAME_MAX: usize = 64;

/// Declares a scalar: what it holds, its schema, and how it is read from a node.
macro_rules! scalar {
    (#[doc = $says:literal] $name:ident($inner:ty), $schema:tt, $read:expr) => {
        #[doc = $says]
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name(pub $inner);

        impl $crate::authoring::raw::Read for $name {
            fn read(
                node: &$crate::authoring::yaml::Node,
                report: &mut $crate::authoring::raw::Report<'_>,
            ) -> Option<Self> {
                let read: fn(&$crate::authoring::yaml::Node) -> Result<$inner, String> = $read;
                match read(node) {
                    Ok(value) => Some(Self(value)),
                    Err(message) => {
                        report.error(node.offset, message);
                        None
                    }
                }
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema = schemars::json_schema!($schema);
                schema.insert("description".to_owned(), $says.trim().into());
                schema
            }
        }
    };
}

pub(super) use scalar;

/// Declares a word out of a list of words.
macro_rules! word {
    (#[doc = $says:literal] $name:ident($inner:ty) { $($word:literal => $value:expr),+ $(,)? }) => {
        $crate::authoring::raw::values::scalar! {
            #[doc = $says]
            $name($inner), { "type": "string", "enum": [$($word),+] },
            |node| {
                let words = [$($word),+];
                match node.scalar().as_deref() {
                    $(Some($word) => Ok($value),)+
                    other => {
                        let hint = other
                            .map(|other| $crate::authoring::suggest::did_you_mean(other, words))
                            .unwrap_or_default();
                        let words = $crate::authoring::raw::read::listed(&words);
                        Err(format!("found {}, expected {words}{hint}", node.kind()))
                    }
                }
            }
        }
    };
}

pub(super) use word;

scalar! {
    /// A name: lower-case letters, digits and `-`.
    Name(String),
    { "type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$" },
    |node| {
        let text = node.scalar().unwrap_or_default();
        let fits = !text.is_empty()
            && text.len() <= NAME_MAX
            && !text.starts_with('-')
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if fits {
            Ok(text)
        } else {
            Err(format!(
                "found {}, expected a name of lower-case letters, digits and `-`, such as `abandoned-cart`, of at \
                 most {NAME_MAX} characters",
                node.kind()
            ))
        }
    }
}

scalar! {
    /// An event's name, as it is sent.
    EventName(String),
    { "type": "string", "minLength": 1 },
    |node| match &node.tree {
        Tree::Text(text) if !text.trim().is_empty() && !text.chars().any(char::is_control) => Ok(text.clone()),
        _ => Err(format!("found {}, expected an event's name such as `Order Completed`", node.kind())),
    }
}

scalar! {
    /// A condition or computed value, in CEL.
    Expression(String),
    { "type": ["string", "boolean", "number"] },
    |node| node.scalar().ok_or_else(|| format!("found {}, expected an expression", node.kind()))
}

scalar! {
    /// A value, in CEL: a number, a quoted text, or computed; null for nothing.
    ValueOf(String),
    { "type": ["string", "boolean", "number", "null"], "examples": ["now", "true", "event.total", "'gold'"] },
    |node| match &node.tree {
        Tree::Null => Ok("null".to_owned()),
        _ => node.scalar().ok_or_else(|| format!("found {}, expected an expression", node.kind())),
    }
}

scalar! {
    /// A number.
    Number(f64),
    { "type": "number" },
    |node| match node.tree {
        Tree::Int(number) => number.to_string().parse().ok(),
        Tree::Double(number) => Some(number).filter(|number| number.is_finite()),
        _ => None,
    }
    .ok_or_else(|| format!("found {}, expected a number", node.kind()))
}

scalar! {
    /// A length of time, as people write it.
    Length(Span),
    { "type": "string", "pattern": "^([0-9]+(ms|s|m|h|d|w))+$", "examples": ["30m", "1h", "14d", "1d12h"] },
    |node| length(node)
}

scalar! {
    /// How long to wait: written out, or computed in CEL.
    WaitLength(WaitFor),
    { "type": "string", "examples": ["1h", "days(item.supply_days) - 3d"] },
    |node| {
        let text = node.scalar().unwrap_or_default();
        let starts_like_a_length = text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit())
            && !text.contains([' ', '(', '*', '+']);
        match Span::parse(&text) {
            Ok(span) => Ok(WaitFor::Span(span)),
            Err(_) if text.is_empty() || starts_like_a_length => length(node).map(WaitFor::Span),
            Err(_) => Ok(WaitFor::Expression(text)),
        }
    }
}

/// How long to wait.
#[derive(Debug, Clone, PartialEq)]
pub enum WaitFor {
    /// This long.
    Span(Span),
    /// Computed.
    Expression(String),
}

fn length(node: &Node) -> Result<Span, String> {
    let text = node.scalar().unwrap_or_default();
    Span::parse(&text).map_err(|error| format!("found {}, {error}", node.kind()))
}

scalar! {
    /// A share.
    Share(u16),
    { "type": "string", "pattern": "^[0-9]{1,3}(\\.[0-9]{1,2})?%$", "examples": ["5%", "12.5%"] },
    |node| {
        let wrong = || format!("found {}, expected a share such as `5%` or `12.5%`", node.kind());
        let text = node.scalar().unwrap_or_default();
        let (whole, part) = match text.strip_suffix('%').ok_or_else(wrong)?.split_once('.') {
            Some((whole, part)) => (whole.to_owned(), format!("{part:0<2}")),
            None => (text.trim_end_matches('%').to_owned(), "00".to_owned()),
        };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(&whole) || !digits(&part) || whole.len() > 3 || part.len() > 2 {
            return Err(wrong());
        }
        let hundredths: u32 = format!("{whole}{part}").parse().map_err(|_| wrong())?;
        u16::try_from(hundredths)
            .ok()
            .filter(|share| *share <= 10_000)
            .ok_or_else(|| format!("found {}, expected at most `100%`", node.kind()))
    }
}

scalar! {
    /// A number from 0 to 100.
    Priority(u8),
    { "type": "integer", "minimum": 0, "maximum": 100 },
    |node| match node.tree {
        Tree::Int(number) => u8::try_from(number).ok().filter(|number| *number <= 100),
        _ => None,
    }
    .ok_or_else(|| format!("found {}, expected a number from 0 to 100", node.kind()))
}

scalar! {
    /// A number from 1 up.
    Count(u16),
    { "type": "integer", "minimum": 1 },
    |node| match node.tree {
        Tree::Int(number) => u16::try_from(number).ok().filter(|number| *number > 0),
        _ => None,
    }
    .ok_or_else(|| format!("found {}, expected a whole number from 1 up", node.kind()))
}

scalar! {
    /// An amount of US dollars, above 0 and up to 100, such as `0.05`.
    Dollars(Price),
    { "type": "number", "exclusiveMinimum": 0, "maximum": 100, "examples": [0.05] },
    |node| {
        let dollars = match node.tree {
            #[allow(clippy::cast_precision_loss)] // what is so large is refused
            Tree::Int(number) => number as f64,
            Tree::Double(number) => number,
            Tree::Null | Tree::Bool(_) | Tree::Text(_) | Tree::List(_) | Tree::Map(_) => 0.0,
        };
        let micros = (dollars * 1e6).round();
        if !(1.0..=1e8).contains(&micros) {
            return Err(format!("found {}, expected US dollars above 0 and up to 100, such as `0.05`", node.kind()));
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it is in range
        Ok(Price { micros: micros as u32 })
    }
}

scalar! {
    /// A number of points, from -1000 to 1000.
    Points(f64),
    { "type": "number", "minimum": -1000, "maximum": 1000 },
    |node| match node.tree {
        #[allow(clippy::cast_precision_loss)] // what is so large is refused
        Tree::Int(number) => Some(number as f64),
        Tree::Double(number) => Some(number),
        _ => None,
    }
    .filter(|points| points.abs() <= 1_000.0 && *points != 0.0)
    .ok_or_else(|| format!("found {}, expected points from -1000 to 1000, and not none", node.kind()))
}

scalar! {
    /// What is taken off, in per cent: 1 to 100, with or without `%`.
    Percent(u8),
    { "type": ["integer", "string"], "minimum": 1, "maximum": 100, "pattern": "^[0-9]{1,3}%$", "examples": [10, "10%"] },
    |node| {
        let text = node.scalar().unwrap_or_default();
        text.strip_suffix('%')
            .unwrap_or(&text)
            .parse()
            .ok()
            .filter(|percent| (1..=100).contains(percent))
            .ok_or_else(|| format!("found {}, expected a whole number from 1 to 100", node.kind()))
    }
}

scalar! {
    /// A day, such as `2026-11-27`.
    Day(jiff::civil::Date),
    { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "examples": ["2026-11-27"] },
    |node| {
        let text = node.scalar().unwrap_or_default();
        text.parse().map_err(|_| format!("found {}, expected a day such as `2026-11-27`", node.kind()))
    }
}

scalar! {
    /// How often at most: `once per` a length of time.
    OncePer(Span),
    { "type": "string", "pattern": "^once per ([0-9]+(ms|s|m|h|d|w))+$", "examples": ["once per 30d"] },
    |node| {
        let text = node.scalar().unwrap_or_default();
        text.strip_prefix("once per ")
            .and_then(|span| Span::parse(span.trim()).ok())
            .filter(|span| *span > Span::default())
            .ok_or_else(|| format!("found {}, expected `once per` with a length of time, such as `once per 30d`", node.kind()))
    }
}

scalar! {
    /// A time of day.
    TimeOfDay(LocalTime),
    { "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["09:00"] },
    |node| {
        let text = node.scalar().unwrap_or_default();
        LocalTime::parse(&text).map_err(|_| format!("found {}, expected a time of day such as `\"09:00\"`", node.kind()))
    }
}

scalar! {
    /// A language, as BCP 47 names it.
    LanguageTag(String),
    { "type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "examples": ["en", "pt-BR"] },
    |node| {
        let text = node.scalar().unwrap_or_default();
        let mut parts = text.split('-');
        let language = parts.next().unwrap_or_default();
        let fits = (2..=3).contains(&language.len())
            && language.bytes().all(|b| b.is_ascii_lowercase())
            && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        if fits {
            Ok(text)
        } else {
            Err(format!("found {}, expected a language such as `en` or `pt-BR`", node.kind()))
        }
    }
}

scalar! {
    /// Whether a key may enter again: `never`, `always`, or `after` a length of time.
    Reentry(Again),
    { "type": "string", "pattern": "^(never|always|after ([0-9]+(ms|s|m|h|d|w))+)$", "examples": ["never", "always", "after 30d"] },
    |node| {
        let text = node.scalar().unwrap_or_default();
        match text.as_str() {
            "never" => Ok(Again::Never),
            "always" => Ok(Again::Always),
            other => other
                .strip_prefix("after ")
                .and_then(|span| Span::parse(span.trim()).ok())
                .filter(|span| *span > Span::default())
                .map(Again::After)
                .ok_or_else(|| {
                    let hint = did_you_mean(other, ["never", "always"]);
                    format!(
                        "found {}, expected `never`, `always` or `after` with a length of time, such as `after 30d`{hint}",
                        node.kind()
                    )
                }),
        }
    }
}
