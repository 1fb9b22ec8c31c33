//! From an accepted event to the request for its mail, in the local stack, by the clock.

use crate::Outcome;
use crate::report::{Figure, quantile};
use crate::setting::{Setting, progress};
use crate::workload::{self, Shipped};
use beckon_local::lambda::environment::SERVER_WRITE_KEY;
use beckon_local::{ClockMode, LocalStack, Options};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SECTION: &str = "accepted event to mail request, in the local stack, campaign without a wait";
/// Events before the measured ones, so that every function is warm.
const WARM: usize = 20;

/// Measures.
pub async fn measure(setting: &Setting) -> Outcome<Vec<Figure>> {
    let events = setting.times(200, 20);
    progress(&format!("latency: {events} events"));
    let options = Options {
        binaries: setting.binaries.clone(),
        clock: ClockMode::Flowing,
        ..Options::default()
    };
    let stack = LocalStack::start(options).await?;
    let shipped = Shipped::read(setting)?;
    workload::apply(&workload::store(stack.aws_url())?, &shipped, &[shipped.at_once()]).await?;
    let (mut mailed, mut answered) = (Vec::new(), Vec::new());
    for number in 0..WARM + events {
        let (answer, mail) = one(&stack, number).await?;
        if number >= WARM {
            answered.push(answer);
            mailed.push(mail);
        }
    }
    stack.stop().await?;
    let figure = |name: &str, share: f64| Figure::new(SECTION, name, quantile(&mailed, share), "ms");
    Ok(vec![
        figure("median", 0.5).at_most(50.0).note(format!(
            "of {events}, one after another, from the start of the request; its answer came after {:.1} ms",
            quantile(&answered, 0.5)
        )),
        figure("95 of 100 within", 0.95),
        figure("all within", 1.0),
    ])
}

/// One new person puts something into a cart. Gives the milliseconds until the answer, and until
/// the mail.
async fn one(stack: &LocalStack, number: usize) -> Outcome<(f64, f64)> {
    let user = workload::profile_id(number)?;
    let (mut cart, now) = (workload::product_added("c-1", 1), stack.now());
    cart.insert("cart_id".to_owned(), Value::from(format!("c-{number}")));
    let traits = json!({ "email": format!("{user}@example.com"), "first_name": "Ann" });
    let body = json!({
        "writeKey": SERVER_WRITE_KEY,
        "batch": [
            { "type": "identify", "userId": user, "messageId": format!("i-{number}"), "traits": traits },
            { "type": "track", "userId": user, "messageId": format!("t-{number}"), "event": workload::EVENT,
              "timestamp": now, "properties": cart },
        ],
    });
    let before = stack.messages().len();
    let begun = stack.now();
    post(stack.url(), "/v1/batch", &body.to_string()).await?;
    let answered = stack.now();
    stack.idle().await;
    let messages = stack.messages();
    let Some(mail) = messages.get(before) else {
        let said: Vec<String> = ["ingest", "evaluate", "send"]
            .iter()
            .flat_map(|name| stack.logs(name))
            .collect();
        return Err(format!(
            "event {number} led to no mail; the functions said:\n{}",
            said.join("\n")
        )
        .into());
    };
    let millis = |at: beckon_shared::domain::time::Timestamp| at.duration_since(begun).as_secs_f64() * 1e3;
    Ok((millis(answered), millis(mail.at)))
}

async fn post(url: &str, path: &str, body: &str) -> Outcome<()> {
    let host = url
        .strip_prefix("http://")
        .ok_or("the stack's address is not as expected")?;
    let mut stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    match answer.starts_with("HTTP/1.1 200") {
        true => Ok(()),
        false => Err(format!("the event was not taken: {answer}").into()),
    }
}
