#!/usr/bin/env bash
# Shows Understudy at work: sets the machine up, builds, and lets real phones talk through a pair whose primary is killed.
#
# Usage: ./run.sh [--no-setup] [--no-build] [--keep DIR]
#   --no-setup   does not look for missing Debian packages
#   --no-build   uses what was built before
#   --keep DIR   keeps logs, recordings, SIP traces and both journals there (default: .cache/run)
#
# Two phones talk and two ring when the primary dies by SIGKILL. The backup takes over, the dead node comes back as
# backup by itself and takes over again when it is asked to; the calls go on, and the two journals end up the same. Each
# step prints one line with what was measured.
#
# Everything happens in network namespaces of its own: no port of this machine is used, nothing keeps running. Needs
# Debian 12; root or sudo for the packages. To run a pair for yourself: the first lines of daemon/config/pair-a.yaml.
set -euo pipefail
caller=$PWD
cd "$(dirname "$(readlink -f "$0")")"
source scripts/environment.sh

setup=yes build=yes keep=.cache/run
usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; }
while [ $# -gt 0 ]; do
  case "$1" in
    --no-setup) setup=no ;;
    --no-build) build=no ;;
    --keep) keep=${2:?--keep needs a directory}; [[ $keep == /* ]] || keep=$caller/$keep; shift ;;
    -h | --help) usage; exit 0 ;;
    *) echo "run.sh: no option $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

say() { printf '\n== [%3d s] %s\n' "$SECONDS" "$*"; }
fail() { printf '\nrun.sh: %s\n' "$*" >&2; exit 1; }

if ! mkdir -p "$keep" || [ -n "$(find "$keep" ! -writable -print -quit)" ]; then
  fail "not all of $keep can be written; remove it or choose another directory with --keep"
fi
keep=$(readlink -f "$keep")

say "Set-up: Debian's packages"
[ "$setup" = no ] || scripts/setup.sh build test || fail "the set-up did not work; what apt-get said stands above"
find_namespaces || fail "$NO_NAMESPACES"

programs=(daemon/understudyd tools/arbiter tools/socket-holder tools/understudyctl tools/journal-dump tools/replay)
labels=("${programs[@]/\//:}")
say "Build: the server and its tools (some minutes the first time)"
[ "$build" = no ] || bazel build --config=opt "${labels[@]/#///}" ||
  fail "the build did not work; the compiler's words stand above"
UNDERSTUDY_BIN=$(bazel info --config=opt bazel-bin) || fail "Bazel does not say where it built"
for program in "${programs[@]}"; do
  [ -x "$UNDERSTUDY_BIN/$program" ] || fail "$program was not built yet: run it without --no-build"
done

say "Calls between real phones, the death of the primary in the middle of them, and a switchover back"
started=$SECONDS status=0
"${as_root[@]}" env "UNDERSTUDY_BIN=$UNDERSTUDY_BIN" "UNDERSTUDY_TEST_OUT=$keep" PYTHONDONTWRITEBYTECODE=1 \
  python3 tests/integration/pair_call.py || status=$?
own_again "$keep"
[ "$status" -eq 0 ] || fail "not all went as it should; look at the FAIL line and the files it names"
say "All of it worked, in $((SECONDS - started)) s"
