//! Headers as SES takes them (API v2 Reference, "Message", "MessageHeader"). Errors name the header and never repeat its
//! value.

use crate::ports::sender::Header;
use aws_sdk_sesv2::error::BuildError;
use aws_sdk_sesv2::types::MessageHeader;

/// Most of them in one message.
const HEADERS_MAX: usize = 15;
/// Longest name.
const NAME_MAX: usize = 126;
/// Longest name and value together.
const TOGETHER_MAX: usize = 996;

/// Why a header cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// More than SES takes.
    #[error("more than {HEADERS_MAX} headers of its own")]
    TooMany,
    /// With a line break it would begin another; the rest SES does not take.
    #[error("the header `{0}` holds what is not printable ASCII, or is too long")]
    NotPrintable(&'static str),
    /// The SDK refuses it.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// The headers, each checked to be one.
pub fn of(headers: &[Header]) -> Result<Option<Vec<MessageHeader>>, HeaderError> {
    if headers.len() > HEADERS_MAX {
        return Err(HeaderError::TooMany);
    }
    let built: Result<Vec<MessageHeader>, HeaderError> = headers.iter().map(one).collect();
    Ok(Some(built?).filter(|headers| !headers.is_empty()))
}

fn one(header: &Header) -> Result<MessageHeader, HeaderError> {
    let Header { name, value } = header;
    let name_good =
        !name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
    let value_good = !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if name_good && value_good && name.len() + value.len() <= TOGETHER_MAX {
        Ok(MessageHeader::builder().name(*name).value(value).build()?)
    } else {
        Err(HeaderError::NotPrintable(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &str) -> Header {
        Header {
            name: "List-Unsubscribe",
            value: value.to_owned(),
        }
    }

    #[test]
    fn a_header_is_one_line_of_printable_ascii() {
        let good = of(&[header("<https://example.com/u/k1.abc>")]).unwrap().unwrap();
        assert_eq!(good[0].value(), "<https://example.com/u/k1.abc>");
        assert!(of(&[]).unwrap().is_none());
        for bad in [
            "",
            "a\r\nBcc: eve@example.com",
            "a\nb",
            "a\tb",
            "é",
            "a\0b",
            &"a".repeat(990),
        ] {
            let error = of(&[header(bad)]).unwrap_err().to_string();
            assert!(
                error.contains("`List-Unsubscribe`") && !error.contains("eve"),
                "{error}"
            );
        }
        let many: Vec<Header> = (0..16).map(|_| header("x")).collect();
        assert!(matches!(of(&many), Err(HeaderError::TooMany)));
    }
}
