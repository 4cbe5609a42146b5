#!/usr/bin/env bash
# Puts Valkey beside a Debian 12, which has no package of it: takes the packages of Debian 13 apart into a folder of their own,
# with the C library that they were built for. Nothing is installed, and no service is started.
set -euo pipefail
readonly place=/var/cache/pg-analytics-mcp-valkey
[ ! -x "$place/valkey-server" ] || exit 0
mirror=$(sed -nE 's/^(URIs:|deb) +(https?:[^ ]*\/debian)( .*)?$/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1 || true)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/root"
chmod -R a+rx "$work"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} trixie main" >"$work/sources.list"
options=(
  -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$work/lists"
  -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root
)
apt-get "${options[@]}" update
cd "$work/debs"
apt-get "${options[@]}" download valkey-server valkey-tools libc6 libjemalloc2 liblzf1 libssl3t64 libsystemd0 libatomic1 libcap2 libgcc-s1 libstdc++6 libzstd1 zlib1g
for package in *.deb; do dpkg-deb -x "$package" "$work/root"; done
linker=$(find "$work/root" -name 'ld-linux-*.so.*' | head -n 1)
libraries=$(dirname "$(find "$work/root" -name 'libjemalloc.so.2' | head -n 1)")
mkdir -p "$place"
cp -a "$work/root/." "$place"
cat >"$place/valkey-server" <<LAUNCHER
#!/bin/sh
exec "$place${linker#"$work/root"}" --library-path "$place${libraries#"$work/root"}" "$place/usr/bin/valkey-server" "\$@"
LAUNCHER
chmod +x "$place/valkey-server"
"$place/valkey-server" --version
