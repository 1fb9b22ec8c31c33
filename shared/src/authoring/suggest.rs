//! Did you mean: the known name nearest to one that was not found.

/// ` (did you mean `x`?)` for the candidate nearest to `found`, or nothing where none is near.
pub(crate) fn did_you_mean<'c>(found: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    match nearest(found, candidates) {
        Some(name) => format!(", did you mean `{name}`?"),
        None => String::new(),
    }
}

/// The candidate nearest to `found`: at most a third of its letters may differ.
pub(crate) fn nearest<'c>(found: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted = found.to_lowercase();
    let most = ((wanted.chars().count() + 1) / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether one is the other but for one letter.
pub(crate) fn is_slip(one: &str, other: &str) -> bool {
    distance(&one.to_lowercase(), &other.to_lowercase()) <= 1
}

/// How many letters must be added, left out, replaced or swapped with their neighbour (the
/// optimal string alignment distance).
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, column) + usize::from(letter != against);
            let mut best = replaced.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let swapped =
                row > 0 && column > 0 && one.get(row - 1) == Some(against) && other.get(column - 1) == Some(letter);
            if swapped {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(one.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name() {
        let names = ["total", "order_id", "cart_id"];
        assert_eq!(nearest("totla", names), Some("total"));
        assert_eq!(nearest("Cart_id", names), Some("cart_id"));
        assert_eq!(nearest("progress", names), None);
        assert!(is_slip("ofers", "offers") && is_slip("Offers", "offers") && is_slip("fofers", "offers"));
        assert!(!is_slip("orders", "offers"));
        assert_eq!(did_you_mean("totl", names), ", did you mean `total`?");
    }
}
