//! One request to a push service.

use super::{PROVIDER, fail, failure};
use crate::aws::{CONNECT_TIMEOUT, READ_TIMEOUT};
use crate::domain::time::Span;
use crate::ports::sender::SendError;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use std::cell::OnceCell;

/// Names the address that a request is for, where it goes somewhere else.
const FOR: &str = "beckon-endpoint";

/// What a push service answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Span>,
}

/// Posts. Connections are kept; root certificates are loaded with the first request, because most starts of the
/// function send no notification.
#[derive(Debug)]
pub(super) struct Post {
    instead: Option<String>,
    connector: OnceCell<SharedHttpConnector>,
}

impl Post {
    pub(super) fn new(instead: Option<String>) -> Self {
        Self {
            instead,
            connector: OnceCell::new(),
        }
    }

    pub(super) async fn to<const N: usize>(
        &self,
        endpoint: &str,
        headers: [(&'static str, String); N],
        origin: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<Answer, SendError> {
        let mut request = HttpRequest::new(SdkBody::from(body));
        let unfit = || fail("the request could not be built");
        request.set_method("POST").map_err(|_| unfit())?;
        let address = self.instead.as_deref().unwrap_or(endpoint);
        request.set_uri(address.to_owned()).map_err(|_| unfit())?;
        // Who stands in for the push services cannot read the message; it lists it by these.
        let aside = self.instead.iter();
        let aside = aside.flat_map(|_| origin.clone().into_iter().chain([(FOR, endpoint.to_owned())]));
        for (name, value) in headers.into_iter().chain(aside) {
            request.headers_mut().try_append(name, value).map_err(|_| unfit())?;
        }
        let connector = self.connector.get_or_init(|| connector(self.instead.is_some()));
        match connector.call(request).await {
            Ok(answer) => Ok(Answer {
                status: answer.status().as_u16(),
                retry_after: failure::retry_after(&answer),
            }),
            Err(error) => Err(failure::classify(
                PROVIDER,
                &SdkError::<ErrorMetadata, _>::dispatch_failure(error),
            )),
        }
    }
}

fn connector(plain: bool) -> SharedHttpConnector {
    let builder = Connector::builder().sleep_impl(TokioSleep::new()).connector_settings(
        HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .build(),
    );
    SharedHttpConnector::new(match plain {
        true => builder.build_http(),
        false => builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build(),
    })
}
