//! A report for people.

use super::sheet::{Group, Sheet, Step};
use beckon_shared::domain::count::Interval;
use beckon_shared::domain::id::CampaignName;
use beckon_shared::domain::time::Span;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes it.
pub fn write(
    to: &mut impl Write,
    (since, until): (Date, Date),
    sheets: &BTreeMap<CampaignName, Sheet>,
) -> io::Result<()> {
    writeln!(to, "{since} to {until}, UTC")?;
    if sheets.is_empty() {
        return writeln!(to, "\nnothing was counted");
    }
    for (name, sheet) in sheets {
        campaign(to, name, sheet)?;
    }
    Ok(())
}

fn campaign(to: &mut impl Write, name: &CampaignName, sheet: &Sheet) -> io::Result<()> {
    let Group {
        entered, goals, value, ..
    } = &sheet.treated;
    writeln!(to, "\n{name}")?;
    write!(
        to,
        "  entered {entered}, exited {}, goals {goals} worth {value:.2}",
        sheet.exited
    )?;
    match sheet.faults {
        0 => writeln!(to)?,
        faults => writeln!(to, ", faults {faults}")?,
    }
    if let Some(conversion) = sheet.treated.conversion() {
        writeln!(to, "  conversion {}", share(conversion))?;
    }
    if let Some(told) = compared(&sheet.treated) {
        writeln!(to, "  each goal  {told}")?;
    }
    if let Some(conversion) = sheet.held_out.conversion() {
        let Group {
            entered, goals, value, ..
        } = &sheet.held_out;
        writeln!(
            to,
            "  held out   {}: entered {entered}, goals {goals} worth {value:.2}",
            share(conversion)
        )?;
        if let Some(told) = compared(&sheet.held_out) {
            writeln!(to, "             each goal {told}")?;
        }
    }
    if let Some(uplift) = sheet.uplift() {
        let told = match uplift.low > 0.0 || uplift.high < 0.0 {
            true => "",
            false => ", which may be chance",
        };
        let [estimate, low, high] = [uplift.estimate, uplift.low, uplift.high].map(|share| share * 100.0);
        writeln!(to, "  difference {estimate:+.1} points ({low:+.1} to {high:+.1}){told}")?;
    }
    for ((step, variant), group) in &sheet.arms {
        let conversion = group.conversion().map(share).unwrap_or_default();
        let each = compared(group).map(|told| format!(", each {told}")).unwrap_or_default();
        writeln!(
            to,
            "  {step}/{variant}   {conversion}: entered {}, goals {} worth {:.2}{each}",
            group.entered, group.goals, group.value
        )?;
    }
    steps(to, sheet)
}

/// `worth 83.93, 1d3h after entering; half of them within 8h`.
fn compared(group: &Group) -> Option<String> {
    let average = group.average().map(|average| format!("worth {average:.2}"));
    let mean = group.took.mean().map(|mean| {
        let half = match group.took.median() {
            Some((_, Some(bound))) => format!("; half of them within {bound}"),
            Some((longer, None)) => format!("; half of them after {longer} and more"),
            None => String::new(),
        };
        format!("{} after entering{half}", to_the_minute(mean))
    });
    let told: Vec<String> = average.into_iter().chain(mean).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// As people speak of it.
fn to_the_minute(span: Span) -> Span {
    match span.millis / 60_000 {
        0 => span,
        minutes => Span::from_mins(minutes),
    }
}

/// `25.8 % (18.9 to 34.2)`.
fn share(interval: Interval) -> String {
    let [estimate, low, high] = [interval.estimate, interval.low, interval.high].map(|share| share * 100.0);
    format!("{estimate:.1} % ({low:.1} to {high:.1})")
}

fn steps(to: &mut impl Write, sheet: &Sheet) -> io::Result<()> {
    if sheet.steps.is_empty() {
        return Ok(());
    }
    let mut rows: Vec<Vec<String>> = vec![
        ["step", "variant", "channel"]
            .into_iter()
            .chain(Step::default().named().map(|(name, _)| name))
            .chain(["skipped"])
            .map(str::to_owned)
            .collect(),
    ];
    for ((step, variant, channel), figures) in &sheet.steps {
        let skipped: Vec<String> = figures
            .skipped
            .iter()
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        let skipped = match skipped.is_empty() {
            true => "0".to_owned(),
            false => skipped.join(", "),
        };
        rows.push(
            [step, variant, channel]
                .into_iter()
                .cloned()
                .chain(figures.named().map(|(_, count)| count.to_string()))
                .chain([skipped])
                .collect(),
        );
    }
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        })
        .collect();
    for row in &rows {
        let mut line = String::from("  ");
        for (place, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Words to the left, numbers to the right.
            let is_words = place < 3 || place == columns - 1;
            line.push_str(&match is_words {
                true => format!("{cell:<width$}  "),
                false => format!("{cell:>width$}  "),
            });
        }
        writeln!(to, "{}", line.trim_end())?;
    }
    Ok(())
}
