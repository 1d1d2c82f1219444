#!/usr/bin/env bash
# Starts a Tryton 6.0 of one's own, from Debian's packages, on a free loopback port.
#
#   start.sh DIRECTORY     everything it makes lives there; a second call finds it running
#
# The first call installs what is missing (as root, by apt), makes a PostgreSQL cluster that only a
# socket reaches, fills a company into it (setup.py) and prints, as the later calls do, one line of
# JSON on stdout: {"url", "user", "password", "admin", "adminPassword"}. Words go to stderr.
#
# PostgreSQL and not SQLite: Tryton on SQLite lets one sale that is confirmed twice at once make two
# invoices, and takes references to records that are not there.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
test $# -eq 1 || { echo "usage: start.sh DIRECTORY" >&2; exit 2; }
mkdir -p "$1"
home=$(cd "$1" && pwd)
postgres=/usr/lib/postgresql/15/bin
database=erp
export LC_ALL=C.UTF-8 PYTHONWARNINGS=ignore

modules=(party party_relationship company currency country product product_kit account
  account_product account_invoice account_credit_limit stock stock_lot sale
  sale_credit_limit sale_opportunity sale_subscription project project_invoice)

say() { echo "tryton: $*" >&2; }
give_up() { say "$1"; test -z "${2:-}" || tail -n 15 "$2" >&2; exit 1; }

# Packages ---------------------------------------------------------------------------------------
install_missing() {
  local wanted=(curl postgresql-15 python3-psycopg2 tryton-server tryton-proteus) module missing=() try
  for module in "${modules[@]}"; do wanted+=("tryton-modules-${module//_/-}"); done
  for package in "${wanted[@]}"; do
    test "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2>/dev/null)" = installed || missing+=("$package")
  done
  test ${#missing[@]} -gt 0 || return 0
  test "$(id -u)" = 0 || give_up "these packages are missing, and only root may install them: ${missing[*]}"
  say "installing ${#missing[@]} packages"
  # Debian would start a cluster and a server of its own; the policy file tells it not to.
  local policy=/usr/sbin/policy-rc.d ours=no
  if ! test -e $policy; then printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy; ours=yes; fi
  for try in 1 2 3; do
    apt-get -qq -o DPkg::Lock::Timeout=300 update >>"$home/apt.log" 2>&1 || true
    if DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
      install "${missing[@]}" </dev/null >>"$home/apt.log" 2>&1; then break; fi
    test $try -lt 3 || { test $ours = no || rm -f $policy; give_up "apt-get failed three times" "$home/apt.log"; }
    say "apt-get failed, once more"
    sleep $((try * 5))
  done
  test $ours = no || rm -f $policy
}

# PostgreSQL -------------------------------------------------------------------------------------
# Socket paths are limited to some 100 bytes, so the socket does not live under DIRECTORY.
sockets=/tmp/sluice-tryton-$(printf %s "$home" | sha256sum | cut -c1-12)
as_postgres() { (cd / && runuser -u postgres -- "$@"); }
start_postgres() {
  mkdir -p "$home/postgres" "$sockets"
  chown postgres: "$home/postgres" "$sockets"
  chmod 700 "$home/postgres" "$sockets"
  as_postgres test -w "$home/postgres" || chmod o+x "$home"
  as_postgres test -w "$home/postgres" || give_up "the user postgres cannot reach $home/postgres: a folder above it is closed"
  test -s "$home/postgres/PG_VERSION" ||
    as_postgres $postgres/initdb -D "$home/postgres" -U tryton --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
      --no-sync >"$home/initdb.log" 2>&1 || give_up "initdb failed" "$home/initdb.log"
  as_postgres $postgres/pg_ctl -D "$home/postgres" status >/dev/null ||
    as_postgres $postgres/pg_ctl -D "$home/postgres" -s -w -l "$home/postgres/server.log" \
      -o "-c listen_addresses='' -c unix_socket_directories=$sockets -c fsync=off -c jit=off" start ||
    give_up "PostgreSQL does not start" "$home/postgres/server.log"
  export PGHOST=$sockets PGUSER=tryton
  psql -d postgres -Atc "select datname from pg_database" | grep -qx $database ||
    createdb -T template0 $database
}

# Tryton -----------------------------------------------------------------------------------------
# No character twice: Tryton refuses a password of which many repeat, as one in twenty random ones did.
secret() { test -s "$home/$1" || (umask 077 && shuf -n 24 --random-source=/dev/urandom -e {a..z} {A..Z} {0..9} | tr -d '\n' >"$home/$1"); cat "$home/$1"; }
free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# A pid file holds the pid and the process's start time, so that a pid used anew is not taken for ours.
started_at() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null || true; }
is_running() {
  local pid since
  read -r pid since 2>/dev/null <"$home/tryton.pid" || return 1
  test -n "$since" && test "$(started_at "$pid")" = "$since"
}

make_database() {
  say "making the company (about a minute)"
  local list
  list=$(IFS=' '; echo "${modules[*]}")
  # shellcheck disable=SC2086
  TRYTONPASSFILE=$home/admin.password trytond-admin -c "$home/trytond.conf" -d $database -p \
    --email admin@example.test --activate-dependencies -u $list >"$home/setup.log" 2>&1 ||
    give_up "trytond-admin failed" "$home/setup.log"
  /usr/bin/python3 "$scripts/setup.py" "$home/trytond.conf" $database "$(secret user.password)" \
    >>"$home/setup.log" 2>&1 || give_up "setup.py failed" "$home/setup.log"
  touch "$home/ready"
}

answers() {
  curl -fsS -m 5 -o /dev/null -H 'content-type: application/json' \
    -d '{"id":1,"method":"common.server.version","params":[]}' "$1" 2>/dev/null
}

if ! is_running; then
  install_missing
  start_postgres
  secret admin.password >/dev/null
  secret user.password >/dev/null
  port=$(free_port)
  cat >"$home/trytond.conf" <<CONF
[web]
listen = 127.0.0.1:$port
[database]
uri = postgresql://
path = $home
[session]
timeout = 300
[queue]
worker = False
CONF
  test -e "$home/ready" || make_database
  setsid trytond -c "$home/trytond.conf" -d $database >>"$home/trytond.log" 2>&1 </dev/null &
  pid=$!
  sleep 0.2
  echo "$pid $(started_at $pid)" >"$home/tryton.pid"
  echo "$port" >"$home/port"
fi

port=$(cat "$home/port")
for _ in $(seq 200); do
  if answers "http://127.0.0.1:$port/"; then
    printf '{"url":"http://127.0.0.1:%s","database":"%s","user":"integration","password":"%s","admin":"admin","adminPassword":"%s"}\n' \
      "$port" $database "$(secret user.password)" "$(secret admin.password)"
    exit 0
  fi
  is_running || give_up "trytond ended" "$home/trytond.log"
  sleep 0.3
done
give_up "trytond does not answer on port $port" "$home/trytond.log"
