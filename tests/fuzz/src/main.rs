//! Runs the target that `FUZZ_TARGET` names under libFuzzer; `make fuzz` builds and starts it.

#![no_main]

use std::sync::LazyLock;

#[expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "libFuzzer reads the arguments, and no request has run yet"
)]
static TARGET: LazyLock<fuzz::Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let target = fuzz::TARGETS.into_iter().find(|(known, _)| *known == name);
    target.expect("FUZZ_TARGET must name a target").1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
