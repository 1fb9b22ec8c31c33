//! The program as `make dev` starts it: what it says, and what it leaves behind.

use crate::clients::http;
use beckon_local::options;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::ChildStdout;

struct Program {
    child: Child,
    url: String,
    greeting: String,
    functions: PathBuf,
}

/// Starts the program with the probe in the place of each function.
async fn start(name: &str) -> Program {
    let functions = std::env::temp_dir().join(format!("beckon-program-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&functions).unwrap();
    for function in beckon_shared::wiring::FUNCTIONS {
        let probe = options::binaries_beside_us().join("examples/probe");
        std::os::unix::fs::symlink(probe, functions.join(function.name)).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_beckon-local"))
        .args(["--port", "0", "--quiet", "--functions"])
        .arg(&functions)
        .env_remove("DATA")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = ChildStdout::from_std(child.stdout.take().unwrap()).unwrap();
    let mut lines = BufReader::new(stdout).lines();
    let greeting = read_until(&mut lines, "Ctrl-C").await;
    let page = greeting
        .lines()
        .find_map(|line| line.trim().strip_prefix("page"))
        .unwrap();
    Program {
        child,
        url: page.trim().trim_end_matches('/').to_owned(),
        greeting,
        functions,
    }
}

async fn read_until(lines: &mut Lines<BufReader<ChildStdout>>, end: &str) -> String {
    let mut read = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        read.push_str(&line);
        read.push('\n');
        if line.contains(end) {
            return read;
        }
    }
    panic!("it ended with: {read}");
}

/// Makes the program start a function, and finds its process.
async fn function_process(program: &Program) -> PathBuf {
    let (status, _) = http("POST", &format!("{}/v1/track", program.url), "{}").await;
    assert_eq!(status, 200);
    let (_, logs) = http("GET", &format!("{}/_local/logs", program.url), "").await;
    let line: serde_json::Value = serde_json::from_str(logs[0]["line"].as_str().unwrap()).unwrap();
    let process = PathBuf::from(format!("/proc/{}", line["pid"]));
    assert!(process.exists());
    process
}

async fn gone(process: &Path) -> bool {
    let gone = async {
        while process.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_one_needs_and_stops_cleanly() {
    let mut program = start("stops").await;
    for needed in [
        "/v1/",
        "local-server",
        "local-browser",
        "curl -u local-server:",
        "AWS_ENDPOINT_URL_DYNAMODB=",
    ] {
        assert!(program.greeting.contains(needed), "{needed} in {}", program.greeting);
    }
    let process = function_process(&program).await;
    let id = program.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(program.child.wait().unwrap().success());
    assert!(!process.exists(), "the function is gone before the program is");
    std::fs::remove_dir_all(program.functions).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn its_functions_end_even_if_it_is_killed() {
    let mut program = start("killed").await;
    let process = function_process(&program).await;
    program.child.kill().unwrap();
    program.child.wait().unwrap();
    assert!(gone(&process).await);
    std::fs::remove_dir_all(program.functions).unwrap();
}
