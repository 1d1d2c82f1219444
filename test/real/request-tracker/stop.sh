#!/usr/bin/env bash
# Stops what start.sh started for DIRECTORY; the data stays.
#
#   stop.sh DIRECTORY
set -euo pipefail

test $# -eq 1 && test -d "$1" || { echo "usage: stop.sh DIRECTORY" >&2; exit 2; }
home=$(cd "$1" && pwd)

started_at() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null || true; }

if read -r pid since 2>/dev/null <"$home/rt.pid" && test "$(started_at "$pid")" = "$since"; then
  # It leads a session of its own: its workers go with it.
  kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid"
  for _ in $(seq 50); do
    test "$(started_at "$pid")" = "$since" || break
    sleep 0.2
  done
  test "$(started_at "$pid")" != "$since" || kill -KILL -- "-$pid"
fi
rm -f "$home/rt.pid"
