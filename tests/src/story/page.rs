//! What waits for a visitor on the page.

use super::{Person, Shop};
use crate::world::Heard;
use crate::world::functions::BROWSER_KEY;
use serde_json::Value;

impl Shop {
    /// A page asks with these parameters.
    pub fn hears_a_page_ask(&self, parameters: &[(&str, &str)]) -> Heard {
        self.with(|world| world.ask(parameters)).expect("onsite lives")
    }
}

impl Person {
    /// What waits for this visitor on the page, as the page is told it.
    pub fn finds_on_the_page(&self) -> Vec<Value> {
        let parameters = [("anonymousId", self.user.as_str()), ("writeKey", BROWSER_KEY)];
        let heard = self.shop.hears_a_page_ask(&parameters);
        assert_eq!(heard.status, 200, "{}", heard.body);
        let messages = heard.body.get("messages").and_then(Value::as_array);
        messages.cloned().expect("a list of messages")
    }
}
