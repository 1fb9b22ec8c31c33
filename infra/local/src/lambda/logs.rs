//! What the functions print, kept for a while and shown as it comes where somebody watches.
//!
//! Whoever asks gets everything that was printed before he asked: what still waits in a pipe is
//! read first. So what a function printed before it answered is there when its answer is.

use super::discretion::address_in;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::unix::pipe;

/// How many lines are kept.
const KEPT_LINES: usize = 10_000;

/// A line that a function printed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LogLine {
    /// Which function.
    pub function: &'static str,
    /// What it printed, without the line break.
    pub line: String,
}

/// The last lines of all functions.
#[derive(Debug)]
pub struct Logs {
    shown: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<LogLine>,
    pipes: Vec<Arc<Pipe>>,
    /// The first function that printed what looks like somebody's address.
    indiscreet: Option<&'static str>,
}

/// One end of what a process prints.
#[derive(Debug)]
struct Pipe {
    function: &'static str,
    /// Reads at once or not at all.
    source: File,
    /// The beginning of a line whose end is not there yet.
    begun: Mutex<Vec<u8>>,
}

impl Logs {
    /// Keeps lines; with `shown`, writes them to standard error too, each after the function's
    /// name.
    pub fn new(shown: bool) -> Self {
        Self {
            shown,
            state: Mutex::default(),
        }
    }

    /// What was printed by `function`, oldest first.
    pub fn of(&self, function: &str) -> Vec<String> {
        let all = self.all().into_iter();
        let of = all.filter(|line| line.function == function);
        of.map(|line| line.line).collect()
    }

    /// What all functions printed, oldest first.
    pub fn all(&self) -> Vec<LogLine> {
        let pipes = self.state().pipes.clone();
        for pipe in pipes {
            self.read(&pipe);
        }
        self.state().lines.iter().cloned().collect()
    }

    /// The first function that printed what looks like somebody's address, if any did.
    pub fn indiscreet(&self) -> Option<&'static str> {
        drop(self.all());
        self.state().indiscreet
    }

    /// Forgets all lines.
    pub fn clear(&self) {
        drop(self.all());
        self.state().lines.clear();
    }

    /// Keeps what comes out of a pipe until it ends.
    pub async fn collect(&self, function: &'static str, pipe: OwnedFd) -> std::io::Result<()> {
        let source = File::from(pipe.try_clone()?);
        // It shares the open pipe with `source`, and makes both non-blocking.
        let ready = pipe::Receiver::from_owned_fd(pipe)?;
        let pipe = Arc::new(Pipe {
            function,
            source,
            begun: Mutex::default(),
        });
        self.state().pipes.push(Arc::clone(&pipe));
        let mut ended = false;
        while !ended {
            ready.readable().await?;
            ended = self.read(&pipe);
            if !ended {
                // Nothing is there any more: this only tells the runtime so, or it brings what
                // came meanwhile.
                let mut more = [0_u8; 4096];
                let mut begun = pipe.begun.lock().unwrap_or_else(PoisonError::into_inner);
                match ready.try_read(&mut more) {
                    Ok(0) => ended = true,
                    Ok(count) => self.split(function, &mut begun, more.get(..count).unwrap_or_default()),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        }
        self.split(
            function,
            &mut pipe.begun.lock().unwrap_or_else(PoisonError::into_inner),
            b"\n",
        );
        self.state().pipes.retain(|other| !Arc::ptr_eq(other, &pipe));
        Ok(())
    }

    /// Reads what is there; answers whether the pipe has ended.
    fn read(&self, pipe: &Pipe) -> bool {
        let mut bytes = [0_u8; 4096];
        loop {
            let mut begun = pipe.begun.lock().unwrap_or_else(PoisonError::into_inner);
            match (&pipe.source).read(&mut bytes) {
                Ok(0) => return true,
                Ok(count) => self.split(pipe.function, &mut begun, bytes.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    fn split(&self, function: &'static str, begun: &mut Vec<u8>, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' if begun.is_empty() => {}
                b'\n' => {
                    let line = String::from_utf8_lossy(begun).into_owned();
                    begun.clear();
                    self.keep(function, line);
                }
                byte => begun.push(*byte),
            }
        }
    }

    fn keep(&self, function: &'static str, line: String) {
        if self.shown {
            // Nobody can be told that standard error is closed.
            let _ = writeln!(std::io::stderr().lock(), "{function:>8} | {line}");
        }
        let mut state = self.state();
        if address_in(&line).is_some() {
            state.indiscreet.get_or_insert(function);
        }
        if state.lines.len() >= KEPT_LINES {
            state.lines.pop_front();
        }
        state.lines.push_back(LogLine { function, line });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
