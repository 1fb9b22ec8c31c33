//! Carries queued messages to their provider, once.
