//! What happens in a shop, as it says it by events, who its people are, and the rules that its campaigns would have. The
//! same seed gives the same.

use super::condition::{Comparison, Condition, Place};
use beckon_bench_contest::Happening;
use fastrand::Rng;
use serde_json::{Map, Value, json};

/// What a property may be.
#[derive(Debug, Clone, Copy)]
enum Values {
    Words(&'static [&'static str]),
    /// A whole number from 0 up to this one.
    Whole(i64),
    /// A number with two decimals from 0 up to this one.
    Fraction(f64),
    Flag,
}

/// A property of an event, or a trait.
struct Property {
    names: &'static [&'static str],
    values: Values,
    /// In how many of a hundred it is missing.
    missing: u8,
}

/// A kind of event.
struct Kind {
    name: &'static str,
    /// How often it happens, among all.
    weight: u32,
    properties: &'static [Property],
}

const fn always(names: &'static [&'static str], values: Values) -> Property {
    Property {
        names,
        values,
        missing: 0,
    }
}

const CATEGORIES: Values = Values::Words(&[
    "shirts",
    "socks",
    "coffee",
    "tea",
    "headphones",
    "cases",
    "books",
    "toys",
]);
const BRANDS: Values = Values::Words(&["Acme", "Borealis", "Cobalt", "Dune", "Ember", "Fjord"]);
const COUNTRIES: Values = Values::Words(&["AT", "CH", "DE", "FR", "IT", "NL", "PL", "US"]);
const DEVICES: Values = Values::Words(&["phone", "tablet", "desktop"]);
const SOURCES: Values = Values::Words(&["newsletter", "search", "social", "direct", "affiliate"]);

const PRODUCT: [Property; 5] = [
    always(&["product", "category"], CATEGORIES),
    always(&["product", "brand"], BRANDS),
    always(&["product", "price"], Values::Fraction(400.0)),
    always(&["quantity"], Values::Whole(5)),
    always(&["device"], DEVICES),
];
const CART: [Property; 4] = [
    always(&["value"], Values::Fraction(900.0)),
    always(&["size"], Values::Whole(12)),
    always(&["shipping", "country"], COUNTRIES),
    Property {
        names: &["coupon"],
        values: Values::Words(&["SPRING", "WELCOME", "LOYAL"]),
        missing: 70,
    },
];
const PAGE: [Property; 4] = [
    always(
        &["group"],
        Values::Words(&["promo", "comparison", "pricing", "guide", "help", "home"]),
    ),
    always(&["visible_secs"], Values::Whole(180)),
    always(&["scroll_depth"], Values::Fraction(1.0)),
    always(&["utm", "source"], SOURCES),
];
const MAIL: [Property; 3] = [
    always(&["campaign"], Values::Words(&["welcome", "cart", "win-back", "digest"])),
    always(&["device"], DEVICES),
    Property {
        names: &["link"],
        values: Values::Words(&["offer", "profile", "help"]),
        missing: 40,
    },
];
const LEARNING: [Property; 4] = [
    always(&["programme"], Values::Words(&["coffee", "barista", "tasting"])),
    always(&["score"], Values::Fraction(100.0)),
    always(&["minutes"], Values::Whole(60)),
    always(&["finished"], Values::Flag),
];
const LOYALTY: [Property; 3] = [
    always(&["balance"], Values::Whole(5_000)),
    always(&["change"], Values::Whole(500)),
    always(&["source"], SOURCES),
];
const SEARCH: [Property; 3] = [
    always(&["query", "category"], CATEGORIES),
    always(&["results"], Values::Whole(200)),
    always(&["device"], DEVICES),
];

const fn kind(name: &'static str, weight: u32, properties: &'static [Property]) -> Kind {
    Kind {
        name,
        weight,
        properties,
    }
}

const KINDS: [Kind; 20] = [
    kind("Product Viewed", 260, &PRODUCT),
    kind("Page Engaged", 200, &PAGE),
    kind("Product List Viewed", 120, &PAGE),
    kind("Products Searched", 80, &SEARCH),
    kind("Product Added", 70, &PRODUCT),
    kind("Email Opened", 60, &MAIL),
    kind("Cart Updated", 40, &CART),
    kind("Product Clicked", 40, &PRODUCT),
    kind("Lesson Finished", 25, &LEARNING),
    kind("Points Changed", 20, &LOYALTY),
    kind("Email Link Clicked", 15, &MAIL),
    kind("Cart Viewed", 15, &CART),
    kind("Product Removed", 10, &PRODUCT),
    kind("Checkout Started", 10, &CART),
    kind("Order Completed", 8, &CART),
    kind("Order Delivered", 8, &CART),
    kind("Progress Made", 8, &LEARNING),
    kind("Wishlist Product Added", 5, &PRODUCT),
    kind("Order Returned", 3, &CART),
    kind("Coupon Entered", 3, &CART),
];

const TRAITS: [Property; 8] = [
    always(&["plan"], Values::Words(&["free", "plus", "pro"])),
    always(&["country"], COUNTRIES),
    always(&["orders"], Values::Whole(40)),
    always(&["lifetime_value"], Values::Fraction(3_000.0)),
    always(&["newsletter"], Values::Flag),
    Property {
        names: &["age"],
        values: Values::Whole(90),
        missing: 30,
    },
    Property {
        names: &["loyalty", "level"],
        values: Values::Words(&["bronze", "silver", "gold"]),
        missing: 40,
    },
    Property {
        names: &["favourite"],
        values: CATEGORIES,
        missing: 50,
    },
];

/// So many people's traits.
pub fn profiles(rng: &mut Rng, count: usize) -> Vec<Map<String, Value>> {
    (0..count)
        .map(|number: usize| {
            let mut traits = said(rng, &TRAITS);
            traits.insert("email".to_owned(), json!(format!("user-{number:06}@example.com")));
            traits.insert("first_name".to_owned(), json!("Ann"));
            traits.insert("timezone".to_owned(), json!("Europe/Vienna"));
            traits
        })
        .collect()
}

/// So many events of so many people.
pub fn events(rng: &mut Rng, count: usize, people: usize) -> Vec<Happening> {
    let all: u32 = KINDS.iter().map(|kind| kind.weight).sum();
    let mut events = Vec::with_capacity(count);
    while events.len() < count {
        let mut place = rng.u32(..all);
        let kind = KINDS.iter().find(|kind| {
            let is_it = place < kind.weight;
            place = place.saturating_sub(kind.weight);
            is_it
        });
        events.extend(kind.map(|kind| Happening {
            name: kind.name.to_owned(),
            profile: rng.usize(..people),
            properties: said(rng, kind.properties),
        }));
    }
    events
}

/// What lets somebody into a campaign: the event's name, and what must hold. Every kind of event has as many campaigns
/// as any other, however often it happens.
pub fn rules(rng: &mut Rng, count: usize) -> Vec<(&'static str, Condition)> {
    (0..count).filter_map(|_| rule(rng)).collect()
}

fn rule(rng: &mut Rng) -> Option<(&'static str, Condition)> {
    let kind = rng.choice(&KINDS)?;
    let mut parts = vec![test(rng, "event", kind.properties)?, test(rng, "profile", &TRAITS)?];
    if rng.bool() {
        parts.push(test(rng, "event", kind.properties)?);
    }
    if rng.u8(..3) == 0 {
        let either = vec![test(rng, "event", kind.properties)?, test(rng, "profile", &TRAITS)?];
        parts.push(Condition::Any(either));
    }
    Some((kind.name, Condition::All(parts)))
}

/// The events and traits, declared as `workspace.yaml` has them.
pub fn declared() -> Value {
    let events: Map<String, Value> = KINDS
        .iter()
        .map(|kind| (kind.name.to_owned(), types(kind.properties).into()))
        .collect();
    let mut traits = types(&TRAITS);
    traits.insert("reached".to_owned(), json!("bool"));
    json!({ "events": events, "traits": traits })
}

fn types(properties: &[Property]) -> Map<String, Value> {
    let mut types = Map::new();
    for property in properties {
        let kind = match property.values {
            Values::Words(_) => "text",
            Values::Whole(_) | Values::Fraction(_) => "number",
            Values::Flag => "bool",
        };
        put(&mut types, property.names, json!(kind));
    }
    types
}

fn said(rng: &mut Rng, properties: &[Property]) -> Map<String, Value> {
    let mut said = Map::new();
    for property in properties {
        if rng.u8(..100) < property.missing {
            continue;
        }
        let value = match property.values {
            Values::Words(words) => json!(rng.choice(words)),
            Values::Whole(most) => json!(rng.i64(0..=most)),
            Values::Fraction(most) => fraction(rng, most),
            Values::Flag => json!(rng.bool()),
        };
        put(&mut said, property.names, value);
    }
    said
}

/// Puts the value there; the names are one, or a group's and one in it.
fn put(into: &mut Map<String, Value>, names: &[&str], value: Value) {
    match names {
        [name] => {
            into.insert((*name).to_owned(), value);
        }
        [group, rest @ ..] => {
            let group = into.entry(*group).or_insert_with(|| json!({}));
            if let Some(group) = group.as_object_mut() {
                put(group, rest, value);
            }
        }
        [] => {}
    }
}

fn test(rng: &mut Rng, of: &'static str, properties: &'static [Property]) -> Option<Condition> {
    let property = rng.choice(properties)?;
    let place = Place {
        of,
        names: property.names,
        optional: property.missing > 0,
    };
    let order = rng.choice([
        Comparison::Less,
        Comparison::AtMost,
        Comparison::Greater,
        Comparison::AtLeast,
    ])?;
    Some(match property.values {
        Values::Words(words) if rng.u8(..3) == 0 => {
            let some = rng.choose_multiple(words.iter().copied(), 2);
            Condition::OneOf(place, some)
        }
        Values::Words(words) => Condition::Compared(place, Comparison::Equal, json!(rng.choice(words))),
        Values::Whole(most) => Condition::Compared(place, order, json!(rng.i64(0..=most))),
        Values::Fraction(most) => Condition::Compared(place, order, fraction(rng, most)),
        Values::Flag => Condition::Compared(place, Comparison::Equal, json!(rng.bool())),
    })
}

/// Two decimals: the same number to engines that count in tens and to those that count in twos.
fn fraction(rng: &mut Rng, most: f64) -> Value {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // cents of a shop
    let cents = rng.i64(0..=(most * 100.0) as i64) as f64;
    json!(cents / 100.0)
}
