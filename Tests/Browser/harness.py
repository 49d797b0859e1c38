"""What the browser tests share: the real program with a pretended house, a real Chromium, axe, and screenshots.

A test is a function `test_…(desk)` in a file `test_*.py`; `run.py` finds it and gives it a `Desk`. Everything is on
loopback, in a temporary folder, and ends with the run.
"""
import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from axe_playwright_python.sync_playwright import Axe

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHOTS = ROOT / ".build" / "browser" / "screenshots"
WIDTHS = (320, 768, 1280)

# All of WCAG 2.2 AA, what is good practice beside it, and the experimental rules that are worth having.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_RULES = {rule: {"enabled": True} for rule in (
    "label-content-name-mismatch", "td-has-header", "table-fake-caption", "p-as-heading", "target-size")}
# The skip link stands before the landmarks on purpose: the GOV.UK Design System says to ignore this one for it.
AXE_RULES["region"] = {"enabled": False}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_secret():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class House:
    """Takes what the program announces, and says what the house would say."""

    def __init__(self):
        self.status = 200
        self.received = []
        self.inbound_secret = new_secret()
        self.secret = new_secret()
        house = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if house.status == 200:
                    house.received.append(json.loads(body))
                self.send_response(house.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/orders"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def orders(self):
        return [event["data"]["order"] for event in self.received if event["type"] == "order.placed"]

    def says(self, site, kind, **data):
        """A signed webhook, as the house sends it."""
        body = json.dumps({"type": kind, "data": data})
        name, at = "msg_" + secrets.token_hex(8), str(int(time.time()))
        key = base64.b64decode(self.inbound_secret.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.new(key, f"{name}.{at}.{body}".encode(), hashlib.sha256).digest()).decode()
        status, answer = site.ask("POST", "/v1/webhooks/shipping", body, {
            "Content-Type": "application/json", "webhook-id": name, "webhook-timestamp": at,
            "webhook-signature": f"v1,{signature}"})
        assert status in (200, 202), (status, answer)

    def ships(self, site, number, items, status="in_transit", package="P1", tracking="9400100000000000000001"):
        self.says(site, "package.updated", order_number=number, package={
            "id": package, "carrier": "USPS", "tracking_number": tracking,
            "tracking_url": "https://tools.usps.com/go/TrackConfirmAction?tLabels=" + tracking, "status": status,
            "items": [{"sku": sku, "quantity": quantity} for sku, quantity in items],
            "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})


class Site:
    """`mailroom serve` over a database of its own."""

    def __init__(self, catalog=ROOT / "Config" / "catalog.csv", **settings):
        self.folder = tempfile.mkdtemp(prefix="mailroom-browser-")
        self.house = House()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.database = self.folder + "/mailroom.db"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("MAILROOM_")},
            "MAILROOM_DATABASE_URL": "sqlite:" + self.database, "MAILROOM_HTTP_PORT": str(port),
            "MAILROOM_METRICS_PORT": "0", "MAILROOM_PUBLIC_URL": self.url, "MAILROOM_HTTP_RATE_ORDERS": "0",
            "MAILROOM_HTTP_RATE_STATUS": "0", "MAILROOM_HTTP_RATE_SIGNIN": "0",
            "MAILROOM_FULFILLMENT_URL": self.house.url, "MAILROOM_FULFILLMENT_SECRETS": self.house.secret,
            "MAILROOM_INBOUND_SECRETS": self.house.inbound_secret, **settings}
        self.program = os.environ["MAILROOM_PROGRAM"]
        self.run("migrate")
        self.run("catalog", "import", str(catalog))
        self.token = self.run(
            "token", "create", "--name", "browser", "--scope", "admin").strip()
        self.log = open(self.folder + "/serve.log", "w")
        self.process = subprocess.Popen(
            [self.program, "serve"], cwd=self.folder, env=self.environment, stdout=self.log, stderr=self.log)
        until = time.monotonic() + 30
        while True:
            try:
                if self.ask("GET", "/livez")[0] == 200:
                    break
            except OSError:
                pass
            assert self.process.poll() is None and time.monotonic() < until, open(self.log.name).read()
            time.sleep(0.05)

    def run(self, *arguments, text=None):
        done = subprocess.run(
            [self.program, *arguments], cwd=self.folder, env=self.environment, input=text, text=True,
            capture_output=True, timeout=120)
        assert done.returncode == 0, f"mailroom {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, method, path, body=None, headers={}):
        """A request of a program, not of the browser: status and text."""
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else body.encode(), headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def staff(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
        status, text = self.ask(method, path, None if body is None else json.dumps(body), headers)
        assert status < 300, (method, path, status, text)
        return json.loads(text) if text else None

    def order_count(self):
        return self.staff("GET", "/v1/staff/orders")["count"]["value"]

    def set_available(self, sku, available):
        title = next(t for t in json.loads(self.ask("GET", "/v1/catalog")[1])["data"] if t["sku"] == sku)
        self.staff("PUT", "/v1/staff/catalog/" + sku, {**title, "available": available})

    @contextlib.contextmanager
    def locked(self):
        """Nothing can be written meanwhile, as when a disk hangs; reading goes on."""
        other = sqlite3.connect(self.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.house.server.shutdown()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Desk:
    """What a test gets: a browser, the site that all tests share, and the means to look closely."""

    def __init__(self, browser):
        self.browser = browser
        self._site = None
        self._opened = []

    @property
    def site(self):
        if self._site is None:
            self._site = Site()
        return self._site

    def own_site(self, **settings):
        """A site for this test alone."""
        site = Site(**settings)
        self._opened.append(site.close)
        return site

    def page(self, width=390, height=844, script=True, dark=False, locale="en-US", **options):
        """A page of a new visitor."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script, locale=locale,
            color_scheme="dark" if dark else "light", reduced_motion="reduce", **options)
        context.set_default_timeout(15_000)
        self._opened.append(context.close)
        page = context.new_page()
        page.complaints = []
        # A blocked style or script, or an error in the script, is a failure of ours wherever it happens.
        page.on("console", lambda message: page.complaints.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    def end_test(self):
        for close in reversed(self._opened):
            with contextlib.suppress(Exception):
                close()
        self._opened = []

    def close(self):
        self.end_test()
        if self._site:
            self._site.close()

    # Looking closely

    def look(self, page, name):
        """axe in light and in dark, no sideways scrolling at 320 px, and a screenshot at each width."""
        size = page.viewport_size
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert_accessible(page, f"{name} in {scheme}")
        page.emulate_media(color_scheme="light")
        SHOTS.mkdir(parents=True, exist_ok=True)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": size["height"]})
            assert_no_sideways(page, f"{name} at {width}")
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=SHOTS / f"{name}-dark.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(size)
        assert not page.complaints, page.complaints


def violations(page):
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}, "rules": AXE_RULES})
    return [
        f"{found['id']}: {found['help']}: " + "; ".join(
            re.sub(r"\s+", " ", node["html"])[:200] for node in found["nodes"][:3])
        for found in results.response["violations"]]


def assert_accessible(page, name):
    found = violations(page)
    assert not found, f"{name}: " + "\n  ".join(found)


def assert_no_sideways(page, name):
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name}: scrolls sideways by {wide} px"


def focused(page):
    """The id of what has the focus, or its words."""
    return page.evaluate(
        "(() => { const e = document.activeElement; return e.id || (e.textContent || e.tagName).trim() })()")
