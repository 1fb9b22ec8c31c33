//! What templates can do with values besides what Jinja brings.
//!
//! | filter | gives |
//! |---|---|
//! | `price\|money("EUR")` | `€59.00`, `59,00 €`: by the rendering's language, or `money("EUR", "de")` |
//! | `n\|plural("item", "items")` | the form that goes with the number; Russian takes three |
//! | `event.total\|json` | the value as JSON, with quotes where it is text; `null` where it is missing |
//! | `cart.items\|total` | sum of price × quantity; a quantity that is missing is one |

use super::engine::{LOCALE, SMS};
use super::locale::language;
use minijinja::value::{Rest, Value};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

/// Largest amount that is written: beyond it, hundredths are lost in a double.
const LARGEST_AMOUNT: f64 = 1e13;

/// Adds the filters.
pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.add_filter("money", money);
    environment.add_filter("plural", plural);
    environment.add_filter("total", total);
    environment.add_filter("json", json);
}

/// `None` for a value that is not there and may be left out; an error where it may not.
fn present(state: &State<'_, '_>, value: &Value) -> Result<bool, Error> {
    if !value.is_undefined() {
        return Ok(!value.is_none());
    }
    match state.undefined_behavior() {
        UndefinedBehavior::Strict | UndefinedBehavior::SemiStrict => Err(Error::from(ErrorKind::UndefinedError)),
        _ => Ok(false),
    }
}

/// A number, also where an app sends it as text. The error does not repeat the value.
fn number(value: &Value, what: &'static str) -> Result<f64, Error> {
    let number = match value.as_str() {
        Some(text) => text.trim().parse().ok(),
        None => f64::try_from(value.clone()).ok(),
    };
    number
        .filter(|number: &f64| number.is_finite() && number.abs() < LARGEST_AMOUNT)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, what))
}

fn rendering_locale(state: &State<'_, '_>) -> String {
    state
        .lookup(LOCALE)
        .and_then(|locale| locale.as_str().map(str::to_ascii_lowercase))
        .unwrap_or_default()
}

/// An amount of money as people of that language write it. Decimals as in ISO 4217.
fn money(state: &mut State<'_, '_>, amount: Value, currency: String, locale: Option<String>) -> Result<String, Error> {
    if !present(state, &amount)? {
        return Ok(String::new());
    }
    let amount = number(&amount, "`money` expects a number")?;
    let locale = locale.unwrap_or_else(|| rendering_locale(state));
    // A no-break space alone would turn a short message into UCS-2, twice as dear.
    let space = if state.name() == SMS || state.name().contains("sms.") {
        ' '
    } else {
        '\u{a0}'
    };
    Ok(written(amount, &currency, &locale.to_ascii_lowercase(), space))
}

fn written(amount: f64, currency: &str, locale: &str, space: char) -> String {
    let decimals = match currency {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "XOF" | "XAF" | "PYG" | "UGX" => 0,
        "KWD" | "BHD" | "OMR" | "JOD" | "TND" => 3,
        _ => 2,
    };
    let digits = format!("{:.decimals$}", amount.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let (group, point, symbol_first) = match language(locale) {
        "en" | "ja" | "zh" | "ko" | "th" | "hi" | "he" | "" => (',', '.', true),
        "de" | "es" | "it" | "nl" | "pt" | "tr" | "id" | "da" | "el" | "hr" | "sl" | "ro" => ('.', ',', false),
        _ => (space, ',', false),
    };
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(point);
        text.push_str(fraction);
    }
    let symbol = symbol(currency);
    let sign = if amount < 0.0 && digits.contains(|c| matches!(c, '1'..='9')) {
        "−"
    } else {
        ""
    };
    match (symbol_first, symbol) {
        (true, Some(symbol)) => format!("{sign}{symbol}{text}"),
        (true, None) => format!("{sign}{currency}{space}{text}"),
        (false, symbol) => format!("{sign}{text}{space}{}", symbol.unwrap_or(currency)),
    }
}

fn symbol(currency: &str) -> Option<&'static str> {
    Some(match currency {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        "RUB" => "₽",
        "UAH" => "₴",
        "KZT" => "₸",
        "INR" => "₹",
        "TRY" => "₺",
        "KRW" => "₩",
        "PLN" => "zł",
        _ => return None,
    })
}

/// The form of a word that goes with a number (Unicode CLDR, "Language Plural Rules"), of the
/// forms given: singular first, last for whatever no other is given for.
fn plural(state: &mut State<'_, '_>, count: Value, forms: Rest<String>) -> Result<String, Error> {
    let Some(last) = forms.last() else {
        return Err(Error::new(
            ErrorKind::MissingArgument,
            "`plural` expects the forms of a word",
        ));
    };
    if !present(state, &count)? {
        return Ok(last.clone());
    }
    let count = number(&count, "`plural` expects a number")?.abs();
    let at = form(language(&rendering_locale(state)), count);
    Ok(forms.get(at).unwrap_or(last).clone())
}

/// Which form: 0 singular, 1 few (or plural where there are two), 2 many.
fn form(language: &str, count: f64) -> usize {
    if count.fract() != 0.0 {
        return 1;
    }
    let (ones, hundreds) = (count % 10.0, count % 100.0);
    let teens = (11.0..=14.0).contains(&hundreds);
    let few = (2.0..=4.0).contains(&ones) && !teens;
    match language {
        "ru" | "uk" | "be" | "sr" | "hr" | "bs" if ones == 1.0 && !teens => 0,
        "ru" | "uk" | "be" | "sr" | "hr" | "bs" => 2 - usize::from(few),
        "pl" if count != 1.0 => 2 - usize::from(few),
        "cs" | "sk" if count != 1.0 => 2 - usize::from((2.0..=4.0).contains(&count)),
        "fr" | "pt" => usize::from(count >= 2.0),
        "ja" | "zh" | "ko" | "th" | "vi" | "id" => 0,
        _ => usize::from(count != 1.0),
    }
}

/// A value as JSON. One that is missing is null: whoever writes `json` has thought of it.
fn json(value: Value) -> Result<Value, Error> {
    let text = if value.is_undefined() {
        "null".to_owned()
    } else {
        as_json(&value)?
    };
    Ok(Value::from_safe_string(text))
}

fn as_json(value: &Value) -> Result<String, Error> {
    serde_json::to_string(value)
        .map_err(|_| Error::new(ErrorKind::BadSerialization, "the value cannot be written as JSON"))
}

/// Writes a value into JSON that the template writes: a text as it stands between quotes, anything else
/// as it stands alone.
pub(super) fn write_json(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    let text = match value.as_str() {
        Some(_) => {
            let quoted = as_json(value)?;
            let inside = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            inside.unwrap_or(&quoted).to_owned()
        }
        None if value.is_undefined() => return Ok(()),
        None => as_json(value)?,
    };
    out.write_str(&text).map_err(Error::from)
}

/// Writes a value into an address, where it is no more than one part of it: all but the unreserved
/// characters of RFC 3986 §2.3 and the colon, which tokens hold, is percent-encoded.
pub(super) fn write_encoded(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    let mut encoded = String::new();
    for byte in value.to_string().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    out.write_str(&encoded).map_err(Error::from)
}

/// What a list of things costs. A line without a price costs nothing.
fn total(state: &mut State<'_, '_>, lines: Value) -> Result<f64, Error> {
    if !present(state, &lines)? {
        return Ok(0.0);
    }
    let mut sum = 0.0;
    for line in lines.try_iter()? {
        let part = |name, missing| -> Result<f64, Error> {
            let value = line.get_attr(name)?;
            if value.is_undefined() || value.is_none() {
                Ok(missing)
            } else {
                number(&value, "`total` expects prices and quantities that are numbers")
            }
        };
        sum += part("price", 0.0)? * part("quantity", 1.0)?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_people_write_it() {
        for (amount, currency, locale, expected) in [
            (59.0, "EUR", "en", "€59.00"),
            (1_234_567.5, "USD", "en-US", "$1,234,567.50"),
            (1_234.5, "RUB", "ru", "1\u{a0}234,50\u{a0}₽"),
            (1_234.5, "EUR", "de-at", "1.234,50\u{a0}€"),
            (999.6, "JPY", "ja", "¥1,000"),
            (5.0, "CHF", "en", "CHF\u{a0}5.00"),
            (-3.0, "EUR", "en", "−€3.00"),
            (-0.001, "EUR", "en", "€0.00"),
        ] {
            assert_eq!(written(amount, currency, locale, '\u{a0}'), expected);
        }
    }

    #[test]
    fn russian_counts_in_three() {
        let forms: Vec<usize> = [1.0, 2.0, 5.0, 11.0, 21.0, 22.0, 112.0, 1.5]
            .map(|n| form("ru", n))
            .to_vec();
        assert_eq!(forms, [0, 1, 2, 2, 0, 1, 2, 1]);
        assert_eq!([0.0, 1.0, 2.0].map(|n| form("en", n)), [1, 0, 1]);
        assert_eq!([0.0, 1.0, 2.0].map(|n| form("fr", n)), [0, 0, 1]);
    }
}
