#!/usr/bin/env python3
"""Runs every program of Deploy/examples against a real server.

    check.py --program .build/debug/mailroom --receiver .build/debug/example-receiver --venv .build/examples-venv

Everything is on loopback, in a temporary folder, and ends by itself.
"""
import argparse
import base64
import json
import os
import pathlib
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

top = pathlib.Path(__file__).resolve().parents[2]
examples = top / "Deploy" / "examples"
deadline = time.monotonic() + 120


def secret():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Running:
    """A program whose lines are waited for."""

    def __init__(self, arguments, folder, environment=None):
        self.lines = []
        self.process = subprocess.Popen(
            arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})}, bufsize=0)
        self.rest = b""
        Running.started.append(self)

    started = []

    def line(self, text):
        while True:
            for line in self.lines:
                if text in line:
                    return line
            if time.monotonic() > deadline:
                raise SystemExit(f"no line with {text!r} in:\n" + "\n".join(self.lines))
            ready, _, _ = select.select([self.process.stdout], [], [], 0.2)
            if not ready:
                continue
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise SystemExit(f"ended before {text!r}:\n" + "\n".join(self.lines))
            *whole, self.rest = (self.rest + data).split(b"\n")
            self.lines += [line.decode(errors="replace") for line in whole]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def python_with_library(venv):
    python = venv / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    if subprocess.run([python, "-c", "import standardwebhooks"], capture_output=True).returncode != 0:
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "-r", examples / "python" / "requirements.txt"], check=True)
    return python


class Stopping:
    """Ends the programs that a check started, also when it fails."""

    def __enter__(self):
        self.started = Running.started = []
        return self

    def __exit__(self, *_):
        for running in self.started:
            if running.process.poll() is None:
                running.process.kill()


class Shop:
    """A migrated database with the sample catalog, and the server on it."""

    def __init__(self, program, folder, house_port, ours, theirs, origins=""):
        self.program, self.folder = program, folder
        self.environment = {
            "MAILROOM_DATABASE_URL": f"sqlite:{folder}/mailroom.db", "MAILROOM_HTTP_PORT": "0",
            "MAILROOM_METRICS_PORT": "0", "MAILROOM_HTTP_CORS_ORIGINS": origins,
            "MAILROOM_FULFILLMENT_URL": f"http://127.0.0.1:{house_port}/webhooks/mailroom",
            "MAILROOM_FULFILLMENT_SECRETS": ours, "MAILROOM_INBOUND_SECRETS": theirs,
        }
        self.run("migrate")
        self.run("catalog", "import", str(top / "Config" / "catalog.csv"))
        self.server = Running([program, "serve"], folder, self.environment)
        self.url = self.server.line("ready on ").split("ready on ")[1].split()[0]

    def run(self, *arguments):
        result = subprocess.run(
            [self.program, *arguments], cwd=self.folder, env={**os.environ, **self.environment}, capture_output=True,
            text=True)
        if result.returncode != 0:
            raise SystemExit(f"{arguments} ended with {result.returncode}: {result.stderr}")
        return result.stdout

    def status(self, number):
        return json.loads(self.run("orders", "show", number, "--json"))["status"]

    def wait(self, number, wanted):
        while self.status(number) != wanted:
            if time.monotonic() > deadline:
                raise SystemExit(f"{number} is {self.status(number)}, not {wanted}")
            time.sleep(0.2)


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check_python_and_curl(program, folder, venv):
    python = python_with_library(venv)
    ours, theirs, port = secret(), secret(), free_port()
    shop = Shop(program, folder, port, ours, theirs)
    house = Running(
        [python, str(examples / "python" / "receiver.py"), str(port)], folder,
        {"MAILROOM_SECRET": ours, "HOUSE_SECRET": theirs, "MAILROOM_URL": shop.url})
    house.line("listening")
    shell = subprocess.run(
        ["sh", str(examples / "orders.sh"), shop.url], cwd=folder, capture_output=True, text=True)
    assert shell.returncode == 0, shell.stderr
    number = next(line for line in shell.stdout.splitlines() if line.startswith("order ")).split()[1]
    # Its last line cancels the order, and either it or the house came first.
    assert shop.status(number) in ("cancelled", "placed", "submitted"), shop.status(number)
    order = {"items": [{"sku": "FSAC-NET-EN", "quantity": 4}], "ship_to": {
        "name": "Sample Reader", "line1": "1 Example Street", "city": "Springfield", "region": "IL",
        "postal_code": "62701", "country": "US"}}
    request = urllib.request.Request(
        shop.url + "/v1/orders", json.dumps(order).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        number = json.load(answer)["number"]
    house.line(f"order {number}: 4 copies")
    house.line("told order.acknowledged: applied")
    shop.wait(number, "submitted")
    # A message that nobody signed is refused by the library, and ours by the server.
    request = urllib.request.Request(f"http://127.0.0.1:{port}/webhooks/mailroom", b"{}", {
        "webhook-id": "msg_1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1," + "A" * 43 + "="})
    try:
        urllib.request.urlopen(request, timeout=10)
        raise SystemExit("the receiver believed a forged message")
    except urllib.error.HTTPError as refusal:
        assert refusal.code == 401
    house.stop()
    shop.server.stop()


def check_swift_and_fetch(program, folder, receiver):
    ours, theirs, port = secret(), secret(), free_port()
    shop = Shop(program, folder, port, ours, theirs, origins="https://www.example.org")
    house = Running([receiver, str(port)], folder, {"MAILROOM_SECRET": ours})
    house.line("listening")
    script = f"""
        import {{ placeOrder }} from {json.dumps((examples / 'web' / 'order.js').as_uri())};
        const address = {{ name: "Sample Reader", line1: "1 Example Street", city: "Springfield", region: "IL",
            postal_code: "62701", country: "US" }};
        const items = [{{ sku: "FSAC-NET-EN", quantity: 3 }}];
        const first = await placeOrder({json.dumps(shop.url)}, {{ items, ship_to: address }}, "k-1");
        const again = await placeOrder({json.dumps(shop.url)}, {{ items, ship_to: address }}, "k-1");
        const wrong = await placeOrder({json.dumps(shop.url)}, {{ items, ship_to: {{ ...address, region: "XX" }} }}, "k-2");
        console.log(JSON.stringify([first.order.number, again.order.number, wrong.problems.length]));
    """
    (pathlib.Path(folder) / "order.test.mjs").write_text(script)
    node = subprocess.run(
        ["node", "order.test.mjs"], cwd=folder, capture_output=True, text=True)
    assert node.returncode == 0, node.stderr
    first, again, problems = json.loads(node.stdout)
    assert first == again and problems > 0, node.stdout
    house.line("took msg_")
    shop.wait(first, "submitted")
    # What a browser asks before it lets the page send.
    request = urllib.request.Request(shop.url + "/v1/orders", method="OPTIONS", headers={
        "Origin": "https://www.example.org", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, idempotency-key"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "https://www.example.org"
        assert "idempotency-key" in answer.headers["Access-Control-Allow-Headers"].lower()
    house.stop()
    shop.server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--receiver", required=True, type=pathlib.Path)
    parser.add_argument("--venv", required=True, type=pathlib.Path)
    given = parser.parse_args()
    for check, more in [
        (check_python_and_curl, [given.venv.absolute()]), (check_swift_and_fetch, [str(given.receiver.absolute())]),
    ]:
        folder = tempfile.mkdtemp(prefix="mailroom-examples-")
        try:
            with Stopping():
                check(str(given.program.absolute()), folder, *more)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"{check.__name__}: passed", flush=True)


if __name__ == "__main__":
    main()
