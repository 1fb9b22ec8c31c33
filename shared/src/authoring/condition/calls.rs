//! Functions: which there are, what they take and what they give.

use super::translate::{Translation, Typed};
use super::types::Type;
use crate::authoring::suggest::did_you_mean;
use crate::domain::condition::{Expr, Function, Literal, Quantifier};
use crate::domain::time::Span;
use cel::IdedExpr;
use cel::common::ast::{self, CallExpr};
use jiff::tz::TimeZone;

impl<'t> Translation<'t> {
    /// Translates a function's call.
    pub fn call(&mut self, node: &'t IdedExpr, call: &'t CallExpr) -> Option<Typed> {
        let name = call.func_name.as_str();
        let arguments: Vec<&'t IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        match (name, arguments.as_slice()) {
            ("count", [event, window]) if call.target.is_none() => self.count(event, window),
            ("last", [event]) if call.target.is_none() => {
                let event = self.event_name(event)?;
                Some((Expr::Last(event), Type::Time))
            }
            ("count", _) => self.error(
                node,
                "expected an event and a window, as in `count(\"Order Completed\", 7d)`",
            ),
            ("last", _) => self.error(node, "expected an event, as in `last(\"Order Completed\")`"),
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
            .chain(["count", "last", "has"]);
        self.error(
            node,
            format!("there is no function `{name}`{}", did_you_mean(name, known)),
        )
    }

    fn count(&mut self, event: &'t IdedExpr, window: &'t IdedExpr) -> Option<Typed> {
        let event = self.event_name(event);
        let window = match self.expr(window)? {
            (Expr::Span(span), _) if span > Span::default() => span,
            (_, Type::Span) => return self.error(window, "expected a window that is written out, such as `7d`"),
            (_, kind) => {
                return self.error(
                    window,
                    format!("this is {}, expected a window such as `7d`", kind.kind()),
                );
            }
        };
        Some((Expr::Count(event?, window), Type::Number))
    }

    fn event_name(&mut self, node: &'t IdedExpr) -> Option<String> {
        let ast::Expr::Literal(ast::LiteralValue::String(name)) = &node.expr else {
            return self.error(
                node,
                "expected an event's name in quotes, such as `\"Order Completed\"`",
            );
        };
        let name = name.inner();
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
        let nothing = crate::domain::event::Properties::new();
        let scope = crate::domain::condition::Scope {
            now: crate::domain::time::Timestamp::UNIX_EPOCH,
            zone: &TimeZone::UTC,
            event: &nothing,
            event_time: crate::domain::time::Timestamp::UNIX_EPOCH,
            item: None,
            key: "",
            traits: &nothing,
            lists: &std::collections::BTreeMap::new(),
            tallies: &crate::domain::profile::Tallies::default(),
            segments: &std::collections::BTreeMap::new(),
        };
        self.eval(&scope).map(|_| ()).map_err(|error| error.to_string())
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
        Function::First => true,
    }
}

fn gives(function: Function, kinds: Vec<Type>) -> Type {
    match function {
        Function::Size | Function::Int | Function::Double => Type::Number,
        Function::StartsWith | Function::EndsWith | Function::Contains => Type::Bool,
        Function::String => Type::Text,
        Function::Timestamp => Type::Time,
        Function::Duration | Function::Days | Function::Hours | Function::Minutes => Type::Span,
        Function::First => kinds.into_iter().reduce(Type::join).unwrap_or(Type::Any),
    }
}
