//! A month of a shop's customers, or more of them, as an SDK would tell it: visits of a few pages, products, carts, orders,
//! lessons and points. The same numbers give the same.

use beckon_shared::domain::time::{Span, Timestamp, after};
use fastrand::Rng;
use serde_json::{Value, json};

/// Days of a month.
pub const DAYS: i64 = 30;
/// Things done in a visit.
const VISIT: usize = 12;
/// Between two of them.
const PAUSE_SECS: i64 = 40;
/// Between the visits of one person and those of the next; a prime, so that they spread over the time between two visits.
const APART_MILLIS: i64 = 7_919_033;
const CATEGORIES: [&str; 6] = ["shirts", "socks", "coffee", "tea", "headphones", "cases"];
const GROUPS: [&str; 5] = ["promo", "comparison", "pricing", "guide", "help"];
const PRODUCTS: usize = 20;

/// So many messages of so many people (at least one each) in so many days, in order of time.
pub fn messages(people: usize, count: usize, start: Timestamp, days: i64) -> Vec<Value> {
    let mut messages: Vec<(Timestamp, Value)> = Vec::with_capacity(count);
    for person in 0..people {
        let each = count / people + usize::from(person < count % people);
        one(person, each, (start, days), &mut messages);
    }
    messages.sort_by_key(|(at, _)| *at);
    messages.into_iter().map(|(_, message)| message).collect()
}

/// What one of them does.
fn one(person: usize, count: usize, (start, days): (Timestamp, i64), messages: &mut Vec<(Timestamp, Value)>) {
    let mut rng = Rng::with_seed(u64::try_from(person).unwrap_or_default());
    let visits = count.div_ceil(VISIT).max(1);
    let apart = Span::from_days(days).millis / i64::try_from(visits).unwrap_or(1);
    let (mut orders, mut lessons, mut balance) = (0, 0, 200);
    for number in 0..count {
        let (visit, place) = (number / VISIT, number % VISIT);
        // Everybody at a time of their own.
        let offset = i64::try_from(person).unwrap_or_default() * APART_MILLIS % apart;
        let visit_at = i64::try_from(visit).unwrap_or_default() * apart + offset;
        let at = after(start, Span::from_millis(visit_at));
        let at = after(
            at,
            Span::from_secs(i64::try_from(place).unwrap_or_default() * PAUSE_SECS),
        );
        let product = rng.usize(..PRODUCTS);
        let category = CATEGORIES.get(product % CATEGORIES.len());
        let group = rng.choice(GROUPS);
        let cart = format!("c-{person}-{orders}");
        let thing = json!({
            "cart_id": cart, "product_id": format!("p-{product}"),
            "name": format!("Thing {product}"), "category": category,
            "price": 10 + product, "quantity": 1,
        });
        let (name, properties) = match place {
            _ if number == 0 => ("", traits(person)),
            0 | 1 | 7 => ("page", json!({ "name": "Page", "group": group })),
            6 => ("Product Added", thing),
            8 if rng.bool() => {
                lessons += 1;
                (
                    "Lesson Finished",
                    json!({ "programme_id": "coffee", "lesson_id": format!("l-{lessons}") }),
                )
            }
            8 => ("Progress Made", json!({ "goal_id": "steps", "value": number })),
            9 => {
                balance = (balance + rng.i64(-90..100)).max(0);
                ("Points Changed", json!({ "balance": balance }))
            }
            10 if rng.u8(..3) == 0 => ("Product Removed", thing),
            11 if rng.u8(..4) == 0 => {
                orders += 1;
                let order = json!({
                    "order_id": format!("o-{person}-{orders}"), "cart_id": cart, "products": [thing],
                    "total": 10 + product, "currency": "EUR",
                });
                ("Order Completed", order)
            }
            _ => ("Product Viewed", thing),
        };
        messages.push((at, message(person, number, at, name, &properties)));
    }
}

fn message(person: usize, number: usize, at: Timestamp, name: &str, properties: &Value) -> Value {
    let (id, user) = (format!("m-{person}-{number}"), format!("u-{person}"));
    let at = at.to_string();
    let title = properties.get("name");
    match name {
        "" => json!({ "type": "identify", "messageId": id, "userId": user, "timestamp": at, "traits": properties }),
        "page" => {
            json!({ "type": "page", "messageId": id, "userId": user, "timestamp": at, "name": title, "properties": properties })
        }
        name => {
            json!({ "type": "track", "messageId": id, "userId": user, "timestamp": at, "event": name, "properties": properties })
        }
    }
}

fn traits(person: usize) -> Value {
    json!({
        "email": format!("u{person}@example.com"), "first_name": "Kim", "timezone": "Europe/Dublin", "locale": "en",
        "birthday": format!("1990-{:02}-{:02}", person % 12 + 1, person % 28 + 1), "created_at": "2025-11-02T09:00:00Z",
    })
}
