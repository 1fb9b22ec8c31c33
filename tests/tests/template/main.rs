//! `infra/template.yaml` against the code: what is deployed is what was tested.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod adapters;
mod document;
mod roles;
mod settings;
mod source;
