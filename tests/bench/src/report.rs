//! Figures, as people read them and as programs do.

use crate::machine::Machine;
use serde_json::{Value, json};
use std::fmt::Write;

/// What a figure should come to.
#[derive(Debug, Clone, Copy)]
enum Reach {
    AtMost(f64),
    AtLeast(f64),
}

/// One thing that was measured.
#[derive(Debug, Clone)]
pub struct Figure {
    section: &'static str,
    name: String,
    value: f64,
    unit: &'static str,
    reach: Option<Reach>,
    beside: Vec<(String, f64)>,
    notes: Vec<String>,
}

impl Figure {
    /// A figure of a section: `value` in `unit`.
    pub fn new(section: &'static str, name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            section,
            name: name.into(),
            value,
            unit,
            reach: None,
            beside: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The same, that should be at most `reach`.
    #[must_use]
    pub fn at_most(mut self, reach: f64) -> Self {
        self.reach = Some(Reach::AtMost(reach));
        self
    }

    /// The same, that should be at least `reach`.
    #[must_use]
    pub fn at_least(mut self, reach: f64) -> Self {
        self.reach = Some(Reach::AtLeast(reach));
        self
    }

    /// The same, with what another one comes to.
    #[must_use]
    pub fn beside(mut self, other: impl Into<String>, value: f64) -> Self {
        self.beside.push((other.into(), value));
        self
    }

    /// The same, with a word on it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Whether it reaches what it should; nothing where there is no such figure.
    pub fn met(&self) -> Option<bool> {
        // As it is shown: what rounds to the reach is the reach.
        self.reach.map(|reach| match reach {
            Reach::AtMost(reach) => rounded(self.value) <= rounded(reach),
            Reach::AtLeast(reach) => rounded(self.value) >= rounded(reach),
        })
    }

    /// One JSON object.
    pub fn json(&self) -> Value {
        let beside: serde_json::Map<String, Value> = self
            .beside
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(rounded(*value))))
            .collect();
        json!({
            "section": self.section,
            "figure": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "reach": self.reach.map(|reach| match reach {
                Reach::AtMost(reach) => json!({ "at_most": reach }),
                Reach::AtLeast(reach) => json!({ "at_least": reach }),
            }),
            "met": self.met(),
            "beside": beside,
            "notes": self.notes,
        })
    }
}

/// Everything as a table, the machine first.
pub fn table(machine: &Machine, figures: &[Figure]) -> String {
    let mut text = String::new();
    for (what, value) in machine.lines() {
        line(&mut text, format_args!("{what:<10} {value}"));
    }
    let wide = figures
        .iter()
        .map(|figure| figure.name.chars().count())
        .max()
        .unwrap_or_default();
    let mut section = "";
    for figure in figures {
        if figure.section != section {
            section = figure.section;
            line(&mut text, format_args!("\n{section}"));
        }
        let measured = format!("{} {}", shown(figure.value), figure.unit);
        let reach = figure
            .reach
            .map(|reach| match reach {
                Reach::AtMost(reach) => format!("≤ {}", shown(reach)),
                Reach::AtLeast(reach) => format!("≥ {}", shown(reach)),
            })
            .unwrap_or_default();
        let met = match figure.met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        let beside: Vec<String> = figure
            .beside
            .iter()
            .map(|(name, value)| format!("{name} {}", shown(*value)))
            .collect();
        let row = format!(
            "  {:<wide$}  {measured:>18}  {reach:<9} {met:<7} {}",
            figure.name,
            beside.join(" · ")
        );
        line(&mut text, format_args!("{}", row.trim_end()));
        for note in &figure.notes {
            line(&mut text, format_args!("      {note}"));
        }
    }
    text
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}

/// Three significant digits, whole from a hundred on.
fn rounded(value: f64) -> f64 {
    if value.abs() >= 100.0 || value == 0.0 {
        return value.round();
    }
    let digits = 2.0 - value.abs().log10().floor();
    let scale = 10f64.powf(digits);
    (value * scale).round() / scale
}

fn shown(value: f64) -> String {
    let rounded = rounded(value);
    if rounded.abs() < 1_000.0 {
        return format!("{rounded}");
    }
    let digits = format!("{rounded:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The middle of some measurements; 0 of none.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The measurement below which this share of them lies; 0 of none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_to_three_digits() {
        let cases = [
            (0.0, "0"),
            (0.061_23, "0.0612"),
            (1.0, "1"),
            (2.104, "2.1"),
            (41.26, "41.3"),
            (418.4, "418"),
            (23_040.0, "23,040"),
            (1_234_567.0, "1,234,567"),
        ];
        for (value, expected) in cases {
            assert_eq!(shown(value), expected);
        }
    }

    #[test]
    fn a_figure_is_met_as_it_is_shown() {
        let figure = |value| Figure::new("s", "f", value, "ms").at_most(5.0);
        assert_eq!(figure(5.004).met(), Some(true));
        assert_eq!(figure(5.006).met(), Some(false));
        assert_eq!(Figure::new("s", "f", 9.0, "ms").met(), None);
    }

    #[test]
    fn quantiles_are_measurements() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(
            (median(&values), quantile(&values, 0.95), quantile(&values, 0.0)),
            (3.0, 5.0, 1.0)
        );
        assert_eq!(median(&[]), 0.0);
    }
}
