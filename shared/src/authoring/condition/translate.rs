//! From CEL's tree to ours, with types.

use super::place::{Anchor, Found};
use super::types::Type;
use super::{Surroundings, Wanted};
use crate::authoring::suggest::did_you_mean;
use crate::domain::condition::{DEPTH_MAX, Expr, Literal, Var};
use cel::IdedExpr;
use cel::common::ast::{self, LiteralValue, SelectExpr};

/// A translated expression and what it comes to.
pub(super) type Typed = (Expr, Type);

/// Translates a tree. Where it has mistakes there may be no translation.
pub(super) fn translate(
    tree: &IdedExpr,
    wanted: Wanted,
    surroundings: &Surroundings<'_>,
    own: Option<Type>,
) -> (Option<Typed>, Vec<Found>) {
    let mut translation = Translation {
        surroundings,
        bound: Vec::new(),
        own,
        depth: 0,
        found: Vec::new(),
    };
    let typed = translation.expr(tree);
    if let Some((_, kind)) = &typed
        && let Some(expected) = unmet(wanted, kind)
    {
        translation.error::<()>(tree, format!("this is {}, expected {expected}", kind.kind()));
    }
    (typed, translation.found)
}

/// What was wanted, where the type cannot be it.
fn unmet(wanted: Wanted, kind: &Type) -> Option<&'static str> {
    let (fits, expected) = match wanted {
        Wanted::Condition => (matches!(kind, Type::Bool), "a condition: true or false"),
        Wanted::Length => (
            matches!(kind, Type::Span),
            "a length of time such as `30m` or `days(item.supply_days)`",
        ),
        Wanted::Moment => (
            matches!(kind, Type::Time | Type::Moment | Type::Text),
            "a point in time such as `event.ends_at`",
        ),
        Wanted::Key => (
            matches!(kind, Type::Text | Type::Moment | Type::Number | Type::Bool),
            "text or a number, to tell enrollments apart",
        ),
        Wanted::Number => (matches!(kind, Type::Number), "a number"),
        Wanted::List => (matches!(kind, Type::List(_)), "a list such as `event.products`"),
        Wanted::Value => (!matches!(kind, Type::Span), "a value that can be kept"),
    };
    (!fits && *kind != Type::Any).then_some(expected)
}

/// One translation under way.
pub(super) struct Translation<'t> {
    surroundings: &'t Surroundings<'t>,
    /// Names and types of the loops' variables, the innermost last.
    pub(super) bound: Vec<(&'t str, Type)>,
    /// Inside an aggregate, what the counted event has.
    pub(super) own: Option<Type>,
    depth: u16,
    found: Vec<Found>,
}

impl<'t> Translation<'t> {
    /// Notes an error and gives up on the node.
    pub fn error<T>(&mut self, node: &IdedExpr, message: impl Into<String>) -> Option<T> {
        self.note(node, Anchor::Start, message.into(), false)
    }

    /// Notes what looks wrong.
    pub fn warning(&mut self, node: &IdedExpr, message: impl Into<String>) {
        self.note::<()>(node, Anchor::Start, message.into(), true);
    }

    fn note<T>(&mut self, node: &IdedExpr, anchor: Anchor, message: String, warning: bool) -> Option<T> {
        self.found.push(Found {
            node: node.id,
            anchor,
            message,
            warning,
        });
        None
    }

    /// The names known to the team.
    pub fn vocabulary(&self) -> &'t super::Vocabulary {
        self.surroundings.vocabulary
    }

    /// Translates a node.
    pub fn expr(&mut self, node: &'t IdedExpr) -> Option<Typed> {
        if self.depth >= DEPTH_MAX {
            return self.error(node, "the expression is nested too deep");
        }
        self.depth += 1;
        let typed = self.node(node);
        self.depth -= 1;
        typed
    }

    /// Translates several nodes; mistakes in one do not hide those of the others.
    pub fn all(&mut self, nodes: &'t [IdedExpr]) -> Option<Vec<Typed>> {
        let typed: Vec<Option<Typed>> = nodes.iter().map(|node| self.expr(node)).collect();
        typed.into_iter().collect()
    }

    fn node(&mut self, node: &'t IdedExpr) -> Option<Typed> {
        match &node.expr {
            ast::Expr::Literal(literal) => self.literal(node, literal),
            ast::Expr::Ident(name) => self.name(node, name),
            ast::Expr::Select(select) => self.select(node, select),
            ast::Expr::Call(call) => self.call_or_operator(node, call),
            ast::Expr::List(list) => {
                let (parts, kinds): (Vec<_>, Vec<_>) = self.all(&list.elements)?.into_iter().unzip();
                let element = kinds.into_iter().reduce(Type::join).unwrap_or(Type::Any);
                Some((Expr::List(parts), Type::list(element)))
            }
            ast::Expr::Comprehension(comprehension) => self.comprehension(node, comprehension),
            ast::Expr::Map(_) | ast::Expr::Struct(_) => self.error(
                node,
                "found `{`, expected a value: conditions make no groups of properties",
            ),
            ast::Expr::Unspecified => self.error(node, "expected an expression"),
        }
    }

    fn literal(&mut self, node: &IdedExpr, literal: &LiteralValue) -> Option<Typed> {
        let (literal, kind) = match literal {
            LiteralValue::Null => (Literal::Null, Type::Null),
            LiteralValue::Boolean(value) => (Literal::Bool(*value.inner()), Type::Bool),
            LiteralValue::Int(value) => (Literal::Int(*value.inner()), Type::Number),
            LiteralValue::Double(value) if value.inner().is_finite() => (Literal::Double(*value.inner()), Type::Number),
            LiteralValue::String(value) => (Literal::String(value.inner().to_owned()), Type::Text),
            LiteralValue::Double(_) => return self.error(node, "the number is too large"),
            LiteralValue::UInt(_) => return self.error(node, "found an unsigned number, expected it without `u`"),
            LiteralValue::Bytes(_) => return self.error(node, "found bytes, expected text without the `b`"),
        };
        Some((Expr::Literal(literal), kind))
    }

    fn name(&mut self, node: &IdedExpr, name: &str) -> Option<Typed> {
        if let Some((place, (_, kind))) = self
            .bound
            .iter()
            .rev()
            .enumerate()
            .find(|(_, (bound, _))| *bound == name)
        {
            return Some((Expr::Bound(u8::try_from(place).unwrap_or(u8::MAX)), kind.clone()));
        }
        if let Some(var) = Var::ALL.into_iter().find(|var| var.name() == name) {
            return match self.var(var) {
                Ok(kind) => Some((Expr::Var(var), kind)),
                Err(why) => self.error(node, format!("`{name}` is not known here: {why}")),
            };
        }
        if let Some(kind) = self.surroundings.earlier.get(name) {
            return Some((Expr::property(Var::Item, name), kind.clone()));
        }
        let vocabulary = self.vocabulary();
        if let Some(own) = self.own.clone()
            && (self.owns(name) || !(vocabulary.list(name).is_some() || vocabulary.is_segment(name)))
        {
            return match self.property(&own, name) {
                Ok(kind) => Some((Expr::Own(name.to_owned()), kind)),
                Err(message) => self.error(node, message),
            };
        }
        if vocabulary.list(name).is_some() {
            return self.error(
                node,
                format!("`{name}` is a list, expected `{name}.items` or `{name}.key`"),
            );
        }
        if vocabulary.is_segment(name) {
            return Some((Expr::Segment(name.to_owned()), Type::Bool));
        }
        let mut known: Vec<&str> = Var::ALL.into_iter().map(Var::name).collect();
        known.extend(self.bound.iter().map(|(name, _)| *name));
        known.extend(self.surroundings.earlier.keys().map(String::as_str));
        known.extend(vocabulary.lists().chain(vocabulary.segments()));
        let hint = if vocabulary.traits().any(|of_profile| of_profile == name) {
            format!(", did you mean `profile.{name}`?")
        } else {
            did_you_mean(name, known)
        };
        self.error(node, format!("there is nothing called `{name}`{hint}"))
    }

    /// Whether the counted event is known to have a property of this name.
    fn owns(&self, name: &str) -> bool {
        matches!(&self.own, Some(Type::Map(shape)) if shape.fields.contains_key(name))
    }

    fn var(&self, var: Var) -> Result<Type, &'static str> {
        match var {
            Var::Now => Ok(Type::Time),
            Var::Event => self.surroundings.event.clone(),
            Var::EventTime => self.surroundings.event.clone().map(|_| Type::Time),
            Var::EventName => self.surroundings.event.clone().map(|_| Type::Text),
            Var::Item => self.surroundings.item.clone(),
            Var::Key => self.surroundings.key.map(|()| Type::Text),
            Var::Profile => Ok(self.vocabulary().profile()),
            Var::Account => Ok(self.vocabulary().account()),
            Var::Offer => self.surroundings.offer.clone(),
            Var::Answer => self.surroundings.answer.clone(),
        }
    }

    fn select(&mut self, node: &'t IdedExpr, select: &'t SelectExpr) -> Option<Typed> {
        if let ast::Expr::Ident(name) = &select.operand.expr
            && !self.bound.iter().any(|(bound, _)| bound == name)
            && !self.owns(name)
            && let Some(entries) = self.vocabulary().list(name)
        {
            let typed = match select.field.as_str() {
                "items" => (Expr::Items(name.clone()), entries.clone()),
                "key" => (Expr::ListKey(name.clone()), Type::Text),
                other => {
                    let message = format!("a list has `items` and a `key`, there is no `{name}.{other}`");
                    return self.note(node, Anchor::Name, message, false);
                }
            };
            return if select.test {
                let there = Expr::Not(Box::new(is_null(typed.0)));
                Some((there, Type::Bool))
            } else {
                Some(typed)
            };
        }
        let (operand, of) = self.expr(&select.operand)?;
        let kind = match self.property(&of, &select.field) {
            Ok(kind) => kind,
            Err(message) => return self.note(node, Anchor::Name, message, false),
        };
        let operand = Box::new(operand);
        Some(if select.test {
            (Expr::Has(operand, select.field.clone()), Type::Bool)
        } else {
            (Expr::Field(operand, select.field.clone()), kind)
        })
    }

    /// The type of a property of such a value.
    pub fn property(&self, of: &Type, name: &str) -> Result<Type, String> {
        match of {
            Type::Any | Type::Null => Ok(Type::Any),
            Type::Map(shape) => match shape.fields.get(name) {
                Some(kind) => Ok(kind.clone()),
                None if shape.open => Ok(Type::Any),
                None => {
                    let hint = did_you_mean(name, shape.fields.keys().map(String::as_str));
                    let or = if hint.is_empty() { "; " } else { " Or " };
                    Err(format!("{} has no `{name}`{hint}{or}{}", shape.label, shape.declare))
                }
            },
            other => Err(format!("this is {}, which has no `{name}`", other.kind())),
        }
    }

    /// Translates a node that must be yes or no.
    pub fn condition(&mut self, node: &'t IdedExpr) -> Option<Expr> {
        match self.expr(node)? {
            (expr, Type::Bool | Type::Any) => Some(expr),
            (_, kind) => self.error(node, format!("this is {}, expected a condition", kind.kind())),
        }
    }
}

/// `expr == null`.
fn is_null(expr: Expr) -> Expr {
    Expr::Compare(
        crate::domain::condition::Comparison::Equal,
        Box::new(expr),
        Box::new(Expr::Literal(Literal::Null)),
    )
}
