# Functions of inside.sh and booted.sh, which set $source, $packages and $port.
# shellcheck shell=bash disable=SC2154

case_of() {
  local name=$1
  shift
  (set -e; "$@")
  if (($? == 0)); then echo "passed $name"; else echo "failed $name"; fi
}

# Retries a command for ten seconds.
eventually() {
  local i
  for ((i = 0; i < 100; i++)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  "$@"
}

says() {
  local wanted=$1 got
  shift
  got=$("$@" 2>&1) || true
  [[ $got == *"$wanted"* ]] && return 0
  echo "wanted: $wanted"
  echo "got: $got"
  return 1
}

# For a command that must fail: `set -e` ignores commands after a "!".
fails() {
  "$@" || return 0
  echo "does not fail: $*"
  return 1
}

get() { php -r 'echo file_get_contents($argv[1], false, stream_context_create(["http" => ["ignore_errors" => true]]));' "$1"; }
is_up() { php -r 'exit(@fsockopen("127.0.0.1", (int) $argv[1]) ? 0 : 1);' "$port"; }

# Removes the packages with their configuration, and checks for remaining files.
purge() {
  apt-get purge -y -q laraman 'laraman-php*' liblaraman-dev
  local left
  # The source contains systems, including this one: find must skip it.
  left=$(find / -xdev \( -path /proc -o -path "$source" -o -path "$packages*" -o -path /srv -o -path /root \) -prune -o -iname '*laraman*' -print |
    while read -r path; do [[ $source/ == "$path"/* ]] || echo "$path"; done)  # the source may be below such a folder
  [[ -z $left ]] && return 0
  echo "left: $left"
  return 1
}
