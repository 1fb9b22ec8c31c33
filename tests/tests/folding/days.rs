//! What happens to people, drawn: plausible more often than not, told late, twice or ahead of time now and then, and
//! several things at one moment, as after an hour in which nothing got through.

use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::time::{Span, Timestamp, after, before};
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Whose inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Laptop,
    Telephone,
    Ann,
    Ben,
}

impl Who {
    pub fn id(self) -> ProfileId {
        match self {
            Self::Laptop => ProfileId::anonymous("laptop"),
            Self::Telephone => ProfileId::anonymous("telephone"),
            Self::Ann => ProfileId::known("ann"),
            Self::Ben => ProfileId::known("ben"),
        }
        .expect("a name serves as an id")
    }
}

/// What is heard of at one moment.
pub struct Pile {
    pub at: Timestamp,
    pub told: Vec<Told>,
}

/// Something that is said of somebody.
#[derive(Debug, Clone)]
pub struct Told {
    pub who: Who,
    /// When it happened.
    pub at: Timestamp,
    pub what: What,
    /// It is the so-manyth thing of the same moment once more, under the same id.
    pub repeats: Option<usize>,
}

#[derive(Debug, Clone)]
pub enum What {
    /// The team's server says so.
    Did(&'static str, Value),
    /// Their browser says so.
    Browsed(&'static str, Value),
    /// A page of this group.
    Saw(&'static str),
    Is(Value),
    TurnsOutToBe(Who),
    /// A provider says so of the message before so many others.
    Word(&'static str, usize),
}

const GROUPS: [&str; 5] = ["promo", "comparison", "pricing", "guide", "help"];
const ZONES: [&str; 5] = [
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/New_York",
    "Nowhere/Atall",
];
const BIRTHDAYS: [&str; 4] = ["1990-03-25", "--03-26", "2000-02-29", "soon"];
const CATEGORIES: [&str; 2] = ["shoes", "lamps"];
const WORDS: [&str; 11] = [
    "Email Delivered",
    "Email Opened",
    "Email Link Clicked",
    "Email Bounced",
    "SMS Delivered",
    "SMS Failed",
    "Message Read",
    "Message Failed",
    "Message Skipped",
    "Reply Received",
    "Call Answered",
];

/// A few weeks, a pile at a time.
pub fn draw(rng: &mut Rng) -> Vec<Pile> {
    let mut now: Timestamp = "2026-03-20T09:30:00Z".parse().expect("a time");
    let mut piles: Vec<Pile> = Vec::new();
    for who in [Who::Ann, Who::Ben] {
        piles.push(Pile {
            at: now,
            told: vec![told(who, now, is(rng))],
        });
    }
    let mut joins: BTreeSet<(Who, Who)> = BTreeSet::new();
    for _ in 0..rng.usize(15..40) {
        now = after(now, pause(rng));
        let many = if rng.u8(0..3) == 0 { 1 } else { rng.usize(2..9) };
        let mut pile = Pile {
            at: now,
            told: Vec::new(),
        };
        for _ in 0..many {
            let again = rng.choice(0..pile.told.len()).filter(|_| rng.u8(0..25) == 0);
            let mut next = match again {
                Some(place) => Told {
                    repeats: Some(place),
                    ..pile.told[place].clone()
                },
                None => told(who(rng), moment(rng, now), what(rng, now)),
            };
            // Who was said to be somebody is said so once: it is the same input ever after, known among the last 32.
            if let What::TurnsOutToBe(into) = next.what
                && (next.who == into || !joins.insert((next.who, into)))
            {
                next.what = What::Saw("help");
            }
            pile.told.push(next);
        }
        piles.push(pile);
    }
    piles
}

/// Two are known, are both said to be the other at one moment, and are heard of again after a week.
pub fn each_is_the_other() -> [Pile; 3] {
    let at = |text: &str| text.parse::<Timestamp>().expect("a time");
    let pile = |at: Timestamp, what: fn(Who) -> What| Pile {
        at,
        told: [Who::Ann, Who::Ben].map(|who| told(who, at, what(who))).into(),
    };
    [
        pile(at("2026-03-20T09:30:00Z"), |_| What::Is(json!({ "locale": "en" }))),
        pile(at("2026-03-20T10:00:00Z"), |who| {
            What::TurnsOutToBe(if who == Who::Ann { Who::Ben } else { Who::Ann })
        }),
        pile(at("2026-03-28T10:00:00Z"), |_| What::Saw("help")),
    ]
}

fn told(who: Who, at: Timestamp, what: What) -> Told {
    Told {
        who,
        at,
        what,
        repeats: None,
    }
}

fn who(rng: &mut Rng) -> Who {
    match rng.u8(0..10) {
        0..5 => Who::Ann,
        5..7 => Who::Ben,
        7..9 => Who::Laptop,
        _ => Who::Telephone,
    }
}

/// Minutes mostly, often hours, sometimes days or weeks; once in a while a time that waits are made of, to the
/// millisecond.
fn pause(rng: &mut Rng) -> Span {
    match rng.u8(0..12) {
        0..4 => Span::from_secs(rng.i64(1..1_800)),
        4..7 => Span::from_mins(rng.i64(20..300)),
        7..9 => Span::from_mins(rng.i64(600..3_000)),
        9 => Span::from_hours(rng.i64(48..400)),
        _ => *rng
            .choice(&[
                Span::from_mins(10),
                Span::from_mins(15),
                Span::from_mins(30),
                Span::from_hours(1),
                Span::from_days(1),
                Span::from_days(7),
            ])
            .expect("there are some"),
    }
}

/// Usually just now; sometimes told late, seldom very late or ahead of time.
fn moment(rng: &mut Rng, now: Timestamp) -> Timestamp {
    match rng.u8(0..20) {
        0..12 => before(now, Span::from_millis(rng.i64(0..20_000))),
        12..16 => before(now, Span::from_secs(rng.i64(0..7_200))),
        16..18 => before(now, Span::from_mins(rng.i64(60..1_500))),
        18 => before(now, Span::from_hours(rng.i64(20..200))),
        _ => after(now, Span::from_mins(rng.i64(0..3_000))),
    }
}

/// Something that somebody does, or is said of them.
pub fn what(rng: &mut Rng, now: Timestamp) -> What {
    match rng.u8(0..100) {
        0..14 => What::Saw(rng.choice(GROUPS).expect("there are some")),
        14..18 => is(rng),
        18..34 => What::Word(rng.choice(WORDS).expect("there are some"), rng.usize(0..3)),
        34..38 => match rng.u8(0..4) {
            0 => What::TurnsOutToBe(Who::Ben),
            _ => What::TurnsOutToBe(Who::Ann),
        },
        38..60 => browsed(rng),
        _ => did(rng, now),
    }
}

fn is(rng: &mut Rng) -> What {
    let mut traits = json!({ "email": format!("a{}@customers.example", rng.u8(0..3)) });
    for (name, value) in [
        ("phone", json!(format!("+491511234567{}", rng.u8(0..3)))),
        ("viber_id", json!("v-1")),
        ("timezone", json!(rng.choice(ZONES))),
        ("birthday", json!(rng.choice(BIRTHDAYS))),
        ("created_at", json!("2025-03-24T08:00:00Z")),
        ("odd", json!("no number")),
        ("odd_day", json!("some day")),
        ("locale", json!("ru")),
        ("plan", json!(rng.choice(["trial", "free"]))),
        (
            "trial_ends_at",
            json!(format!("2026-04-{:02}T10:00:00Z", rng.u8(1..28))),
        ),
    ] {
        if rng.u8(0..3) == 0 {
            traits[name] = value;
        }
    }
    What::Is(traits)
}

fn product(rng: &mut Rng) -> Value {
    let number = rng.u8(0..5);
    json!({
        "product_id": format!("p{number}"), "name": format!("Thing {number}"), "quantity": rng.u8(1..3),
        "category": rng.choice(CATEGORIES), "price": 10 * (1 + u32::from(number)), "supply_days": 3 * u32::from(number),
    })
}

fn products(rng: &mut Rng) -> Value {
    (0..rng.usize(0..4)).map(|_| product(rng)).collect()
}

fn with(mut value: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (value.as_object_mut(), more) {
        fields.extend(more);
    }
    value
}

fn browsed(rng: &mut Rng) -> What {
    let cart = json!({ "cart_id": format!("c{}", rng.u8(0..3)) });
    let (name, properties) = match rng.u8(0..20) {
        0..5 => ("Product Viewed", product(rng)),
        5..9 => ("Product Added", with(product(rng), cart)),
        9..11 => ("Product Removed", with(product(rng), cart)),
        11 => ("Cart Updated", with(json!({ "products": products(rng) }), cart)),
        12..14 => (
            "Checkout Started",
            with(json!({ "products": products(rng), "value": 40 }), cart),
        ),
        14 => (
            "Demo Played",
            json!({ "album_id": format!("p{}", rng.u8(0..5)), "progress": rng.f64() + 0.4 }),
        ),
        15 => (
            "Page Engaged",
            json!({ "visible_secs": rng.u8(20..90), "scroll_depth": 0.4, "clicks": 0, "group": "promo" }),
        ),
        16 => ("Exit Intent", json!({ "visible_secs": rng.u8(5..90) })),
        17 => ("Progress Made", json!({ "goal_id": "g1", "value": rng.u8(0..30) })),
        18 => ("Goal Set", json!({ "goal_id": "g1", "target": 20 })),
        _ => ("Offer Requested", json!({})),
    };
    What::Browsed(name, properties)
}

fn did(rng: &mut Rng, now: Timestamp) -> What {
    let order = json!({ "order_id": format!("o{}", rng.u8(0..9)), "cart_id": format!("c{}", rng.u8(0..3)), "total": rng.u8(10..90) });
    let soon = after(now, Span::from_mins(rng.i64(-2_000..9_000))).to_string();
    let (name, properties) = match rng.u8(0..24) {
        0..4 => ("Order Completed", with(json!({ "products": products(rng) }), order)),
        4..7 => ("Order Delivered", with(json!({ "products": products(rng) }), order)),
        7 => ("Order Returned", with(json!({ "products": products(rng) }), order)),
        8 => ("Trial Started", json!({ "trial_id": "t1", "ends_at": soon })),
        9 => ("Trial Changed", json!({ "trial_id": "t1", "ends_at": soon })),
        10 => (
            "Trial Answered",
            json!({ "reason": rng.choice(["needs help", "more time", "price"]) }),
        ),
        11 => ("Subscription Started", json!({ "plan": "yearly", "value": 90 })),
        12 => ("Points Changed", json!({ "balance": rng.u16(0..2_000) })),
        13 => (
            "Points Lot Added",
            json!({ "lot_id": "l1", "points": 40, "expires_at": soon }),
        ),
        14 => (
            "Loyalty Level Changed",
            json!({ "level": "gold", "rank": rng.u8(0..4) }),
        ),
        15 => ("Programme Joined", json!({ "programme_id": "coffee" })),
        16 => (
            "Lesson Finished",
            json!({ "programme_id": "coffee", "lesson_id": format!("l{}", rng.u8(0..9)) }),
        ),
        17 => (
            "Item Collected",
            json!({ "item_id": format!("i{}", rng.u8(0..9)), "season": "spring" }),
        ),
        18 => ("Ticket Opened", json!({ "ticket_id": "k1", "product_id": "p1" })),
        19 => ("Ticket Closed", json!({ "ticket_id": "k1", "product_id": "p1" })),
        20 => (
            "Unsubscribed",
            json!({ "channel": "email", "topic": rng.choice(["offers", "reminders"]) }),
        ),
        21 => ("Handover Claimed", json!({})),
        22 => ("Handover Closed", json!({})),
        _ => (
            "Product Reviewed",
            json!({ "product_id": "p1", "rating": rng.u8(1..6) }),
        ),
    };
    What::Did(name, properties)
}
