//! DynamoDB: the only place that knows keys and attribute names.

pub mod keys;
