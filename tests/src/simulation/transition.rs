//! What happens next: drawn, plausible more often than not.

use super::chaos::Weather;
use super::said::{Said, What};
use super::system::{System, USERS};
use crate::world::Reader;
use beckon_shared::domain::time::{Span, Timestamp, after, before};
use fastrand::Rng;

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Transition {
    /// People do things; the shop tells of them in one request.
    Say(Vec<Said>),
    /// The request so many ago comes again, word by word.
    SayAgain(usize),
    /// An event that was told before is told again in another request, among others.
    Retell(usize, Vec<Said>),
    /// Time passes, with whatever weather there is.
    Pass(Span),
    /// One batch of the stream is handed over.
    Pump(Reader, usize),
    /// One batch is handed to two instances at once.
    PumpTwice(Reader, usize),
    /// A stretch of the stream comes again, from this share of it on (per cent), so many records.
    Repeat(Reader, usize, usize),
    /// The other instance of each function takes over.
    Switch,
    /// Every warm instance is stopped.
    Deploy,
    /// A schedule is lost: the so-manyth.
    LoseSchedule(usize),
    /// A schedule fires although it is not due, or fires twice.
    FireAnyway(usize),
    /// The sweep runs.
    Sweep,
    /// The weather turns.
    Storm(Weather, u64),
    /// The storm is over; time passes.
    Calm(Span),
}

const PRODUCTS: [&str; 4] = ["p-1", "p-2", "p-3", "p-4"];
const ZONES: [&str; 4] = ["Europe/Berlin", "Asia/Kolkata", "America/New_York", "Pacific/Auckland"];
const BIRTHDAYS: [&str; 5] = ["1990-03-25", "--03-26", "1984-03-27", "2000-02-29", "1999-03-28"];
const TOPICS: [Option<&str>; 4] = [None, Some("reminders"), Some("trial"), Some("deliveries")];

/// Draws what happens next.
pub fn draw(rng: &mut Rng, system: &System) -> Transition {
    match rng.u8(0..100) {
        0..40 => Transition::Say(several(rng, system)),
        40..44 => Transition::SayAgain(rng.usize(0..4)),
        44..47 => Transition::Retell(rng.usize(0..6), several(rng, system)),
        47..67 => Transition::Pass(span(rng)),
        67..74 => Transition::Pump(reader(rng), rng.usize(0..4)),
        74..77 => Transition::PumpTwice(reader(rng), rng.usize(0..4)),
        77..82 => Transition::Repeat(reader(rng), rng.usize(0..100), rng.usize(1..30)),
        82..85 => Transition::Switch,
        85..86 => Transition::Deploy,
        86..88 => Transition::LoseSchedule(rng.usize(0..8)),
        88..90 => Transition::FireAnyway(rng.usize(0..8)),
        90..91 => Transition::Sweep,
        91..97 => Transition::Storm(Weather::draw(rng), rng.u64(..)),
        _ => Transition::Calm(Span::from_hours(rng.i64(2..5))),
    }
}

fn reader(rng: &mut Rng) -> Reader {
    if rng.u8(0..3) == 0 {
        Reader::Send
    } else {
        Reader::Evaluate
    }
}

/// Minutes mostly, hours often, a day or two now and then.
fn span(rng: &mut Rng) -> Span {
    match rng.u8(0..10) {
        0..4 => Span::from_secs(rng.i64(1..1_800)),
        4..7 => Span::from_mins(rng.i64(30..150)),
        7..9 => Span::from_mins(rng.i64(120..900)),
        _ => Span::from_mins(rng.i64(1_000..2_500)),
    }
}

fn several(rng: &mut Rng, system: &System) -> Vec<Said> {
    let many = if rng.u8(0..4) == 0 { rng.usize(2..5) } else { 1 };
    (0..many).map(|place| said(rng, system, place)).collect()
}

fn said(rng: &mut Rng, system: &System, place: usize) -> Said {
    let user = USERS.get(rng.usize(0..USERS.len())).copied().unwrap_or_default();
    let now = system.world.now();
    let mut what = what(rng, now);
    let in_order = matches!(what, What::Is { .. });
    let number = system.said.len() + place;
    let at = moment(rng, now, number, in_order);
    if let What::Added { cart, .. } | What::Removed { cart, .. } | What::Cart { cart, .. } = &mut what {
        // A cart a day: one begins where the last one has ended.
        *cart = format!("c-{}", at.min(now).as_second() / 86_400);
    }
    Said {
        id: format!("m-{number}"),
        user,
        at,
        what,
    }
}

/// Usually now; sometimes told minutes or hours late, sometimes history, sometimes ahead of time.
/// No two events happen at the same millisecond.
fn moment(rng: &mut Rng, now: Timestamp, number: usize, in_order: bool) -> Timestamp {
    let apart = Span::from_millis(i64::try_from(number).unwrap_or_default());
    let now = before(now, Span::from_secs(1));
    let moment = match rng.u8(0..100) {
        _ if in_order => now,
        0..60 => now,
        60..80 => before(now, Span::from_mins(rng.i64(1..90))),
        80..92 => before(now, Span::from_mins(rng.i64(60..1_400))),
        92..98 => before(now, Span::from_hours(rng.i64(24..72))),
        _ => after(now, Span::from_hours(rng.i64(1..4))),
    };
    after(
        before(moment, Span::from_millis(moment.as_millisecond().rem_euclid(1_000))),
        apart,
    )
}

fn what(rng: &mut Rng, now: Timestamp) -> What {
    let cart = String::new();
    match rng.u8(0..100) {
        0..30 => What::Added {
            cart,
            product: product(rng),
        },
        30..36 => What::Removed {
            cart,
            product: product(rng),
        },
        36..42 => What::Cart {
            cart,
            products: products(rng),
            checkout: false,
        },
        42..46 => What::Cart {
            cart,
            products: vec![product(rng)],
            checkout: true,
        },
        46..56 => What::Ordered {
            order: format!("o-{}", rng.u64(..)),
            products: products(rng),
        },
        56..70 => {
            let products: Vec<_> = products(rng)
                .into_iter()
                .map(|id| {
                    (
                        id,
                        rng.i64(1..3),
                        [0, 4, 5].get(rng.usize(0..3)).copied().unwrap_or_default(),
                    )
                })
                .collect();
            What::Delivered {
                order: format!("o-{}", rng.u64(..)),
                products,
            }
        }
        70..80 => What::Trial {
            ends: after(now, Span::from_mins(rng.i64(-60..4_000))),
            changed: rng.bool(),
        },
        80..83 => What::Subscribed,
        83..86 => What::Unsubscribed {
            topic: rng.choice(TOPICS).flatten(),
        },
        86..94 => What::Is {
            email: rng.bool(),
            phone: rng.bool(),
            birthday: rng.bool().then(|| rng.choice(BIRTHDAYS)).flatten(),
            zone: rng.bool().then(|| rng.choice(ZONES)).flatten(),
        },
        _ => What::Viewed,
    }
}

fn product(rng: &mut Rng) -> &'static str {
    rng.choice(PRODUCTS).unwrap_or_default()
}

/// None to three, each once.
fn products(rng: &mut Rng) -> Vec<&'static str> {
    let many = rng.usize(0..4);
    rng.choose_multiple(PRODUCTS, many)
}
