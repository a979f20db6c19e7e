#!/usr/bin/env bash
# Runs a program and starts it again when it dies: for machines without systemd (with it: scripts/understudyd.service).
#
# Usage: scripts/supervise.sh PROGRAM [ARGUMENT...]
#
# The program is started again at once after its first death, then after 0.1, 0.2, 0.4 ... 10 s; a program that lived
# for a minute begins anew. Exit code 0 is an end on purpose, and 2 (a configuration that is wrong) will not get better by
# itself: both end the supervisor with the same code. SIGTERM, SIGINT and SIGHUP are passed on.
set -u
case "${1:---help}" in
  -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
esac

child= ending=
pass_on() { [ -z "$child" ] || kill -s "$1" "$child" 2>/dev/null; }
trap 'ending=yes; pass_on TERM' TERM
trap 'ending=yes; pass_on INT' INT
trap 'pass_on HUP' HUP

pause=0
while true; do
  born=$SECONDS
  "$@" &
  child=$!
  # A signal that came before the child had a number was passed on to nobody.
  [ -z "$ending" ] || kill -s TERM "$child" 2>/dev/null
  wait "$child"
  status=$?
  # A signal for this script ends wait, too.
  while kill -0 "$child" 2>/dev/null; do wait "$child"; status=$?; done
  child=
  if [ -n "$ending" ] || [ "$status" -eq 0 ] || [ "$status" -eq 2 ]; then exit "$status"; fi
  [ $((SECONDS - born)) -lt 60 ] || pause=0
  echo "supervise.sh: $1 ended with $status; starting it again in $pause ms" >&2
  sleep "$(printf '%d.%03d' $((pause / 1000)) $((pause % 1000)))" &
  wait $!
  [ -z "$ending" ] || exit "$status"
  pause=$((pause == 0 ? 100 : pause * 2 > 10000 ? 10000 : pause * 2))
done
