# shellcheck shell=bash
# What run.sh, test.sh and .ci/run have in common. For: source scripts/environment.sh

# Bazel keeps its cache under HOME, which a CI job may not have.
export HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
if [ ! -d "$HOME" ] || [ ! -w "$HOME" ]; then export HOME=${TMPDIR:-/tmp}; fi

# Scripts that run as root leave nothing of root's in the source tree.
export PYTHONDONTWRITEBYTECODE=1

# The namespaces that tests/integration/harness/sandbox.py enters.
namespaces_allowed() {
  local command=(unshare)
  [ "$("$@" id -u)" -eq 0 ] || command+=(--user --map-root-user)
  "$@" "${command[@]}" --net --mount --pid --fork --kill-child --mount-proc true 2>/dev/null
}

# Sets as_root to the beginning of a command that may enter them: nothing, or sudo. False: there is no such beginning.
find_namespaces() {
  as_root=()
  namespaces_allowed && return 0
  [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null || return 1
  as_root=(sudo)
  namespaces_allowed sudo
}
readonly NO_NAMESPACES="network and process namespaces are not allowed here; they need root (in a container: CAP_SYS_ADMIN), sudo or user namespaces"

# What a script wrote as root belongs to who called.
own_again() { [ ${#as_root[@]} -eq 0 ] || sudo chown -R "$(id -u):$(id -g)" "$1"; }
