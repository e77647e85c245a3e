#!/bin/sh
# Starts Debian's docker-registry at 127.0.0.1:5000 of the network namespace of the engine that dockerd-up.sh DIR started, and returns when it
# answers. Its images stay in DIR, so that it may be killed and started again.
set -eu
dir=${1:?usage: registry-up.sh DIR}
cat >"$dir/registry.yml" <<END
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $dir/registry}, delete: {enabled: true}}
http: {addr: 127.0.0.1:5000}
END
engine=$(cat "$dir/dockerd.pid")
# One of an engine that was stopped and begins again lives in a namespace that nobody reaches any more.
old=$(cat "$dir/registry.pid" 2>/dev/null || true)
if [ -n "$old" ] && grep -q docker-registry "/proc/$old/comm" 2>/dev/null; then kill "$old"; fi
setsid nsenter -t "$engine" -n docker-registry serve "$dir/registry.yml" >"$dir/registry.log" 2>&1 </dev/null &
echo $! >"$dir/registry.pid"
i=0
until nsenter -t "$engine" -n curl -sf http://127.0.0.1:5000/v2/ >/dev/null 2>&1; do
  i=$((i + 1))
  [ $i -lt 100 ] || { echo "registry-up.sh: the registry did not start: $(tail -n 5 "$dir/registry.log")" >&2; exit 1; }
  sleep 0.1
done
