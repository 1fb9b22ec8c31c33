//! Requests to ingest: answered, and what was taken is folded, sent, and looked at for a month.

use crate::world::World;
use crate::world::definitions;
use crate::world::functions::SERVER_KEY;
use beckon_shared::domain::time::{Span, after};

/// Posts the bytes as a batch.
pub fn enter(bytes: &[u8]) {
    let mut world = World::new("2026-03-01T10:00:00Z".parse().expect("a time"));
    let few = definitions::few().expect("the examples are sound");
    definitions::publish(&world.outside.store, few, &[], world.now()).expect("they are put in force");
    let heard = world.post_text("/v1/batch", SERVER_KEY, &String::from_utf8_lossy(bytes));
    let status = heard.expect("ingest lives").status;
    assert!([200, 400, 413].contains(&status), "answered {status}");
    world.until_idle();
    let until = after(world.now(), Span::from_days(31));
    world.advance_to(until);
    let aside = world.outside.set_aside.records();
    assert!(aside.is_empty(), "{aside:?}");
}
