//! `all`, `exists`, `exists_one`, `filter` and `map`: what the parser made of them, undone.

use super::translate::{Translation, Typed};
use super::types::Type;
use crate::domain::condition::{Expr, Quantifier};
use cel::IdedExpr;
use cel::common::ast::{self, CallExpr, ComprehensionExpr, LiteralValue, operators};

impl<'t> Translation<'t> {
    /// Translates a loop.
    pub fn comprehension(&mut self, node: &'t IdedExpr, loops: &'t ComprehensionExpr) -> Option<Typed> {
        let (range, kind) = self.expr(&loops.iter_range)?;
        let element = match kind {
            Type::List(element) => *element,
            Type::Any | Type::Null => Type::Any,
            other => {
                return self.error(&loops.iter_range, format!("this is {}, expected a list", other.kind()));
            }
        };
        let Some((kind, filter, body)) = unfolded(loops) else {
            return self.error(node, "this kind of loop is not supported");
        };
        self.bound.push((&loops.iter_var, element.clone()));
        let filter = filter.map(|filter| self.condition(filter));
        let body = match kind {
            Loop::Each(_) => self.condition(body).map(|body| (body, Type::Bool)),
            Loop::Map => self.expr(body),
        };
        self.bound.pop();
        let (body, body_kind) = body?;
        let filter = match filter {
            Some(filter) => Some(Box::new(filter?)),
            None => None,
        };
        let range = Box::new(range);
        Some(match kind {
            Loop::Each(Quantifier::Filter) => (
                Expr::Each(Quantifier::Filter, range, Box::new(body)),
                Type::list(element),
            ),
            Loop::Each(quantifier) => (Expr::Each(quantifier, range, Box::new(body)), Type::Bool),
            Loop::Map => (Expr::Map(range, filter, Box::new(body)), Type::list(body_kind)),
        })
    }
}

/// What a comprehension was written as.
#[derive(Clone, Copy)]
enum Loop {
    Each(Quantifier),
    Map,
}

/// Finds what the parser made `all`, `exists`, `exists_one`, `filter` and `map` of: the kind,
/// a filter, the body. (CEL specification, "Macros".)
fn unfolded(loops: &ComprehensionExpr) -> Option<(Loop, Option<&IdedExpr>, &IdedExpr)> {
    let ast::Expr::Call(step) = &loops.loop_step.expr else {
        return None;
    };
    let parts = (step.func_name.as_str(), step.args.as_slice());
    match (&loops.accu_init.expr, parts) {
        (ast::Expr::Literal(LiteralValue::Boolean(_)), (operators::LOGICAL_OR, [_, body])) => {
            Some((Loop::Each(Quantifier::Exists), None, body))
        }
        (ast::Expr::Literal(LiteralValue::Boolean(_)), (operators::LOGICAL_AND, [_, body])) => {
            Some((Loop::Each(Quantifier::All), None, body))
        }
        (ast::Expr::Literal(LiteralValue::Int(_)), (operators::CONDITIONAL, [body, ..])) => {
            Some((Loop::Each(Quantifier::ExistsOne), None, body))
        }
        (ast::Expr::List(_), (operators::ADD, [_, made])) => Some((Loop::Map, None, only(made)?)),
        (ast::Expr::List(_), (operators::CONDITIONAL, [filter, then, _])) => {
            let ast::Expr::Call(CallExpr { args, .. }) = &then.expr else {
                return None;
            };
            let [_, made] = args.as_slice() else {
                return None;
            };
            match only(made)? {
                IdedExpr {
                    expr: ast::Expr::Ident(name),
                    ..
                } if *name == loops.iter_var => Some((Loop::Each(Quantifier::Filter), None, filter)),
                body => Some((Loop::Map, Some(filter), body)),
            }
        }
        _ => None,
    }
}

fn only(list: &IdedExpr) -> Option<&IdedExpr> {
    match &list.expr {
        ast::Expr::List(list) => match list.elements.as_slice() {
            [only] => Some(only),
            _ => None,
        },
        _ => None,
    }
}
