#!/bin/sh
# Imports the images of the tests into the engine behind a socket; see dockerd-up.sh for the list.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
socket=${1:?usage: docker-images.sh SOCKET}
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
chmod 755 "$files"
mkdir -p "$files/bin" "$files/etc" "$files/tmp" "$files/root" "$files/home/user" "$files/dev" "$files/proc" "$files/sys"
chmod 1777 "$files/tmp"
chown 1000:1000 "$files/home/user"
cp "$(command -v busybox)" "$files/bin/busybox"
"$files/bin/busybox" --list | while read -r applet; do [ "$applet" = busybox ] || ln -s busybox "$files/bin/$applet"; done
printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n' >"$files/etc/passwd"
printf 'root:x:0:\nuser:x:1000:\n' >"$files/etc/group"

import_as() {
  tag=$1
  shift
  echo "$tag" >"$files/etc/image"
  tar -C "$files" --xattrs --xattrs-include=security.capability -c . | docker -H "unix://$socket" import "$@" - "busybox:$tag" >/dev/null
}
import_as test -c 'CMD ["sh"]'
cp "$(command -v bash-static)" "$files/bin/bash"
import_as bash
rm "$files/bin/bash"
import_as two -c 'ENV FROM_IMAGE=two'
import_as three
import_as plugin -c 'ENTRYPOINT ["/bin/sh", "-c"]' \
  -c 'CMD ["echo $PLUGIN_GREETING $INPUT_GREETING in $(pwd); echo done=1 >> $CI_OUTPUT; grep CapEff /proc/self/status"]'
import_as other -c 'USER 2000:3000'
import_as odd -c 'USER user' -c 'ENTRYPOINT ["/bin/false"]' -c 'CMD ["nothing"]' -c 'VOLUME /data' -c 'WORKDIR /home/user' \
  -c 'ENV PATH=/opt/odd/bin:/bin' -c 'HEALTHCHECK --interval=1s CMD touch /tmp/healthcheck-ran'

mkdir -p "$files/usr/bin"
for program in httpd:cap_net_bind_service ping:cap_net_raw; do
  cp "$files/bin/busybox" "$files/usr/bin/${program%%:*}"
  "$here/set-capability.py" "$files/usr/bin/${program%%:*}" "${program##*:}"
done
import_as caps -c 'USER user' -c 'ENV PATH=/usr/bin:/bin'
rm -r "${files:?}/usr/bin"

git=$(command -v git) || exit 0
mkdir -p "$files/usr/bin"
cp "$git" "$files/usr/bin/git"
for library in $(ldd "$git" | grep -o '/[^ ]*'); do
  mkdir -p "$files$(dirname "$library")"
  cp -L "$library" "$files$library"
done
import_as git -c 'ENV PATH=/usr/bin:/bin'
import_as git-user -c 'USER user' -c 'ENV PATH=/usr/bin:/bin'
