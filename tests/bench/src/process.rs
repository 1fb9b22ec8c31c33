//! What other processes take.

use crate::Outcome;
use nix::sys::resource::{UsageWho, getrusage};
use std::process::{Command, Output};
use std::time::Duration;

/// Between two looks at a process that runs to its end.
const LOOK: Duration = Duration::from_millis(2);

/// What a process took until its end.
#[derive(Debug)]
pub struct Taken {
    /// Processor time.
    pub cpu: Duration,
    /// Its memory at the peak, in MB, as it was seen last.
    pub peak_mb: f64,
}

/// A process's memory now and at its peak, in MB (proc(5), `VmRSS` and `VmHWM`).
pub fn memory_mb(process: u32) -> Outcome<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| -> Outcome<f64> {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .ok_or("/proc/pid/status is short")?;
        let kb: f64 = line.trim_start_matches(':').trim().trim_end_matches(" kB").parse()?;
        Ok(kb / 1024.0)
    };
    Ok((field("VmRSS")?, field("VmHWM")?))
}

/// Processor time of all our children that have ended.
pub fn children_time() -> Outcome<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = |time: nix::sys::time::TimeVal| {
        let (secs, micros) = (u64::try_from(time.tv_sec()), u64::try_from(time.tv_usec()));
        Duration::from_secs(secs.unwrap_or_default()) + Duration::from_micros(micros.unwrap_or_default())
    };
    Ok(micros(usage.user_time()) + micros(usage.system_time()))
}

/// Runs it to its end, while no other child of ours ends.
pub fn run(command: &mut Command) -> Outcome<(Output, Taken)> {
    let before = children_time()?;
    let child = command.spawn()?;
    let process = child.id();
    // The system tells the peak of all children together, and of one only while it is there.
    let looking = std::thread::spawn(move || {
        let mut peak = 0.0;
        // What is seen first may be ours still, of which it is a copy until it becomes the other program.
        while let Ok((_, so_far)) = memory_mb(process) {
            peak = so_far;
            #[allow(clippy::disallowed_methods)] // nothing tells when more is taken
            std::thread::sleep(LOOK);
        }
        peak
    });
    let output = child.wait_with_output()?;
    let peak_mb = looking.join().map_err(|_| "nobody could look at its memory")?;
    let cpu = children_time()?.saturating_sub(before);
    Ok((output, Taken { cpu, peak_mb }))
}
