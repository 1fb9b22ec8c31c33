//! Many conditions asked together about one event and profile: each place that several of them look at is looked at
//! once, and of most conditions what is there tells surely that they do not hold, or that they do. What is left is
//! asked one by one.

mod block;
mod class;
mod filter;
mod part;
mod places;

use super::{Expr, Scope};
use block::{Block, CONDITIONS, Left};
use part::Part;
use places::{Places, Sight};

/// Conditions that are asked together, told by their places in the order in which they were put in.
#[derive(Debug, Clone, Default)]
pub struct Sieve {
    /// Properties and traits that conditions look at.
    places: Places,
    blocks: Vec<Block>,
}

/// What is put into a sieve.
#[derive(Debug, Clone, Copy)]
pub enum Sifts<'e> {
    /// A condition.
    Condition(&'e Expr),
    /// One that always holds.
    Nothing,
    /// One that has to be asked, whatever it is.
    Unsifted,
}

/// What is told of a condition without asking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sifted {
    /// It surely holds.
    Holds,
    /// It has to be asked.
    MayHold,
}

impl Sieve {
    /// A sieve of no conditions.
    pub const NONE: Self = Self {
        places: Places::NONE,
        blocks: Vec::new(),
    };

    /// A sieve of these conditions.
    pub fn new<'e>(conditions: impl IntoIterator<Item = Sifts<'e>>) -> Self {
        let mut places = Places::NONE;
        let part = |condition| match condition {
            Sifts::Condition(condition) => Part::of(condition, &mut places),
            Sifts::Nothing => Part::All(Vec::new()),
            Sifts::Unsifted => Part::Unknown,
        };
        let parts: Vec<Part<_>> = conditions.into_iter().map(part).collect();
        let mut parts = parts.into_iter().map(|part| part.classed(&places)).peekable();
        let mut blocks = Vec::new();
        while parts.peek().is_some() {
            blocks.push(Block::new(parts.by_ref().take(CONDITIONS), &places));
        }
        Self { places, blocks }
    }

    /// The conditions that hold or may hold. Those that are missing come to false.
    pub fn sift<'s>(&'s self, scope: &'s Scope<'s>) -> impl Iterator<Item = (usize, Sifted)> + use<'s> {
        Sifting {
            sight: Sight::new(&self.places, scope),
            blocks: self.blocks.iter().enumerate(),
            block: None,
            left: Left::default(),
        }
    }
}

/// A sieve being asked about one event.
struct Sifting<'s> {
    sight: Sight<'s>,
    blocks: std::iter::Enumerate<std::slice::Iter<'s, Block>>,
    block: Option<(usize, &'s Block)>,
    left: Left,
}

impl Iterator for Sifting<'_> {
    type Item = (usize, Sifted);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while self.left.open == 0 {
                let (number, block) = self.blocks.next()?;
                self.left = block.sift(&mut self.sight);
                self.block = Some((number, block));
            }
            let (number, block) = self.block?;
            let place = self.left.open.trailing_zeros();
            let bit = 1 << place;
            self.left.open ^= bit;
            if let Some(told) = block.told(bit, self.left, &mut self.sight) {
                return Some((number * CONDITIONS + place as usize, told));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sifted::{Holds, MayHold};
    use super::*;
    use crate::domain::condition::words::{Comparison, Var};
    use serde_json::json;

    fn compared(name: &str, how: Comparison, number: i64) -> Expr {
        Expr::Compare(
            how,
            Box::new(Expr::property(Var::Event, name)),
            Box::new(Expr::int(number)),
        )
    }

    fn has(name: &str) -> Expr {
        Expr::Has(Box::new(Expr::Var(Var::Event)), name.to_owned())
    }

    /// What is told of the conditions for an event of these properties.
    fn sifted(conditions: &[Option<Expr>], properties: &serde_json::Value) -> Vec<(usize, Sifted)> {
        let sieve = Sieve::new(conditions.iter().map(|condition| match condition {
            None => Sifts::Nothing,
            Some(condition) => Sifts::Condition(condition),
        }));
        let properties = properties.as_object().cloned().unwrap_or_default();
        Scope::of_nothing(|nothing| {
            let scope = Scope {
                event: &properties,
                ..*nothing
            };
            sieve.sift(&scope).collect()
        })
    }

    #[test]
    fn what_surely_does_not_hold_is_sifted_out() {
        let words = vec![Expr::text("a"), Expr::text("b")];
        let one_of = Expr::In(
            Box::new(Expr::property(Var::Event, "word")),
            Box::new(Expr::List(words)),
        );
        let conditions = [
            None,
            Some(compared("n", Comparison::Greater, 3)),
            Some(Expr::And(vec![compared("n", Comparison::Less, 3), has("word")])),
            Some(has("other")),
            Some(one_of),
        ];
        assert_eq!(
            sifted(&conditions, &json!({ "n": 4, "word": "c" })),
            [(0, Holds), (1, Holds)]
        );
        assert_eq!(
            sifted(&conditions, &json!({ "n": 2, "word": "b" })),
            [(0, Holds), (2, Holds), (4, Holds)]
        );
        assert_eq!(
            sifted(&conditions, &json!({ "other": 1, "n": 4 })),
            [(0, Holds), (1, Holds), (3, Holds)]
        );
    }

    #[test]
    fn errors_are_for_whoever_asks_the_condition_itself() {
        let nested = Expr::Field(Box::new(Expr::property(Var::Event, "n")), "inside".to_owned());
        let conditions = [
            // A number has no order with what is missing, and no properties.
            Some(compared("missing", Comparison::Less, 3)),
            Some(Expr::Compare(
                Comparison::Equal,
                Box::new(nested),
                Box::new(Expr::int(1)),
            )),
            // Another part decides.
            Some(Expr::And(vec![
                compared("missing", Comparison::Less, 3),
                has("missing"),
            ])),
            // And here one does not.
            Some(Expr::Or(vec![has("missing"), compared("missing", Comparison::Less, 3)])),
            Some(Expr::Not(Box::new(has("missing")))),
        ];
        assert_eq!(
            sifted(&conditions, &json!({ "n": 4 })),
            [(0, MayHold), (1, MayHold), (3, MayHold), (4, Holds)]
        );
    }
}
