#!/bin/bash
# The units must be known to systemd and expose no more than 1.8 by its own measure (systemd-analyze security).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/etc/systemd/system" "$root/usr/bin" "$root/bin"
cp "$top"/Deploy/systemd/* "$root/etc/systemd/system/"
cp /bin/true "$root/usr/bin/mailroom"
cp /bin/true "$root/bin/sh"
# What the units wait for, from this machine.
for unit in network-online.target time-sync.target multi-user.target timers.target sysinit.target basic.target \
    shutdown.target sockets.target paths.target slices.target -.slice system.slice; do
    [ -e "/lib/systemd/system/$unit" ] && cp "/lib/systemd/system/$unit" "$root/etc/systemd/system/$unit"
done
exposure() {
    systemd-analyze security --offline=true --root="$root" "$1" | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p'
}
for unit in mailroom mailroom-backup mailroom-verify; do
    level=$(exposure "$unit.service")
    awk -v level="$level" 'BEGIN { exit !(level != "" && level <= 1.8) }' || { echo "$unit: $level"; exit 1; }
    echo "$unit.service: exposure $level"
done
# The control: a unit without any of it is far above.
printf '[Service]\nExecStart=/usr/bin/mailroom\n' >"$root/etc/systemd/system/bare.service"
awk -v level="$(exposure bare.service)" 'BEGIN { exit !(level > 9) }' || { echo "the control passed"; exit 1; }
problems=$(systemd-analyze verify --root="$root" "$root"/etc/systemd/system/mailroom*.service "$root"/etc/systemd/system/mailroom*.timer 2>&1 \
    | grep -i 'mailroom.*\(unknown\|invalid\|failed to parse\|ignoring\)' || true)
[ -z "$problems" ] || { echo "$problems"; exit 1; }
echo "systemd-analyze verify: nothing unknown"
