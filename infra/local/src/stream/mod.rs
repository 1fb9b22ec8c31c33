//! The event source mapping on the table's stream, as AWS Lambda documents it ("Using AWS Lambda
//! with Amazon DynamoDB"): what goes to which function, in which batches, in which order, and
//! what becomes of what fails.
//!
//! | file | job |
//! |---|---|
//! | [`filter`] | which records a function wants |
//! | [`record`] | a record in the form in which a function gets it |
//! | [`report`] | what a function's answer says about its batch |
//! | [`mapping`] | which batch runs when: pure, told the time |
//! | [`discard`] | what the on-failure destination is told |
//! | [`pump`] | carries records from the table through all of that to the functions |

pub mod discard;
pub mod filter;
pub mod mapping;
pub mod pump;
pub mod record;
pub mod report;
