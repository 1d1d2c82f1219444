#!/usr/bin/env bash
# Starts stripe-stateful-mock, which others wrote after Stripe's API, on a free loopback port.
#
#   start.sh DIRECTORY     everything it makes lives there; a second call finds it running
#
# The first call installs it from npm. What it holds is gone when it stops. It prints one line of JSON
# on stdout: {"url", "key"}. Words go to stderr.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
test $# -eq 1 || { echo "usage: start.sh DIRECTORY" >&2; exit 2; }
mkdir -p "$1"
home=$(cd "$1" && pwd)
key=sk_test_sluice

say() { echo "stripe: $*" >&2; }
give_up() { say "$1"; test -z "${2:-}" || tail -n 15 "$2" >&2; exit 1; }

install_missing() {
  test ! -d "$home/node_modules/stripe-stateful-mock" || return 0
  say "installing"
  echo '{"private":true}' >"$home/package.json"
  local try
  for try in 1 2 3; do
    if npm install --prefix "$home" --ignore-scripts --no-audit --no-fund stripe-stateful-mock@0.0.16 \
      >"$home/npm.log" 2>&1; then return 0; fi
    say "npm failed, try $try of 3"
    sleep $((try * 5))
  done
  give_up "npm failed three times" "$home/npm.log"
}

# A pid file holds the pid and the process's start time, so that a pid used anew is not taken for ours.
started_at() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null || true; }
is_running() {
  local pid since
  read -r pid since 2>/dev/null <"$home/stripe.pid" || return 1
  test -n "$since" && test "$(started_at "$pid")" = "$since"
}

if ! is_running; then
  install_missing
  rm -f "$home/url"
  LOG_LEVEL=warn setsid node "$scripts/server.mjs" "$home/node_modules/" "$home/url" \
    >>"$home/stripe.log" 2>&1 </dev/null &
  pid=$!
  sleep 0.2
  echo "$pid $(started_at $pid)" >"$home/stripe.pid"
fi

for _ in $(seq 100); do
  if test -s "$home/url"; then
    printf '{"url":"%s","key":"%s"}\n' "$(cat "$home/url")" "$key"
    exit 0
  fi
  is_running || give_up "the server ended" "$home/stripe.log"
  sleep 0.1
done
give_up "it does not listen" "$home/stripe.log"
