//! Why a condition did not hold: the parts of it that did not, and the values that they saw.

use super::{Expr, Scope};
use crate::domain::decision::Saw;

/// Most values that are told: a condition of hundreds of parts explains itself by the first.
const SAW_MAX: usize = 12;

impl Expr {
    /// What of the condition did not hold, in the order in which it is written.
    pub fn failing(&self, scope: &Scope<'_>) -> Vec<Saw> {
        let mut saw = Vec::new();
        self.tell_failing(scope, &mut saw);
        saw.truncate(SAW_MAX);
        saw
    }

    fn tell_failing(&self, scope: &Scope<'_>, saw: &mut Vec<Saw>) {
        if saw.len() >= SAW_MAX {
            return;
        }
        match self {
            Self::And(parts) => {
                for part in parts.iter().filter(|part| part.test(scope) != Ok(true)) {
                    part.tell_failing(scope, saw);
                }
            }
            Self::Or(parts) => {
                for part in parts {
                    part.tell_failing(scope, saw);
                }
            }
            Self::Segment(name) => {
                self.tell(scope, saw);
                if let Some(segment) = scope.segments.get(name) {
                    segment.tell_failing(scope, saw);
                }
            }
            // Only what stands outside of loops has a value by itself.
            Self::Each(_, range, _) => {
                self.tell(scope, saw);
                range.tell(scope, saw);
            }
            Self::Not(operand) => operand.tell(scope, saw),
            Self::Compare(_, left, right) | Self::In(left, right) => {
                left.tell(scope, saw);
                right.tell(scope, saw);
            }
            other => other.tell(scope, saw),
        }
    }

    /// Tells the expression's value, unless it is written out.
    fn tell(&self, scope: &Scope<'_>, saw: &mut Vec<Saw>) {
        if matches!(self, Self::Literal(_) | Self::Span(_)) {
            return;
        }
        let value = match self.eval(scope) {
            Ok(value) => value.to_json().to_string(),
            Err(error) => error.to_string(),
        };
        let part = self.to_string();
        if saw.iter().all(|known| known.part != part) {
            saw.push(Saw { part, value });
        }
    }
}
