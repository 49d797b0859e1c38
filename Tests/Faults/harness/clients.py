"""Clients that write down what they ask and are told: orders with keys and retries, and readers beside them."""

import contextlib
import csv
import functools
import http.client
import json
import random
import socket
import threading
import time
import uuid

from . import machine
from .history import digest

ANSWER_SECONDS = 20
NAMES = ["Marlene Whitcomb", "Toby Lindqvist", "Rosalind Begay", "Clyde Fenwick", "Ines Okafor", "Walt Brzezinski"]
STREETS = ["Magnolia Trace", "Spruce Hollow Road", "Ocotillo Wash Drive", "Cypress Landing", "Foundry Street"]
PLACES = [("Huntsville", "AL", "35801"), ("Fairbanks", "AK", "99701"), ("Flagstaff", "AZ", "86001"),
          ("Springfield", "IL", "62701"), ("Portland", "ME", "04101")]


@functools.cache
def light_skus():
    """Titles of which a few always fit into one order."""
    with open(machine.CATALOG, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["available"] == "true" and row["weight"].endswith(" oz")]
    return sorted(row["sku"] for row in rows if float(row["weight"].split()[0]) <= 10)


def order(key, rng):
    """A valid order that says in its notes under which key it was sent: so the file tells whose it is."""
    city, region, postal_code = rng.choice(PLACES)
    skus = rng.sample(light_skus(), rng.randint(1, 2))
    return {
        "items": [{"sku": sku, "quantity": 1} for sku in skus],
        "ship_to": {"name": rng.choice(NAMES), "line1": f"{rng.randint(1, 99999)} {rng.choice(STREETS)}",
                    "city": city, "region": region, "postal_code": postal_code, "country": "US"},
        "email": f"reader{rng.randint(0, 10**9)}@example.org", "requester_type": "patient",
        "notes": note_of(key),
    }


def note_of(key):
    return f"fault run, key {key}"


def key_of(note):
    """The key that an order in the file was sent under; None when it is none of ours."""
    return note.removeprefix("fault run, key ") if note and note.startswith("fault run, key ") else None


class Placed:
    """An order that was acknowledged."""

    def __init__(self, key, number, token, at):
        self.key, self.number, self.token, self.at = key, number, token, at


class Wire:
    """One keep-alive connection, opened anew when it broke."""

    def __init__(self, port, timeout=ANSWER_SECONDS, source=None):
        self.port, self.timeout, self.source = port, timeout, source
        self._connection = None

    def exchange(self, method, path, body=None, headers=None):
        """(status, headers, body). Raises NotSent when the request never left, else what broke it."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=self.timeout, source_address=(self.source, 0) if self.source else None)
            try:
                self._connection.connect()
                self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                self.close()
                raise NotSent(type(error).__name__) from error
        try:
            self._connection.request(method, path, body, headers or {})
            answer = self._connection.getresponse()
            content = answer.read()
        except BaseException:
            self.close()
            raise
        if answer.will_close:
            self.close()
        return answer.status, answer.headers, content

    def close(self):
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None


class NotSent(OSError):
    """Nobody took the connection: for certain nothing was done."""


class Crowd:
    """Threads that each repeat `step(wire, rng)` until they are stopped."""

    def __init__(self, service, history, rng, count, pause_seconds=0.0, source=None):
        self.service, self.history = service, history
        self.pause_seconds = pause_seconds
        self.source = source
        self._rngs = [random.Random(rng.getrandbits(64)) for _ in range(count)]
        self._stopping = threading.Event()
        self._threads = []
        self.errors = []

    def start(self):
        self._threads = [threading.Thread(target=self._live, args=(rng,), daemon=True) for rng in self._rngs]
        for thread in self._threads:
            thread.start()
        return self

    def _live(self, rng):
        wire = Wire(self.service.port, source=self.source)
        try:
            while not self._stopping.is_set():
                self.step(wire, rng)
                if self.pause_seconds:
                    self._stopping.wait(rng.uniform(0, 2 * self.pause_seconds))
        except Exception as error:  # noqa: BLE001
            self.errors.append(error)
            raise
        finally:
            wire.close()

    def finish(self, seconds=60):
        """Waits until they end by themselves, having reached their limit."""
        for thread in self._threads:
            thread.join(seconds)
        self.stop(0.1)

    def stop(self, seconds=60):
        """No new requests; those under way get their answer, or their time-out."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(seconds)
            machine.require(not thread.is_alive(), "a client did not end")
        machine.require(not self.errors, lambda: f"a client broke: {self.errors[0]!r}")

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        self._stopping.set()
        if kind is None:
            self.stop()


class OrderClients(Crowd):
    """Place orders, each under a key of its own, and send it again under that key until an answer settles it.

    `retries`: how often an order is sent again at most; None: until it is settled or the clients stop, and then for
    `after_stop_seconds`, so that a service that comes back settles what is unknown.
    """

    def __init__(self, service, history, rng, count=8, pause_seconds=0.0, retries=None, after_stop_seconds=0,
                 source=None, limit=None):
        super().__init__(service, history, rng, count, pause_seconds, source)
        self.retries, self.after_stop_seconds = retries, after_stop_seconds
        self.limit = limit
        self._lock = threading.Lock()
        self._stopped_at = None
        self.placed = []
        self.begun = 0
        self.statuses = {}
        self.slowest_seconds = 0.0

    def step(self, wire, rng):
        with self._lock:
            if self.limit is not None and self.begun >= self.limit:
                self._stopping.set()
                return
            self.begun += 1
        key = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        body = json.dumps(order(key, rng)).encode()
        tries = 0
        while not self.attempt(wire, key, body):
            tries += 1
            if (self.retries is not None and tries > self.retries) or self._is_over():
                return
            time.sleep(rng.uniform(0.01, 0.1))

    def _is_over(self):
        if not self._stopping.is_set():
            return False
        self._stopped_at = self._stopped_at or time.monotonic()
        return time.monotonic() > self._stopped_at + self.after_stop_seconds

    def attempt(self, wire, key, body):
        """Sends once; whether that settled it."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        operation = self.history.begin("order", key=key, digest=digest(body))
        began = time.monotonic()
        try:
            status, answer_headers, content = wire.exchange("POST", "/v1/orders", body, headers)
        except NotSent as error:
            operation.refused(reason=str(error))
            return False
        except (OSError, http.client.HTTPException) as error:
            operation.unknown(reason=type(error).__name__)
            return False
        with self._lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)
        if status == 201:
            answer = json.loads(content)
            operation.ok(status=status, number=answer["number"], answer=digest(content),
                         replayed=answer_headers.get("Idempotency-Replayed") == "true")
            with self._lock:
                self.placed.append(Placed(key, answer["number"], answer["status_token"], time.monotonic()))
            return True
        retry_after = answer_headers.get("Retry-After")
        if status in (429, 503):
            operation.refused(status=status, retry_after=retry_after, reason=problem_of(content))
            return False
        if status < 500:
            operation.refused(status=status, reason=problem_of(content))
            return True
        # 500 says that something went wrong, not what became of the order.
        operation.unknown(status=status, reason=problem_of(content))
        return False

    def latest(self, rng):
        with self._lock:
            return rng.choice(self.placed[-500:]) if self.placed else None


def problem_of(content):
    try:
        return json.loads(content)["type"]
    except (ValueError, KeyError, TypeError):
        return None


class Readers(Crowd):
    """Look up acknowledged orders, ask for quotes, and list orders as staff; each answer goes into the history.

    A reader remembers which orders it may ask for: after a 201 the order is there for everybody.
    """

    def __init__(self, service, history, rng, orders, count=2, pause_seconds=0.02, kinds=("status", "quote", "list")):
        super().__init__(service, history, rng, count, pause_seconds)
        self.orders, self.kinds = orders, kinds
        self.answers = {}
        self._lock = threading.Lock()

    def step(self, wire, rng):
        getattr(self, f"ask_{rng.choice(self.kinds)}")(wire, rng)

    def ask_status(self, wire, rng):
        order = self.orders.latest(rng)
        if order is None:
            time.sleep(0.02)
            return
        self._ask(wire, "status", "GET", f"/v1/orders/{order.number}", None,
                  {"Authorization": f"Bearer {order.token}"}, number=order.number)

    def ask_quote(self, wire, rng):
        body = json.dumps({"items": order("none", rng)["items"]}).encode()
        self._ask(wire, "quote", "POST", "/v1/quotes", body, {"Content-Type": "application/json"})

    def ask_list(self, wire, rng):
        self._ask(wire, "list", "GET", "/v1/staff/orders?limit=20", None,
                  {"Authorization": f"Bearer {self.service.token}"})

    def _ask(self, wire, kind, method, path, body, headers, **fields):
        operation = self.history.begin(kind, **fields)
        try:
            status, _, _ = wire.exchange(method, path, body, headers)
        except NotSent as error:
            operation.refused(reason=str(error))
            time.sleep(0.05)
            return
        except (OSError, http.client.HTTPException) as error:
            operation.unknown(reason=type(error).__name__)
            return
        with self._lock:
            self.answers[(kind, status)] = self.answers.get((kind, status), 0) + 1
        (operation.ok if status == 200 else operation.refused)(status=status)


class Cancellers(Crowd):
    """Staff who cancel orders: what the house has is announced a second time, which gives an order two events."""

    def __init__(self, service, history, rng, orders, count=1, pause_seconds=0.05):
        super().__init__(service, history, rng, count, pause_seconds)
        self.orders = orders

    def step(self, wire, rng):
        order = self.orders.latest(rng)
        if order is None:
            time.sleep(0.02)
            return
        operation = self.history.begin("cancel", number=order.number)
        headers = {"Authorization": f"Bearer {self.service.token}", "Content-Type": "application/json"}
        try:
            status, _, content = wire.exchange(
                "POST", f"/v1/staff/orders/{order.number}/cancel", b'{"reason":"fault run"}', headers)
        except NotSent as error:
            operation.refused(reason=str(error))
            time.sleep(0.05)
        except (OSError, http.client.HTTPException) as error:
            operation.unknown(reason=type(error).__name__)
        else:
            if status == 200:
                operation.ok(status=status)
            elif status < 500 or status == 503:
                operation.refused(status=status, reason=problem_of(content))
            else:
                operation.unknown(status=status)
