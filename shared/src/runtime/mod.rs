//! What every function's `main` does the same way: logs, clock, clients, the loop.

mod batch;
mod clock;
mod environment;
mod logs;

pub use batch::BatchAnswer;
pub use clock::LambdaClock;
pub use environment::{Environment, EnvironmentError};
pub use logs::LogId;

use crate::telemetry::Metrics;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use std::rc::Rc;
use tracing::Instrument;

/// What a function has before it begins: made once, at initialisation, when Lambda grants
/// a whole processor.
pub struct Start {
    /// Its variables.
    pub environment: Environment,
    /// Tells the time.
    pub clock: Rc<LambdaClock>,
    /// Counts; written out after every invocation.
    pub metrics: Rc<Metrics>,
}

impl Start {
    /// Sets up logs and reads the environment. The function's name goes into every metric.
    pub fn new(function: &'static str) -> Result<Self, EnvironmentError> {
        logs::init();
        let environment = Environment::from_process();
        let clock = Rc::new(LambdaClock::new(environment.optional(crate::wiring::env::CLOCK))?);
        Ok(Self {
            environment,
            clock,
            metrics: Rc::new(Metrics::new(function)),
        })
    }

    /// Serves invocations, one after another, until Lambda ends the process.
    pub async fn serve<Q, A, F>(self, handle: F) -> Result<(), lambda_runtime::Error>
    where
        Q: DeserializeOwned,
        A: Serialize,
        F: AsyncFn(Q) -> Result<A, lambda_runtime::Error>,
    {
        let (clock, metrics, handle) = (self.clock, self.metrics, Rc::new(handle));
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Q>| {
            let (clock, metrics, handle) = (Rc::clone(&clock), Rc::clone(&metrics), Rc::clone(&handle));
            clock.begin(&event.context);
            let span = tracing::info_span!("invocation", request = %event.context.request_id);
            async move {
                let answer = handle(event.payload).await;
                if let Err(error) = &answer {
                    tracing::error!(%error, "the invocation failed");
                }
                metrics.flush(crate::ports::Clock::now(&*clock), &mut std::io::stdout().lock());
                answer
            }
            .instrument(span)
        }))
        .await
    }
}
