"""The house's side as clients: signed messages about acknowledged orders, each under an id of its own."""

import base64
import collections
import contextlib
import hashlib
import hmac
import http.client
import json
import sqlite3
import threading
import time

from .checker import number_text
from .clients import Crowd, NotSent, problem_of
from .history import digest


def signed(secret, identifier, body):
    """The headers of Standard Webhooks 1.0, made now."""
    seconds = int(time.time())
    made = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), f"{identifier}.{seconds}.".encode() + body,
                    hashlib.sha256).digest()
    return {"Content-Type": "application/json", "webhook-id": identifier, "webhook-timestamp": str(seconds),
            "webhook-signature": "v1," + base64.b64encode(made).decode()}


class Updaters(Crowd):
    """Tell of a new parcel of some acknowledged order, and tell it again under its id until an answer settles it."""

    def __init__(self, service, history, rng, orders, count=2, pause_seconds=0.02):
        super().__init__(service, history, rng, count, pause_seconds)
        self.orders = orders
        self._lock = threading.Lock()
        # By webhook-id: the order's number, the parcel's id, the bytes.
        self.messages = {}
        # The ids that were answered with 2xx.
        self.taken = set()

    def step(self, wire, rng):
        order = self.orders.latest(rng)
        if order is None:
            self._stopping.wait(0.02)
            return
        with self._lock:
            identifier = f"msg_house_{len(self.messages)}"
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            parcel = f"P-{len(self.messages)}"
            body = json.dumps({
                "type": "package.updated", "timestamp": now,
                "data": {"order_number": order.number,
                         "package": {"id": parcel, "carrier": "usps", "status": "in_transit", "occurred_at": now}},
            }).encode()
            self.messages[identifier] = (order.number, parcel, body)
        while not self.attempt(wire, identifier) and not self._stopping.wait(rng.uniform(0.01, 0.1)):
            pass

    def attempt(self, wire, identifier):
        """Sends once; whether that settled it."""
        number, _, body = self.messages[identifier]
        operation = self.history.begin("update", id=identifier, number=number, digest=digest(body))
        headers = signed(self.service.inbound_secret, identifier, body)
        try:
            status, _, content = wire.exchange("POST", "/v1/webhooks/shipping", body, headers)
        except NotSent as error:
            operation.refused(reason=str(error))
            return False
        except (OSError, http.client.HTTPException) as error:
            operation.unknown(reason=type(error).__name__)
            return False
        if status in (200, 202):
            operation.ok(status=status, result=json.loads(content)["result"])
            with self._lock:
                self.taken.add(identifier)
            return True
        # Not stored within a second (503): that may have been done all the same.
        (operation.refused if status < 500 else operation.unknown)(status=status, reason=problem_of(content))
        return 400 <= status < 500 and status != 429


class KeptUpdates:
    """What the file holds of them."""

    def __init__(self, path):
        with contextlib.closing(sqlite3.connect(path)) as db:
            self.receipts = {id for (id,) in db.execute("SELECT webhook_id FROM webhook_receipts")}
            self.parcels = collections.Counter(
                (number_text(number), parcel) for number, parcel in db.execute(
                    "SELECT number, package_id FROM package_updates JOIN orders ON orders.id = order_id"))
