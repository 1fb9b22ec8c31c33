//! A service that gives prepared answers over one connection and tells what it heard.

use super::Aws;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it arrived.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Method, path and version.
    pub line: String,
    /// The body.
    pub body: String,
}

/// A service that is running.
pub(crate) struct Stub {
    /// Where.
    pub url: String,
    served: JoinHandle<Vec<Heard>>,
}

impl Stub {
    /// What it heard, once every answer has been given.
    pub async fn heard(self) -> Vec<Heard> {
        self.served.await.expect("every answer was given over one connection")
    }
}

/// Takes one connection and answers one request on it with each status and body.
pub(crate) async fn serve(answers: Vec<(u16, &'static str)>) -> Stub {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("somebody connects");
        let mut heard = Vec::with_capacity(answers.len());
        for (status, body) in answers {
            heard.push(hear(&stream).await);
            let length = body.len();
            let reply = format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.writable().await.expect("it can be written");
            assert_eq!(stream.try_write(reply.as_bytes()).expect("it is taken"), reply.len());
        }
        heard
    });
    Stub { url, served }
}

/// Clients of it.
pub(crate) fn aws(url: &str) -> Aws {
    Aws::from_variables(|name| match name {
        "AWS_ENDPOINT_URL" => Some(url.to_owned()),
        "AWS_REGION" => Some("eu-central-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("local".to_owned()),
        _ => None,
    })
    .expect("everything is set")
}

async fn hear(stream: &TcpStream) -> Heard {
    let mut bytes = Vec::new();
    loop {
        if let Some(heard) = complete(&String::from_utf8_lossy(&bytes)) {
            return heard;
        }
        stream.readable().await.expect("it can be read");
        let mut chunk = [0; 4096];
        match stream.try_read(&mut chunk) {
            Ok(0) => panic!("the connection ended"),
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        }
    }
}

/// The request, if all of it is there.
fn complete(text: &str) -> Option<Heard> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse())?
            .ok()
    });
    (body.len() >= length.unwrap_or(0)).then(|| Heard {
        line: head.lines().next().unwrap_or_default().to_owned(),
        body: body.to_owned(),
    })
}
