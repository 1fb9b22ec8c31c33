//! Operators: which types they take and give.

use super::translate::{Translation, Typed};
use super::types::Type;
use crate::domain::condition::{Arithmetic, Comparison, Expr, Literal};
use cel::IdedExpr;
use cel::common::ast::{CallExpr, operators};

impl<'t> Translation<'t> {
    /// Translates an operator, or else a function's call.
    pub fn call_or_operator(&mut self, node: &'t IdedExpr, call: &'t CallExpr) -> Option<Typed> {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, parts) => Some((Expr::And(self.conditions(parts)?), Type::Bool)),
            (operators::LOGICAL_OR, parts) => Some((Expr::Or(self.conditions(parts)?), Type::Bool)),
            (operators::LOGICAL_NOT, [operand]) => Some((Expr::Not(Box::new(self.condition(operand)?)), Type::Bool)),
            (operators::NEGATE, [operand]) => self.negation(node, operand),
            (operators::CONDITIONAL, [test, then, otherwise]) => self.choice(test, then, otherwise),
            (operators::INDEX, [operand, index]) => self.index(node, operand, index),
            (operators::IN, [left, right]) => self.containment(node, left, right),
            (operators::OPT_INDEX | operators::OPT_SELECT, _) => {
                self.error(node, "optional values are not supported: a missing property is null")
            }
            (name, [left, right]) if comparison(name).is_some() => {
                comparison(name).and_then(|how| self.comparison(node, how, left, right))
            }
            (name, [left, right]) if arithmetic(name).is_some() => {
                arithmetic(name).and_then(|how| self.arithmetic(node, how, left, right))
            }
            _ => self.call(node, call),
        }
    }

    fn conditions(&mut self, parts: &'t [IdedExpr]) -> Option<Vec<Expr>> {
        let conditions: Vec<Option<Expr>> = parts.iter().map(|part| self.condition(part)).collect();
        conditions.into_iter().collect()
    }

    fn both(&mut self, left: &'t IdedExpr, right: &'t IdedExpr) -> Option<(Typed, Typed)> {
        let (left, right) = (self.expr(left), self.expr(right));
        Some((left?, right?))
    }

    fn negation(&mut self, node: &'t IdedExpr, operand: &'t IdedExpr) -> Option<Typed> {
        let (operand, kind) = self.expr(operand)?;
        match kind {
            Type::Number | Type::Span | Type::Any => Some((Expr::Negate(Box::new(operand)), kind)),
            other => self.error(
                node,
                format!(
                    "`-` stands before {}, expected a number or a length of time",
                    other.kind()
                ),
            ),
        }
    }

    fn choice(&mut self, test: &'t IdedExpr, then: &'t IdedExpr, otherwise: &'t IdedExpr) -> Option<Typed> {
        let test = self.condition(test);
        let ((then, one), (otherwise, other)) = self.both(then, otherwise)?;
        Some((
            Expr::Choose(Box::new(test?), Box::new(then), Box::new(otherwise)),
            one.join(other),
        ))
    }

    fn index(&mut self, node: &'t IdedExpr, operand: &'t IdedExpr, index: &'t IdedExpr) -> Option<Typed> {
        let ((operand, of), (index_expr, by)) = self.both(operand, index)?;
        let kind = match (&of, &by) {
            (Type::List(element), Type::Number | Type::Any) => (**element).clone(),
            (Type::List(_), other) => {
                return self.error(index, format!("this is {}, expected a whole number", other.kind()));
            }
            (Type::Map(_), Type::Text | Type::Any) => match &index_expr {
                Expr::Literal(Literal::String(name)) => match self.property(&of, name) {
                    Ok(kind) => kind,
                    Err(message) => return self.error(index, message),
                },
                _ => Type::Any,
            },
            (Type::Map(_), other) => {
                return self.error(index, format!("this is {}, expected a property's name", other.kind()));
            }
            (Type::Any | Type::Null, _) => Type::Any,
            (other, _) => {
                return self.error(
                    node,
                    format!(
                        "this is {}, expected a list or a group of properties before `[`",
                        other.kind()
                    ),
                );
            }
        };
        Some((Expr::Index(Box::new(operand), Box::new(index_expr)), kind))
    }

    fn containment(&mut self, node: &'t IdedExpr, left: &'t IdedExpr, right: &'t IdedExpr) -> Option<Typed> {
        let ((left_expr, element), (right_expr, list)) = self.both(left, right)?;
        match &list {
            Type::List(of) if !element.fits(of) => {
                return self.error(node, format!("looks for {} in a list of {}", element.kind(), of.kind()));
            }
            Type::List(_) | Type::Map(_) | Type::Any => {}
            other => return self.error(right, format!("this is {}, expected a list after `in`", other.kind())),
        }
        Some((Expr::In(Box::new(left_expr), Box::new(right_expr)), Type::Bool))
    }

    fn comparison(
        &mut self,
        node: &'t IdedExpr,
        how: Comparison,
        left: &'t IdedExpr,
        right: &'t IdedExpr,
    ) -> Option<Typed> {
        let ((left, one), (right, other)) = self.both(left, right)?;
        let equality = matches!(how, Comparison::Equal | Comparison::NotEqual);
        let ordered = one.ordered() && other.ordered();
        if !(equality || ordered) {
            let unordered = if one.ordered() { &other } else { &one };
            return self.error(
                node,
                format!("`{}` compares {}, which has no order", how.symbol(), unordered.kind()),
            );
        }
        if !one.fits(&other) {
            let hint = hint(&left, &one, &other).or_else(|| hint(&right, &other, &one));
            return self.error(
                node,
                format!(
                    "`{left}` is {} and `{right}` is {}: they cannot be compared{}",
                    one.kind(),
                    other.kind(),
                    hint.unwrap_or_default()
                ),
            );
        }
        Some((Expr::Compare(how, Box::new(left), Box::new(right)), Type::Bool))
    }

    fn arithmetic(
        &mut self,
        node: &'t IdedExpr,
        how: Arithmetic,
        left: &'t IdedExpr,
        right: &'t IdedExpr,
    ) -> Option<Typed> {
        let ((left, one), (right, other)) = self.both(left, right)?;
        match result(how, &one, &other) {
            Some(kind) => Some((Expr::Calculate(how, Box::new(left), Box::new(right)), kind)),
            None => {
                let hint = hint(&left, &one, &other).or_else(|| hint(&right, &other, &one));
                self.error(
                    node,
                    format!(
                        "`{left}` is {} and `{right}` is {}: `{}` does not work on them{}",
                        one.kind(),
                        other.kind(),
                        how.symbol(),
                        hint.unwrap_or_default()
                    ),
                )
            }
        }
    }
}

/// How the one side could be made to go with the other.
fn hint(expr: &Expr, kind: &Type, other: &Type) -> Option<String> {
    match (kind, other) {
        (Type::Text | Type::Moment, Type::Time | Type::Span) => Some(format!(", write `timestamp({expr})`")),
        (Type::Text, Type::Number) if matches!(expr, Expr::Literal(_)) => {
            Some(", leave the quotes out for a number".to_owned())
        }
        (Type::Text, Type::Number) => Some(format!(", write `double({expr})` if it is a number")),
        (Type::Number, Type::Span) => Some(format!(", write `days({expr})` or `hours({expr})`")),
        _ => None,
    }
}

fn result(how: Arithmetic, one: &Type, other: &Type) -> Option<Type> {
    match (how, one, other) {
        (_, Type::Null, _) | (_, _, Type::Null) => None,
        (_, Type::Number, Type::Number) => Some(Type::Number),
        (Arithmetic::Add, Type::Text | Type::Moment, Type::Text | Type::Moment) => Some(Type::Text),
        (Arithmetic::Add, Type::List(a), Type::List(b)) => Some(Type::list((**a).clone().join((**b).clone()))),
        (Arithmetic::Add, Type::Time, Type::Span)
        | (Arithmetic::Add, Type::Span, Type::Time)
        | (Arithmetic::Subtract, Type::Time, Type::Span) => Some(Type::Time),
        (Arithmetic::Add | Arithmetic::Subtract, Type::Span, Type::Span)
        | (Arithmetic::Subtract, Type::Time, Type::Time) => Some(Type::Span),
        (
            Arithmetic::Multiply | Arithmetic::Divide | Arithmetic::Modulo,
            Type::Any | Type::Number,
            Type::Any | Type::Number,
        ) => Some(Type::Number),
        (Arithmetic::Add, Type::Any, _) | (Arithmetic::Add, _, Type::Any) => Some(Type::Any),
        (Arithmetic::Subtract, Type::Any, Type::Any | Type::Number | Type::Time | Type::Span)
        | (Arithmetic::Subtract, Type::Number | Type::Time | Type::Span, Type::Any) => Some(Type::Any),
        _ => None,
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::AtMost,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::AtLeast,
        _ => return None,
    })
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        operators::MODULO => Arithmetic::Modulo,
        _ => return None,
    })
}
