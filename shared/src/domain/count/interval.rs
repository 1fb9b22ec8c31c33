//! How sure a share is: 95 % intervals of proportions and of their difference.
//!
//! R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven
//! methods" and "Interval estimation for the difference between independent proportions:
//! comparison of eleven methods", Statistics in Medicine 17 (1998): Wilson's score interval
//! (method 3 of the first), and the difference made of two of them (method 10 of the second).

/// The normal deviate of 95 %, both sides.
const Z: f64 = 1.959_963_984_540_054;

/// Where something lies with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// The best guess.
    pub estimate: f64,
    /// Not below this.
    pub low: f64,
    /// Not above this.
    pub high: f64,
}

/// Wilson's score interval of `hits` in `of`, without continuity correction; `None` where there is
/// nothing to judge by.
pub fn wilson(hits: u64, of: u64) -> Option<Interval> {
    if of == 0 {
        return None;
    }
    let (hits, n) = (real(hits.min(of)), real(of));
    let p = hits / n;
    let z2 = Z * Z;
    let middle = 2.0f64.mul_add(hits, z2);
    let spread = Z * 4.0f64.mul_add(hits * (1.0 - p), z2).sqrt();
    let scale = 2.0 * (n + z2);
    Some(Interval {
        estimate: p,
        low: ((middle - spread) / scale).max(0.0),
        high: ((middle + spread) / scale).min(1.0),
    })
}

/// Newcombe's hybrid score interval of the difference between two independent shares.
pub fn newcombe(one: Interval, other: Interval) -> Interval {
    let difference = one.estimate - other.estimate;
    Interval {
        estimate: difference,
        low: difference - (one.estimate - one.low).hypot(other.high - other.estimate),
        high: difference + (one.high - one.estimate).hypot(other.estimate - other.low),
    }
}

#[allow(clippy::cast_precision_loss)] // counts of people stay far below 2^53
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 0.000_051
    }

    /// The examples of both papers, to the four places that they print.
    #[test]
    fn intervals_are_those_that_were_published() {
        for (hits, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = wilson(hits, of).expect("there is something to judge by");
            assert!(
                near(found.low, low) && near(found.high, high),
                "{hits} of {of}: {found:?}"
            );
        }
        for ((hits, of), (others, of_others), low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((5, 56), (0, 29), -0.0381, 0.1926),
        ] {
            let (one, other) = (wilson(hits, of), wilson(others, of_others));
            let found = newcombe(one.expect("an interval"), other.expect("an interval"));
            assert!(near(found.low, low) && near(found.high, high), "{found:?}");
        }
    }

    #[test]
    fn nothing_is_said_of_nobody() {
        assert_eq!(wilson(0, 0), None);
    }
}
