#!/usr/bin/env bash
# Puts Debian's systemd-resolved into .cache/debian/systemd-resolved, where test/link/resolved.ts finds it. It is unpacked
# and not installed, since its installation takes over /etc/resolv.conf; only the libraries that it needs are installed.
set -euo pipefail
place=$(realpath "$(dirname "$0")/../..")/.cache/debian/systemd-resolved
for daemon in {,"$place"}{,/usr}/lib/systemd/systemd-resolved; do
  [ -x "$daemon" ] && exit 0
done
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# An installed one stays as it is, whatever its version: the daemon gets its own beside it.
apt-get install -y -qq --no-install-recommends --no-upgrade libsystemd-shared >/dev/null
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The downloading is left to another user.
chmod 777 "$folder"
(cd "$folder" && apt-get download -qq systemd-resolved libsystemd-shared)
for package in "$folder"/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
mkdir -p "$(dirname "$place")"
rm -rf "$place"
mv "$folder/root" "$place"
