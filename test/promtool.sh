#!/bin/bash
# Starts Signpost, asks it something, and lets promtool (Debian's package prometheus) judge what /metrics shows:
# names, units, types, help texts. Not part of `npm test`, because it needs promtool.
set -eu
cd "$(dirname "$0")/.."
command -v promtool >/dev/null || { echo 'promtool is missing: apt-get install prometheus' >&2; exit 1; }

folder=$(mktemp -d)
signpost=
finish() {
  [ -z "$signpost" ] || kill "$signpost" 2>/dev/null || true
  rm -r "$folder"
}
trap finish EXIT

base=$((20000 + $$ % 20000))
cat >"$folder/Corefile" <<END
.:$base {
  prometheus 127.0.0.1:$((base + 1)) {
    runtime_metrics
  }
  health 127.0.0.1:$((base + 2))
  errors
  log . {
    class denial
  }
  cache
  hosts {
    192.0.2.1 example.org
    fallthrough
  }
  kubernetes cluster.local {
    manifests examples/cluster
  }
  forward . 127.0.0.1:$((base + 3))
  reload
}
END
bin/signpost -conf "$folder/Corefile" >"$folder/log" 2>&1 &
signpost=$!

# What a scrape shows; fails while nobody answers. HTTP by hand, so that curl is not needed.
scrape() {
  exec 3<>"/dev/tcp/127.0.0.1/$((base + 1))" || return 1
  printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
  sed '1,/^\r$/d' <&3
  exec 3>&-
}
# A question for the A records of a name (RFC 1035, section 4.1); the answer is not waited for.
ask() {
  local label question=''
  for label in ${1//./ }; do question+=$(printf '\\x%02x%s' "${#label}" "$label"); done
  printf "\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00$question\\x00\\x00\\x01\\x00\\x01" \
    >"/dev/udp/127.0.0.1/$base"
}

tries=0
until grep -q '^Signpost-' "$folder/log"; do
  tries=$((tries + 1))
  if [ $tries -gt 900 ] || ! kill -0 "$signpost"; then
    cat "$folder/log" >&2
    exit 1
  fi
  sleep 0.1
done
for name in example.org example.org nowhere.cluster.local example.net; do ask "$name"; done
tries=0
until scrape >"$folder/metrics" && grep -q '^coredns_dns_requests_total' "$folder/metrics"; do
  tries=$((tries + 1))
  [ $tries -lt 900 ] || { echo 'the questions were not counted' >&2; exit 1; }
  sleep 0.1
done

promtool check metrics <"$folder/metrics"
echo "promtool has nothing against $(grep -c '^# TYPE' "$folder/metrics") metrics"
