"""A Debian machine with the package, in a folder, without root and without systemd.

What is real: the program, the package's own maintainer scripts, the settings file that it installs, the units' command
lines, credentials and READY=1. What stands in (stand-ins/): sudo and setpriv run as whoever runs the test; systemctl
starts and stops what the unit names; apt and dpkg run the package's scripts as dpkg would, without unpacking anything.
Paths below /etc, /var, /root, /run, /usr/bin/mailroom and /usr/share/doc/mailroom are those of the folder.
"""
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pathlib
import re
import secrets
import shlex
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import uuid

from commands import PATIENCE, REPOSITORY, until

DEPLOY = REPOSITORY / "Deploy"
HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def signature(secret, identifier, seconds, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(
        hmac.new(key, f"{identifier}.{seconds}.".encode() + body, hashlib.sha256).digest()).decode()


class House:
    """A fulfillment house that takes what is signed with its secret, and writes down what it got and what it refused."""

    def __init__(self):
        self.secret = None
        self.answer = 200
        self.taken, self.forged = [], []
        house = self

        class Desk(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                identifier, seconds = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                number = json.loads(body)["data"].get("order", {}).get("number")
                answer = house.answer
                if signature(house.secret, identifier, seconds, body) not in self.headers["webhook-signature"].split():
                    house.forged.append(number)
                    answer = 401
                elif answer == 200:
                    house.taken.append((number, identifier))
                self.send_response(answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks/mailroom"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def has(self, number, times=1):
        return sum(taken == number for taken, _ in self.taken) >= times

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Machine:
    def __init__(self, program, house):
        self.program, self.house = program, house
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="mailroom-machine-"))
        self.port, self.metrics_port = free_port(), free_port()
        self.service = None
        self.installed = self.unfinished = None
        self.calls = []
        for folder in ("bin", "root", "etc", "run/systemd/system", "var/lib", "var/backups", "etc/mailroom"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "bin/mailroom").symlink_to(program)
        self.documents()
        # Read by the program at its start; nothing of the machine that runs the test is.
        kept = {name: os.environ[name] for name in ("TZ", "LANG", "TMPDIR") if name in os.environ}
        self.environment = kept | {
            "PATH": f"{HERE / 'stand-ins'}:{self.root / 'bin'}:{os.environ['PATH']}", "HOME": str(self.root / "root"),
            "MACHINE": str(self.root / "run/machine")}
        machine = self

        class Desk(socketserver.StreamRequestHandler):
            def handle(self):
                arguments = json.loads(self.rfile.readline())
                machine.calls.append(shlex.join(arguments))
                try:
                    status, says = getattr(machine, arguments[0])(*arguments[1:])
                except (Exception, SystemExit) as problem:
                    status, says = 1, f"{shlex.join(arguments)}: {problem}\n"
                self.wfile.write(json.dumps({"status": status, "says": says}).encode() + b"\n")

        self.desk = socketserver.ThreadingUnixStreamServer(self.environment["MACHINE"], Desk)
        self.desk.daemon_threads = True
        threading.Thread(target=self.desk.serve_forever, daemon=True).start()

    def documents(self):
        """What Deploy/debian/build puts into /usr/share/doc/mailroom, and that procedures take from there."""
        documents = self.root / "usr/share/doc/mailroom"
        documents.mkdir(parents=True)
        for name in ("prometheus", "grafana"):
            shutil.copytree(DEPLOY / name, documents / name)
        shutil.copy(DEPLOY / "Caddyfile", documents)
        (self.root / "etc/prometheus").mkdir()

    def mapped(self, text):
        """The text with this machine's paths and ports."""
        text = re.sub(r"(?<![\w./}$])/(?=(etc|var|root|run)\b|usr/share/doc/mailroom|usr/bin/mailroom)", f"{self.root}/", text)
        text = text.replace(f"{self.root}/usr/bin/mailroom", f"{self.root}/bin/mailroom")
        return text.replace("127.0.0.1:9464", f"127.0.0.1:{self.metrics_port}")

    # --- systemctl, apt and dpkg

    def unit(self, name):
        text = (DEPLOY / "systemd" / f"{name.removesuffix('.service')}.service").read_text()
        found = {}
        for key, value in re.findall(r"^(\w+)=(.*)$", text, re.M):
            found.setdefault(key, []).append(self.mapped(value))
        return found

    def systemctl(self, verb, *names):
        if verb == "daemon-reload":
            return 0, ""
        for name in (name for name in names if not name.startswith("-")):
            name = name.removesuffix(".service")
            if name.endswith(".timer") or verb in ("enable", "disable"):
                if not (DEPLOY / "systemd" / (name if "." in name else f"{name}.service")).exists():
                    return 1, f"no unit {name}\n"
            elif name in ("caddy", "prometheus") and verb == "reload":
                continue
            elif name == "mailroom":
                if verb in ("stop", "restart"):
                    self.stop()
                if verb in ("start", "restart"):
                    self.start()
            elif verb == "start":
                unit = self.unit(name)
                done = subprocess.run(
                    shlex.split(unit["ExecStart"][0]), cwd=unit["WorkingDirectory"][0], env=self.environment,
                    capture_output=True, text=True, timeout=PATIENCE)
                if done.returncode:
                    return 1, done.stderr
            else:
                return 1, f"systemctl {verb} {name}: nobody here does that\n"
        return 0, ""

    def start(self):
        if self.service:
            return
        unit = self.unit("mailroom")
        for credential in unit["LoadCredential"]:
            name, path = credential.split(":")
            target = self.root / "run/credentials/mailroom.service" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(pathlib.Path(path).read_bytes())
            target.chmod(0o600)
        notices = self.root / "run/notify"
        notices.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard, open(self.root / "var/log.txt", "ab") as log:
            heard.bind(str(notices))
            heard.settimeout(0.1)
            self.service = subprocess.Popen(
                shlex.split(unit["ExecStart"][0]), cwd=unit["WorkingDirectory"][0], stdout=log, stderr=log,
                env=self.environment | {"NOTIFY_SOCKET": str(notices)})

            def ready():
                if self.service.poll() is not None:
                    status, self.service = self.service.returncode, None
                    raise SystemExit(f"the service ended with {status}\n{self.log()}")
                try:
                    return b"READY=1" in heard.recv(4096)
                except TimeoutError:
                    return False

            until(ready, "READY=1")

    def stop(self):
        if self.service:
            self.service.terminate()
            self.service.wait(PATIENCE)
            self.service = None
        # As systemd does: whoever needs the secrets now has to do without.
        shutil.rmtree(self.root / "run/credentials", ignore_errors=True)

    def log(self):
        return (self.root / "var/log.txt").read_text(errors="replace")[-3000:]

    def script(self, name, *arguments):
        text = self.mapped((DEPLOY / "debian/maintainer" / name).read_text())
        return subprocess.run(
            ["sh", "-s", "--", *arguments], input=text, env=self.environment, capture_output=True, text=True,
            timeout=PATIENCE)

    def configure(self):
        done = self.script("postinst", "configure", *([self.installed] if self.installed else []))
        if done.returncode:
            return 100, done.stderr + "the package is not configured\n"
        self.installed, self.unfinished = self.unfinished, None
        return 0, done.stdout

    def apt(self, verb, *arguments):
        package = re.fullmatch(r"\./mailroom_(\w+)_amd64\.deb", arguments[-1])
        if verb != "install" or not package:
            return 1, "nobody here does that\n"
        if self.installed:
            self.script("prerm", "upgrade", package[1])
        else:
            settings = self.root / "etc/mailroom/mailroom.yaml"
            settings.write_text(self.mapped((DEPLOY / "debian/mailroom.yaml").read_text()))
        self.unfinished = package[1]
        return self.configure()

    def dpkg(self, *arguments):
        return self.configure() if list(arguments) == ["--configure", "-a"] and self.unfinished else (1, "no\n")

    # --- What readers and the house do

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def order(self, name="Sample Reader"):
        body = {"items": [{"sku": "FSAC-NET-EN", "quantity": 5}], "email": "reader@example.org", "ship_to": {
            "name": name, "line1": "1 Example Street", "city": "Springfield", "region": "IL", "postal_code": "62701",
            "country": "US"}}
        status, answer = self.request("POST", "/v1/orders", json.dumps(body), {
            "Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())})
        if status != 201:
            raise SystemExit(f"an order was answered {status}: {answer.decode()}")
        return json.loads(answer)["number"]

    def tell(self, identifier, number, secret):
        """What the house tells us, signed with its secret; the answer's status."""
        now = int(time.time())
        body = json.dumps({"type": "order.acknowledged", "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
                           "data": {"order_number": number}}).encode()
        return self.request("POST", "/v1/webhooks/shipping", body, {
            "Content-Type": "application/json", "webhook-id": identifier, "webhook-timestamp": str(now),
            "webhook-signature": signature(secret, identifier, now, body)})[0]

    def credential(self, name):
        return self.root / "etc/mailroom/credentials" / name

    def close(self):
        self.stop()
        self.desk.shutdown()
        self.desk.server_close()
        shutil.rmtree(self.root)


class Traffic:
    """Orders and the house's messages, one after the other, while something else goes on. A message that finds nobody is
    sent again under its identifier, as the guide asks; one that is refused is written down."""

    def __init__(self, machine, number, inbound):
        self.machine, self.number, self.inbound = machine, number, inbound
        self.orders, self.accepted, self.refused = [], 0, []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.wait(0.05):
            identifier = f"msg_{secrets.token_hex(12)}"
            while not self.over.is_set():
                try:
                    status = self.machine.tell(identifier, self.number, self.inbound)
                    if 200 <= status < 300:
                        self.accepted += 1
                        break
                    if status != 503:
                        self.refused.append(status)
                        break
                except OSError:
                    pass
                except http.client.HTTPException:
                    pass
                self.over.wait(0.02)

    def __enter__(self):
        self.thread.start()
        return self

    def more(self):
        """Waits until five more messages were accepted: those that are told now were signed and read as things are now."""
        before = self.accepted
        until(lambda: self.refused or self.accepted >= before + 5, "five more messages of the house")

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(PATIENCE)
