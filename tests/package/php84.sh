#!/usr/bin/env bash
# Runs in a Debian 13 with a compiler, on a copy of the source, since Composer chooses other packages for another PHP. Prints
# "passed NAME" or "failed NAME" for each case, after the case's output.
set -uo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export DEBIAN_FRONTEND=noninteractive COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_NO_INTERACTION=1

mkdir -p /checkout && cd /checkout || exit
tar -C "$source" --exclude=./build --exclude=vendor --exclude=./.git -c . | tar -x || exit
./dev setup || exit
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d || exit  # no service starts
apt-get install -y -q --no-install-recommends libgtest-dev libgmock-dev nodejs chromium openssl php8.4-fpm nginx-light || exit
for folder in laravel tests/e2e/starter; do (cd $folder && composer update --no-progress --quiet) || exit; done
php examples/chat/artisan app:install --quiet

export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
cmake -S . -B build/php84 -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=ON -DLARAMAN_BENCH=OFF &&
  cmake --build build/php84 --target laraman php_test || exit

build/php84/tests/unit/php/php_test |
  sed -E 's/^\[       OK \] (\S+) .*/passed php-8.4: \1/; s/^\[  FAILED  \] (\S+) \([0-9]+ ms\)$/failed php-8.4: \1/'
(cd laravel && vendor/bin/phpunit --colors=never) && echo 'passed php-8.4: PHPUnit' || echo 'failed php-8.4: PHPUnit'
(cd tests/e2e && LARAMAN_BINARY=/checkout/build/php84/laraman node run.js chat database-sessions entry frozen isolation leaks oracle reload sockets starter wreck) |
  sed -E 's/^ok   (.*)/passed php-8.4: \1/; s/^FAIL (.*)/failed php-8.4: \1/'
