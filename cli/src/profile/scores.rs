//! What a profile's scores come to just now, and what they are made of.

use super::time;
use beckon_shared::domain::campaign::Workspace;
use beckon_shared::domain::condition::Contribution;
use beckon_shared::domain::profile::Tallies;
use beckon_shared::domain::time::Timestamp;

/// A line for each score and for the micromoment, with what contributed below it: what is worth most first.
pub fn lines(workspace: &Workspace, tallies: &Tallies, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, score) in &workspace.scores {
        let explained = score.explain(tallies, now);
        lines.push(format!("{name}  {:.1}", explained.value));
        lines.extend(by_event(explained.contributions).iter().map(Sum::line));
    }
    if let Some(moments) = &workspace.moments {
        lines.push(match moments.now(tallies, now) {
            Some(moment) => format!(
                "micromoment  {}, {:.0} %",
                moment.kind.name(),
                moment.confidence * 100.0
            ),
            None => "micromoment  none".to_owned(),
        });
    }
    lines
}

/// What events of one kind contributed together.
struct Sum {
    event: String,
    points: f64,
    count: u64,
    last: Timestamp,
    worth: f64,
}

impl Sum {
    fn line(&self) -> String {
        let times = if self.count == 1 { "once" } else { "times" };
        let count = match self.count {
            1 => String::new(),
            count => format!("{count} "),
        };
        format!(
            "  {:+.1}  {}, {count}{times} at {:+} each, last on {}",
            self.worth,
            self.event,
            self.points,
            time(self.last)
        )
    }
}

fn by_event(contributions: Vec<Contribution>) -> Vec<Sum> {
    let mut sums: Vec<Sum> = Vec::new();
    for one in contributions {
        // Points are what a file says, so equal ones are the same to the bit.
        let same = |sum: &&mut Sum| sum.event == one.event && sum.points.total_cmp(&one.points).is_eq();
        match sums.iter_mut().find(same) {
            Some(sum) => {
                sum.count += one.count;
                sum.last = sum.last.max(one.at);
                sum.worth += one.worth;
            }
            None => sums.push(Sum {
                event: one.event,
                points: one.points,
                count: one.count,
                last: one.at,
                worth: one.worth,
            }),
        }
    }
    sums.sort_by(|one, other| other.worth.abs().total_cmp(&one.worth.abs()));
    sums
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, clippy::unwrap_used)]
    use super::*;
    use beckon_shared::domain::campaign::{Add, Score};
    use beckon_shared::domain::profile::Sample;
    use beckon_shared::domain::time::Span;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[test]
    fn a_score_is_told_with_what_it_is_made_of() {
        let add = |on: &str, points: f64| Add {
            on: on.to_owned(),
            condition: None,
            points,
        };
        let score = Score::new(
            "readiness",
            Span::from_days(3),
            vec![add("Product Viewed", 4.0), add("Order Completed", -60.0)],
        );
        let feed = score.feeds().next().expect("it is fed");
        let mut tallies = Tallies::default();
        let day = 86_400_000;
        for (event, points, at) in [
            ("Product Viewed", 4.0, 0),
            ("Product Viewed", 4.0, 3 * day),
            ("Order Completed", -60.0, 0),
        ] {
            let sample = Sample::new(at, vec![json!(event), json!(points)], None);
            tallies.note(feed.log, sample, feed.keep);
        }
        let workspace = Workspace {
            scores: BTreeMap::from([("readiness".to_owned(), score)]),
            ..Workspace::default()
        };
        let now = Timestamp::from_millisecond(3 * day).unwrap();
        let expected = [
            "readiness  0.0",
            "  -30.0  Order Completed, once at -60 each, last on 1970-01-01 00:00:00",
            "  +6.0  Product Viewed, 2 times at +4 each, last on 1970-01-04 00:00:00",
        ];
        assert_eq!(lines(&workspace, &tallies, now), expected);
    }
}
