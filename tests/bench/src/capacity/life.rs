//! What a message consumes over its whole life: decided, claimed, sent, delivered, opened.

use super::Spent;
use super::bundle::Bundle;
use crate::Outcome;
use crate::report::Figure;
use crate::workload;
use beckon_shared::domain::event::{InboxItem, Input};
use beckon_shared::domain::id::MessageId;
use beckon_shared::domain::message::Message;
use beckon_shared::domain::time::{Span, after};
use beckon_shared::ports::outbox::{Claim, Settled};
use beckon_shared::ports::{Clock, Inbox, Outbox, Profiles};
use beckon_shared::store::capacity::{Access, Part};
use beckon_shared::store::codec;

const SECTION: &str = "write units of a message over its whole life";
/// The step of `abandoned-cart` that sends.
const STEP: &str = "reminder";

/// Lets each profile's alarm ring, and follows the message that comes of it until it is opened. What is folded is
/// folded in one batch for all profiles.
pub(super) async fn measure(bundle: &Bundle, profiles: usize) -> Outcome<Vec<Figure>> {
    bundle.clock.advance(Span::from_hours(2));
    let woken = wake(bundle, profiles).await?;
    let expected = expected(bundle, profiles).await?;
    bundle.capacity.take();
    let decided = Box::pin(fold(bundle, profiles)).await?;
    let (mut claimed, mut sent) = (Spent::default(), Spent::default());
    let (now, mut messages, mut bytes) = (bundle.clock.now(), Vec::new(), 0);
    for (number, id) in expected.iter().enumerate() {
        let profile = workload::profile_id(number)?;
        let lease = after(now, Span::from_secs(75));
        let Claim::Ours(envelope) = bundle.store.claim(&profile, id, now, lease).await? else {
            return Err("the message was not there to claim".into());
        };
        claimed.add(bundle.capacity.take(), 1);
        let settled = Settled::Sent {
            provider_id: "0102018d5e6f7a8b-example-000000".to_owned(),
        };
        bundle.store.settle(&profile, id, envelope.attempts, &settled).await?;
        sent.add(bundle.capacity.take(), 1);
        bytes = codec::size(&codec::encode_message(&envelope.message, lease)?);
        messages.push(envelope.message);
    }
    let delivered = Box::pin(heard(bundle, &messages, "Delivery")).await?;
    let opened = Box::pin(heard(bundle, &messages, "Open")).await?;
    let stages = [
        ("decided", decided),
        ("claimed", claimed),
        ("sent", sent),
        ("delivered", delivered),
        ("opened", opened),
    ];
    let write = |part| -> f64 { stages.iter().map(|(_, spent)| spent.each(part, Access::Write)).sum() };
    let sum: f64 = stages.iter().map(|(_, spent)| spent.total(Access::Write)).sum();
    let own = Figure::new(
        SECTION,
        "its own items in all",
        write(Part::Outbox) + write(Part::Inbox),
        "WCU",
    )
    .at_most(6.0)
    .note(format!(
        "outbox {:.2}, inbox {:.2}; the message's item is {bytes} bytes",
        write(Part::Outbox),
        write(Part::Inbox)
    ));
    let whole = Figure::new(SECTION, "with what its profile notes of it", sum, "WCU")
        .at_most(6.0)
        .note(format!(
            "state {:.2}, its place in the due index {:.2}, counters {:.2}; {profiles} profiles a batch",
            write(Part::State),
            write(Part::Index),
            write(Part::Counters)
        ))
        .note(format!(
            "beside the alarm's item in the inbox, whatever it comes to: {woken}"
        ));
    let stages = stages
        .iter()
        .map(|(name, spent)| Figure::new(SECTION, *name, spent.total(Access::Write), "WCU").note(spent.to_string()));
    Ok(stages.chain([own, whole]).collect())
}

/// Puts an alarm into each inbox.
async fn wake(bundle: &Bundle, profiles: usize) -> Outcome<Spent> {
    let mut woken = Spent::default();
    bundle.capacity.take();
    for number in 0..profiles {
        let (now, id) = (bundle.clock.now(), format!("alarm-{number}"));
        let item = InboxItem {
            profile: workload::profile_id(number)?,
            id: id.clone(),
            at: now,
            received: now,
            inputs: vec![Input::Alarm { id }],
        };
        bundle
            .ingest
            .inbox
            .append(&item, after(now, Span::from_days(90)))
            .await?;
        woken.add(bundle.capacity.take(), 1);
    }
    Ok(woken)
}

/// The messages that the alarms will come to.
async fn expected(bundle: &Bundle, profiles: usize) -> Outcome<Vec<MessageId>> {
    bundle.evaluate.rules.rules(bundle.clock.now()).await?;
    let mut messages = Vec::with_capacity(profiles);
    for number in 0..profiles {
        let loaded = bundle.store.load(&workload::profile_id(number)?).await?;
        let profile = loaded.ok_or("the profile is gone")?;
        let first = profile.state.enrollments.first();
        let enrollment = first.ok_or("the profile is in no campaign")?;
        messages.push(MessageId::derive(&enrollment.id, STEP));
    }
    Ok(messages)
}

/// Folds what waits in the inboxes, one batch for all.
async fn fold(bundle: &Bundle, profiles: usize) -> Outcome<Spent> {
    bundle.fold().await?;
    let mut spent = Spent::default();
    spent.add(bundle.capacity.take(), u32::try_from(profiles)?);
    Ok(spent)
}

/// Has SES say something of each message, and folds it.
async fn heard(bundle: &Bundle, messages: &[Message], kind: &str) -> Outcome<Spent> {
    bundle.clock.advance(Span::from_mins(5));
    bundle.evaluate.rules.rules(bundle.clock.now()).await?;
    bundle.capacity.take();
    for (number, message) in messages.iter().enumerate() {
        let told = workload::notification(message, kind, bundle.clock.now(), number);
        Box::pin(feedback::handle(&bundle.feedback, serde_json::from_value(told)?)).await?;
    }
    Box::pin(fold(bundle, messages.len())).await
}
