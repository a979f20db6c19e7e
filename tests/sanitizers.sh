#!/usr/bin/env bash
# Runs Bazel's tests (units, scenarios, fuzz corpus) under a sanitizer.
# Usage: tests/sanitizers.sh asan|ubsan|tsan|all [TARGET...]       (default target: //...)
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1

usage() { sed -n '2,3s/^# //p' "$0"; }
case "${1:-}" in
  asan | ubsan | tsan) configs=("$1") ;;
  all) configs=(asan ubsan tsan) ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac
shift
[ $# -gt 0 ] || set -- //...

failed=()
for config in "${configs[@]}"; do
  echo "== $config"
  bazel test "--config=$config" --keep_going --build_tests_only "$@" || failed+=("$config")
done
[ ${#failed[@]} -eq 0 ] || { echo "failed under: ${failed[*]}"; exit 1; }
