//! A sieve tells of many conditions together what the evaluation of each alone comes to: those that it leaves out come to
//! false, those of which it says that they hold come to true, and those that it leaves to be asked have an error, unless
//! there is something in them that a sieve does not look at.
//!
//! The cases are the same in every run; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for others.

#![allow(clippy::expect_used, clippy::panic, missing_docs)]

mod chance;

use beckon_shared::domain::condition::{Arithmetic, Comparison, Expr, Literal, Scope, Sieve, Sifted, Sifts, Var};
use beckon_shared::domain::event::Properties;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Number, Value as Json, json};

/// More places than a sieve keeps without memory of its own, though most conditions meet at the first.
const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => select(&["a", "b"][..]), 1 => select(&NAMES[..])]
}

/// Next to each other where rounding would make them one.
fn whole() -> impl Strategy<Value = i64> {
    const EXACT: i64 = 1 << 53;
    let near = [-1, 0, 1, 2, 3, EXACT - 1, EXACT, EXACT + 1, -EXACT - 1];
    prop_oneof![
        select(near.to_vec()),
        select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX])
    ]
}

fn fraction() -> impl Strategy<Value = f64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let near = [-1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.0, EXACT, EXACT + 2.0];
    prop_oneof![
        select(near.to_vec()),
        select(vec![-BEYOND, BEYOND, -1e300, 1e300, 5e-324])
    ]
}

fn text() -> impl Strategy<Value = String> {
    "[abé]{0,2}"
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        1 => Just(Literal::Null),
        1 => any::<bool>().prop_map(Literal::Bool),
        3 => whole().prop_map(Literal::Int),
        3 => fraction().prop_map(Literal::Double),
        3 => text().prop_map(Literal::String),
    ]
}

/// What is at a place; nothing for null, too, as a place that is not there has it.
fn value() -> BoxedStrategy<Json> {
    let flat = prop_oneof![
        1 => Just(Json::Null),
        2 => any::<bool>().prop_map(Json::from),
        4 => whole().prop_map(Json::from),
        4 => fraction().prop_map(Json::from),
        1 => Just(Json::Number(Number::from(u64::MAX))),
        5 => text().prop_map(Json::from),
        1 => Just(json!([1, "a"])),
        1 => Just(json!([])),
    ];
    flat.prop_recursive(2, 12, 4, |inner| {
        btree_map(name().prop_map(str::to_owned), inner, 0..5)
            .prop_map(|values| Json::Object(values.into_iter().collect()))
    })
    .boxed()
}

fn properties() -> impl Strategy<Value = Properties> {
    btree_map(name().prop_map(str::to_owned), value(), 0..8).prop_map(|values| values.into_iter().collect())
}

/// What a place is a property of, and the place's name there.
fn place() -> impl Strategy<Value = (Expr, &'static str)> {
    let root = select(vec![Var::Event, Var::Event, Var::Profile, Var::Account]).prop_map(Expr::Var);
    let outer = root.prop_recursive(2, 3, 1, |inner| {
        (inner, name()).prop_map(|(of, name)| Expr::Field(Box::new(of), name.to_owned()))
    });
    (outer, name())
}

fn field() -> impl Strategy<Value = Expr> {
    place().prop_map(|(of, name)| Expr::Field(Box::new(of), name.to_owned()))
}

fn comparison() -> impl Strategy<Value = Comparison> {
    select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::AtMost,
        Comparison::Greater,
        Comparison::AtLeast,
    ])
}

/// A condition, and whether a sieve looks at all that is in it.
fn condition() -> impl Strategy<Value = (Expr, bool)> {
    let compared = (comparison(), field(), literal())
        .prop_map(|(how, field, literal)| Expr::Compare(how, Box::new(field), Box::new(Expr::Literal(literal))));
    let one_of = (field(), vec(literal(), 0..4)).prop_map(|(field, literals)| {
        let literals = literals.into_iter().map(Expr::Literal).collect();
        Expr::In(Box::new(field), Box::new(Expr::List(literals)))
    });
    let there = place().prop_map(|(of, name)| Expr::Has(Box::new(of), name.to_owned()));
    let looked_at = prop_oneof![4 => compared, 2 => one_of, 2 => there, 1 => field()];
    let others = prop_oneof![
        (comparison(), field(), field()).prop_map(|(how, one, other)| Expr::Compare(
            how,
            Box::new(one),
            Box::new(other)
        )),
        (comparison(), field()).prop_map(|(how, field)| {
            let not_a_number = Expr::Literal(Literal::Double(f64::NAN));
            Expr::Compare(how, Box::new(field), Box::new(not_a_number))
        }),
        (field(), literal()).prop_map(|(field, literal)| {
            let sum = Expr::Calculate(Arithmetic::Add, Box::new(field), Box::new(Expr::Literal(literal)));
            Expr::Compare(Comparison::Equal, Box::new(sum), Box::new(Expr::int(1)))
        }),
        Just(Expr::Segment("nowhere".to_owned())),
    ];
    let leaf = prop_oneof![9 => looked_at.prop_map(|expr| (expr, true)), 1 => others.prop_map(|expr| (expr, false))];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let several = |of: fn(Vec<Expr>) -> Expr| {
            move |parts: Vec<(Expr, bool)>| {
                let whole = parts.iter().all(|(_, whole)| *whole);
                (of(parts.into_iter().map(|(part, _)| part).collect()), whole)
            }
        };
        prop_oneof![
            2 => vec(inner.clone(), 0..4).prop_map(several(Expr::And)),
            1 => vec(inner.clone(), 0..4).prop_map(several(Expr::Or)),
            1 => inner.prop_map(|(part, whole)| (Expr::Not(Box::new(part)), whole)),
        ]
    })
}

proptest! {
    #![proptest_config(chance::fixed(400))]

    #[test]
    fn a_sieve_tells_what_evaluation_comes_to(
        conditions in vec(prop_oneof![20 => condition().prop_map(Some), 1 => Just(None)], 0..150),
        events in vec((properties(), properties(), properties()), 1..6),
    ) {
        let sieve = Sieve::new(conditions.iter().map(|condition| match condition {
            None => Sifts::Nothing,
            Some((condition, _)) => Sifts::Condition(condition),
        }));
        for (event, traits, account) in &events {
            Scope::of_nothing(|nothing| -> Result<(), TestCaseError> {
                let scope = Scope { event, traits, account, ..*nothing };
                let told: Vec<(usize, Sifted)> = sieve.sift(&scope).collect();
                prop_assert!(told.is_sorted_by(|(one, _), (other, _)| one < other), "in order: {told:?}");
                for (place, condition) in conditions.iter().enumerate() {
                    let told = told.iter().find(|(told, _)| *told == place).map(|(_, told)| *told);
                    let Some((condition, whole)) = condition else {
                        prop_assert_eq!(told, Some(Sifted::Holds));
                        continue;
                    };
                    let evaluated = condition.test(&scope);
                    match (told, *whole) {
                        (None, _) => prop_assert_eq!(evaluated, Ok(false), "{} is left out", condition),
                        (Some(Sifted::Holds), _) => prop_assert_eq!(evaluated, Ok(true), "{} holds", condition),
                        (Some(Sifted::MayHold), true) => {
                            prop_assert!(evaluated.is_err(), "{condition} is to be asked, but comes to {evaluated:?}");
                        }
                        (Some(Sifted::MayHold), false) => {}
                    }
                }
                Ok(())
            })?;
        }
    }
}
