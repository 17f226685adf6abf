#!/usr/bin/env bash
# Runs as root in a fresh system: installs the packages in /packages, uses them, removes them. Prints "passed NAME" or
# "failed NAME" for each case, after what it has said.
set -uo pipefail
export DEBIAN_FRONTEND=noninteractive
here=$(dirname "${BASH_SOURCE[0]}")
port=8470

case_of() {
  local name=$1 outcome=passed
  shift
  (set -e; "$@") || outcome=failed
  echo "$outcome $name"
}

# Tries a command for ten seconds.
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

get() { php -r 'echo file_get_contents($argv[1], false, stream_context_create(["http" => ["ignore_errors" => true]]));' "$1"; }
is_up() { php -r 'exit(@fsockopen("127.0.0.1", (int) $argv[1]) ? 0 : 1);' "$port"; }

install_packages() {
  apt-get update -q
  apt-get install -y -q --no-install-recommends /packages/*.deb
}

versions() {
  says 'Laraman ' laraman --version
  local minor
  minor=$(php -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')
  says ", PHP $minor" "/usr/lib/laraman/laraman-php$minor" --version
}

echo_gateway() {
  laraman gateway --port "$port" --echo &
  eventually is_up
  local status=0
  says "hello" php "$here/socket.php" "ws://127.0.0.1:$port/" hello || status=1
  kill %1
  wait
  return "$status"
}

# plain_php NAME=VALUE…: with these variables.
plain_php() {
  mkdir -p /srv/plain
  echo '<?php return function () { echo "plain ", PHP_VERSION; };' >/srv/plain/index.php
  env "$@" laraman start --app /srv/plain --entry /srv/plain/index.php --port "$port" --workers 1 &
  eventually is_up
  local status=0
  says "plain 8." get "http://127.0.0.1:$port/" || status=1
  laraman stop --app /srv/plain
  wait
  return "$status"
}

# The unversioned name leads to another PHP, as after the installation of a second one.
second_libphp() {
  mkdir -p /srv/other
  echo 'no library' >/srv/other/libphp.so
  plain_php LD_LIBRARY_PATH=/srv/other
}

man_pages() {
  for page in man1/laraman.1 man5/laraman.toml.5; do gzip -dc "/usr/share/man/$page.gz" | grep -q '^\.Sh DESCRIPTION'; done
}

purge() {
  apt-get purge -y -q laraman 'laraman-php*' liblaraman-dev
  local left
  left=$(find / -xdev -iname '*laraman*' -not -path '/proc/*' -not -path '/src/*' -not -path '/packages/*' -not -path '/srv/*')
  [[ -z $left ]] && return 0
  echo "left: $left"
  return 1
}

case_of install install_packages
case_of versions versions
case_of echo echo_gateway
case_of plain-php plain_php
case_of second-libphp second_libphp
case_of man-pages man_pages
case_of purge purge
