//! Properties that hold for every value, checked with generated values.
//!
//! A failure prints the smallest value that breaks the property, and the seed that found it. `PROPTEST_RNG_SEED`
//! repeats a seed, and `PROPTEST_CASES` raises the number of values.

mod accounts;
mod bodies;
mod edge;
mod limits;
mod sessions;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// At least this many values for each property.
fn cases(least: u32) -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    config.cases = config.cases.max(least);
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(rand_seed());
    }
    // The test runner shows this if the test fails.
    eprintln!("PROPTEST_RNG_SEED={}", config.rng_seed);
    config
}

fn rand_seed() -> u64 {
    u64::from_le_bytes(latchkey::random::bytes().expect("random numbers"))
}

/// Any text: of any characters, of characters in Latchkey's rules, and of characters that have broken other software.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "(?s).{0,40}",
        "[a-zA-Z0-9._@+ -]{0,40}",
        "[\u{0}-\u{20}\"'<>&=;,%\\\\@\u{7f}-\u{a0}\u{2028}\u{feff}]{0,20}",
        ("(?s).{1,9}", 20..40_usize).prop_map(|(text, times)| text.repeat(times)),
        proptest::sample::select(naughty_strings::BLNS).prop_map(str::to_owned),
    ]
}
