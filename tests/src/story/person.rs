//! Somebody who shops: what they do, what they are told.

use super::product::Product;
use super::when::{instant, span};
use super::{Letter, Shop};
use crate::world::Heard;
use crate::world::functions::{BROWSER_KEY, SERVER_KEY};
use beckon_shared::domain::id::ProfileId;
use beckon_shared::domain::time::{Timestamp, before};
use serde_json::{Value, json};

/// Somebody. What they do happens now, unless said otherwise.
#[derive(Clone)]
pub struct Person {
    pub(super) shop: Shop,
    pub(super) user: String,
    /// Nobody knows yet who it is: `user` is what their device is called.
    pub(super) is_visitor: bool,
    when: Option<Timestamp>,
    id: Option<String>,
}

impl Person {
    pub(super) fn new(shop: Shop, name: &str) -> Self {
        Self {
            shop,
            user: name.to_lowercase(),
            is_visitor: false,
            when: None,
            id: None,
        }
    }

    /// Their address.
    pub fn email(&self) -> String {
        format!("{}@customers.example", self.user)
    }

    /// Their profile.
    pub fn profile(&self) -> ProfileId {
        let id = match self.is_visitor {
            true => ProfileId::anonymous(&self.user),
            false => ProfileId::known(&self.user),
        };
        id.expect("a name serves as an id")
    }

    /// The same person, but what they do next happened at this time and is only told now.
    #[must_use]
    pub fn at(&self, time: &str) -> Self {
        Self {
            when: Some(instant(time)),
            ..self.clone()
        }
    }

    /// The same person, but what they do next happened so long ago and is only told now.
    #[must_use]
    pub fn earlier(&self, ago: &str) -> Self {
        Self {
            when: Some(before(self.shop.now(), span(ago))),
            ..self.clone()
        }
    }

    /// The same person, but what they do next has this message id.
    #[must_use]
    pub fn saying_as(&self, id: &str) -> Self {
        Self {
            id: Some(id.to_owned()),
            ..self.clone()
        }
    }

    /// The shop's server learns traits of theirs.
    pub fn is(&self, traits: Value) {
        self.taken(self.call("/v1/identify", SERVER_KEY, &json!({ "traits": traits })));
    }

    /// Their browser claims traits.
    pub fn claims_to_be(&self, traits: Value) {
        self.taken(self.call("/v1/identify", BROWSER_KEY, &json!({ "traits": traits })));
    }

    /// They live there (an IANA time zone).
    pub fn lives_in(&self, zone: &str) {
        self.is(json!({ "timezone": zone }));
    }

    /// They read this language (BCP 47).
    pub fn reads(&self, locale: &str) {
        self.is(json!({ "locale": locale }));
    }

    /// They put something into a cart, in their browser.
    pub fn adds(&self, cart: &str, product: Product) {
        let mut properties = product.properties();
        if let Some(fields) = properties.as_object_mut() {
            fields.insert("cart_id".to_owned(), json!(cart));
        }
        self.does("Product Added", properties);
    }

    /// They take something out of it.
    pub fn removes(&self, cart: &str, product: &Product) {
        self.does("Product Removed", json!({ "cart_id": cart, "product_id": product.id }));
    }

    /// Their cart holds exactly this now; nothing, perhaps.
    pub fn changes_cart_to(&self, cart: &str, products: &[Product]) {
        self.does(
            "Cart Updated",
            json!({ "cart_id": cart, "products": all(products), "value": total(products) }),
        );
    }

    /// They come as far as the checkout.
    pub fn starts_checkout(&self, cart: &str, products: &[Product]) {
        self.does(
            "Checkout Started",
            json!({ "cart_id": cart, "products": all(products), "value": total(products) }),
        );
    }

    /// They order it.
    pub fn orders(&self, order: &str, products: &[Product]) {
        self.has(
            "Order Completed",
            json!({ "order_id": order, "products": all(products), "total": total(products) }),
        );
    }

    /// It reaches them.
    pub fn gets_delivered(&self, order: &str, products: &[Product]) {
        self.has(
            "Order Delivered",
            json!({ "order_id": order, "products": all(products), "total": total(products) }),
        );
    }

    /// They begin a trial that ends then.
    pub fn starts_a_trial(&self, ends: &str) {
        self.has("Trial Started", json!({ "trial_id": "t-1", "ends_at": instant(ends) }));
    }

    /// Their trial gets another end.
    pub fn has_the_trial_moved(&self, ends: &str) {
        self.has("Trial Changed", json!({ "trial_id": "t-1", "ends_at": instant(ends) }));
    }

    /// They subscribe.
    pub fn subscribes(&self) {
        self.has("Subscription Started", json!({ "plan": "yearly", "value": 120 }));
    }

    /// They want to hear no more, of this topic or of anything.
    pub fn unsubscribes(&self, topic: Option<&str>) {
        self.does("Unsubscribed", json!({ "topic": topic }));
    }

    /// Something happened, and their browser says so.
    pub fn does(&self, event: &str, properties: Value) {
        self.taken(self.track(event, properties, BROWSER_KEY));
    }

    /// Something happened, and the shop's server says so.
    pub fn has(&self, event: &str, properties: Value) {
        self.taken(self.track(event, properties, SERVER_KEY));
    }

    /// Their browser says that something happened, and is not believed.
    pub fn is_not_believed(&self, event: &str, properties: Value) {
        let heard = self.track(event, properties, BROWSER_KEY);
        assert_eq!(heard.status, 400, "{heard:?}");
    }

    /// They received one message, of this campaign: the first that was not spoken of.
    pub fn receives(&self, campaign: &str) -> Letter {
        let Some(letter) = self.shop.next_letter(&self.profile()) else {
            let before = self.shop.deliveries(&self.profile()).len();
            panic!(
                "{} received nothing of `{campaign}` by {} ({before} messages before)",
                self.user,
                self.shop.now()
            );
        };
        assert_eq!(letter.delivery.outgoing.campaign.as_str(), campaign);
        letter
    }

    /// They received nothing that was not spoken of.
    pub fn receives_nothing(&self) {
        let unread = self.shop.unread(&self.profile());
        assert!(unread.is_empty(), "{} received {unread:?}", self.user);
    }

    fn track(&self, event: &str, properties: Value, key: &'static str) -> Heard {
        self.call("/v1/track", key, &json!({ "event": event, "properties": properties }))
    }

    pub(super) fn call(&self, path: &str, key: &'static str, said: &Value) -> Heard {
        let now = self.shop.now();
        let id = self.id.clone().unwrap_or_else(|| self.shop.new_id());
        let mut body = json!({
            self.id_field(): self.user, "messageId": id, "timestamp": self.when.unwrap_or(now), "sentAt": now,
        });
        if let (Some(body), Some(said)) = (body.as_object_mut(), said.as_object()) {
            body.extend(said.clone());
        }
        self.shop.post(path, key, body)
    }

    fn id_field(&self) -> &'static str {
        if self.is_visitor { "anonymousId" } else { "userId" }
    }

    pub(super) fn taken(&self, heard: Heard) {
        assert_eq!(
            (heard.status, heard.body),
            (200, json!({ "success": true })),
            "{}",
            self.user
        );
    }
}

fn all(products: &[Product]) -> Vec<Value> {
    products.iter().map(Product::properties).collect()
}

fn total(products: &[Product]) -> f64 {
    products.iter().map(Product::total).sum()
}
