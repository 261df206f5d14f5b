#!/bin/sh
# Makes the file system of the image in an empty folder: a Node with what it is linked to, the built JavaScript, and the
# packages that it needs when it runs. No shell, no package manager.
#
#   npm run build && deploy/image-root.sh NODE FOLDER
#
# Called by the Dockerfile, and by test/integration/image.ts, which proves what comes out. Needs root (for the file
# capability) and setcap (Debian: libcap2-bin).
set -eu

node=$1
image=$2
project=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

# The folders that a runtime mounts on must be there already: the root is read-only.
for folder in dev etc/coredns proc run sys tmp usr/bin signpost; do
  mkdir -p "$image/$folder"
done
echo 'signpost:x:65532:65532::/:/sbin/nologin' >"$image/etc/passwd"
echo 'signpost:x:65532:' >"$image/etc/group"
: >"$image/etc/resolv.conf"
echo '127.0.0.1 localhost' >"$image/etc/hosts"

ldd "$node" | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$image${library%/*}"
  cp -L "$library" "$image$library"
done
cp -L "$node" "$image/usr/bin/node"
setcap cap_net_bind_service=+ep "$image/usr/bin/node"

cp -R "$project/dist" "$project/package.json" "$project/package-lock.json" "$project/LICENSE" "$image/signpost/"
(cd "$image/signpost" && npm ci --omit=dev --workspaces=false --ignore-scripts --no-audit --no-fund --loglevel=error)
rm -rf "$image/signpost/package-lock.json" "$image/signpost/node_modules/.bin" "$image/signpost/node_modules/@signpost"

# koffi calls recvmmsg. npm installs it for this platform only, but with its sources, and for both C libraries.
case $(ldd "$node") in
  *musl*) other=linux ;;
  *) other=musl ;;
esac
koffi=$image/signpost/node_modules/koffi
find "$koffi" -type f ! -name '*.js' ! -name package.json ! -name LICENSE.txt -delete
find "$koffi" -type d -empty -delete
rm -rf "$image/signpost/node_modules/@koromix"/koffi-*/"$other"_*
chmod -R a+rX "$image"
