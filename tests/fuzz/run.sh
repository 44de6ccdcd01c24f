#!/bin/sh
# Builds the fuzz targets, and runs each of them for a number of seconds. Fails when a target fails.
# Usage: tests/fuzz/run.sh SECONDS FOLDER TARGET...
# The folder keeps the inputs that a run finds, the log of the run, and in crashes/ the inputs on which a target failed.
set -eu

seconds=$1 folder=$2
shift 2
for target in "$@"; do
  [ -d "tests/fuzz/corpus/$target" ] || {
    echo "latchkey: $target is no fuzz target. The targets are:" $(ls tests/fuzz/corpus)
    exit 2
  }
done
[ "$seconds" -gt 0 ] 2> /dev/null || {
  echo "latchkey: FUZZ_SECONDS must be a number of seconds, not $seconds"
  exit 2
}
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_WRAPPER="$PWD/tests/fuzz/rustc.sh" cargo build --locked --package fuzz --features libfuzzer --profile fuzz \
  --target "$host" --target-dir target/fuzz

mkdir -p "$folder/crashes"
summary='' failed=''
for target in "$@"; do
  echo "latchkey: fuzzing $target for $seconds seconds"
  mkdir -p "$folder/$target"
  # libFuzzer writes new inputs into the first folder.
  RUST_BACKTRACE=0 FUZZ_TARGET=$target "target/fuzz/$host/fuzz/fuzz" "$folder/$target" "tests/fuzz/corpus/$target" \
    -max_total_time="$seconds" -max_len=9000 -timeout=5 -rss_limit_mb=1024 -dict=tests/fuzz/dictionary \
    -artifact_prefix="$folder/crashes/$target-" -print_final_stats=1 > "$folder/$target.log" 2>&1 || {
    tail -n 40 "$folder/$target.log"
    failed="$failed $target"
  }
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$target.log")
  summary="$summary$target: ${executions:-no} executions
"
done

printf '\n%s' "$summary"
if [ -n "$failed" ]; then
  echo "latchkey: FAILED:$failed. Fix the code, and copy the input from $folder/crashes into tests/fuzz/corpus."
  exit 1
fi
