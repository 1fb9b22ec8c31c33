//! Templates: compiled, tried with their sample, and rendered for somebody hostile.

use beckon_shared::authoring::template::compile_dir;
use beckon_shared::domain::campaign::{Channel, Senders};
use beckon_shared::domain::event::Properties;
use beckon_shared::ports::sender::Content;
use beckon_shared::template::{RenderRequest, Renderer};
use serde_json::json;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::{fs, process};

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("beckon-template-{}", process::id()));
    let template = folder.join("tried");
    fs::create_dir_all(&template).expect("a folder can be made");
    fs::write(
        template.join("sample.json"),
        r#"{"profile":{"first_name":"Ann"},"items":[1,2]}"#,
    )
    .expect("written");
    folder
});

/// Reads the bytes as a text message's template.
pub fn enter(bytes: &[u8]) {
    fs::write(FOLDER.join("tried/sms.en.txt"), bytes).expect("it can be written");
    let (templates, found) = compile_dir(&FOLDER);
    let is_refused = found.iter().any(|found| found.is_error());
    for template in templates {
        assert!(!is_refused, "refused with a reason, or taken");
        let hostile = json!({
            "profile": { "first_name": "<script>{{ 7*7 }}</script>\r\nBcc: x@example.com" },
            "items": [null, { "deep": [[[]]] }, "\u{0}"],
        });
        let context: Properties = hostile.as_object().cloned().unwrap_or_default();
        let rendered = Renderer::new().render(&RenderRequest {
            template: &template,
            channel: Channel::Sms,
            locale: "en",
            fallback: "en",
            context: &context,
            senders: &Senders::default(),
        });
        if let Ok(Content::Sms { text, .. }) = rendered {
            assert!(
                !text.is_empty() && text.chars().count() <= 1_600,
                "{} characters",
                text.chars().count()
            );
        }
    }
}
