#!/usr/bin/env bash
# A Docker engine of its own for a test run: own folder, socket, bridge and address range, so that two never meet. It lives as long as standard input stays open,
# and then takes everything away again: containers, networks, mounts, bridge and folder. Needs root, dockerd and iproute2. It pulls nothing and changes no firewall rule.
set -uo pipefail

folder=$(mktemp -d "${TMPDIR:-/tmp}/docker-engine-XXXXXX")
number=$((RANDOM % 250 + 2))
bridge=pgamcp$number$((RANDOM % 900 + 100))
range=10.$((RANDOM % 64 + 64)).$number
daemon='' made=''
export DOCKER_HOST=unix://$folder/docker.sock

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  trap '' EXIT INT TERM HUP
  if [[ -n $daemon ]] && kill -0 "$daemon" 2>/dev/null; then
    docker container ls --quiet | xargs --no-run-if-empty docker container kill >/dev/null 2>&1
    docker container ls --quiet --all | xargs --no-run-if-empty docker container rm --force >/dev/null 2>&1
    docker network ls --quiet --filter type=custom | xargs --no-run-if-empty docker network rm >/dev/null 2>&1
    kill "$daemon"
    wait "$daemon"
  fi
  ip link delete "$bridge" 2>/dev/null
  find /sys/fs/cgroup -depth -type d -path "*/$bridge*" -exec rmdir {} + 2>/dev/null
  [[ -z $made ]] || xargs rmdir --ignore-fail-on-non-empty <<<"$made"
  rm --recursive --force --one-file-system "$folder"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

mkdir "$folder/data" "$folder/exec" || exit 1
# The daemon sees empty folders where it would write outside its own; its mounts end with it.
for place in /etc/docker /run/docker /run/containerd; do
  [[ -d $place ]] || { mkdir "$place" && made+=$place$'\n'; } || exit 1
done
echo '{}' >"$folder/daemon.json"
ip link add name "$bridge" type bridge && ip address add "$range.1/25" dev "$bridge" && ip link set "$bridge" up || exit 1
# shellcheck disable=SC2016 # for the inner shell
TMPDIR=$folder unshare --mount --propagation private bash -c '
  for place in /etc/docker /run/docker /run/containerd; do mount -t tmpfs tmpfs "$place" || exit 1; done
  exec dockerd "$@"' dockerd \
  --config-file "$folder/daemon.json" --host "$DOCKER_HOST" --pidfile "$folder/pid" \
  --data-root "$folder/data" --exec-root "$folder/exec" --cgroup-parent "/$bridge" \
  --bridge "$bridge" --default-address-pool "base=$range.128/25,size=28" \
  --iptables=false --ip6tables=false --ip-masq=false --ip-forward=false >"$folder/log" 2>&1 </dev/null &
daemon=$!

for ((tries = 0; tries < 300; tries++)); do
  if docker version >/dev/null 2>&1; then
    echo "ready $DOCKER_HOST"
    # Until the caller is gone, however it went.
    while read -r _; do :; done
    exit 0
  fi
  kill -0 "$daemon" 2>/dev/null || break
  sleep 0.1
done
tail -n 5 "$folder/log" >&2
exit 1
