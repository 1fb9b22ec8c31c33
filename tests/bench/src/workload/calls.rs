//! What a shop's web app says: products, calls, requests.

use super::{SMALL_EVENT, WRITE_KEY};
use beckon_shared::domain::event::Properties;
use beckon_shared::domain::time::Timestamp;
use serde_json::{Value, json};

/// What a shop sells: name, category, brand, price, page, picture.
const CATALOGUE: [(&str, &str, &str, f64, &str, &str); 5] = [
    (
        "Reading lamp, brushed brass, dimmable",
        "Home / Lighting",
        "Lumo",
        59.0,
        "lighting/reading-lamp",
        "lamps/3817.jpg",
    ),
    (
        "Wool blanket, undyed, 140 x 200 cm",
        "Home / Textiles",
        "Fjell",
        89.5,
        "textiles/wool-blanket",
        "home/0952.jpg",
    ),
    (
        "Espresso cups, set of four, speckled",
        "Kitchen / Tableware",
        "Terra",
        34.0,
        "kitchen/cups",
        "kitchen/4410.jpg",
    ),
    (
        "Oak side table, oiled",
        "Furniture / Tables",
        "Nordic",
        129.0,
        "furniture/side-table",
        "tables/1284.jpg",
    ),
    (
        "Linen apron, moss green",
        "Kitchen / Textiles",
        "Fjell",
        28.0,
        "kitchen/linen-apron",
        "kitchen/7731.jpg",
    ),
];

/// A product of the [`CATALOGUE`], put into a cart: what a shop says of it.
pub fn product_added(cart: &str, product: usize) -> Properties {
    let place = product % CATALOGUE.len();
    let mut properties = Properties::new();
    if let Some((name, category, brand, price, page, picture)) = CATALOGUE.get(place) {
        let told = json!({
            "cart_id": cart,
            "product_id": format!("p-{place:04}"),
            "name": name,
            "category": category,
            "brand": brand,
            "price": price,
            "quantity": 1,
            "currency": "EUR",
            "url": format!("https://shop.example.com/{page}"),
            "image_url": format!("https://img.example.com/{picture}"),
        });
        properties.extend(told.as_object().cloned().unwrap_or_default());
    }
    properties
}

/// A Segment track call of 1,000 bytes, with the context that a browser's SDK adds.
pub fn call(user: &str, message: &str, event: &str, properties: &Properties, now: Timestamp) -> String {
    let body = |padding: &str| {
        json!({
            "type": "track",
            "event": event,
            "userId": user,
            "messageId": message,
            "timestamp": now.to_string(),
            "properties": properties,
            "context": {
                "library": { "name": "analytics.js", "version": "4.1.0" },
                "locale": "en-GB",
                "page": { "path": "/lighting", "title": "Lighting", "url": "https://shop.example.com/lighting" },
                "userAgent": padding,
            },
        })
        .to_string()
    };
    let missing = 1_000usize.saturating_sub(body("").len());
    body(
        &"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 "
            .repeat(missing / 40 + 1)
            .chars()
            .take(missing)
            .collect::<String>(),
    )
}

/// One of ten messages of about 100 bytes each in a batch.
pub fn small_call(user: &str, number: usize, now: Timestamp) -> String {
    format!(
        r#"{{"type":"track","userId":"{user}","messageId":"{number:08x}","event":"{SMALL_EVENT}","timestamp":"{now}"}}"#
    )
}

/// The batch of these messages.
pub fn batch(calls: &[String]) -> String {
    format!(r#"{{"batch":[{}]}}"#, calls.join(","))
}

/// The event that a function URL makes of a POST with the server's write key.
pub fn http_event(path: &str, body: &str, request: &str, now: Timestamp) -> Value {
    use base64::Engine;
    let key = base64::engine::general_purpose::STANDARD.encode(format!("{WRITE_KEY}:"));
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "authorization": format!("Basic {key}"),
            "content-length": body.len().to_string(),
            "content-type": "application/json",
            "host": "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws",
            "user-agent": "analytics-node/3.1.0",
            "x-amzn-trace-id": "Root=1-6740a3b2-0123456789abcdef01234567",
            "x-forwarded-for": "192.0.2.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abcdefghijklmnopqrstuvwxyz012345",
            "domainName": "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws",
            "domainPrefix": "abcdefghijklmnopqrstuvwxyz012345",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.7",
                "userAgent": "analytics-node/3.1.0",
            },
            "requestId": request,
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// Who may write, as `ingest` is configured: [`WRITE_KEY`] as a server's.
pub fn write_keys() -> String {
    use sha2::Digest;
    let digest: String = sha2::Sha256::digest(WRITE_KEY)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("server:{digest}")
}
