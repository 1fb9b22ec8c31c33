//! The stored tree comes to what the `cel` crate's own interpreter comes to, for expressions of
//! every kind that both know, with values and errors. Where Beckon means something else on purpose
//! (missing properties, whole with fractional numbers in arithmetic) or keeps closer to CEL's
//! specification than the crate (whole numbers beyond 2⁵³ are compared with fractional ones exactly,
//! what is not a number compares as false instead of failing), nothing is generated or compared.
//!
//! A sieve with the condition in it says that it holds or does not only where that is so.
//!
//! The cases are the same in every run; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for others.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod chance;

use beckon_shared::authoring::condition::{Surroundings, Type, Vocabulary, Wanted, check};
use beckon_shared::domain::condition::{Expr, Scope, Sieve, Sifted, Sifts, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn event() -> Json {
    json!({
        "i": 7, "j": -3, "zero": 0, "max": i64::MAX, "min": i64::MIN,
        "d": 2.5, "e": -0.5, "s": "Order", "t": "приве́т", "yes": true, "no": false, "null": null,
        "ints": [1, 2, 3], "strings": ["a", "Order"], "mixed": [1, "a", true, 2.5, null],
        "maps": [{"n": 1, "s": "a"}, {"n": 2, "s": "b"}], "empty": [], "map": {"n": 1}
    })
}

/// An expression that is a whole number.
fn int(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("event.i".to_owned()),
        Just("event.j".to_owned()),
        Just("event.zero".to_owned()),
        Just("event.max".to_owned()),
        Just("event.min".to_owned()),
        (-10_i64..10).prop_map(|number| number.to_string()),
        Just("event.map.n".to_owned()),
        Just("event[\"i\"]".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        3 => leaf,
        2 => (int(depth - 1), "[-+*/%]", int(depth - 1)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => list(depth - 1).prop_map(|list| format!("size({list})")),
        1 => text(depth - 1).prop_map(|text| format!("size({text})")),
        1 => double(depth - 1).prop_map(|double| format!("int({double})")),
        1 => int(depth - 1).prop_map(|int| format!("-({int})")),
        1 => int(depth - 1).prop_map(|int| format!("event.ints[{int}]")),
        1 => (yes_or_no(depth - 1), int(depth - 1), int(depth - 1)).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
    ]
    .boxed()
}

/// An expression that is a number with a fraction.
fn double(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("event.d".to_owned()),
        Just("event.e".to_owned()),
        (-40_i32..40).prop_map(|quarters| format!("{:?}", f64::from(quarters) / 4.0)),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        3 => leaf,
        2 => (double(depth - 1), "[-+*/]", double(depth - 1)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => int(depth - 1).prop_map(|int| format!("double({int})")),
    ]
    .boxed()
}

/// An expression that is text.
fn text(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("event.s".to_owned()),
        Just("event.t".to_owned()),
        "[a-c ]{0,3}".prop_map(|text| format!("\"{text}\"")),
        "[a-c]{0,3}".prop_map(|text| format!("'{text}\\n\\u00e9'")),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        3 => leaf,
        1 => (text(depth - 1), text(depth - 1)).prop_map(|(a, b)| format!("({a} + {b})")),
        1 => int(depth - 1).prop_map(|int| format!("string({int})")),
        1 => int(depth - 1).prop_map(|int| format!("event.strings[{int}]")),
    ]
    .boxed()
}

/// An expression that is a list.
fn list(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("event.ints".to_owned()),
        Just("event.strings".to_owned()),
        Just("event.mixed".to_owned()),
        Just("event.empty".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        3 => leaf,
        1 => (int(depth - 1), int(depth - 1)).prop_map(|(a, b)| format!("[{a}, {b}]")),
        1 => (list(depth - 1), list(depth - 1)).prop_map(|(a, b)| format!("({a} + {b})")),
        1 => (list(depth - 1), element(depth - 1)).prop_map(|(list, body)| format!("{list}.filter(x, {body})")),
        1 => int(depth - 1).prop_map(|int| format!("event.maps.map(m, m.n + {int})")),
        1 => (element(depth - 1), int(depth - 1)).prop_map(|(test, int)| format!("event.ints.map(x, {test}, x * {int})")),
    ]
    .boxed()
}

/// A condition on a loop's `x`, which may be anything.
fn element(depth: u32) -> BoxedStrategy<String> {
    let order = prop_oneof![Just("<"), Just("<="), Just(">"), Just(">="), Just("=="), Just("!=")];
    prop_oneof![
        (order, int(depth.min(1))).prop_map(|(op, int)| format!("x {op} {int}")),
        list(0).prop_map(|list| format!("x in {list}")),
        text(0).prop_map(|text| format!("x == {text}")),
        Just("x".to_owned()),
        (int(0), int(0)).prop_map(|(a, b)| format!("x > {a} && x < {b}")),
        list(0).prop_map(|list| format!("{list}.exists(y, y == x)")),
    ]
    .boxed()
}

/// An expression that is yes or no, or fails to be.
fn yes_or_no(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("event.yes".to_owned()),
        Just("event.no".to_owned()),
        Just("true".to_owned()),
        Just("has(event.i)".to_owned()),
        Just("has(event.nowhere)".to_owned()),
        Just("event.null == null".to_owned()),
        // Errors that others may absorb.
        Just("event.i / event.zero > 1".to_owned()),
        Just("event.s > event.i".to_owned()),
        Just("event.ints[9] == 1".to_owned()),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let order = || prop_oneof![Just("<"), Just("<="), Just(">"), Just(">="), Just("=="), Just("!=")];
    let loops = prop_oneof![Just("all"), Just("exists"), Just("exists_one")];
    let small = || (-10_i64..10).prop_map(|number| number.to_string());
    let numbers = prop_oneof![
        (int(depth - 1), order(), int(depth - 1)),
        (double(depth - 1), order(), double(depth - 1)),
        (small(), order(), double(depth - 1)),
        (double(depth - 1), order(), small()),
    ];
    prop_oneof![
        2 => leaf,
        2 => (yes_or_no(depth - 1), yes_or_no(depth - 1)).prop_map(|(a, b)| format!("({a} && {b})")),
        2 => (yes_or_no(depth - 1), yes_or_no(depth - 1)).prop_map(|(a, b)| format!("({a} || {b})")),
        1 => yes_or_no(depth - 1).prop_map(|a| format!("!({a})")),
        3 => numbers.prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => (text(depth - 1), order(), text(depth - 1)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => (list(depth - 1), list(depth - 1)).prop_map(|(a, b)| format!("({a} == {b})")),
        1 => (int(depth - 1), list(depth - 1)).prop_map(|(a, b)| format!("({a} in {b})")),
        2 => (list(depth - 1), loops, element(depth - 1)).prop_map(|(list, how, body)| format!("{list}.{how}(x, {body})")),
        1 => (text(depth - 1), "(startsWith|endsWith|contains)", text(depth - 1))
            .prop_map(|(a, how, b)| format!("({a}).{how}({b})")),
        1 => (yes_or_no(depth - 1), yes_or_no(depth - 1), yes_or_no(depth - 1))
            .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
    ]
    .boxed()
}

/// What ours comes to; nothing where the check refuses what CEL would only find out at run time.
fn ours(text: &str) -> Option<Result<String, String>> {
    let vocabulary = Vocabulary::default();
    let surroundings = Surroundings {
        event: Ok(Type::Any),
        item: Ok(Type::Any),
        key: Ok(()),
        ..Surroundings::of_profile(&vocabulary, "")
    };
    let checked = check(text, Wanted::Condition, &surroundings).ok()?;
    let stored = serde_json::to_string(&checked.expr).unwrap();
    let expr: Expr = serde_json::from_str(&stored).unwrap();
    assert_eq!(expr, checked.expr, "{text} is stored as it is");
    let event = event();
    Some(Scope::of_nothing(|nothing| {
        let scope = Scope {
            event: event.as_object().unwrap(),
            ..*nothing
        };
        let sieve = Sieve::new([Sifts::Condition(&expr)]);
        match sieve.sift(&scope).next() {
            None => assert_eq!(expr.test(&scope), Ok(false), "{text} is sifted out"),
            Some((_, Sifted::Holds)) => assert_eq!(expr.test(&scope), Ok(true), "{text} holds"),
            Some((_, Sifted::MayHold)) => {}
        }
        match expr.eval(&scope) {
            Ok(Value::Bool(value)) => Ok(value.to_string()),
            Ok(other) => Ok(format!("{other:?}")),
            Err(error) => Err(error.to_string()),
        }
    }))
}

/// JSON whose whole numbers are signed: `serde_json` hands positive ones over as unsigned.
struct Signed<'a>(&'a Json);

impl serde::Serialize for Signed<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Number(number) => match number.as_i64() {
                Some(number) => serializer.serialize_i64(number),
                None => number.serialize(serializer),
            },
            Json::Array(values) => serializer.collect_seq(values.iter().map(Signed)),
            Json::Object(values) => serializer.collect_map(values.iter().map(|(name, value)| (name, Signed(value)))),
            other => other.serialize(serializer),
        }
    }
}

fn theirs(text: &str) -> Result<String, String> {
    let program = cel::Program::compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut context = cel::Context::default();
    context.add_variable("event", Signed(&event())).unwrap();
    match program.execute(&context) {
        Ok(cel::Value::Bool(value)) => Ok(value.to_string()),
        Ok(other) => Ok(format!("{other:?}")),
        Err(error) => Err(error.to_string()),
    }
}

proptest! {
    #![proptest_config(chance::fixed(3_000))]

    #[test]
    fn both_come_to_the_same(text in yes_or_no(3)) {
        if let Some(ours) = ours(&text) {
            let theirs = theirs(&text);
            let not_a_number = theirs.as_ref().is_err_and(|error| error.contains("applied to '(double, double)'"));
            prop_assume!(!not_a_number);
            prop_assert_eq!(ours.clone().ok(), theirs.clone().ok(), "{}\nours: {:?}\ntheirs: {:?}", text, ours, theirs);
        }
    }
}
