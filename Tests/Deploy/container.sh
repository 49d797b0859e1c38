#!/bin/bash
# Builds Deploy/Containerfile with buildah, as root and without a daemon, and uses what comes out (long):
#     container.sh
# With MAILROOM_BASES=local the two base images are made here instead of pulled: Debian by debootstrap (or a copy of
# $MAILROOM_CHROOT_BASE), Swift by this machine's toolchain on top of it. That shows everything of the Containerfile but the
# names of its bases. Images go to a folder that is gone afterwards.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(id -u)" -eq 0 ] || { echo "container.sh needs root" >&2; exit 77; }
command -v buildah >/dev/null || { echo "buildah is missing: apt-get install buildah" >&2; exit 69; }
work=$(mktemp -d /var/tmp/mailroom-container-XXXXXX)
printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/images"\nrunroot = "%s/run"\n' "$work" "$work" >"$work/storage.conf"
export CONTAINERS_STORAGE_CONF=$work/storage.conf BUILDAH_ISOLATION=chroot
cleanup() {
    # shellcheck disable=SC2046
    kill $(jobs -p) 2>/dev/null || true
    buildah rm -a >/dev/null 2>&1 || true
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT
say() { echo "container: $*"; }
fail() { echo "container: FAILED: $*" >&2; exit 1; }

build=(--format docker -f Deploy/Containerfile -t mailroom)
if [ "${MAILROOM_BASES:-}" = local ]; then
    toolchain=$(dirname "$(dirname "$(dirname "$(realpath "$(command -v swift)")")")")
    debian=$(buildah from scratch)
    folder=$(buildah mount "$debian")
    if [ -n "${MAILROOM_CHROOT_BASE:-}" ]; then
        cp -a "$MAILROOM_CHROOT_BASE/." "$folder/"
    else
        debootstrap --variant=minbase bookworm "$folder" http://deb.debian.org/debian >/dev/null
    fi
    buildah umount "$debian" >/dev/null
    buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$debian"
    buildah commit -q "$debian" docker.io/library/debian:bookworm-slim >/dev/null
    buildah rm "$debian" >/dev/null
    # What the official image has beside the toolchain; where packages come from is this machine's affair.
    mkdir "$work/swift"
    git config --system --list | sed -n 's/^\(url\..*\)\.insteadof=\(.*\)$/\1 \2/p' | while read -r base address; do
        git config -f "$work/swift/gitconfig" --add "$base.insteadOf" "$address"
    done
    git config -f "$work/swift/gitconfig" safe.directory '*'
    cat >"$work/swift/Containerfile" <<EOF
FROM docker.io/library/debian:bookworm-slim
RUN apt-get update -q && apt-get install -q -y --no-install-recommends binutils ca-certificates git libc6-dev \\
    libedit2 libgcc-12-dev libncurses6 libpython3.11 libstdc++-12-dev libxml2 tzdata
COPY gitconfig /etc/gitconfig
ENV PATH=$toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
EOF
    buildah build -q -t docker.io/library/swift:6.2-bookworm "$work/swift" >"$work/base.log" 2>&1 \
        || { tail -20 "$work/base.log"; fail "the stand-in for the Swift image"; }
    build+=(--pull-never --volume "$toolchain:$toolchain:ro")
    for store in $(git config --system --list | sed -n 's/^url\.\(\/.*\)\.insteadof=.*/\1/p' | sort -u); do
        build+=(--volume "$store:$store:ro")
    done
    say "bases made here, of $("$toolchain/usr/bin/swift" --version 2>/dev/null | head -n 1)"
fi

buildah build "${build[@]}" . >"$work/build.log" 2>&1 || { tail -40 "$work/build.log"; fail "the build"; }
buildah inspect --type image mailroom >"$work/image.json"
python3 - "$work/image.json" <<'EOF' || fail "the image is not configured as it should be"
import json, sys
config = json.load(open(sys.argv[1]))["Docker"]["config"]
assert config["User"] == "mailroom", config["User"]
assert config["Entrypoint"] == ["mailroom"] and config["Cmd"] == ["serve"], config
assert config["Healthcheck"]["Test"] == ["CMD", "mailroom", "top", "--once", "--json"], config.get("Healthcheck")
assert config["StopSignal"] == "SIGTERM" and set(config["Volumes"]) == {"/var/lib/mailroom", "/var/backups/mailroom"}
EOF
box=$(buildah from --pull-never mailroom)
folder=$(buildah mount "$box")
for tool in swift clang git gcc curl; do
    [ ! -e "$folder/usr/bin/$tool" ] || fail "$tool is in the final image"
done
say "the image is built: $(du -sm --one-file-system "$folder" | cut -f 1) MB, $(stat -c %s "$folder/usr/bin/mailroom" | numfmt --to=si) of them the program"

# chroot's isolation shares the host's network: the ports are not those of a host that is in use.
secret() { echo "whsec_$(head -c 32 /dev/urandom | base64 -w0)"; }
settings=(--env MAILROOM_HTTP_PORT=18091 --env MAILROOM_METRICS_PORT=18092 --env MAILROOM_HTTP_HOST=127.0.0.1
    --env MAILROOM_FULFILLMENT_URL=http://127.0.0.1:18093/orders --env "MAILROOM_FULFILLMENT_SECRETS=$(secret)"
    --env "MAILROOM_INBOUND_SECRETS=$(secret)")
inside() { buildah run "${settings[@]}" "$box" -- "$@"; }
[ "$(inside id -u)" = 10001 ] || fail "it does not run as its own user"
if inside touch /usr/bin/anything 2>/dev/null; then fail "it may write where the program lies"; fi
inside mailroom migrate >/dev/null
cp Config/catalog.csv "$folder/tmp/catalog.csv"
inside mailroom catalog import /tmp/catalog.csv | tail -n 1
if inside mailroom top --once --json >/dev/null 2>&1; then fail "the health check passes without a server"; fi
python3 -u -c '
import http.server
class House(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode(), flush=True)
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", 18093), House).serve_forever()' >"$work/house.log" 2>&1 &
inside mailroom serve >"$work/serve.log" 2>&1 &
for _ in $(seq 200); do curl -fs http://127.0.0.1:18091/readyz >/dev/null && break; sleep 0.2; done
number=$(curl -fsS http://127.0.0.1:18091/v1/orders -H 'Content-Type: application/json' -d '{"items": [{"sku": "FSAC-NET-EN", "quantity": 1}],
    "ship_to": {"name": "Sample Reader", "line1": "1 Example Street", "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US"}}' \
    | sed -E 's/.*"number":"([^"]*)".*/\1/') || { cat "$work/serve.log"; fail "it takes no order"; }
for _ in $(seq 200); do grep -q "$number" "$work/house.log" && break; sleep 0.2; done
grep -q "$number" "$work/house.log" || { cat "$work/serve.log"; fail "the house was not told"; }
inside mailroom top --once --json >/dev/null || fail "the health check fails beside a healthy server"
inside mailroom backup --to-dir /var/backups/mailroom --keep 2
say "it serves as user 10001, an order came to the house, its health check and its backup work"
