//! AWS Lambda, as far as the bundle uses it: runs the function binaries that are deployed, or
//! hands invocations to another emulator.
//!
//! | file | job |
//! |---|---|
//! | [`pool`] | one function's instances and the invocations that wait for one |
//! | [`instance`] | one process of a function |
//! | [`runtime_api`] | the HTTP API that a function's runtime asks for its next invocation |
//! | [`setting`] | what instances share, and what each gets |
//! | [`environment`] | the variables that a function starts with |
//! | [`endpoint`] | functions that somebody else runs, for instance `cargo lambda watch` |
//! | [`background`] | invocations whose answer nobody waits for, with their retries |
//! | [`function_url`] | HTTP requests as events, answers as HTTP responses |
//! | [`logs`] | what the functions print |
//! | [`discretion`] | what they may not print |

pub mod background;
pub mod discretion;
pub mod endpoint;
pub mod environment;
pub mod function_url;
pub mod instance;
pub mod logs;
pub mod pool;
pub mod runtime_api;
pub mod setting;

use axum::body::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why an invocation came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The function answered with an error, or its process ended.
    #[error("{kind}: {message}")]
    Function {
        /// Error type as the runtime reported it.
        kind: String,
        /// Error message as the runtime reported it.
        message: String,
    },
    /// It did not answer within its time limit and was killed.
    #[error("the function timed out after {secs} s")]
    TimedOut {
        /// The limit, in seconds.
        secs: u32,
    },
    /// It could not be run at all.
    #[error("{0}")]
    Unavailable(String),
}

/// Runs functions.
#[derive(Debug, Clone)]
pub enum Lambda {
    /// As processes of this stack.
    Processes(BTreeMap<&'static str, Arc<pool::Pool>>),
    /// Elsewhere, over the Invoke API.
    Endpoint(Arc<endpoint::Endpoint>),
}

impl Lambda {
    /// Invokes a function and waits for its answer.
    pub async fn invoke(&self, function: &str, payload: Vec<u8>) -> Result<Bytes, InvokeError> {
        match self {
            Self::Processes(pools) => match pools.get(function) {
                Some(pool) => pool.invoke(Bytes::from(payload)).await,
                None => Err(InvokeError::Unavailable(format!("there is no function `{function}`"))),
            },
            Self::Endpoint(endpoint) => endpoint.invoke(function, payload).await,
        }
    }

    /// Ends all instances. With the next invocation they start anew, knowing nothing.
    pub async fn forget_instances(&self) {
        if let Self::Processes(pools) = self {
            futures::future::join_all(pools.values().map(|pool| pool.end_instances(false))).await;
        }
    }

    /// Ends all instances for good.
    pub async fn stop(&self) {
        if let Self::Processes(pools) = self {
            futures::future::join_all(pools.values().map(|pool| pool.end_instances(true))).await;
        }
    }
}
