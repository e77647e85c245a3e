#!/bin/sh
# Imports Debian's buildah as IMAGE, with busybox, into the engine behind a socket. It talks to the registry at ADDRESS without TLS.
set -eu
socket=${1:?usage: builder-image.sh SOCKET IMAGE ADDRESS} image=$2 address=$3
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
chmod 755 "$files"
mkdir -p "$files/bin" "$files/etc/containers" "$files/tmp" "$files/var/tmp" "$files/root" "$files/home/user" "$files/usr/bin"
chmod 1777 "$files/tmp" "$files/var/tmp"
cp "$(command -v busybox)" "$files/bin/busybox"
"$files/bin/busybox" --list | while read -r applet; do [ "$applet" = busybox ] || ln -s busybox "$files/bin/$applet"; done
printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n' >"$files/etc/passwd"
printf 'root:x:0:\nuser:x:1000:\n' >"$files/etc/group"
buildah=$(command -v buildah)
cp "$buildah" "$files/usr/bin/buildah"
for library in $(ldd "$buildah" | grep -o '/[^ ]*'); do
  mkdir -p "$files$(dirname "$library")"
  cp -L "$library" "$files$library"
done
printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >"$files/etc/containers/policy.json"
printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$address" >"$files/etc/containers/registries.conf"
printf '[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n' >"$files/etc/containers/storage.conf"
tar -C "$files" -c . | docker -H "unix://$socket" import -c 'ENV PATH=/usr/bin:/bin' -c 'CMD ["sh"]' - "$image" >/dev/null
