//! What somebody would put in front of an engine that has no index: the rules by the event's name.

use beckon_bench_contest::Contest;
use std::collections::HashMap;

/// The places of the rules that listen to each event.
pub fn by_event(contest: &Contest) -> HashMap<&str, Vec<usize>> {
    let mut index: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, rule) in contest.rules.iter().enumerate() {
        index.entry(&rule.event).or_default().push(place);
    }
    index
}
