#!/usr/bin/env bash
# Uses the systemd units, upgrades, and removes the packages, in the system of inside.sh with systemd as process 1, and
# with its application in /srv/app.
#   booted.sh prepare   before the boot, with network: installs the packages, and makes systemd call `booted.sh run`
#   booted.sh run       called by systemd. Prints "passed NAME" or "failed NAME" for each case, after the case's output
# /packages has the packages, /packages-patch those of the next patch version, /packages-minor of the next minor version.
set -uo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source=${here%/tests/package}
packages=/packages
port=80
# shellcheck source=tests/package/cases.sh
source "$here/cases.sh"
unit=laraman@shop

prepare() {
  set -e
  apt-get install -y -q --no-install-recommends systemd "$packages"/*.deb
  mkdir -p /etc/laraman
  printf '%s\n' LARAMAN_APP=/srv/app "LARAMAN_PORT=$port" LARAMAN_WORKERS=2 >/etc/laraman/shop.env
  chmod -R a+rX /srv/app
  chown -R www-data: /srv/app/storage /srv/app/bootstrap/cache /srv/app/database
  echo "Route::get('/worker', fn () => getmypid());" >>/srv/app/routes/web.php
  systemctl enable "$unit"
  cat >/etc/systemd/system/try.service <<UNIT
[Unit]
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
# After all enabled units, like a user's log-in.
Type=idle
TimeoutStartSec=600
ExecStart=$here/booted.sh run
StandardOutput=append:/booted.log
StandardError=append:/booted.log
[Install]
WantedBy=multi-user.target
UNIT
  systemctl enable try
}

# The processes with a role from `laraman status`: one line "pid state" for each.
processes() {
  laraman status --app /srv/app --json |
    php -r 'foreach (json_decode(stream_get_contents(STDIN), true)["processes"] as $p) { if ($p["role"] === $argv[1]) { echo "$p[pid] $p[state]\n"; } }' "$1"
}
pid_of() { processes "$1" | head -n 1 | cut -d' ' -f1; }
# has_new ROLE PID: succeeds if a process other than PID has the role.
has_new() { [[ -n $(pid_of "$1") && $(pid_of "$1") != "$2" ]]; }
main_pid() { systemctl show -P MainPID "$unit"; }
kill_hard() { (($1 > 1)) && kill -9 "$1"; }
serves() { [[ $(get "http://127.0.0.1:$port/worker") =~ ^[0-9]+$ ]]; }
cookie() { get "http://127.0.0.1:$port/enter"; }
program_of() { readlink "/proc/$1/exe"; }

# A WebSocket that stays open: hold, then talk at any time, then let_go.
hold() {
  local cookie
  cookie=$(cookie)
  coproc HELD { php "$here/socket.php" "ws://127.0.0.1:$port/echo" - "$cookie"; }
  talk first
}
talk() {
  local answer=''
  echo "$1" >&"${HELD[1]}"
  read -r -t 20 -u "${HELD[0]}" answer || true
  [[ $answer == *"\"text\":\"$1\""* ]] && return 0
  echo "the socket answers: $answer"
  return 1
}
# let_go CODE: expects this close code.
let_go() {
  local answer='' input=${HELD[1]}
  exec {input}>&-
  read -r -t 60 -u "${HELD[0]}" answer || true
  [[ $answer == "closed $1" ]] && return 0
  echo "the socket ends with: $answer"
  return 1
}

boots() {
  eventually systemctl -q is-active "$unit"
  serves
  [[ $(stat -c %U "/proc/$(main_pid)") == www-data && $(systemctl show -P Type "$unit") == notify ]]
  hold
}

units_are_right() {
  local said
  said=$(systemd-analyze verify --man=no "/lib/systemd/system/laraman@.service" "/lib/systemd/system/laraman@.socket" 2>&1)
  [[ -z $said ]] || { echo "$said"; return 1; }
}

reloads() {
  local main gateway php
  main=$(main_pid) gateway=$(pid_of gateway) php=$(pid_of php)
  hold
  systemctl reload "$unit"
  has_new php "$php"
  [[ $(main_pid) == "$main" && $(pid_of gateway) == "$gateway" ]]
  talk second
}

reload_fails() {
  local php
  php=$(pid_of php)
  hold
  cp /srv/app/routes/web.php /srv/web.php
  echo 'this is no PHP' >>/srv/app/routes/web.php
  fails systemctl reload "$unit"
  cp /srv/web.php /srv/app/routes/web.php
  systemctl -q is-active "$unit"
  [[ $(pid_of php) == "$php" ]]
  talk second
  says 'the old workers stay' journalctl -q --no-pager -u "$unit"
}

gateway_killed() {
  local main gateway
  main=$(main_pid) gateway=$(pid_of gateway)
  kill_hard "$gateway"
  eventually has_new gateway "$gateway"
  eventually serves
  hold
  [[ $(main_pid) == "$main" ]]
}

pool_killed() {
  local main php
  main=$(main_pid) php=$(pid_of php)
  hold
  kill_hard "$php"
  eventually has_new php "$php"
  eventually serves
  talk second
  [[ $(main_pid) == "$main" ]]
}

supervisor_killed() {
  local main
  main=$(main_pid)
  kill_hard "$main"
  is_another() { systemctl -q is-active "$unit" && [[ $(main_pid) != "$main" && $(main_pid) != 0 ]]; }
  eventually is_another
  eventually serves
  [[ $(systemctl show -P NRestarts "$unit") == 1 ]]
}

stops() {
  hold
  systemctl stop "$unit"
  let_go 1012
  [[ $(systemctl show -P Result "$unit") == success && $(systemctl show -P ActiveState "$unit") == inactive ]]
  fails is_up
  fails grep laraman /proc/[0-9]*/comm
}

socket_activation() {
  systemctl start "$unit.socket"
  fails systemctl -q is-active "$unit"
  serves  # the request starts the service
  systemctl -q is-active "$unit"
  hold
  # Requests that come during a restart wait.
  systemctl restart "$unit" &
  local i
  for ((i = 0; i < 10; i++)); do serves; done
  wait $!
  let_go 1012
  systemctl stop "$unit.socket" "$unit"
}

# upgrade FOLDER: prints dpkg's output.
upgrade() { dpkg -i "$1"/*.deb 2>&1; }

upgrade_patch() {
  local main gateway php said
  systemctl start "$unit"
  main=$(main_pid) gateway=$(pid_of gateway) php=$(pid_of php)
  hold
  said=$(upgrade /packages-patch)
  [[ $said == *"laraman: $unit.service still runs the old version. "*"systemctl restart $unit.service"* ]] || { echo "$said"; return 1; }
  [[ $(main_pid) == "$main" && $(pid_of gateway) == "$gateway" && $(pid_of php) == "$php" ]]
  talk second
  systemctl reload "$unit"
  [[ $(main_pid) == "$main" && $(pid_of gateway) == "$gateway" ]]
  [[ $(program_of "$(pid_of gateway)") == '/usr/bin/laraman (deleted)' ]]
  [[ $(program_of "$(pid_of php)") == /usr/lib/laraman/laraman-php* && $(program_of "$(pid_of php)") != *deleted* ]]
  talk third
  serves
}

upgrade_minor() {
  local main gateway php
  main=$(main_pid) gateway=$(pid_of gateway) php=$(pid_of php)
  hold
  upgrade /packages-minor
  fails systemctl reload "$unit"
  says 'only `laraman restart` brings in another minor version' journalctl -q --no-pager -u "$unit"
  [[ $(main_pid) == "$main" && $(pid_of gateway) == "$gateway" && $(pid_of php) == "$php" ]]
  talk second
  serves
}

# Until the restart, a process that ends is started again from the old program.
upgrade_minor_then_killed() {
  (pool_killed)
  gateway_killed
}

# The Composer package needs the same version.
restart_after_minor() {
  fails systemctl restart "$unit"
  says 'they need the same major and minor number' journalctl -q --no-pager -u "$unit"
  local version
  version=$(laraman --version)
  sed -i "s/NUMBER = '.*'/NUMBER = '${version#Laraman }'/" /srv/app/vendor/laraman/laraman/src/Version.php
  systemctl reset-failed "$unit"
  systemctl restart "$unit"
  [[ $(program_of "$(pid_of gateway)") == /usr/bin/laraman ]]
  serves
}

# While the server is running.
removed() {
  hold
  purge
  let_go 1012
  fails is_up
  [[ -z $(systemctl list-units --all --plain --no-legend 'laraman@*') ]]
}

run() {
  case_of boot boots
  case_of systemd-analyze units_are_right
  case_of reload reloads
  case_of reload-fails reload_fails
  case_of kill-gateway gateway_killed
  case_of kill-pool pool_killed
  case_of kill-supervisor supervisor_killed
  case_of stop stops
  case_of socket-activation socket_activation
  case_of upgrade-patch upgrade_patch
  case_of upgrade-minor upgrade_minor
  case_of upgrade-minor-killed upgrade_minor_then_killed
  case_of restart-after-minor restart_after_minor
  case_of purge-while-running removed
  journalctl -q --no-pager -u "$unit" >/booted-journal.log
}

"$1"
