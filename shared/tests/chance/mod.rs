//! Cases that are drawn by chance, the same in every run.

use proptest::test_runner::{Config, RngSeed};

/// So many cases of fixed seeds, so that whoever changes something else is not stopped by a case that nobody had met.
/// `PROPTEST_RNG_SEED` and `PROPTEST_CASES` ask for others.
pub fn fixed(cases: u32) -> Config {
    let asked = |name| std::env::var_os(name).is_some();
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if !asked("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(1);
    }
    if !asked("PROPTEST_CASES") {
        config.cases = cases;
    }
    config
}
