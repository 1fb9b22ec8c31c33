//! Aggregates: which pieces they take, in which order, and which of them a profile can answer
//! without keeping the events whole.

use super::calls::written;
use super::translate::{Translation, Typed};
use super::types::Type;
use crate::domain::condition::{Aggregate, Expr, Measure, STREAK_MAX};
use crate::domain::time::Span;
use cel::IdedExpr;

impl<'t> Translation<'t> {
    /// Translates an aggregate: an event, a property where it is of one, a filter, a window.
    pub fn aggregate(&mut self, node: &'t IdedExpr, measure: Measure, arguments: &'t [IdedExpr]) -> Option<Typed> {
        if self.own.is_some() {
            return self.error(
                node,
                format!(
                    "`{}` stands inside another aggregate, expected what tells which events count",
                    measure.name()
                ),
            );
        }
        let Some((event, mut rest)) = arguments.split_first() else {
            return self.error(node, format!("expected {}", usage(measure)));
        };
        let name = self.event_name(event)?;
        let window = match measure.has_window() {
            Some(false) => None,
            needed => match rest.split_last() {
                Some((last, before)) if is_span(last) => {
                    rest = before;
                    Some(self.window(last, measure)?)
                }
                _ if needed.is_none() => None,
                Some((last, _)) if needed.is_some() && rest.len() > usize::from(measure.is_of_property()) => {
                    return self.not_a_window(last, measure);
                }
                _ => return self.error(node, format!("expected {}", usage(measure))),
            },
        };
        let of = if measure.is_of_property() {
            let Some((of, behind)) = rest.split_first() else {
                return self.error(node, format!("expected {}", usage(measure)));
            };
            rest = behind;
            Some(of)
        } else {
            None
        };
        let filter = match rest {
            [] => None,
            [filter] => Some(filter),
            _ => return self.error(node, format!("expected {}", usage(measure))),
        };
        self.own = Some(self.vocabulary().counted(&name));
        let of_typed = of.map(|of| self.property_of(measure, of));
        let filter = filter.map(|filter| self.condition(filter));
        self.own = None;
        let (of, kind) = match of_typed {
            Some(typed) => {
                let (of, kind) = typed?;
                (Some(of), kind)
            }
            None => (None, Type::Any),
        };
        let filter = match filter {
            Some(filter) => Some(filter?),
            None => None,
        };
        let (told, asked) = parted(filter);
        let aggregate = Aggregate::new(measure, name, of, told, asked, window);
        Some((Expr::Aggregate(Box::new(aggregate)), gives(measure, kind)))
    }

    fn event_name(&mut self, node: &'t IdedExpr) -> Option<String> {
        let Some(name) = written(node) else {
            return self.error(
                node,
                "expected an event's name in quotes, such as `\"Order Completed\"`",
            );
        };
        if let Some(meant) = self.vocabulary().misspelt_event(name) {
            self.warning(
                node,
                format!(
                    "`{name}` is no event that is known, did you mean `{meant}`? Declare it under `events` in \
                     workspace.yaml if it exists"
                ),
            );
        }
        Some(name.to_owned())
    }

    fn window(&mut self, node: &'t IdedExpr, measure: Measure) -> Option<Span> {
        match self.expr(node)? {
            (Expr::Span(span), _) if measure == Measure::Streak && span > STREAK_MAX => self.error(
                node,
                format!("`{span}` is too long: days in a row are looked for in {STREAK_MAX} at most"),
            ),
            (Expr::Span(span), _) if span > Span::default() => Some(span),
            _ => self.error(
                node,
                "expected a window longer than nothing that is written out, such as `7d`",
            ),
        }
    }

    fn not_a_window(&mut self, node: &'t IdedExpr, measure: Measure) -> Option<Typed> {
        let own = self.own.replace(Type::Any);
        let kind = self.expr(node).map(|(_, kind)| kind);
        self.own = own;
        match kind? {
            Type::Span => self.error(node, "expected a window that is written out, such as `7d`"),
            kind if measure == Measure::Interest => self.error(
                node,
                format!("this is {}, expected a half-life such as `7d`", kind.kind()),
            ),
            kind => self.error(node, format!("this is {}, expected a window such as `7d`", kind.kind())),
        }
    }

    /// What an aggregate is of: told by the counted event alone.
    fn property_of(&mut self, measure: Measure, node: &'t IdedExpr) -> Option<Typed> {
        let (expr, kind) = self.expr(node)?;
        if !expr.is_told_by_own() || expr.parts().is_empty() && !matches!(expr, Expr::Own(_)) {
            return self.error(
                node,
                format!("expected a property of the counted event, as in `{}`", example(measure)),
            );
        }
        let fits = match kind {
            Type::Any | Type::Number => true,
            Type::Bool | Type::Text | Type::Moment => !measure.is_of_numbers(),
            Type::Null | Type::Time | Type::Span | Type::List(_) | Type::Map(_) => false,
        };
        if !fits {
            let expected = if measure.is_of_numbers() {
                "a number"
            } else {
                "text, a number, or true or false"
            };
            return self.error(node, format!("this is {}, expected {expected}", kind.kind()));
        }
        Some((expr, kind))
    }
}

/// Whether it is a length of time that is written out.
fn is_span(node: &IdedExpr) -> bool {
    matches!(&node.expr, cel::common::ast::Expr::Call(call)
        if call.target.is_none() && call.func_name == "duration" && call.args.first().is_some_and(|text| written(text).is_some()))
}

/// What the event tells when it comes, and what is asked at every look.
fn parted(filter: Option<Expr>) -> (Option<Expr>, Option<Expr>) {
    let mut parts = Vec::new();
    if let Some(filter) = filter {
        conjuncts(filter, &mut parts);
    }
    let (told, asked) = parts.into_iter().partition(Expr::is_told_by_own);
    (joined(told), joined(asked))
}

fn conjuncts(expr: Expr, parts: &mut Vec<Expr>) {
    match expr {
        Expr::And(all) => {
            for part in all {
                conjuncts(part, parts);
            }
        }
        other => parts.push(other),
    }
}

fn joined(mut parts: Vec<Expr>) -> Option<Expr> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(Expr::And(parts)),
    }
}

fn gives(measure: Measure, of: Type) -> Type {
    match measure {
        Measure::Count | Measure::Sessions | Measure::Distinct | Measure::Interest => Type::Number,
        Measure::Sum | Measure::Min | Measure::Max | Measure::Average => Type::Number,
        Measure::Latest | Measure::Earliest | Measure::Previous | Measure::Top => of,
        Measure::Last => Type::Time,
        Measure::Gap | Measure::Rhythm => Type::Span,
        Measure::Streak => Type::Number,
    }
}

fn example(measure: Measure) -> &'static str {
    match measure {
        Measure::Count => "count(\"Order Completed\", 7d)",
        Measure::Sessions => "sessions(\"page\", group == \"promo\", 7d)",
        Measure::Distinct => "distinct(\"Product Viewed\", product_id, 7d)",
        Measure::Sum => "sum(\"Order Completed\", total, 90d)",
        Measure::Min => "min(\"Order Completed\", total, 90d)",
        Measure::Max => "max(\"Order Completed\", total, 90d)",
        Measure::Average => "average(\"Order Completed\", total, 90d)",
        Measure::Latest => "latest(\"Points Changed\", balance)",
        Measure::Earliest => "earliest(\"Order Completed\", total)",
        Measure::Previous => "previous(\"Points Changed\", balance)",
        Measure::Top => "top(\"Product Viewed\", category, 30d)",
        Measure::Interest => "interest(\"Product Viewed\", category == event.category, 7d)",
        Measure::Last => "last(\"Order Completed\")",
        Measure::Gap => "gap(\"Order Completed\", 365d)",
        Measure::Rhythm => "rhythm(\"Order Completed\", 365d)",
        Measure::Streak => "streak(\"Progress Made\", 60d)",
    }
}

fn usage(measure: Measure) -> String {
    let pieces = match measure {
        Measure::Count | Measure::Sessions | Measure::Gap | Measure::Rhythm | Measure::Streak => {
            "an event, maybe a filter, and a window"
        }
        Measure::Interest => "an event, maybe a filter, and a half-life",
        Measure::Distinct | Measure::Sum | Measure::Min | Measure::Max | Measure::Average | Measure::Top => {
            "an event, a property, maybe a filter, and a window"
        }
        Measure::Latest | Measure::Earliest => "an event, a property, maybe a filter, and maybe a window",
        Measure::Previous => "an event, a property, and maybe a filter",
        Measure::Last => "an event, and maybe a filter",
    };
    format!("{pieces}, as in `{}`", example(measure))
}
