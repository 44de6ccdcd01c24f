#!/bin/sh
# The compiler of `make fuzz`: cargo calls it with the path of rustc and its arguments (RUSTC_WRAPPER).
# Crates that parse untrusted input get the coverage counters that guide libFuzzer. The others run faster without them.
# Macros and build scripts never get them: they are compiled without `--target`, and do not link with counters.
case " $* " in
  *" --target "*) ;;
  *) exec "$@" ;;
esac
case " $* " in
  *" --crate-name fuzz "* | *" shared/src/lib.rs "* | *" functions/"*"/src/lib.rs "* | \
  *" --crate-name operator "* | *" --crate-name csv "* | *" --crate-name csv_core "* | \
  *" --crate-name serde_json "* | *" --crate-name serde_dynamo "* | *" --crate-name data_encoding "* | \
  *" --crate-name percent_encoding "* | *" --crate-name idna "* | *" --crate-name jsonwebtoken "* | \
  *" --crate-name phc "* | *" --crate-name validator "*)
    exec "$@" -C passes=sancov-module -C llvm-args=-sanitizer-coverage-level=4 \
      -C llvm-args=-sanitizer-coverage-inline-8bit-counters -C llvm-args=-sanitizer-coverage-pc-table \
      -C llvm-args=-sanitizer-coverage-trace-compares ;;
  *) exec "$@" ;;
esac
