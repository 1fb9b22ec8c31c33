//! Who is who: visitors who turn out to be customers, customers who belong to an account.

use super::{Person, Shop};
use crate::world::functions::{BROWSER_KEY, SERVER_KEY};
use serde_json::{Value, json};

impl Shop {
    /// Somebody on a device, of whom nothing else is known.
    pub fn visitor(&self, device: &str) -> Person {
        let mut visitor = self.stranger(device);
        visitor.is_visitor = true;
        visitor
    }
}

impl Person {
    /// On this device somebody says in the browser that they are that customer.
    pub fn turns_out_to_be(&self, customer: &Person) {
        assert!(self.is_visitor && !customer.is_visitor);
        let said = json!({ "userId": customer.user });
        self.taken(self.call("/v1/identify", BROWSER_KEY, &said));
    }

    /// The shop's server says that this customer was known by another id before.
    pub fn was(&self, before: &Person) {
        let said = json!({ "previousId": before.user });
        self.taken(self.call("/v1/alias", SERVER_KEY, &said));
    }

    /// A browser says so.
    pub fn claims_to_have_been(&self, before: &Person) {
        let said = json!({ "previousId": before.user });
        self.taken(self.call("/v1/alias", BROWSER_KEY, &said));
    }

    /// The shop's server says which account they belong to, and what it is.
    pub fn belongs_to(&self, account: &str, traits: Value) {
        let said = json!({ "groupId": account, "traits": traits });
        self.taken(self.call("/v1/group", SERVER_KEY, &said));
    }
}
