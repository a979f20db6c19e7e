#!/usr/bin/env bash
# Sets the machine up, builds everything and runs every test. The last line is "N passed, N failed[, N skipped]".
#
# Usage: ./test.sh [--unit | --integration] [--config NAME] [--no-setup] [PATTERN...]
#   --unit          Bazel's tests and the checks of tests/style and tests/layering only
#   --integration   the scripts in tests/integration only
#   --config NAME   builds with a configuration of .bazelrc (default opt); others than opt imply --unit
#   --no-setup      does not look for missing Debian packages
#   PATTERN         of the scripts, runs only those whose path contains one of these words
#
# A script prints one line "PASS claim", "FAIL claim: why" or "SKIP claim: why" a case and exits non-zero on a failure;
# without such lines it counts as one case (exit code 77: skipped). It finds the programs in $UNDERSTUDY_BIN, may write
# to $UNDERSTUDY_TEST_OUT, and is killed after 300 seconds, or what its line "# time-limit: SECONDS" says.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")" || exit 1
source scripts/environment.sh

checks=(
  scripts/count_cases_test.py
  tests/style/style_check_test.py
  tests/style/style_check.py
  tests/sim/mutations_test.py
  tests/layering/rooms_check.py
  tests/layering/symbols_check.py
)
unit=yes integration=yes setup=yes config=opt patterns=()
usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; }
while [ $# -gt 0 ]; do
  case "$1" in
    --unit) integration=no ;;
    --integration) unit=no ;;
    --config) config=${2:?--config needs a name}; shift ;;
    --config=*) config=${1#*=} ;;
    --no-setup) setup=no ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "test.sh: no option $1" >&2; usage >&2; exit 2 ;;
    *) patterns+=("$1") ;;
  esac
  shift
done
[ "$config" = opt ] || integration=no

logs=$PWD/.cache/test
rm -rf "$logs" && mkdir -p "$logs" || exit 1
passed=0 failed=0 skipped=0
failures=()
group=$logs/group as_root=()

# A group that runs as root is root's to end. Its number is what timeout says, which may be a child of sudo.
stop_script() {
  [ ! -s "$group" ] || "${as_root[@]}" kill -KILL -- "-$(<"$group")" 2>/dev/null
  rm -f "$group"
}
trap 'stop_script; exit 130' INT TERM

say() { printf '\n== [%3d s] %s\n' "$SECONDS" "$*"; }
add_failure() { failed=$((failed + 1)); failures+=("$1  (log: $2)"); }

finish() {
  if [ ${#failures[@]} -gt 0 ]; then
    printf '\nFailures:\n'
    printf '  %s\n' "${failures[@]}"
  fi
  printf '\nTook %d s.\n' "$SECONDS"
  printf '%d passed, %d failed' "$passed" "$failed"
  [ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
  printf '\n'
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

run_unit_tests() {
  local events=$logs/bazel-events.json kind name log
  say "Unit tests"
  bazel test "--config=$config" --keep_going --build_event_json_file="$events" //...
  while IFS=$'\t' read -r kind name log; do
    case "$kind" in
      passed) passed=$((passed + name)) ;;
      skipped) skipped=$((skipped + name)) ;;
      failed) add_failure "$name" "$log" ;;
    esac
  done < <(python3 scripts/count_cases.py "$events" || printf 'failed\tcounting the unit tests\t%s\n' "$events")
}

chosen() {
  local word
  [ ${#patterns[@]} -gt 0 ] || return 0
  for word in "${patterns[@]}"; do [[ "$1" == *"$word"* ]] && return 0; done
  return 1
}

# Runs in a process group of its own, so that whatever a script forgets to stop ends with it. Arguments after the script
# begin its command.
run_script() {
  local script=$1 log limit status started=$SECONDS before=$failed
  chosen "$script" || return 0
  log=$logs/$(tr / - <<<"${script%.*}").log
  limit=$(sed -n 's/^# time-limit: *\([0-9]\+\).*/\1/p' "$script" | head -1)
  limit=${limit:-300}
  say "$script (at most $limit s)"
  export UNDERSTUDY_TEST_OUT=${log%.log}
  mkdir -p "$UNDERSTUDY_TEST_OUT"
  "${@:2}" env "UNDERSTUDY_TEST_OUT=$UNDERSTUDY_TEST_OUT" bash -c 'echo $$ >"$1" && exec timeout --kill-after=10 "${@:2}"' \
    bash "$group" "$limit" "./$script" >"$log" 2>&1 </dev/null &
  wait $!
  status=$?
  stop_script
  grep -E '^(PASS|FAIL|SKIP)( |$)' "$log"
  count_script "$script" "$log" "$status" "$limit"
  [ "$failed" -eq "$before" ] || grep -v '^PASS' "$log" | tail -n 40 | sed 's/^/    /'
  echo "   $((SECONDS - started)) s"
}

count_script() {
  local script=$1 log=$2 status=$3 limit=$4 line passes skips before=$failed
  passes=$(grep -cE '^PASS( |$)' "$log")
  skips=$(grep -cE '^SKIP( |$)' "$log")
  passed=$((passed + passes))
  skipped=$((skipped + skips))
  while IFS= read -r line; do
    add_failure "$script: ${line#FAIL }" "$log"
  done < <(grep -E '^FAIL( |$)' "$log")
  if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
    add_failure "$script: still running after $limit s" "$log"
  elif [ "$status" -eq 77 ]; then
    [ $((passes + skips)) -gt 0 ] || skipped=$((skipped + 1))
  elif [ "$status" -ne 0 ] && [ "$failed" -eq "$before" ]; then
    add_failure "$script: exit code $status" "$log"
  elif [ "$status" -eq 0 ] && [ $((passes + skips + failed - before)) -eq 0 ]; then
    passed=$((passed + 1))
  fi
}

run_integration_tests() {
  local script began=()
  # Without namespaces each of them would skip itself, and a run that tested nothing would look like a good one.
  find_namespaces || { add_failure "no integration test ran: $NO_NAMESPACES" "none"; return; }
  [ ${#as_root[@]} -eq 0 ] || began=(sudo env "UNDERSTUDY_BIN=$UNDERSTUDY_BIN" "HOME=$HOME" PYTHONDONTWRITEBYTECODE=1
    "UNDERSTUDY_SHARED=${UNDERSTUDY_SHARED:-}" "UNDERSTUDY_TEST_SEED=${UNDERSTUDY_TEST_SEED:-0}")
  for script in tests/integration/*.sh tests/integration/*.py; do
    [ -e "$script" ] || continue
    [ -x "$script" ] || { add_failure "$script cannot be run: chmod +x it" "none"; continue; }
    run_script "$script" "${began[@]}"
  done
  own_again "$logs"
}

if [ "$setup" = yes ]; then
  scripts/setup.sh build test || scripts/setup.sh build || exit 1
fi

say "Build (--config=$config)"
if ! bazel build "--config=$config" --keep_going //...; then
  add_failure "the build" "above"
  [ "$unit" = yes ] || finish
fi

# An own configuration may be built in the meantime: the programs' real directory, not the link.
UNDERSTUDY_BIN=$(bazel info "--config=$config" bazel-bin) || { add_failure "Bazel does not say where it built" "above"; finish; }
export UNDERSTUDY_BIN

if [ "$unit" = yes ]; then
  [ ${#patterns[@]} -gt 0 ] || run_unit_tests
  for script in "${checks[@]}"; do run_script "$script"; done
fi

if [ "$integration" = yes ]; then
  run_integration_tests
fi
finish
