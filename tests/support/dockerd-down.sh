#!/bin/sh
# Ends what dockerd-up.sh DIR started, and removes DIR.
set -u
dir=${1:?usage: dockerd-down.sh DIR}
for part in registry dockerd; do
  pid=$(cat "$dir/$part.pid" 2>/dev/null) || continue
  kill "$pid" 2>/dev/null || continue
  i=0
  while kill -0 "$pid" 2>/dev/null; do
    i=$((i + 1))
    [ $i -ne 150 ] || kill -9 "$pid"
    [ $i -lt 200 ] || break
    sleep 0.1
  done
done
rm -rf "$dir"
