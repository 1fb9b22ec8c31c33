//! A service: an address that may be called, texts that render, places that exist.

use super::{Star, event_name};
use crate::authoring::condition::Vocabulary;
use crate::authoring::raw::{
    At, Code, OneOrMany, Pointer, RawAnswer, RawHeard, RawInbound, RawService, RawSignature, Report, Scalar, Scheme,
};
use crate::authoring::suggest::did_you_mean;
use crate::authoring::template::{reads_of, syntax};
use crate::channel::webhook::Destination;
use crate::domain::campaign::{Channel, Policy, Purpose, Workspace};
use crate::domain::event::Properties;
use crate::domain::id::{CampaignName, MessageId, ProfileId, Version};
use crate::domain::message::Message;
use crate::domain::service::{IdPlace, Inbound, InboundRule, Reading, Service, Signature};
use crate::domain::time::Timestamp;
use crate::template::call::{BODY_WORDS, CallRequest, WORDS, call};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Headers that every request has, or that would turn it into another.
const RESERVED: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "transfer-encoding",
    "upgrade",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// Checks a service. Where it has mistakes, they are in the report.
pub fn service(
    raw: &RawService,
    workspace: &Workspace,
    words: &Vocabulary,
    report: &mut Report<'_>,
) -> Option<Service> {
    let carries: Vec<Channel> = raw.carries.0.iter().map(|channel| channel.value.0).collect();
    let mut secrets = BTreeSet::new();
    let host = host(&raw.url, workspace, report);
    texts(&raw.url, &WORDS, Some(&mut secrets), report);
    for (name, value) in raw.headers.iter().flatten() {
        header_name(name, value.offset, report);
        texts(value, &WORDS, Some(&mut secrets), report);
    }
    if let Some(body) = &raw.body {
        texts(body, &BODY_WORDS, None, report);
    } else if let Some(messenger) = raw.carries.0.iter().find(|channel| channel.value.0 != Channel::Webhook) {
        let message = format!(
            "messages of {} are texts, expected `body` with the JSON around them",
            messenger.value.0.name()
        );
        report.error(messenger.offset, message);
    }
    secrets.extend(raw.signed.iter().map(|secret| secret.value.0.clone()));
    if let Some(header) = &raw.idempotency {
        header_name(&header.value.0, header.offset, report);
    }
    let checked = Service {
        name: raw.service.value.0.clone(),
        version: Version::of(b""),
        address: address(raw, words, report),
        carries,
        method: raw.method.as_ref().map(|method| method.value.0).unwrap_or_default(),
        url: raw.url.value.trim().to_owned(),
        host: host?,
        headers: raw
            .headers
            .iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.value.trim().to_owned()))
            .collect(),
        body: raw.body.as_ref().map(|body| body.value.clone()),
        secrets,
        signed: raw.signed.as_ref().map(|secret| secret.value.0.clone()),
        idempotency: raw.idempotency.as_ref().map(|header| header.value.0.clone()),
        reading: raw
            .answer
            .as_ref()
            .map(|answer| reading(answer, report))
            .unwrap_or_default(),
        inbound: raw
            .inbound
            .as_ref()
            .map(|inbound| self::inbound(inbound, words, report))
            .unwrap_or_default(),
    };
    if !report.has_errors() {
        trial(raw, &checked, report);
    }
    (!report.has_errors()).then(|| checked.versioned())
}

/// The trait that holds people's addresses with it. Requests of a messenger's say whom they go to.
fn address(raw: &RawService, words: &Vocabulary, report: &mut Report<'_>) -> Option<String> {
    let messenger = raw.carries.0.iter().find(|channel| channel.value.0 != Channel::Webhook);
    let headers = raw.headers.iter().flat_map(BTreeMap::values);
    let mut texts = std::iter::once(&raw.url).chain(headers).chain(&raw.body);
    if let Some(messenger) = messenger
        && raw.body.is_some()
        && !texts.any(|text| reads_of(&text.value).iter().any(|path| path == "to"))
    {
        let message = format!(
            "the request does not say whom it goes to, expected `{{{{ to }}}}` in it: the person's address by {}, which \
             is the trait that `address` names",
            messenger.value.0.name()
        );
        report.error(raw.body.as_ref().map_or(messenger.offset, |body| body.offset), message);
    }
    let written = raw.address.as_ref()?;
    if messenger.is_none() {
        report.error(
            written.offset,
            "a webhook's template says whom its request goes to: `address` goes with a messenger under `carries`",
        );
    }
    let name = &written.value;
    if !words.traits().any(|known| known == name) {
        let hint = did_you_mean(name, words.traits());
        let or = if hint.is_empty() { "; " } else { " Or " };
        let message = format!("there is no trait `{name}`{hint}{or}declare it under `traits` in workspace.yaml");
        report.error(written.offset, message);
    }
    Some(name.clone())
}

/// The host of the address: the same for all messages, and one that the workspace lists.
fn host(url: &At<String>, workspace: &Workspace, report: &mut Report<'_>) -> Option<String> {
    let authority = url.value.trim().strip_prefix("https://").unwrap_or_default();
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains(['{', '}']) {
        report.error(
            url.offset,
            "expected a host that is the same for all messages, without `{{ … }}`",
        );
        return None;
    }
    match Destination::parse(url.value.trim(), &workspace.hosts) {
        Ok(destination) => Some(destination.host),
        Err(error) => {
            let listed = workspace.hosts.iter().map(String::as_str);
            let hint = did_you_mean(authority, listed);
            report.error(url.offset, format!("{error}{hint}"));
            None
        }
    }
}

fn header_name(name: &str, offset: usize, report: &mut Report<'_>) {
    let fits = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !fits {
        report.error(offset, format!("`{name}` is no header's name"));
    } else if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        report.error(offset, format!("`{name}` is not for services to say"));
    }
}

/// A text with Jinja: whether it can be read, and whether it knows what it names. The secrets that it
/// names are gathered, where it may name any.
fn texts(text: &At<String>, known: &[&str], mut secrets: Option<&mut BTreeSet<String>>, report: &mut Report<'_>) {
    if let Some(wrong) = syntax(&text.value) {
        report.error(text.offset, wrong);
        return;
    }
    for path in reads_of(&text.value) {
        let mut names = path.split('.');
        let root = names.next().unwrap_or_default();
        let place = text.value.find(&path).unwrap_or_default();
        match (root, secrets.as_deref_mut()) {
            ("secrets", Some(secrets)) => match names.next() {
                Some(name) => {
                    secrets.insert(name.to_owned());
                }
                None => report.inside(
                    text.offset,
                    &text.value,
                    place,
                    "expected one secret, `secrets.name`",
                    false,
                ),
            },
            ("secrets", None) => {
                let message = "secrets stand in `url` and `headers` only: a body is what people may look at";
                report.inside(text.offset, &text.value, place, message, false);
            }
            (root, _) if !known.contains(&root) => {
                let hint = did_you_mean(root, known.iter().copied());
                let message = format!("there is no `{root}` here{hint}");
                report.inside(text.offset, &text.value, place, message, false);
            }
            (_, _) => {}
        }
    }
}

fn places(raw: Option<&BTreeMap<String, At<Scalar>>>, report: &mut Report<'_>) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (place, value) in raw.into_iter().flatten() {
        if !place.starts_with('/') {
            let message = format!("found `{place}`, expected a place in the JSON such as `/status`");
            report.error(value.offset, message);
        }
        all.insert(place.clone(), value.value.0.clone());
    }
    all
}

fn reading(raw: &RawAnswer, report: &mut Report<'_>) -> Reading {
    let codes = |codes: &Option<OneOrMany<At<Code>>>| {
        let codes = codes.iter().flat_map(|codes| &codes.0);
        codes.map(|code| code.value.0.clone()).collect::<BTreeSet<_>>()
    };
    let (heals, fails) = (codes(&raw.heals), codes(&raw.fails));
    for code in raw.fails.iter().flat_map(|codes| &codes.0) {
        if heals.contains(&code.value.0) {
            report.error(code.offset, format!("`{}` heals and fails", code.value.0));
        }
    }
    Reading {
        success: raw.success.as_ref().map(|range| range.value.0).unwrap_or_default(),
        expects: places(raw.expects.as_ref(), report),
        id: raw.id.as_ref().and_then(id_place),
        code: raw.code.as_ref().map(|place| place.value.0.clone()),
        wait: raw.wait.as_ref().map(|place| place.value.0.clone()),
        heals,
        fails,
        keeps: raw.keeps.as_ref().is_some_and(|keeps| keeps.value.0),
    }
}

/// Where an id stands.
fn id_place(raw: &OneOrMany<At<Pointer>>) -> Option<IdPlace> {
    let places: Vec<String> = raw.0.iter().map(|place| place.value.0.clone()).collect();
    match <[String; 1]>::try_from(places) {
        Ok([place]) => Some(IdPlace::One(place)),
        Err(places) => (!places.is_empty()).then_some(IdPlace::Several(places)),
    }
}

fn inbound(raw: &At<RawInbound>, words: &Vocabulary, report: &mut Report<'_>) -> Option<Inbound> {
    let signature = signature(&raw.value.signature, report)?;
    if raw.value.events.is_empty() {
        report.error(
            raw.offset,
            "nothing that a call says becomes an event, expected some under `events`",
        );
    }
    let rules = raw
        .value
        .events
        .iter()
        .map(|heard| rule(heard, words, report))
        .collect();
    if let Some(person) = &raw.value.person {
        texts(person, &BODY_WORDS, None, report);
    }
    Some(Inbound {
        signature,
        challenge: raw.value.challenge.as_ref().map(|place| place.value.0.clone()),
        form_field: raw.value.form_field.clone(),
        person: raw.value.person.as_ref().map(|person| person.value.trim().to_owned()),
        verify_token: raw.value.verify_token.as_ref().map(|secret| secret.value.0.clone()),
        rules,
    })
}

fn signature(raw: &At<RawSignature>, report: &mut Report<'_>) -> Option<Signature> {
    let RawSignature {
        scheme,
        secret,
        header,
        prefix,
    } = &raw.value;
    let secret = secret.value.0.clone();
    let needs_header = matches!(scheme.value.0, Scheme::Hmac | Scheme::Token);
    match header {
        None if needs_header => {
            report.error(raw.offset, "expected `header`: where the signature stands");
            return None;
        }
        Some(header) if !needs_header => {
            report.error(header.offset, "the scheme says its headers itself");
        }
        _ => {}
    }
    let header = header.as_ref().map(|header| header.value.0.clone()).unwrap_or_default();
    Some(match scheme.value.0 {
        Scheme::Standard => Signature::Standard { secret },
        Scheme::Slack => Signature::Slack { secret },
        Scheme::Hmac => Signature::Hmac {
            secret,
            header,
            prefix: prefix.clone().unwrap_or_default(),
        },
        Scheme::Token => Signature::Token { secret, header },
    })
}

fn rule(raw: &At<RawHeard>, words: &Vocabulary, report: &mut Report<'_>) -> InboundRule {
    let heard = &raw.value;
    if heard.message.is_none() && heard.from.is_none() {
        let message = "expected `message` or `from`: by what the person is found";
        report.error(raw.offset, message);
    }
    let place = |place: &Option<At<Pointer>>| place.as_ref().map(|place| place.value.0.clone());
    InboundRule {
        each: place(&heard.each).unwrap_or_default(),
        when: places(heard.when.as_ref(), report),
        event: event_name(&heard.event, Star::Refused, words, report),
        message: heard.message.as_ref().and_then(id_place),
        from: place(&heard.from),
        text: place(&heard.text),
        at: place(&heard.at),
        id: place(&heard.id),
    }
}

/// Renders a request as `send` does, for each channel, with a text that would break JSON that is not
/// escaped.
fn trial(raw: &RawService, service: &Service, report: &mut Report<'_>) {
    for channel in &service.carries {
        let Some(message) = sample(service, *channel) else {
            return;
        };
        let text = match channel {
            Channel::Webhook => json!({ "text": "He said \"hi\"" }).to_string(),
            _ => "He said \"hi\"\nand left".to_owned(),
        };
        let request = CallRequest {
            service,
            hosts: &[],
            message: &message,
            title: None,
            text: &text,
            link: Some("https://shop.example.com/orders?a=1&b=\"2\""),
            now: Timestamp::UNIX_EPOCH,
        };
        if let Err(error) = call(&request, |_| Some("whsec_c2VjcmV0")) {
            let offset = raw.body.as_ref().map_or(raw.url.offset, |body| body.offset);
            let message = error.to_string();
            let what = message.split_once(", ").map_or(message.as_str(), |(_, what)| what);
            report.error(offset, what);
        }
    }
}

/// A message as it might be, of a person with the traits that the service's texts name.
fn sample(service: &Service, channel: Channel) -> Option<Message> {
    let texts = std::iter::once(&service.url).chain(service.headers.values());
    let traits = texts.flat_map(|text| reads_of(text)).filter_map(|path| {
        let name = path.strip_prefix("profile.")?.to_owned();
        Some((name, Value::from("sample")))
    });
    let profile: Properties = traits.collect();
    Some(Message {
        id: MessageId::from("msg_1"),
        profile: ProfileId::parse("u1").ok()?,
        campaign: CampaignName::from("sample"),
        version: Version::of(b""),
        step: "sample".to_owned(),
        channel,
        to: "+14155550100".to_owned(),
        template: "sample".to_owned(),
        variant: None,
        locale: "en".to_owned(),
        topic: "sample".to_owned(),
        purpose: Purpose::Transactional,
        priority: 50,
        policy: Policy::AtMostOnce,
        decided: Timestamp::UNIX_EPOCH,
        expires: None,
        context: Properties::from_iter([("profile".to_owned(), Value::Object(profile))]),
    })
}
