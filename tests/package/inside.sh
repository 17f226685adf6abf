#!/usr/bin/env bash
# Runs as root in a fresh system: installs the packages in /packages, or $LARAMAN_PACKAGES, uses them, removes them.
# Prints "passed NAME" or "failed NAME" for each case, after the case's output.
set -uo pipefail
export DEBIAN_FRONTEND=noninteractive
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source=${here%/tests/package}
port=8470
packages=${LARAMAN_PACKAGES:-/packages}

# shellcheck source=tests/package/cases.sh
source "$here/cases.sh"

install_packages() {
  apt-get update -q
  apt-get install -y -q --no-install-recommends "$packages"/*.deb
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

# plain_php NAME=VALUE…: runs a plain PHP server with these variables.
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

# The unversioned name is a link to another PHP, as after the installation of a second version.
second_libphp() {
  mkdir -p /srv/other
  echo 'no library' >/srv/other/libphp.so
  plain_php LD_LIBRARY_PATH=/srv/other
}

# The lines of README.md below "Then, in a Laravel application:".
readme_lines() { sed -n '/^Then, in a Laravel application:$/,/^```$/{/^[a-z]/p}' "$source/README.md"; }

# A new Laravel application, prepared with the commands in README.md, with a socket behind `auth`.
application() {
  export COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_NO_INTERACTION=1
  local minor cookie lines
  minor=$(php -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')
  apt-get install -y -q --no-install-recommends composer unzip "php$minor-"{curl,mbstring,sqlite3,xml,zip}
  # Without development packages, as on a server.
  composer create-project --no-progress --no-install --no-scripts laravel/laravel /srv/app
  cd /srv/app
  php -r '$made = json_decode(file_get_contents("composer.json")); unset($made->{"require-dev"}); file_put_contents("composer.json", json_encode($made));'
  composer update --no-progress
  cp .env.example .env
  php artisan key:generate
  touch database/database.sqlite
  php artisan migrate --force
  composer config repositories.laraman artifact "$packages/composer"
  mapfile -t lines < <(readme_lines)
  [[ ${#lines[@]} == 3 ]]
  ${lines[0]} --quiet
  ${lines[1]} --no-interaction

  php artisan make:socket EchoSocket
  php "$here/edit-application.php"
  ${lines[2]} --port "$port" --workers 1 &
  eventually is_up
  local status=0
  cookie=$(get "http://127.0.0.1:$port/enter")
  says 'HTTP/1.1 302' php "$here/socket.php" "ws://127.0.0.1:$port/echo" hello || status=1
  says '{"event":"said","data":{"text":"hello","by":"ada@example.com"}}' \
    php "$here/socket.php" "ws://127.0.0.1:$port/echo" hello "$cookie" || status=1
  php artisan laraman reload || status=1
  php artisan laraman stop || status=1
  wait
  return "$status"
}

man_pages() {
  for page in man1/laraman.1 man5/laraman.toml.5; do gzip -dc "/usr/share/man/$page.gz" | grep -q '^\.Sh DESCRIPTION'; done
}

case_of install install_packages
case_of versions versions
case_of echo echo_gateway
case_of plain-php plain_php
case_of second-libphp second_libphp
case_of application application
case_of man-pages man_pages
case_of purge purge
