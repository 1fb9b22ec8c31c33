//! Functions: which there are, what they take and what they give.

use super::translate::{Translation, Typed};
use super::types::Type;
use crate::authoring::suggest::did_you_mean;
use crate::domain::campaign::LocalTime;
use crate::domain::condition::{Expr, Function, Literal, Measure, Quantifier, Scope};
use crate::domain::time::Span;
use cel::IdedExpr;
use cel::common::ast::{self, CallExpr};

impl<'t> Translation<'t> {
    /// Translates a function's call.
    pub fn call(&mut self, node: &'t IdedExpr, call: &'t CallExpr) -> Option<Typed> {
        let name = call.func_name.as_str();
        let arguments: Vec<&'t IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        if let Some(measure) = Measure::ALL.into_iter().find(|measure| measure.name() == name)
            && call.target.is_none()
        {
            return self.aggregate(node, measure, &call.args);
        }
        match (name, arguments.as_slice()) {
            ("score", arguments) => self.score(node, call, arguments),
            ("moment" | "moment_confidence", arguments) => self.moment(node, call, arguments),
            ("matches", _) => self.error(
                node,
                "`matches` is not supported, use `startsWith`, `endsWith` or `contains`",
            ),
            _ => match Function::ALL.into_iter().find(|function| function.name() == name) {
                Some(function) => self.function(node, call, function, &arguments),
                None => self.unknown(node, call),
            },
        }
    }

    fn unknown(&mut self, node: &'t IdedExpr, call: &CallExpr) -> Option<Typed> {
        let name = call.func_name.as_str();
        let loops = || Quantifier::ALL.into_iter().map(Quantifier::name).chain(["map"]);
        if loops().any(|known| known == name) {
            return self.error(
                node,
                format!("expected a name and a condition, as in `event.products.{name}(product, product.price > 10)`"),
            );
        }
        let known = Function::ALL
            .into_iter()
            .map(Function::name)
            .chain(loops())
            .chain(Measure::ALL.into_iter().map(Measure::name))
            .chain(["has", "score", "moment", "moment_confidence"]);
        self.error(
            node,
            format!("there is no function `{name}`{}", did_you_mean(name, known)),
        )
    }

    fn score(&mut self, node: &'t IdedExpr, call: &CallExpr, arguments: &[&'t IdedExpr]) -> Option<Typed> {
        let (None, [name]) = (&call.target, arguments) else {
            return self.error(node, "expected a score's name, as in `score(\"readiness\")`");
        };
        let Some(name) = written(name) else {
            return self.error(name, "expected a score's name in quotes, such as `\"readiness\"`");
        };
        let vocabulary = self.vocabulary();
        if !vocabulary.scores().any(|known| known == name) {
            let hint = did_you_mean(name, vocabulary.scores());
            return self.error(
                node,
                format!("there is no score `{name}`{hint}; scores are declared under `scores` in workspace.yaml"),
            );
        }
        Some((Expr::Score(name.to_owned()), Type::Number))
    }

    fn moment(&mut self, node: &'t IdedExpr, call: &CallExpr, arguments: &[&'t IdedExpr]) -> Option<Typed> {
        let name = call.func_name.as_str();
        if !arguments.is_empty() {
            return self.error(node, format!("expected nothing between the brackets, as in `{name}()`"));
        }
        if !self.vocabulary().has_moments() {
            return self.error(
                node,
                "nothing tells the moment: `moments` is not declared in workspace.yaml",
            );
        }
        Some(match name {
            "moment" => (Expr::Moment, Type::Text),
            _ => (Expr::MomentConfidence, Type::Number),
        })
    }

    fn function(
        &mut self,
        node: &'t IdedExpr,
        call: &'t CallExpr,
        function: Function,
        arguments: &[&'t IdedExpr],
    ) -> Option<Typed> {
        let of_text = matches!(function, Function::StartsWith | Function::EndsWith | Function::Contains);
        let well_formed = match function {
            Function::First => call.target.is_none() && !arguments.is_empty(),
            Function::Size => arguments.len() == 1,
            Function::At => call.target.is_none() && arguments.len() == 2,
            _ if of_text => call.target.is_some() && arguments.len() == 2,
            _ => call.target.is_none() && arguments.len() == 1,
        };
        if !well_formed {
            return self.error(node, format!("expected {}", usage(function)));
        }
        let typed: Vec<Option<Typed>> = arguments.iter().map(|argument| self.expr(argument)).collect();
        let (parts, kinds): (Vec<Expr>, Vec<Type>) =
            typed.into_iter().collect::<Option<Vec<Typed>>>()?.into_iter().unzip();
        let mut fine = true;
        for (argument, kind) in arguments.iter().zip(&kinds) {
            if !takes(function, kind) {
                fine = false;
                self.error::<()>(
                    argument,
                    format!("this is {}, expected {}", kind.kind(), usage(function)),
                );
            }
        }
        if !fine {
            return None;
        }
        if let (Function::Duration | Function::Timestamp, [Expr::Literal(Literal::String(text))], [argument]) =
            (function, parts.as_slice(), arguments)
        {
            return self.written_out(function, text, argument);
        }
        if let (Function::At, [Expr::Literal(Literal::String(time)), ..], [argument, ..]) =
            (function, parts.as_slice(), arguments)
            && let Err(message) = LocalTime::parse(time)
        {
            return self.error(argument, message);
        }
        let gives = gives(function, kinds);
        Some((Expr::Call(function, parts), gives))
    }

    /// `duration("…")` and `timestamp("…")` of a text that is already known.
    fn written_out(&mut self, function: Function, text: &str, argument: &IdedExpr) -> Option<Typed> {
        if function == Function::Duration
            && let Ok(span) = Span::parse(text)
        {
            return Some((Expr::Span(span), Type::Span));
        }
        let call = Expr::Call(function, vec![Expr::text(text)]);
        match call.eval_alone() {
            Ok(()) => Some((call, gives(function, Vec::new()))),
            Err(message) => self.error(argument, message),
        }
    }
}

impl Expr {
    /// Whether an expression of values that are written out has a value.
    fn eval_alone(&self) -> Result<(), String> {
        Scope::of_nothing(|scope| self.eval(scope).map(|_| ()).map_err(|error| error.to_string()))
    }
}

fn usage(function: Function) -> &'static str {
    match function {
        Function::Size => "a list or text, as in `size(cart.items)`",
        Function::StartsWith => "text on both sides, as in `event.url.startsWith(\"https://\")`",
        Function::EndsWith => "text on both sides, as in `profile.email.endsWith(\".org\")`",
        Function::Contains => "text on both sides, as in `event.name.contains(\"trial\")`",
        Function::String => "one value, as in `string(event.order_id)`",
        Function::Int => "one number, text or point in time, as in `int(event.quantity)`",
        Function::Double => "one number or text, as in `double(event.price)`",
        Function::Timestamp => "one text that says a time, as in `timestamp(event.ends_at)`",
        Function::Duration => "one text, as in `duration(\"1h30m\")`",
        Function::Days => "one number, as in `days(item.supply_days)`",
        Function::Hours => "one number, as in `hours(2)`",
        Function::Minutes => "one number, as in `minutes(30)`",
        Function::Year => "one point in time, as in `year(now)`",
        Function::Month => "one point in time, as in `month(now) == 12`",
        Function::Day => "one point in time, as in `day(now) == 1`",
        Function::Weekday => "one point in time, as in `weekday(now) <= 5` for Monday to Friday",
        Function::Hour => "one point in time, as in `hour(now) >= 9`",
        Function::Minute => "one point in time, as in `minute(now) == 0`",
        Function::Date => "one point in time, as in `date(event.ends_at) == date(now)`",
        Function::At => "a time of day and a point in time, as in `at(\"10:00\", event.ends_at)`",
        Function::Lower => "one text, as in `lower(profile.city)`",
        Function::Round => "one number, as in `round(event.total)`",
        Function::First => "one value or more, as in `first(event.ends_at, profile.trial_ends_at)`",
    }
}

fn takes(function: Function, kind: &Type) -> bool {
    if *kind == Type::Any {
        return true;
    }
    match function {
        Function::Size => matches!(kind, Type::List(_) | Type::Map(_) | Type::Text | Type::Moment),
        Function::StartsWith | Function::EndsWith | Function::Contains => matches!(kind, Type::Text | Type::Moment),
        Function::String => !matches!(kind, Type::List(_) | Type::Map(_) | Type::Null),
        Function::Int => matches!(kind, Type::Number | Type::Text | Type::Time),
        Function::Double => matches!(kind, Type::Number | Type::Text),
        Function::Timestamp => matches!(kind, Type::Text | Type::Moment | Type::Time | Type::Number),
        Function::Duration => matches!(kind, Type::Text | Type::Span),
        Function::Days | Function::Hours | Function::Minutes => matches!(kind, Type::Number),
        Function::Year
        | Function::Month
        | Function::Day
        | Function::Weekday
        | Function::Hour
        | Function::Minute
        | Function::Date
        | Function::At => matches!(kind, Type::Time | Type::Moment | Type::Text),
        Function::Lower => matches!(kind, Type::Text | Type::Moment),
        Function::Round => matches!(kind, Type::Number),
        Function::First => true,
    }
}

fn gives(function: Function, kinds: Vec<Type>) -> Type {
    match function {
        Function::Size | Function::Int | Function::Double | Function::Round => Type::Number,
        Function::Year | Function::Month | Function::Day | Function::Weekday | Function::Hour | Function::Minute => {
            Type::Number
        }
        Function::Date | Function::Lower => Type::Text,
        Function::StartsWith | Function::EndsWith | Function::Contains => Type::Bool,
        Function::String => Type::Text,
        Function::Timestamp | Function::At => Type::Time,
        Function::Duration | Function::Days | Function::Hours | Function::Minutes => Type::Span,
        Function::First => kinds.into_iter().reduce(Type::join).unwrap_or(Type::Any),
    }
}

/// A text that is written out.
pub(super) fn written(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        ast::Expr::Literal(ast::LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}
