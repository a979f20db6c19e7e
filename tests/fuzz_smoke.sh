#!/usr/bin/env bash
# Builds every fuzz target with libFuzzer and runs each for a while from an empty corpus: that they build and find nothing at
# once. Takes some minutes the first time.
# Usage: tests/fuzz_smoke.sh [SECONDS [TARGET...]]       (default: 10 a target, all targets)
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

seconds=${1:-10}
targets=${*:2}
[ -n "$targets" ] || targets=$(bazel query --noshow_progress 'kind(cc_binary, filter("_fuzz$", //...))')
# shellcheck disable=SC2086  # a word each
bazel build --config=fuzz $targets
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
for target in $targets; do
  program=${target#//}
  mkdir "$corpus/new"
  echo "== $target"
  "bazel-fuzz-bin/${program/://}" -max_total_time="$seconds" -print_final_stats=1 "$corpus/new" >"$corpus/log" 2>&1 ||
    { tail -n 40 "$corpus/log"; echo "FAIL $target"; exit 1; }
  grep -E 'number_of_executed_units' "$corpus/log"
  rm -rf "$corpus/new"
done
