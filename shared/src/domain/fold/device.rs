//! What devices and pages tell that no campaign has to ask for: on what a person can be notified, and
//! which messages on the page they have seen.

use super::Turn;
use crate::domain::campaign::Channel;
use crate::domain::event::Event;
use crate::domain::feedback::{MESSAGE_OPENED, MESSAGE_READ, POPUP_DISMISSED, REPLY_RECEIVED};
use crate::domain::id::MessageId;
use crate::domain::profile::{
    Browser, DEVICE_REGISTERED, DEVICE_REMOVED, Phone, WEBPUSH_SUBSCRIBED, WEBPUSH_UNSUBSCRIBED, is_push_service,
    push_host,
};
use serde_json::Value;

impl Turn<'_> {
    /// Takes a device in or forgets it. What cannot be one was refused where somebody was told; an event that
    /// came another way is passed over, and so is a browser at a push service that nobody knows: any page could name any
    /// host, and `send` would have to refuse to call it.
    ///
    /// A registration is the person's consent to the channel, whoever reports it: no token and no subscription
    /// exists before the system or the browser asked them, and whoever has it got it from that device.
    pub(super) fn take_device(&mut self, event: &Event) {
        let at = event.at.as_millisecond();
        let traits = &mut self.profile.traits;
        let devices = &mut traits.devices;
        let text = |name: &str| event.properties.get(name).and_then(Value::as_str).unwrap_or_default();
        let (changed, gained) = match event.name.as_str() {
            DEVICE_REGISTERED => {
                let Ok(phone) = Phone::read(&event.properties, at) else {
                    return;
                };
                let is_new = devices.phones.iter().all(|known| known.token != phone.token);
                (devices.register(phone), is_new.then_some(Channel::Push))
            }
            WEBPUSH_SUBSCRIBED => {
                let services = self.rules.workspace.push_services.iter().map(String::as_str);
                let read = Browser::read(&event.properties, at);
                let known = |browser: &Browser| {
                    push_host(&browser.endpoint).is_ok_and(|host| is_push_service(host, services.clone()))
                };
                let Some(browser) = read.ok().filter(known) else {
                    return;
                };
                let is_new = devices.browsers.iter().all(|known| known.endpoint != browser.endpoint);
                (devices.subscribe(browser), is_new.then_some(Channel::Webpush))
            }
            DEVICE_REMOVED => (devices.remove(text("token"), at), None),
            WEBPUSH_UNSUBSCRIBED => (devices.unsubscribe(text("endpoint"), at), None),
            _ => return,
        };
        self.folded.relevant = true;
        if !changed {
            return;
        }
        if let Some(channel) = gained {
            traits.consent.new_address(channel, true);
        }
        self.folded.changed = true;
        self.folded.traits_changed = true;
    }

    /// Notes that the person saw a message or put it away, whoever says so: it only keeps pages from showing it
    /// again.
    pub(super) fn note_shown(&mut self, event: &Event) {
        let name = event.name.as_str();
        if ![MESSAGE_OPENED, MESSAGE_READ, POPUP_DISMISSED, REPLY_RECEIVED].contains(&name) {
            return;
        }
        let Some(message) = event.properties.get("message").and_then(Value::as_str) else {
            return;
        };
        self.folded.relevant = true;
        self.folded.changed |= self.profile.state.shown.note(&MessageId::from(message));
    }
}
