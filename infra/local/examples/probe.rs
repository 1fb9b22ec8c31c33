//! A function for the stack's own tests: says on standard output what it was given and when, and
//! does with each record what the record asks for.
//!
//! A record's attribute `do` is `ok`, `fail` (reported as failed), `error` (the invocation
//! fails), `exit` (the process ends), `hang` (no answer comes), `empty` (an empty identifier is
//! reported), `beside DIR` (goes on once another process has come to that record's like). Another event is answered with itself; with `"do": "error"` it fails.

#![allow(clippy::print_stdout, missing_docs)]

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let context = event.context.client_context.unwrap_or_else(|| std::process::abort());
    let now = context.custom.get("now").cloned();
    let records = event.payload.get("Records").and_then(Value::as_array);
    let Some(records) = records.filter(|records| records.iter().any(|record| record.get("dynamodb").is_some())) else {
        println!(
            "{}",
            json!({"now": now, "pid": std::process::id(), "event": event.payload})
        );
        return match event.payload.get("do").and_then(Value::as_str) {
            Some("error") => Err("as was asked".into()),
            _ => Ok(event.payload),
        };
    };
    let told = |record: &Value, path: &str| record.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let keys: Vec<_> = records
        .iter()
        .map(|record| (told(record, "/dynamodb/Keys/PK/S"), told(record, "/dynamodb/Keys/SK/S")))
        .map(|(pk, sk)| format!("{}/{}", pk.unwrap_or_default(), sk.unwrap_or_default()))
        .collect();
    println!("{}", json!({"now": now, "pid": std::process::id(), "keys": keys}));
    let mut failures = Vec::new();
    for record in records {
        match told(record, "/dynamodb/NewImage/do/S").as_deref() {
            Some("fail") => failures.push(json!({"itemIdentifier": told(record, "/dynamodb/SequenceNumber")})),
            Some("empty") => failures.push(json!({"itemIdentifier": ""})),
            Some("error") => return Err("as was asked".into()),
            Some("exit") => std::process::exit(7),
            Some("hang") => std::future::pending().await,
            Some(what) if what.starts_with("beside ") => beside(what.trim_start_matches("beside ")).await?,
            Some(_) | None => {}
        }
    }
    println!("{}", json!({"now": now, "done": keys, "failed": failures.len()}));
    Ok(json!({ "batchItemFailures": failures }))
}

/// Signs in at the directory, and waits for another process to do the same.
async fn beside(directory: &str) -> Result<(), Error> {
    std::fs::write(format!("{directory}/{}", std::process::id()), "")?;
    while std::fs::read_dir(directory)?.count() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    Ok(())
}
