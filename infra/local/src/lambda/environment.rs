//! The variables that a function starts with: those of Lambda (AWS Lambda, "Defined runtime
//! environment variables"), those that lead the SDKs here, and the function's own.

use crate::{aws, push, services, webpush};
use beckon_shared::wiring::{self, Function};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A server's write key.
pub const SERVER_WRITE_KEY: &str = "local-server";
/// A browser's write key, which may claim less.
pub const BROWSER_WRITE_KEY: &str = "local-browser";
/// Secrets that are none, for what needs some: whoever reads this has them. Everything that the shipped services
/// name, and ours; of `vapid` (private and public key of web pushes) what stands behind the dot is what a page
/// gives the browser as `applicationServerKey`.
const SECRETS: &str = r#"{
    "link_keys": "local:bG9jYWwga2V5IG9mIGxpbmtzLCBub3QgYSBzZWNyZXQ=",
    "vapid": "tdbGuXqFYQElJBThIBaJtaZCs1yOS5QbszP5shW-VeM.BP96vvXXqInQWoOukfQeb1OFGcd3WNqJ3F1iU3Xvd-q8QR6_mqvLOrp3BaUZyhB-N1lqM2YhpZVzD8fSQS7EoB0",
    "whatsapp_phone_number_id": "100000000000001", "whatsapp_token": "local", "whatsapp_app_secret": "local-app",
    "whatsapp_verify_token": "local-verify", "viber_token": "local-viber", "telegram_token": "1:local",
    "telegram_webhook": "local-telegram", "slack_signing": "local-slack",
    "slack_team": "T0", "slack_bot": "B0", "slack_key": "local", "hubspot_token": "local",
    "cpaas_token": "local", "cpaas_signing": "whsec_bG9jYWwtY3BhYXM=", "crm_signing": "whsec_bG9jYWwtY3Jt"
}"#;

/// Variables that no function needs and that lead what would leave here: to push services, to services over HTTP.
pub const LEADING_HERE: [&str; 2] = [wiring::env::PUSH_SERVICES_URL, wiring::env::SERVICES_URL];

/// What leads an SDK to the stack at `aws_url`, for anybody's use.
pub fn client_variables(aws_url: &str) -> BTreeMap<String, String> {
    [
        ("AWS_ENDPOINT_URL", aws_url),
        ("AWS_ENDPOINT_URL_DYNAMODB", aws_url),
        ("AWS_REGION", aws::REGION),
        ("AWS_DEFAULT_REGION", aws::REGION),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The value of one of the bundle's own variables, where people find the stack at `url`.
pub fn bundle_variable(name: &str, table: &str, url: &str, aws_url: &str) -> Option<String> {
    let value = match name {
        wiring::env::TABLE => table.to_owned(),
        wiring::env::WRITE_KEYS => format!(
            "server:{},browser:{}",
            aws::hex(&Sha256::digest(SERVER_WRITE_KEY)),
            aws::hex(&Sha256::digest(BROWSER_WRITE_KEY)),
        ),
        wiring::env::SCHEDULE_GROUP => aws::SCHEDULE_GROUP.to_owned(),
        wiring::env::CHECK_ARN => aws::function_arn(wiring::CHECK.name),
        wiring::env::SCHEDULE_ROLE_ARN => format!("arn:aws:iam::{}:role/schedule", aws::ACCOUNT),
        wiring::env::SCHEDULE_DLQ_ARN => aws::queue_arn(aws::SCHEDULE_DLQ),
        wiring::env::CONFIGURATION_SET => aws::CONFIGURATION_SET.to_owned(),
        wiring::env::SET_ASIDE_QUEUE => format!("{aws_url}/{}/{}", aws::ACCOUNT, aws::SET_ASIDE_QUEUE),
        wiring::env::SECRETS => SECRETS.to_owned(),
        wiring::env::PUSH_APPS => push::applications().to_string(),
        wiring::env::PUSH_SERVICES_URL => format!("{aws_url}{}", webpush::PATH),
        wiring::env::PREFERENCES_URL => url.to_owned(),
        wiring::env::SERVICES_URL => format!("{aws_url}{}", services::PATH),
        wiring::env::CLOCK => "invocation".to_owned(),
        _ => return None,
    };
    Some(value)
}

/// All variables of one function, but for the address of its own runtime API.
pub fn function_variables(function: &Function, table: &str, url: &str, aws_url: &str) -> BTreeMap<String, String> {
    let mut variables = client_variables(aws_url);
    let memory = function.memory_mb.to_string();
    let log_group = format!("/aws/lambda/{}", function.name);
    for (name, value) in [
        ("AWS_LAMBDA_FUNCTION_NAME", function.name),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.as_str()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", log_group.as_str()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
        ("_HANDLER", "bootstrap"),
        ("TZ", ":UTC"),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    for name in function.env.iter().chain(&[wiring::env::CLOCK]).chain(&LEADING_HERE) {
        if let Some(value) = bundle_variable(name, table, url, aws_url) {
            variables.insert((*name).to_owned(), value);
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_that_a_function_reads_has_a_value() {
        for function in wiring::FUNCTIONS {
            let variables = function_variables(&function, "t", "http://127.0.0.1:2", "http://127.0.0.1:1");
            for name in function.env {
                assert!(variables.contains_key(*name), "`{name}` of `{}`", function.name);
            }
        }
    }
}
