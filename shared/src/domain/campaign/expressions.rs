//! Every expression of a campaign, wherever it stands: what has to be kept of earlier events follows from them.

use super::{Campaign, Enter, Step, Wait, Watch};
use crate::domain::condition::Expr;

impl Campaign {
    /// Every condition and computed value of it.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let exits = self.exit.iter().filter_map(|exit| exit.condition.as_ref());
        let goal = self
            .goal
            .iter()
            .flat_map(|goal| [goal.condition.as_ref(), goal.value.as_ref()]);
        self.enter
            .iter()
            .flat_map(of_entrance)
            .chain(exits)
            .chain(goal.flatten())
            .chain(self.steps.iter().flat_map(of_step))
            .chain(self.shows.values())
    }
}

fn of_entrance(enter: &Enter) -> Vec<&Expr> {
    let watch = match &enter.watch {
        Some(Watch::Date(date)) => Some(&date.date),
        Some(Watch::Becomes(expr)) => Some(expr),
        Some(Watch::Crosses(crossing)) => Some(&crossing.of),
        Some(Watch::Inactive(_) | Watch::Schedule(_)) | None => None,
    };
    let parts = enter.sequence.iter().flat_map(|sequence| &sequence.parts);
    let without = enter.without.as_ref().map(|without| &without.happened);
    [&enter.each, &enter.condition, &enter.key]
        .into_iter()
        .flatten()
        .chain(watch)
        .chain(without)
        .chain(parts.filter_map(|part| part.condition.as_ref()))
        .collect()
}

fn of_step(step: &Step) -> Vec<&Expr> {
    match step {
        Step::Wait(Wait::ForExpr(expr) | Wait::Until(expr)) => vec![expr],
        Step::Await(wait) => wait.condition.iter().collect(),
        Step::Branch(arms) => arms.iter().map(|arm| &arm.when).collect(),
        Step::Loop(back) => back.condition.iter().collect(),
        Step::Send(send) => send.condition.iter().collect(),
        Step::Set(values) => values.values().collect(),
        Step::List(change) => vec![&change.entry],
        Step::Emit(emit) => emit.properties.values().collect(),
        Step::Wait(Wait::For(_) | Wait::Local(_))
        | Step::Split(_)
        | Step::Jump(_)
        | Step::Offer(_)
        | Step::Call(_)
        | Step::Handover(_)
        | Step::Exit => Vec::new(),
    }
}
