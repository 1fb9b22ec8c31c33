//! Names of attributes.

/// Partition key.
pub const PK: &str = "PK";
/// Sort key.
pub const SK: &str = "SK";
/// When DynamoDB may delete the item, in seconds since 1970.
pub const TTL: &str = "ttl";
/// A JSON text: inputs of an inbox item, a message, a definition, the manifest.
pub const BODY: &str = "body";
/// When an inbox item was accepted, in milliseconds.
pub const RECEIVED: &str = "received";
/// An inbox item's id, where its key carries only the hash.
pub const ID: &str = "id";
/// Counts a profile's saves.
pub const VERSION: &str = "version";
/// A profile's state, MessagePack.
pub const STATE: &str = "state";
/// The latest decisions about a profile, MessagePack, deflated.
pub const LOG: &str = "log";
/// A profile's traits, MessagePack.
pub const TRAITS: &str = "traits";
/// Where a message stands; the stream's filter for `send` reads it.
pub const STATUS: &str = "status";
/// How many times a message has been claimed.
pub const ATTEMPTS: &str = "attempts";
/// Until when a message is claimed, in milliseconds.
pub const LEASE: &str = "lease";
/// Which call claimed a message.
pub const CLAIMANT: &str = "claimant";
/// There where an earlier attempt may have reached the provider.
pub const MAYBE_SENT: &str = "maybe_sent";
/// Why a message failed or was skipped; why an address is suppressed.
pub const REASON: &str = "reason";
/// The provider's id of a message.
pub const PROVIDER_ID: &str = "provider_id";
/// Partition of the due index.
pub const DUE_PK: &str = "due_pk";
/// Order in the due index.
pub const DUE_SK: &str = "due_sk";
/// Counts applies.
pub const REVISION: &str = "revision";
/// Since when an address is suppressed, in milliseconds.
pub const SINCE: &str = "since";
/// The sweep's cursor: looked at until then, in milliseconds.
pub const SWEPT: &str = "swept";
/// The sweep's cursor: schedules made until then, in milliseconds.
pub const SCHEDULED: &str = "scheduled";
/// What a batch counted by day, MessagePack: there while it waits to be merged.
pub const COUNTS: &str = "counts";
/// Marks of profiles whose counts are not in their batch's totals, MessagePack.
pub const MISSING: &str = "missing";
/// How many words about a message wait until its origin is known.
pub const WORDS: &str = "words";
/// When totals may be forgotten once they are merged, in seconds since 1970.
pub const FORGET: &str = "forget";
/// Of which campaign counters are.
pub const CAMPAIGN: &str = "campaign";
/// Of which day counters are, in UTC.
pub const DAY: &str = "day";
/// How many messages of a line might have been called up.
pub const ALLOWED: &str = "allowed";
/// How many were called up.
pub const CALLED: &str = "called";
/// What a provider is known to take in a minute.
pub const LIMIT: &str = "limit";
