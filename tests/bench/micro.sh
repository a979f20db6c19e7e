#!/bin/sh
# Runs every microbenchmark (google-benchmark) and prints the goal next to each that has one.
#   tests/bench/micro.sh            all of them, about two minutes after the build
#   tests/bench/micro.sh parse      only those whose name contains "parse"
set -eu
cd "$(dirname "$0")/../.."

only=${1:-}
targets=$(bazel query --noshow_progress 'filter("_bench$", kind("cc_binary", //...))' 2>/dev/null | grep -F -- "$only" | sort) || true
if [ -z "$targets" ]; then
  echo "no microbenchmark is called '$only'" >&2
  exit 1
fi
echo "building:" $targets
# shellcheck disable=SC2086  # a word each
bazel build --noshow_progress --ui_event_filters=-info $targets

root=$PWD
results=$(mktemp -d -p "${BENCH_DIRECTORY:-/var/tmp}" understudy-micro-XXXXXX)  # on a real disk: some append to journals
trap 'rm -rf "$results"' EXIT
for target in $targets; do
  program=$(echo "$target" | sed 's|^//||; s|:|/|')
  echo "running $target"
  (cd "$results" && "$root/bazel-bin/$program" --benchmark_out="$results/$(basename "$program").json" --benchmark_out_format=json \
    > "$results/log" 2>&1) || { cat "$results/log" >&2; exit 1; }
done
python3 tests/bench/micro_table.py "$results"/*.json
