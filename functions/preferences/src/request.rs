//! What is asked, by which link, with which form.

use crate::page::Notice;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use beckon_shared::links::Ask;

/// Largest form, in bytes: a hundred topics fit.
const FORM_MAX_BYTES: usize = 16 * 1024;
/// Most fields of a form that are looked at.
const FIELDS_MAX: usize = 512;

/// A request to a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked<'r> {
    /// What the link is for, by its path.
    pub ask: Ask,
    /// The link's own part of the path.
    pub link: &'r str,
    /// Whether anything is to change.
    pub does: Does,
}

/// What the request is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Does {
    /// Show the page.
    Look,
    /// Take what was said, by the fields of a form.
    Say(Vec<(String, String)>),
}

/// Reads a request.
pub fn read(request: &LambdaFunctionUrlRequest) -> Result<Asked<'_>, Notice> {
    let path = request.raw_path.as_deref().unwrap_or_default();
    let (ask, link) = Ask::SHOWN
        .into_iter()
        .find_map(|(_, ask)| Some((ask, path.strip_prefix(ask.path())?)))
        .ok_or(Notice::Missing)?;
    let does = match request.request_context.http.method.as_deref().unwrap_or_default() {
        "GET" | "HEAD" => Does::Look,
        "POST" => Does::Say(form(request)?),
        _ => return Err(Notice::Method),
    };
    Ok(Asked { ask, link, does })
}

/// The fields of the form. What is no form has none: a mail program's request says all by being sent (RFC 8058 §3.2
/// lets it come as either kind of form).
fn form(request: &LambdaFunctionUrlRequest) -> Result<Vec<(String, String)>, Notice> {
    let body = request.body.as_deref().unwrap_or_default();
    // Base64 takes four characters for three bytes.
    if body.len() > FORM_MAX_BYTES / 3 * 4 + 4 {
        return Err(Notice::Large);
    }
    let bytes = if request.is_base64_encoded {
        STANDARD.decode(body).map_err(|_| Notice::Wrong)?
    } else {
        body.as_bytes().to_vec()
    };
    if bytes.len() > FORM_MAX_BYTES {
        return Err(Notice::Large);
    }
    Ok(form_urlencoded::parse(&bytes).into_owned().take(FIELDS_MAX).collect())
}

/// A header's text.
pub fn header<'r>(request: &'r LambdaFunctionUrlRequest, name: &str) -> &'r str {
    let value = request.headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str, body: &str) -> LambdaFunctionUrlRequest {
        let mut request = LambdaFunctionUrlRequest::default();
        request.raw_path = Some(path.to_owned());
        request.request_context.http.method = Some(method.to_owned());
        request.body = Some(body.to_owned());
        request
    }

    #[test]
    fn looking_is_not_saying() {
        for method in ["GET", "HEAD"] {
            let asked = request(method, "/u/k1.abc", "List-Unsubscribe=One-Click");
            assert_eq!(read(&asked).map(|asked| asked.does), Ok(Does::Look));
        }
        let said = request("POST", "/u/k1.abc", "List-Unsubscribe=One-Click");
        let said = read(&said).unwrap();
        assert_eq!((said.ask, said.link), (Ask::Unsubscribe, "k1.abc"));
        let field = ("List-Unsubscribe".to_owned(), "One-Click".to_owned());
        assert_eq!(said.does, Does::Say(vec![field]));
        for method in ["PUT", "DELETE", "OPTIONS", ""] {
            assert_eq!(read(&request(method, "/u/x", "")), Err(Notice::Method), "{method}");
        }
        assert_eq!(read(&request("GET", "/", "")), Err(Notice::Missing));
        assert_eq!(read(&request("GET", "/unsubscribe", "")), Err(Notice::Missing));
    }

    #[test]
    fn forms_are_bounded() {
        let large = "a".repeat(FORM_MAX_BYTES + 1);
        assert_eq!(read(&request("POST", "/p/x", &large)), Err(Notice::Large));
        let mut packed = request("POST", "/p/x", &STANDARD.encode("on=email%3Anews"));
        packed.is_base64_encoded = true;
        let field = ("on".to_owned(), "email:news".to_owned());
        assert_eq!(read(&packed).map(|asked| asked.does), Ok(Does::Say(vec![field])));
        packed.body = Some("not base64!".to_owned());
        assert_eq!(read(&packed), Err(Notice::Wrong));
        let many = "a=b&".repeat(4_000);
        let Ok(Asked {
            does: Does::Say(fields),
            ..
        }) = read(&request("POST", "/p/x", &many))
        else {
            panic!("it is read")
        };
        assert_eq!(fields.len(), FIELDS_MAX);
    }
}
