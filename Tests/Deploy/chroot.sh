#!/bin/bash
# Installs what `make release-archive` and `make deb` made on a fresh Debian 12, as root, and uses it (long):
#     chroot.sh ARCHIVE PACKAGE
# The Debian is made with debootstrap, or copied from $MAILROOM_CHROOT_BASE. Nothing outside of it is touched; it listens
# on loopback only and is gone afterwards.
set -euo pipefail
archive=$(realpath "$1")
package=$(realpath "$2")
[ "$(id -u)" -eq 0 ] || { echo "chroot.sh needs root" >&2; exit 77; }
root=$(mktemp -d /var/tmp/mailroom-chroot-XXXXXX)
chmod 755 "$root"    # or the service's user finds nothing in it
cleanup() {
    for folder in proc dev/pts dev; do umount -l "$root/$folder" 2>/dev/null || true; done
    rm -rf --one-file-system "$root"
}
trap cleanup EXIT
if [ -n "${MAILROOM_CHROOT_BASE:-}" ]; then
    cp -a "$MAILROOM_CHROOT_BASE/." "$root/"
else
    command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 69; }
    debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian >/dev/null
fi
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"

inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }
apt() { inside apt-get -q -y --no-install-recommends "$@" >"$root/apt.log" 2>&1 || { cat "$root/apt.log"; exit 1; }; }
say() { echo "chroot: $*"; }
fail() { echo "chroot: FAILED: $*" >&2; exit 1; }

apt update

# --- The archive, on the bare system and three packages.
cp "$archive" "$root/root/"
inside tar -xzf "/root/$(basename "$archive")" -C /opt
home=$(cd "$root/opt" && echo mailroom-*)
if inside "/opt/$home/mailroom" --version >/dev/null 2>&1; then fail "it ran before its libraries were there"; fi
apt install libcurl4 libsqlite3-0 ca-certificates
inside "/opt/$home/mailroom" --version
inside "/opt/$home/mailroom" serve --demo --http-port 18099 >"$root/demo.log" 2>&1 &
demo=$!
for _ in $(seq 100); do grep -q 'ready on' "$root/demo.log" && break; sleep 0.2; done
grep -q 'ready on http://127.0.0.1:18099' "$root/demo.log" || { cat "$root/demo.log"; fail "the demo did not start"; }
number=$(curl -fsS http://127.0.0.1:18099/v1/orders -H 'Content-Type: application/json' -d '{"items": [{"sku": "FSAC-NET-EN", "quantity": 5}],
    "ship_to": {"name": "Sample Reader", "line1": "1 Example Street", "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US"}}' \
    | sed -E 's/.*"number":"([^"]*)".*/\1/')
for _ in $(seq 200); do grep -q "$number.*delivered" "$root/demo.log" && break; sleep 0.2; done
grep -q "$number.*delivered" "$root/demo.log" || { tail -20 "$root/demo.log"; fail "the demo's order was not delivered"; }
pkill -TERM -P $demo 2>/dev/null || kill -TERM $demo 2>/dev/null || true
wait $demo || true
say "the archive runs on a bare Debian 12 with libcurl4, libsqlite3-0 and ca-certificates; its demo delivered an order"

# --- The package: install, use, upgrade with a migration, roll back, remove, purge.
cp "$package" "$root/root/mailroom.deb"
apt install /root/mailroom.deb
state=$root/var/lib/mailroom
[ "$(stat -c '%a %U' "$state")" = "700 UNKNOWN" ] || [ "$(stat -c %a "$state")" = 700 ] || fail "the state folder is open"
[ "$(stat -c %a "$state/mailroom.db")" = 600 ] || fail "the database is open to others"
[ "$(stat -c %a "$root/etc/mailroom/credentials/fulfillment-secrets")" = 600 ] || fail "a secret is open to others"
as_service() { inside setpriv --reuid=mailroom --regid=mailroom --clear-groups -- mailroom "$@" --config /etc/mailroom/mailroom.yaml; }
secret=$(cat "$root/etc/mailroom/credentials/fulfillment-secrets")
as_service catalog import /usr/share/doc/mailroom/catalog.csv | tail -n 1
as_service token create --name office --scope orders:read >/dev/null
as_service verify
apt install zsh fish
inside bash -n /usr/share/bash-completion/completions/mailroom
inside zsh -n /usr/share/zsh/vendor-completions/_mailroom
inside fish -n /usr/share/fish/vendor_completions.d/mailroom.fish
for document in RUNBOOK.md INTEGRATORS.md THREATS.md DELIVERY-ERRORS.md RELIABILITY.md prometheus/mailroom.rules.yml \
    grafana/mailroom.json examples/orders.sh; do
    [ -s "$root/usr/share/doc/mailroom/$document" ] || fail "$document is not in the package"
    [ -s "$root/opt/$home/Deploy/$document" ] || fail "$document is not in the archive"
done
say "the package installs, its completions can be read, and its commands work as the service's user"

# The unit's own command as the unit's user, with the credentials as systemd hands them out, and a house that writes down
# what it gets.
unit=$(cat "$root/usr/lib/systemd/system/mailroom.service" 2>/dev/null || cat "$root/lib/systemd/system/mailroom.service")
command=$(sed -n 's/^ExecStart=//p' <<<"$unit")
handed=/run/credentials/mailroom.service
inside install -d -m 700 -o mailroom -g mailroom $handed
for credential in $(sed -n 's/^LoadCredential=\([^:]*\):.*/\1/p' <<<"$unit"); do
    inside install -m 400 -o mailroom -g mailroom "/etc/mailroom/credentials/$credential" "$handed/$credential"
done
python3 -u -c '
import http.server
class House(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode(), flush=True)
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", 18097), House).serve_forever()' >"$root/house.log" 2>&1 &
house=$!
# shellcheck disable=SC2086
inside setpriv --reuid=mailroom --regid=mailroom --clear-groups -- env CREDENTIALS_DIRECTORY=$handed MAILROOM_HTTP_PORT=18098 \
    MAILROOM_METRICS_PORT=0 MAILROOM_FULFILLMENT_URL=http://127.0.0.1:18097/orders $command >"$root/serve.log" 2>&1 &
serve=$!
for _ in $(seq 200); do curl -fs http://127.0.0.1:18098/readyz >/dev/null && break; sleep 0.2; done
number=$(curl -fsS http://127.0.0.1:18098/v1/orders -H 'Content-Type: application/json' -d '{"items": [{"sku": "FSAC-NET-EN", "quantity": 1}],
    "ship_to": {"name": "Sample Reader", "line1": "1 Example Street", "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US"}}' \
    | sed -E 's/.*"number":"([^"]*)".*/\1/') || { cat "$root/serve.log"; fail "the unit's command takes no order"; }
for _ in $(seq 200); do grep -q "$number" "$root/house.log" && break; sleep 0.2; done
grep -q "order.placed.*$number\|$number.*order.placed" "$root/house.log" || { cat "$root/serve.log"; fail "the house was not told"; }
as_service doctor --json >"$root/doctor.json" || true
python3 -c 'import json, sys
checks = {check["name"]: check["status"] for check in json.load(open(sys.argv[1]))["checks"]}
sys.exit(checks["server"] != "pass" or checks["database"] != "pass")' "$root/doctor.json" \
    || { cat "$root/doctor.json"; fail "doctor finds the server or the database wrong"; }
pkill -TERM -f "^$command" && wait $serve || { cat "$root/serve.log"; fail "it did not end well"; }
kill $house
say "the unit's command serves as the unit's user: an order came to the house, and it stopped when asked"

# An older schema, as the version before step 4 left it: every later step undone by hand, the latest first. A step that is
# added to Sources/SQLiteStore/Schema.swift must be undone here too, or the upgrade below fails.
apt install sqlite3
schema() { inside sqlite3 /var/lib/mailroom/mailroom.db "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name; SELECT identifier FROM grdb_migrations ORDER BY rowid"; }
fresh=$(schema)
inside sqlite3 -bail /var/lib/mailroom/mailroom.db "
    -- 10 numbers by their places
    DROP INDEX orders_place;
    -- 9 search index merged in small steps
    DELETE FROM search_config WHERE k = 'automerge';
    -- 8 drafts
    DROP TABLE drafts;
    -- 7 staff accounts
    DROP TABLE staff_devices; DROP TABLE staff_sessions; DROP TABLE staff_accounts;
    -- 6 trace of a delivery
    ALTER TABLE deliveries DROP COLUMN trace;
    -- 5 people forgotten
    DROP INDEX orders_due; DROP INDEX inbound_updates_number; DROP INDEX inbound_updates_order;
    ALTER TABLE orders DROP COLUMN erased_at; ALTER TABLE orders DROP COLUMN final_at;
    ALTER TABLE inbound_updates DROP COLUMN matched_to;
    DELETE FROM meta WHERE key IN ('erased_below', 'erasing_round_at', 'erasing_round_orders', 'erasures',
        'scrubbed_erasures', 'scrubbed_at');
    -- 4 fingerprints with their orders
    ALTER TABLE orders DROP COLUMN fingerprint;
    CREATE TABLE fingerprints (fingerprint INTEGER PRIMARY KEY, order_id INTEGER NOT NULL) STRICT;
    DELETE FROM grdb_migrations WHERE identifier NOT GLOB '[123] *'" || fail "the older schema could not be made"
inside chown mailroom:mailroom /var/lib/mailroom/mailroom.db
if as_service token list 2>"$root/old.log"; then fail "an older database was taken"; fi
grep -q 'mailroom migrate' "$root/old.log" || fail "the older database was not named"
newer=$(dpkg-deb -f "$package" Version)+1
work=$(mktemp -d "$root/deb-XXXX")
dpkg-deb -R "$package" "$work"
sed -i "s/^Version: .*/Version: $newer/" "$work/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work" "$root/root/newer.deb" >/dev/null
echo '# edited here' >>"$root/etc/mailroom/mailroom.yaml"
apt install /root/newer.deb
as_service token list | grep -q office || fail "the upgrade lost the tokens"
[ "$(schema)" = "$fresh" ] || fail "the upgraded database is not what a fresh one is"
grep -q 'edited here' "$root/etc/mailroom/mailroom.yaml" || fail "the upgrade replaced the settings"
[ "$secret" = "$(cat "$root/etc/mailroom/credentials/fulfillment-secrets")" ] || fail "the upgrade replaced a secret"
before=$(cd "$root/var/backups/mailroom" && ls before-upgrade-from-*.db) || fail "the upgrade made no copy first"
say "the upgrade migrated the database, after a copy, and kept settings and secrets"

# Back again with the copy, as the runbook has it.
as_service restore "/var/backups/mailroom/$before" --replace >/dev/null
as_service migrate | grep -q applied || fail "the copy was not of the older schema"
as_service token list | grep -q office || fail "the copy lost the tokens"
say "the copy restores"

apt remove mailroom
[ ! -e "$root/usr/bin/mailroom" ] || fail "the program is still there"
[ -e "$state/mailroom.db" ] && [ -e "$root/etc/mailroom/mailroom.yaml" ] || fail "remove took data or settings"
apt purge mailroom
[ ! -e "$root/etc/mailroom" ] || fail "purge left the settings"
[ -e "$state/mailroom.db" ] || fail "purge took the orders"
left=$(inside dpkg -l mailroom 2>/dev/null | grep -c '^[ir]' || true)
[ "$left" = 0 ] || fail "dpkg still knows the package"
say "remove and purge leave nothing of the package, and all of the orders"
