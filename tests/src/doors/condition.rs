//! Conditions: checked, and what is sound is asked.

use beckon_shared::authoring::condition::{Surroundings, Type, Vocabulary, Wanted, check};
use beckon_shared::domain::condition::{Expr, Scope};
use serde_json::json;
use std::sync::LazyLock;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::default);

/// Reads the bytes as a condition on an event and a profile.
pub fn enter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let surroundings = Surroundings {
        event: Ok(Type::Any),
        ..Surroundings::of_profile(&VOCABULARY, "there is none here")
    };
    match check(text, Wanted::Condition, &surroundings) {
        Err(mistakes) => {
            assert!(mistakes.iter().any(|mistake| !mistake.warning), "refused with a reason");
            for mistake in mistakes {
                assert!(mistake.offset <= text.len(), "{text}: {mistake:?}");
            }
        }
        Ok(checked) => asked(&checked.expr),
    }
}

fn asked(expr: &Expr) {
    let stored = serde_json::to_string(expr).expect("what is sound can be stored");
    let read: Expr = serde_json::from_str(&stored).expect("what is stored can be read");
    assert_eq!(read, *expr);
    let event = json!({ "i": 7, "d": 2.5, "s": "Order", "at": "2026-03-01T10:00:00Z", "list": [1, "a", null] });
    let event = event.as_object().cloned().unwrap_or_default();
    Scope::of_nothing(|nothing| {
        let scope = Scope {
            event: &event,
            now: "2026-03-01T10:00:00Z".parse().expect("a time"),
            ..*nothing
        };
        // An error is an answer, too.
        assert_eq!(format!("{:?}", expr.test(&scope)), format!("{:?}", read.test(&scope)));
        if let Some(next) = expr.next_change(&scope) {
            assert!(next >= scope.now, "{expr}: changes at {next}, which has been");
        }
    });
}
