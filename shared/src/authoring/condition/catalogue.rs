//! Events and traits that are known by name: Segment's e-commerce and email names where they
//! exist, Beckon's own beside them. A team declares its own in `workspace.yaml`.

use super::types::{Shape, Type};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// What a property of the catalogue is.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Moment,
    Products,
}
use Kind::{Moment, Number, Products, Text};

type Properties = &'static [(&'static str, Kind)];

const PRODUCT: Properties = &[
    ("product_id", Text),
    ("name", Text),
    ("category", Text),
    ("price", Number),
    ("quantity", Number),
    ("supply_days", Number),
    ("url", Text),
    ("image_url", Text),
];

const CART_PRODUCT: Properties = &[
    ("cart_id", Text),
    ("product_id", Text),
    ("name", Text),
    ("category", Text),
    ("price", Number),
    ("quantity", Number),
    ("url", Text),
    ("image_url", Text),
];

const CART: Properties = &[
    ("cart_id", Text),
    ("products", Products),
    ("value", Number),
    ("currency", Text),
];

const ORDER: Properties = &[
    ("order_id", Text),
    ("cart_id", Text),
    ("products", Products),
    ("total", Number),
    ("currency", Text),
];

const FEEDBACK: Properties = &[
    ("campaign", Text),
    ("step", Text),
    ("message", Text),
    ("channel", Text),
    ("topic", Text),
    ("bounce_type", Text),
    ("link", Text),
    ("text", Text),
    ("reason", Text),
];

const TRIAL: Properties = &[("trial_id", Text), ("ends_at", Moment)];

const EVENTS: &[(&str, Properties)] = &[
    // Calls of their own in Segment's specification; counted under these names.
    (
        "page",
        &[
            ("name", Text),
            ("path", Text),
            ("url", Text),
            ("title", Text),
            ("group", Text),
            ("referrer", Text),
            ("search", Text),
        ],
    ),
    ("screen", &[("name", Text), ("group", Text)]),
    (
        "page",
        &[
            ("name", Text),
            ("category", Text),
            ("group", Text),
            ("path", Text),
            ("url", Text),
            ("title", Text),
            ("referrer", Text),
            ("search", Text),
        ],
    ),
    ("screen", &[("name", Text), ("category", Text), ("group", Text)]),
    (
        "Product Viewed",
        &[
            ("product_id", Text),
            ("category", Text),
            ("price", Number),
            ("url", Text),
        ],
    ),
    ("Product Added", CART_PRODUCT),
    ("Product Removed", CART_PRODUCT),
    ("Cart Updated", CART),
    ("Checkout Started", CART),
    ("Order Completed", ORDER),
    ("Order Delivered", ORDER),
    ("Order Returned", ORDER),
    ("Trial Started", TRIAL),
    ("Trial Changed", TRIAL),
    ("Subscription Started", &[("plan", Text), ("value", Number)]),
    (
        "Demo Played",
        &[("album_id", Text), ("track_id", Text), ("progress", Number)],
    ),
    ("Points Changed", &[("balance", Number)]),
    (
        "Points Lot Added",
        &[("lot_id", Text), ("points", Number), ("expires_at", Moment)],
    ),
    ("Loyalty Level Changed", &[("level", Text), ("rank", Number)]),
    ("Goal Set", &[("goal_id", Text), ("target", Number)]),
    ("Progress Made", &[("goal_id", Text), ("value", Number)]),
    ("Programme Joined", &[("programme_id", Text)]),
    ("Lesson Finished", &[("programme_id", Text), ("lesson_id", Text)]),
    ("Item Collected", &[("item_id", Text), ("season", Text)]),
    ("Product Reviewed", &[("product_id", Text), ("rating", Number)]),
    ("Ticket Opened", &[("product_id", Text), ("ticket_id", Text)]),
    ("Ticket Closed", &[("product_id", Text), ("ticket_id", Text)]),
    (
        "Page Engaged",
        &[
            ("visible_secs", Number),
            ("scroll_depth", Number),
            ("clicks", Number),
            ("group", Text),
        ],
    ),
    ("Device Registered", &[("platform", Text), ("app", Text)]),
    ("Device Removed", &[]),
    ("Web Push Subscribed", &[]),
    ("Web Push Unsubscribed", &[]),
    ("Email Delivered", FEEDBACK),
    ("Email Opened", FEEDBACK),
    ("Email Link Clicked", FEEDBACK),
    ("Email Bounced", FEEDBACK),
    ("Email Marked as Spam", FEEDBACK),
    ("Unsubscribed", FEEDBACK),
    ("Subscribed", FEEDBACK),
    ("Address Confirmed", FEEDBACK),
    ("SMS Delivered", FEEDBACK),
    ("SMS Failed", FEEDBACK),
    ("Message Opened", FEEDBACK),
    ("Message Read", FEEDBACK),
    ("Message Failed", FEEDBACK),
    ("Message Skipped", FEEDBACK),
    ("Message Unknown", FEEDBACK),
    ("Reply Received", FEEDBACK),
];

const TRAITS: Properties = &[
    ("email", Text),
    ("phone", Text),
    ("first_name", Text),
    ("last_name", Text),
    ("name", Text),
    ("timezone", Text),
    ("locale", Text),
    ("birthday", Moment),
    ("created_at", Moment),
    ("trial_ends_at", Moment),
];

/// Appended to messages about a property that nobody declared.
const DECLARE_EVENT: &str = "declare it under `events` in workspace.yaml if it exists";
const DECLARE_TRAIT: &str = "declare it under `traits` in workspace.yaml if it exists";

fn fields(properties: Properties) -> BTreeMap<String, Type> {
    properties
        .iter()
        .map(|(name, kind)| {
            let kind = match kind {
                Text => Type::Text,
                Number => Type::Number,
                Moment => Type::Moment,
                Products => Type::list(Type::Map(Arc::new(Shape {
                    label: "a product".to_owned(),
                    fields: fields(PRODUCT),
                    open: false,
                    declare: DECLARE_EVENT,
                }))),
            };
            ((*name).to_owned(), kind)
        })
        .collect()
}

/// Known events' properties, by event name.
pub(super) static KNOWN_EVENTS: LazyLock<BTreeMap<String, Arc<Shape>>> = LazyLock::new(|| {
    EVENTS
        .iter()
        .map(|(name, properties)| ((*name).to_owned(), Arc::new(event_shape(name, fields(properties)))))
        .collect()
});

/// Known traits.
pub(super) static KNOWN_TRAITS: LazyLock<BTreeMap<String, Type>> = LazyLock::new(|| fields(TRAITS));

/// The shape of an event with these properties.
pub(super) fn event_shape(name: &str, fields: BTreeMap<String, Type>) -> Shape {
    Shape {
        label: format!("`{name}`"),
        fields,
        open: false,
        declare: DECLARE_EVENT,
    }
}

/// The shape of a profile with these traits.
pub(super) fn profile_shape(fields: BTreeMap<String, Type>) -> Shape {
    Shape {
        label: "`profile`".to_owned(),
        fields,
        open: false,
        declare: DECLARE_TRAIT,
    }
}
