//! Expressions that ask about any event, item and key.

use beckon_shared::authoring::condition::{Surroundings, Type, Vocabulary, Wanted, check};
use beckon_shared::domain::condition::Expr;

/// What is written there, checked with these names; a mistake in it is a mistake of the test.
#[track_caller]
pub fn checked(text: &str, wanted: Wanted, vocabulary: &Vocabulary) -> Expr {
    let surroundings = Surroundings {
        event: Ok(Type::Any),
        item: Ok(Type::Any),
        key: Ok(()),
        ..Surroundings::of_profile(vocabulary, "there is no event")
    };
    match check(text, wanted, &surroundings) {
        Ok(checked) => checked.expr,
        Err(mistakes) => panic!("{text}: {mistakes:?}"),
    }
}
