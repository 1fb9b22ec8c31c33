//! See `beckon_tests::doors`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (beckon_tests::doors::EVENTS.enter)(bytes));
