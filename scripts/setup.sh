#!/usr/bin/env bash
# Installs what the project needs on Debian 12. Quiet and quick when everything is there already.
# Usage: scripts/setup.sh [build] [test] [bench]      (default: build test)
set -euo pipefail

build=(
  bazel-bootstrap bazel-platforms bazel-rules-java bazel-rules-proto bazel-skylib
  g++ binutils capnproto pkg-config python3
  libabsl-dev libbenchmark-dev libboost1.81-dev libc-ares-dev libcapnp-dev libedit-dev libgmock-dev libgtest-dev librocksdb-dev
  libspdlog-dev libssl-dev libyaml-cpp-dev
)
# Real phones and callers, a judge of their messages, a real etcd, and the other compiler with its sanitizers and
# libFuzzer.
test=(
  baresip-core clang-14 curl dnsmasq-base etcd-client etcd-server git iproute2 libclang-rt-14-dev openssl procps sip-tester socat tshark util-linux
)
bench=(kamailio)

usage() { sed -n '2,3s/^# //p' "$0"; }

wanted=()
[ $# -gt 0 ] || set -- build test
for group in "$@"; do
  case "$group" in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    -h | --help) usage; exit 0 ;;
    *) echo "setup.sh: no group called '$group'" >&2; usage >&2; exit 2 ;;
  esac
done

if ! command -v apt-get >/dev/null; then
  echo "setup.sh: this needs Debian 12 (no apt-get here); the packages are listed in scripts/setup.sh" >&2
  exit 1
fi

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u)
missing=$(comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) <(printf '%s\n' "$installed"))
if [ -z "$missing" ]; then
  echo "Set-up: all Debian packages are installed."
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup.sh: run as root, or install sudo, to install:" "${missing//$'\n'/ }" >&2; exit 1; }
  as_root=(sudo)
fi
echo "Set-up: installing" "${missing//$'\n'/ }"
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"; }
apt update -q
# shellcheck disable=SC2086
apt install -q -y --no-install-recommends $missing
echo "Set-up: done."
