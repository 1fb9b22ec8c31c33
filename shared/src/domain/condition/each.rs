//! Loops over the elements of a list.

use super::eval::{ELEMENTS_MAX, Run};
use super::expr::Expr;
use super::{EvalError, Value};

/// The variable of a loop, and those around it.
#[derive(Clone, Copy)]
pub(super) struct Bound<'r, 'a> {
    value: &'r Value<'a>,
    outer: Option<&'r Bound<'r, 'a>>,
}

impl<'a> Run<'_, 'a> {
    /// The variable of a loop, counted from the innermost.
    pub(super) fn bound(&self, index: u8) -> Result<Value<'a>, EvalError> {
        let mut bound = self.bound;
        for _ in 0..index {
            bound = bound.and_then(|bound| bound.outer);
        }
        bound
            .map(|bound| bound.value.clone())
            .ok_or_else(|| EvalError("a variable is used outside its loop".to_owned()))
    }

    /// Whether the body comes to `settles` for any element, which decides it all; otherwise the
    /// first error counts.
    pub(super) fn any(&self, range: &'a Expr, body: &'a Expr, settles: bool) -> Result<bool, EvalError> {
        let list = self.range(range)?;
        let mut wrong = None;
        for value in list.elements() {
            match self.body(body, &value) {
                Ok(value) if value == settles => return Ok(settles),
                Ok(_) => {}
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        wrong.map_or(Ok(!settles), Err)
    }

    pub(super) fn exactly_one(&self, range: &'a Expr, body: &'a Expr) -> Result<bool, EvalError> {
        let list = self.range(range)?;
        let mut found = 0_usize;
        for value in list.elements() {
            found += usize::from(self.body(body, &value)?);
        }
        Ok(found == 1)
    }

    pub(super) fn filter(&self, range: &'a Expr, body: &'a Expr) -> Result<Value<'a>, EvalError> {
        let list = self.range(range)?;
        let mut kept = Vec::new();
        for value in list.elements() {
            if self.body(body, &value)? {
                kept.push(value);
            }
        }
        Ok(Value::List(kept))
    }

    pub(super) fn map(
        &self,
        range: &'a Expr,
        filter: Option<&'a Expr>,
        body: &'a Expr,
    ) -> Result<Value<'a>, EvalError> {
        let list = self.range(range)?;
        let mut made = Vec::new();
        for value in list.elements() {
            let taken = match filter {
                Some(filter) => self.body(filter, &value)?,
                None => true,
            };
            if taken {
                let bound = Bound {
                    value: &value,
                    outer: self.bound,
                };
                made.push(self.binding(&bound).eval(body)?);
            }
        }
        Ok(Value::List(made))
    }

    /// Looks with the loop's variable standing for each element of the range.
    pub(super) fn with_elements(&self, range: &'a Expr, mut look: impl FnMut(&Run<'_, 'a>)) -> Result<(), EvalError> {
        let list = self.range(range)?;
        for value in list.elements() {
            let bound = Bound {
                value: &value,
                outer: self.bound,
            };
            look(&self.binding(&bound));
        }
        Ok(())
    }

    /// Whether a loop's body holds for an element.
    fn body(&self, body: &'a Expr, value: &Value<'a>) -> Result<bool, EvalError> {
        let bound = Bound {
            value,
            outer: self.bound,
        };
        self.binding(&bound).test(body)
    }

    fn binding<'s>(&'s self, bound: &'s Bound<'s, 'a>) -> Run<'s, 'a> {
        Run {
            scope: self.scope,
            bound: Some(bound),
            own: self.own,
            depth: self.depth,
            left: self.left,
        }
    }

    fn range(&self, range: &'a Expr) -> Result<Value<'a>, EvalError> {
        let list = self.eval(range)?;
        match list.list_len() {
            Some(len) => {
                let left = u32::try_from(len).ok().and_then(|len| self.left.get().checked_sub(len));
                self.left.set(
                    left.ok_or_else(|| EvalError(format!("its loops look at more than {ELEMENTS_MAX} elements")))?,
                );
                Ok(list)
            }
            None => Err(EvalError::kind(range, &list, "a list")),
        }
    }
}
