#!/usr/bin/env bash
# Starts a Request Tracker 5 of one's own, from Debian's packages, on a free loopback port.
#
#   start.sh DIRECTORY WEBHOOK_URL     everything it makes lives there; a second call finds it running
#
# The first call installs what is missing (as root, by apt), makes an SQLite database and fills a desk
# into it (setup.pl): queue, custom fields, an integration user with a token, and a scrip that posts
# each transaction of a ticket to WEBHOOK_URL, signed. It prints one line of JSON on stdout: {"url",
# "user", "token", "agent", "agentPassword", "webhookSecret"}. Words go to stderr.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
test $# -eq 2 || { echo "usage: start.sh DIRECTORY WEBHOOK_URL" >&2; exit 2; }
mkdir -p "$1"
home=$(cd "$1" && pwd)
export LC_ALL=C.UTF-8 RT_SITE_CONFIG=$home/RT_SiteConfig.pm RT_SITE_CONFIG_DIR=$home/conf.d

say() { echo "request-tracker: $*" >&2; }
give_up() { say "$1"; test -z "${2:-}" || tail -n 15 "$2" >&2; exit 1; }

# Packages ---------------------------------------------------------------------------------------
install_missing() {
  local package missing=() try
  for package in curl request-tracker5 rt5-db-sqlite rt5-standalone rt5-clients; do
    test "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2>/dev/null)" = installed || missing+=("$package")
  done
  test ${#missing[@]} -gt 0 || return 0
  test "$(id -u)" = 0 || give_up "these packages are missing, and only root may install them: ${missing[*]}"
  say "installing ${#missing[@]} packages"
  # Debian would start a server of its own; the policy file tells it not to.
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

# Request Tracker --------------------------------------------------------------------------------
secret() { test -s "$home/$1" || (umask 077 && head -c 18 /dev/urandom | base64 | tr '+/' 'Az' >"$home/$1"); cat "$home/$1"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# A pid file holds the pid and the process's start time, so that a pid used anew is not taken for ours.
started_at() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null || true; }
is_running() {
  local pid since
  read -r pid since 2>/dev/null <"$home/rt.pid" || return 1
  test -n "$since" && test "$(started_at "$pid")" = "$since"
}

configure() {
  mkdir -p "$home"/{conf.d,mason,session,mail}
  # Stands where RT looks for sendmail: keeps each message, sends none.
  printf '#!/bin/sh\ncat >"$(mktemp "%s/mail/XXXXXXXX")"\n' "$home" >"$home/sendmail"
  chmod 755 "$home/sendmail"
  (umask 077 && cat >"$home/RT_SiteConfig.pm" <<CONF
Set(\$rtname, 'desk');
Set(\$Organization, 'desk.test');
Set(\$Timezone, 'UTC');
Set(\$WebDomain, '127.0.0.1');
Set(\$WebPort, $1);
Set(\$WebBaseURL, 'http://127.0.0.1:$1');
Set(\$WebPath, '');
Set(\$DatabaseType, 'SQLite');
Set(\$DatabaseName, '$home/rt.sqlite');
Set(\$MailCommand, 'sendmailpipe');
Set(\$SendmailPath, '$home/sendmail');
Set(\$LogToSyslog, undef);
Set(\$LogToFile, undef);
Set(\$LogToSTDERR, 'warning');
Set(\$HookURL, '$2');
Set(\$HookSecret, '$(secret hook.secret)');
\$RT::MasonDataDir = '$home/mason';
\$RT::MasonSessionDir = '$home/session';
1;
CONF
  )
}

make_database() {
  say "making the desk (about 10 s)"
  rm -f "$home/rt.sqlite" "$home/token"
  secret root.password >/dev/null
  rt-setup-database-5 --action init --skip-create --root-password-file "$home/root.password" \
    >"$home/setup.log" 2>&1 || give_up "rt-setup-database failed" "$home/setup.log"
  AGENT_PASSWORD=$(secret agent.password) perl "$scripts/setup.pl" "$home/token" >>"$home/setup.log" 2>&1 ||
    give_up "setup.pl failed" "$home/setup.log"
  touch "$home/ready"
}

if ! is_running; then
  install_missing
  port=$(free_port)
  configure "$port" "$2"
  test -e "$home/ready" || make_database
  cd /
  setsid /usr/share/request-tracker5/libexec/rt-server --server Starlet --host 127.0.0.1 --port "$port" \
    --max-workers 3 >>"$home/rt.log" 2>&1 </dev/null &
  pid=$!
  sleep 0.2
  echo "$pid $(started_at $pid)" >"$home/rt.pid"
  echo "$port" >"$home/port"
fi

port=$(cat "$home/port")
for _ in $(seq 200); do
  if curl -fsS -m 10 -o /dev/null -H "Authorization: token $(cat "$home/token")" \
    "http://127.0.0.1:$port/REST/2.0/rt" 2>/dev/null; then
    printf '{"url":"http://127.0.0.1:%s","user":"integration","token":"%s","agent":"agent","agentPassword":"%s","webhookSecret":"%s"}\n' \
      "$port" "$(cat "$home/token")" "$(secret agent.password)" "$(secret hook.secret)"
    exit 0
  fi
  is_running || give_up "the server ended" "$home/rt.log"
  sleep 0.3
done
give_up "nothing answers on port $port" "$home/rt.log"
