//! What the shop sells.

use serde_json::{Value, json};

/// Something to buy.
#[derive(Debug, Clone)]
pub struct Product {
    /// Its id.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Which shelf it is on.
    pub category: &'static str,
    /// In euros, each.
    pub price: f64,
    /// How many.
    pub quantity: u32,
    /// How long one lasts, where it gets used up.
    pub supply_days: Option<u32>,
}

impl Product {
    /// So many of it.
    #[must_use]
    pub fn times(self, quantity: u32) -> Self {
        Self { quantity, ..self }
    }

    /// What all of them cost.
    pub fn total(&self) -> f64 {
        self.price * f64::from(self.quantity)
    }

    /// As events name it.
    pub fn properties(&self) -> Value {
        let mut properties = json!({
            "product_id": self.id, "name": self.name, "category": self.category,
            "price": self.price, "quantity": self.quantity,
        });
        if let (Some(days), Some(fields)) = (self.supply_days, properties.as_object_mut()) {
            fields.insert("supply_days".to_owned(), json!(days));
        }
        properties
    }
}

const fn product(id: &'static str, name: &'static str, category: &'static str, price: f64) -> Product {
    Product {
        id,
        name,
        category,
        price,
        quantity: 1,
        supply_days: None,
    }
}

/// A phone.
pub fn phone() -> Product {
    product("p-phone", "Pocket phone", "phones", 399.0)
}

/// A case for it.
pub fn case() -> Product {
    product("p-case", "Felt case", "accessories", 19.5)
}

/// A shirt.
pub fn shirt() -> Product {
    product("p-shirt", "Linen shirt", "clothes", 59.0)
}

/// Coffee for thirty days.
pub fn coffee() -> Product {
    Product {
        supply_days: Some(30),
        ..product("p-coffee", "House coffee", "groceries", 12.0)
    }
}

/// Water filters, each for ten days.
pub fn filters() -> Product {
    Product {
        supply_days: Some(10),
        ..product("p-filter", "Water filter", "groceries", 6.0)
    }
}
