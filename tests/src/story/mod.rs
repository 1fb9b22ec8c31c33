//! Stories as a campaign owner tells them: who does what when, what they receive and what not.
//!
//! ```text
//! let shop = Shop::opens("2026-03-01 09:30");
//! let ann = shop.customer("Ann");
//! ann.adds("c-17", phone());
//! shop.passes("1h");
//! ann.receives("abandoned-cart").about("Ann, your cart is waiting").lists("Pocket phone");
//! ```
//!
//! A story that ends with a message nobody spoke of, or with anything set aside that nobody
//! expected, has failed: what is not told did not happen.
#![allow(clippy::expect_used, clippy::panic, clippy::must_use_candidate)]

mod identity;
mod letter;
mod linked_page;
mod page;
mod person;
mod privacy;
mod product;
mod shop;
mod when;

pub use letter::Letter;
pub use linked_page::LinkedPage;
pub use person::Person;
pub use product::{Product, case, coffee, filters, phone, shirt};
pub use shop::Shop;
pub use when::instant;
