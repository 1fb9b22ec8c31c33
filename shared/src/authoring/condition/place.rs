//! Where in the text a mistake stands that was found in the tree.

use super::Mistake;
use super::lengths::Rewritten;
use cel::IdedExpr;
use cel::common::ast::{self, SourceInfo};

/// A mistake at a node whose place is not yet known.
pub(super) struct Found {
    pub node: u64,
    pub anchor: Anchor,
    pub message: String,
    pub warning: bool,
}

/// Which part of a node is meant.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    /// Where its text begins.
    Start,
    /// The name behind its point.
    Name,
}

impl Found {
    /// The mistake with its place in what was written.
    pub fn placed(
        self,
        tree: &IdedExpr,
        source: &str,
        rewritten: &Rewritten,
        places: Option<&std::sync::Arc<SourceInfo>>,
    ) -> Mistake {
        let start = |id: u64| {
            places
                .and_then(|places| places.offset_for(id))
                .map(|(start, _)| start as usize)
        };
        let offset = match self.anchor {
            Anchor::Start => find(tree, self.node).map(|node| earliest(node, &start)),
            Anchor::Name => start(self.node).map(|point| {
                let behind = rewritten.text.get(point + 1..).unwrap_or_default();
                point + 1 + (behind.len() - behind.trim_start().len())
            }),
        };
        Mistake {
            offset: rewritten.original(offset.unwrap_or_default()).min(source.len()),
            message: self.message,
            warning: self.warning,
        }
    }
}

/// The node of this id.
fn find(node: &IdedExpr, id: u64) -> Option<&IdedExpr> {
    if node.id == id {
        return Some(node);
    }
    children(node).into_iter().find_map(|child| find(child, id))
}

/// Where the text of a node begins: an operator's own place is in its middle.
fn earliest(node: &IdedExpr, start: &impl Fn(u64) -> Option<usize>) -> usize {
    children(node)
        .into_iter()
        .map(|child| earliest(child, start))
        .chain(start(node.id))
        .min()
        .unwrap_or(usize::MAX)
}

fn children(node: &IdedExpr) -> Vec<&IdedExpr> {
    match &node.expr {
        ast::Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        ast::Expr::Comprehension(loops) => vec![&loops.iter_range, &loops.loop_step],
        ast::Expr::List(list) => list.elements.iter().collect(),
        ast::Expr::Select(select) => vec![&select.operand],
        ast::Expr::Unspecified
        | ast::Expr::Ident(_)
        | ast::Expr::Literal(_)
        | ast::Expr::Map(_)
        | ast::Expr::Struct(_) => Vec::new(),
    }
}
