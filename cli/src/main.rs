//! The `beckon` command: campaigns are checked, tried out on events, planned, applied, paused and
//! stopped, what is known of a profile is shown, and what campaigns came to is reported. One file a command; what decides is the core, the same as in the
//! functions.

#![cfg_attr(
    test,
    allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)
)]

mod apply;
mod campaigns;
mod check;
mod findings;
mod keys;
mod pace;
mod pause;
mod plan;
mod preview;
mod problem;
mod profile;
mod report;
mod roll;
mod sample;
mod send_test;
mod simulate;
mod stack;
mod stop;
mod suppress;
mod wake;
mod why;

use clap::{Parser, Subcommand};
use problem::Problem;
use std::io::Write;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  beckon check campaigns
  beckon preview campaigns
  beckon simulate --campaigns campaigns --events campaigns/sample-events.jsonl
  beckon plan campaigns --local
  beckon apply campaigns --local
  beckon pause birthday --table beckon-prod
  beckon stop birthday --now --table beckon-prod
  beckon profile show u1 --local
  beckon why u1 abandoned-cart --local
  beckon report --since 2026-03-01 --local
  beckon suppress sync --local
  beckon keys vapid
  beckon keys links

`beckon <command> --help` says more, with examples.

Exit codes: 0 done; 1 refused or failed, the reason is on standard error; 2 not understood.";

/// Campaigns as files: check them, try them on events, apply them, pause them, and see what a
/// person got and why.
#[derive(Debug, Parser)]
#[command(name = "beckon", version, after_help = EXAMPLES, max_term_width = 100)]
struct Beckon {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Preview(preview::Preview),
    Simulate(simulate::Simulate),
    Plan(plan::Plan),
    Apply(apply::Apply),
    Pause(pause::Pause),
    Resume(pause::Resume),
    Stop(stop::Stop),
    Suppress(suppress::Suppress),
    Profile(profile::ProfileCommand),
    Why(why::Why),
    Report(report::Report),
    SendTest(send_test::SendTest),
    Keys(keys::Keys),
}

impl Command {
    fn run(self) -> Result<(), Problem> {
        match self {
            Self::Check(command) => command.run(),
            Self::Preview(command) => command.run(),
            Self::Simulate(command) => command.run(),
            Self::Plan(command) => stack::block_on(command.run()),
            Self::Apply(command) => stack::block_on(command.run()),
            Self::Pause(command) => stack::block_on(command.run()),
            Self::Resume(command) => stack::block_on(command.run()),
            Self::Stop(command) => stack::block_on(command.run()),
            Self::Suppress(command) => stack::block_on(command.run()),
            Self::Profile(command) => stack::block_on(command.run()),
            Self::Why(command) => stack::block_on(command.run()),
            Self::Report(command) => stack::block_on(command.run()),
            Self::SendTest(command) => stack::block_on(command.run()),
            Self::Keys(command) => command.run(),
        }
    }
}

fn main() -> ExitCode {
    match Beckon::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read us has heard enough: `beckon … | head`.
        Err(Problem::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(problem) => {
            // Where nothing can be said the exit code still says it.
            let _unheard = writeln!(std::io::stderr(), "error: {problem}");
            ExitCode::FAILURE
        }
    }
}
