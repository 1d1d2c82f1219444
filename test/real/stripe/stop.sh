#!/usr/bin/env bash
# Stops what start.sh started for DIRECTORY.
#
#   stop.sh DIRECTORY
set -euo pipefail

test $# -eq 1 && test -d "$1" || { echo "usage: stop.sh DIRECTORY" >&2; exit 2; }
home=$(cd "$1" && pwd)

started_at() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null || true; }

if read -r pid since 2>/dev/null <"$home/stripe.pid" && test "$(started_at "$pid")" = "$since"; then
  kill -TERM "$pid"
  for _ in $(seq 50); do
    test "$(started_at "$pid")" = "$since" || break
    sleep 0.1
  done
  test "$(started_at "$pid")" != "$since" || kill -KILL "$pid"
fi
rm -f "$home/stripe.pid"
