//! A bar on standard error, where that is a terminal and the input is long.

use std::io::{self, IsTerminal, Write};

/// Input below this is read faster than a bar is seen, in bytes.
const LONG_BYTES: u64 = 4 * 1024 * 1024;
/// How many cells the bar has.
const CELLS: u64 = 30;

/// How far a phase has come.
pub struct Progress {
    doing: &'static str,
    visible: bool,
    shown: Option<u64>,
}

impl Progress {
    /// A phase of work on so many bytes of input. With `hidden`, nothing is ever shown.
    pub fn of(doing: &'static str, input_bytes: u64, hidden: bool) -> Self {
        Self {
            doing,
            visible: !hidden && input_bytes >= LONG_BYTES && io::stderr().is_terminal(),
            shown: None,
        }
    }

    /// Shows that `done` of `all` is done.
    pub fn show(&mut self, done: u64, all: u64) -> io::Result<()> {
        if !self.visible {
            return Ok(());
        }
        let percent = done.saturating_mul(100).checked_div(all).unwrap_or(100).min(100);
        if self.shown == Some(percent) {
            return Ok(());
        }
        self.shown = Some(percent);
        let full = percent * CELLS / 100;
        let bar: String = (0..CELLS).map(|cell| if cell < full { '█' } else { '░' }).collect();
        let mut to = io::stderr().lock();
        write!(to, "\r{:<8} {bar} {percent:>3} %", self.doing)?;
        to.flush()
    }

    /// Takes the bar away.
    pub fn clear(&mut self) -> io::Result<()> {
        if self.shown.take().is_some() {
            let mut to = io::stderr().lock();
            write!(to, "\r\x1b[2K")?;
            to.flush()?;
        }
        Ok(())
    }
}
