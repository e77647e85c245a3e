#!/bin/sh
# Starts a Docker engine of its own for tests and demos, in private network and mount namespaces, so that it never touches an engine of
# this machine, and prints its address: unix://DIR/docker.sock. With it come images made here (no registry is needed):
#   busybox:test, busybox:two, busybox:three   /etc/image says which
#   busybox:caps                               user 1000, and programs with file capabilities: /usr/bin/httpd, /usr/bin/ping
#   busybox:git, busybox:git-user              the machine's git, for root and for user 1000
#   busybox:other                              user 2000 and group 3000, which have no names
#   busybox:bash                               has bash too
#   busybox:odd                                user 1000, and an ENTRYPOINT, CMD, HEALTHCHECK, VOLUME, WORKDIR and ENV that a job must not mind
#
# An engine on a machine that lacks a capability leaves it out of its privileged containers, as newer ones do by themselves; Debian 12's asks
# for all of them, and fails. A registry at the address of its default network, 172.17.0.1, needs no certificate.
#
#   tests/support/dockerd-up.sh DIR [--registry] [--owner PID]
#
# --registry  also runs Debian's docker-registry at 127.0.0.1:5000 of that namespace, holding 127.0.0.1:5000/busybox:test
# --owner     ends and removes everything when that process is gone; otherwise tests/support/dockerd-down.sh DIR does
set -eu

dir=${1:?usage: dockerd-up.sh DIR [--registry] [--owner PID]}
shift
registry=no owner=
while [ $# -gt 0 ]; do
  case $1 in
    --registry) registry=yes ;;
    --owner) owner=$2; shift ;;
    *) echo "dockerd-up.sh: unknown argument $1" >&2; exit 2 ;;
  esac
  shift
done
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" = 0 ] || { echo "dockerd-up.sh: needs root" >&2; exit 1; }
for program in dockerd docker curl busybox; do
  command -v "$program" >/dev/null || { echo "dockerd-up.sh: $program is missing: apt-get install docker.io curl busybox-static" >&2; exit 1; }
done

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
socket=$dir/docker.sock
"$here/runc-here.sh" "$dir/runc-here"
setsid unshare -m -n sh -c 'ip link set lo up 2>/dev/null || ifconfig lo up; exec dockerd "$@"' dockerd \
  --data-root "$dir/data" --exec-root "$dir/exec" --mtu 1420 --pidfile "$dir/dockerd.pid" -H "unix://$socket" -l warn \
  --insecure-registry 172.17.0.1/32 --add-runtime "here=$dir/runc-here" --default-runtime here \
  >"$dir/dockerd.log" 2>&1 </dev/null &
starting=$!

i=0
until curl -sf --unix-socket "$socket" http://docker/_ping >/dev/null 2>&1; do
  i=$((i + 1))
  if [ $i -gt 300 ] || ! kill -0 $starting 2>/dev/null; then
    echo "dockerd-up.sh: dockerd did not start; the end of its log:" >&2
    tail -n 20 "$dir/dockerd.log" >&2
    exit 1
  fi
  sleep 0.1
done
if [ -n "$owner" ]; then
  setsid sh -c 'tail --pid="$1" -f /dev/null; exec "$2" "$3"' owner "$owner" "$here/dockerd-down.sh" "$dir" >/dev/null 2>&1 </dev/null &
fi

"$here/docker-images.sh" "$socket"

if [ $registry = yes ]; then
  "$here/registry-up.sh" "$dir"
  docker -H "unix://$socket" tag busybox:test 127.0.0.1:5000/busybox:test
  docker -H "unix://$socket" push -q 127.0.0.1:5000/busybox:test >/dev/null
fi
echo "unix://$socket"
