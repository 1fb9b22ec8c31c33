//! What is rendered in the benchmark, and the loop that renders it.

use beckon_shared::domain::campaign::{Channel, Senders};
use beckon_shared::domain::event::Properties;
use beckon_shared::template::{RenderError, RenderRequest, Renderer, Template};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// What is rendered, for whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rendering {
    /// From what; its MJML is HTML already.
    pub template: Template,
    /// For which channel.
    pub channel: Channel,
    /// In which language.
    pub locale: String,
    /// What the template sees.
    pub context: Properties,
    /// Who it comes from.
    pub senders: Senders,
}

/// Renders it once for the first time, and `rounds` times with what was compiled then, as a warm `send` does. Gives
/// how long each took, in nanoseconds, the first first.
pub fn run(rendering: &Rendering, rounds: usize) -> Result<Vec<f64>, RenderError> {
    let renderer = Renderer::new();
    (0..=rounds)
        .map(|_| {
            #[allow(clippy::disallowed_methods)] // a stopwatch
            let start = Instant::now();
            let content = renderer.render(&RenderRequest {
                template: &rendering.template,
                channel: rendering.channel,
                locale: &rendering.locale,
                fallback: "en",
                context: &rendering.context,
                senders: &rendering.senders,
            })?;
            std::hint::black_box(content);
            Ok(start.elapsed().as_secs_f64() * 1e9)
        })
        .collect()
}
