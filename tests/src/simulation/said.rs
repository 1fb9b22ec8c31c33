//! What people in a simulation say, and how it is posted.

use beckon_shared::domain::time::Timestamp;
use serde_json::{Value, json};

/// Something that happened to somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Its message id.
    pub id: String,
    /// To whom.
    pub user: &'static str,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Something was put into a cart.
    Added { cart: String, product: &'static str },
    /// Something was taken out of it.
    Removed { cart: String, product: &'static str },
    /// A cart holds exactly this now.
    Cart {
        cart: String,
        products: Vec<&'static str>,
        checkout: bool,
    },
    /// An order of these.
    Ordered { order: String, products: Vec<&'static str> },
    /// An order came: product, quantity, days that one lasts (0: it does not get used up).
    Delivered {
        order: String,
        products: Vec<(&'static str, i64, i64)>,
    },
    /// A trial began or was moved, and ends then.
    Trial { ends: Timestamp, changed: bool },
    /// A subscription.
    Subscribed,
    /// No more of this topic, or of anything.
    Unsubscribed { topic: Option<&'static str> },
    /// The server learns who it is.
    Is {
        email: bool,
        phone: bool,
        birthday: Option<&'static str>,
        zone: Option<&'static str>,
    },
    /// Something that no campaign cares about.
    Viewed,
}

impl Said {
    /// As a message of a batch.
    pub fn message(&self) -> Value {
        let (event, properties) = match &self.what {
            What::Added { cart, product } => ("Product Added", json!({ "cart_id": cart, "product_id": product })),
            What::Removed { cart, product } => ("Product Removed", json!({ "cart_id": cart, "product_id": product })),
            What::Cart {
                cart,
                products,
                checkout,
            } => {
                let name = if *checkout { "Checkout Started" } else { "Cart Updated" };
                (name, json!({ "cart_id": cart, "products": listed(products) }))
            }
            What::Ordered { order, products } => (
                "Order Completed",
                json!({ "order_id": order, "products": listed(products), "total": 10 }),
            ),
            What::Delivered { order, products } => {
                let products: Vec<Value> = products
                    .iter()
                    .map(|(id, quantity, days)| json!({ "product_id": id, "quantity": quantity, "supply_days": days }))
                    .collect();
                ("Order Delivered", json!({ "order_id": order, "products": products }))
            }
            What::Trial { ends, changed } => {
                let name = if *changed { "Trial Changed" } else { "Trial Started" };
                (name, json!({ "trial_id": "t", "ends_at": ends }))
            }
            What::Subscribed => ("Subscription Started", json!({ "plan": "yearly" })),
            What::Unsubscribed { topic } => ("Unsubscribed", json!({ "topic": topic })),
            What::Viewed => ("Product Viewed", json!({ "product_id": "p-1" })),
            What::Is {
                email,
                phone,
                birthday,
                zone,
            } => return self.identify(*email, *phone, *birthday, *zone),
        };
        json!({
            "type": "track", "userId": self.user, "messageId": self.id, "timestamp": self.at,
            "event": event, "properties": properties,
        })
    }

    fn identify(&self, email: bool, phone: bool, birthday: Option<&str>, zone: Option<&str>) -> Value {
        let told = [
            ("email", email.then(|| format!("{}@customers.example", self.user))),
            ("phone", phone.then(|| "+4915112345678".to_owned())),
            ("birthday", birthday.map(str::to_owned)),
            ("timezone", zone.map(str::to_owned)),
        ];
        let traits: serde_json::Map<String, Value> = told
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name.to_owned(), Value::from(value))))
            .collect();
        json!({
            "type": "identify", "userId": self.user, "messageId": self.id, "timestamp": self.at, "traits": traits,
        })
    }
}

fn listed(products: &[&str]) -> Vec<Value> {
    products
        .iter()
        .map(|product| json!({ "product_id": product }))
        .collect()
}
