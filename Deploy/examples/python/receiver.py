#!/usr/bin/env python3
"""A fulfillment house's receiver: takes what Mailroom announces, and reports back.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    MAILROOM_SECRET=whsec_… HOUSE_SECRET=whsec_… MAILROOM_URL=http://127.0.0.1:8080 venv/bin/python receiver.py 9090

MAILROOM_SECRET is Mailroom's fulfillment.secrets, HOUSE_SECRET its inbound.secrets, and fulfillment.url is
http://127.0.0.1:9090/webhooks/mailroom. Four things to copy from here:

  1. verify the raw bytes, before anything parses them;
  2. answer 2xx only after the event is stored (here: in SQLite), and quickly: the work comes later;
  3. the same webhook-id may come again: take it once;
  4. your own reports are signed the same way, with your own webhook-id each, which stays the same when you try again.
"""
import http.server
import json
import os
import sqlite3
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone

from standardwebhooks import Webhook, WebhookVerificationError

incoming = Webhook(os.environ["MAILROOM_SECRET"])
outgoing = Webhook(os.environ["HOUSE_SECRET"])
mailroom = os.environ.get("MAILROOM_URL", "http://127.0.0.1:8080")

database = sqlite3.connect(os.environ.get("HOUSE_DATABASE", "house.db"), isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body BLOB NOT NULL, done INTEGER NOT NULL DEFAULT 0)")


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            # The library takes the headers' names in lower case.
            incoming.verify(body, {name.lower(): value for name, value in self.headers.items()})
        except WebhookVerificationError as problem:
            print(f"refused: {problem}", flush=True)
            return self.answer(401)
        database.execute("INSERT OR IGNORE INTO events (id, body) VALUES (?, ?)", (self.headers["webhook-id"], body))
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        """No names and addresses in a log."""


def tell(kind, data):
    """Reports to Mailroom, again and again until it takes it."""
    message = "house_" + uuid.uuid4().hex
    body = json.dumps({"type": kind, "timestamp": now(), "data": data})
    for pause in (1, 2, 5, 10, 30, 60, None):
        stamp = datetime.now(timezone.utc)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(stamp.timestamp())),
            "webhook-signature": outgoing.sign(message, stamp, body),
        }
        request = urllib.request.Request(mailroom + "/v1/webhooks/shipping", body.encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return print(f"told {kind}: {json.load(answer)['result']}", flush=True)
        except urllib.error.HTTPError as refusal:
            if refusal.code < 500 and refusal.code != 429:
                return print(f"{kind} was refused: {refusal.code}", flush=True)
        except OSError:
            pass
        if pause is not None:
            time.sleep(pause)
    print(f"gave up on {kind}", flush=True)


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def work():
    """What was stored and not done yet, also from before a restart."""
    for identity, body in database.execute("SELECT id, body FROM events WHERE NOT done ORDER BY rowid").fetchall():
        event = json.loads(body)
        if event["type"] == "order.placed":
            order = event["data"]["order"]
            print(f"order {order['number']}: {sum(item['quantity'] for item in order['items'])} copies", flush=True)
            tell("order.acknowledged", {"order_number": order["number"], "house_reference": identity[-6:]})
        elif event["type"] == "order.cancellation_requested":
            tell("order.cancelled", {"order_number": event["data"]["order"]["number"], "reason": "as asked"})
        database.execute("UPDATE events SET done = 1 WHERE id = ?", (identity,))


if __name__ == "__main__":
    server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9090), Receiver)
    server.timeout = 0.2
    print(f"listening on port {server.server_port}", flush=True)
    while True:
        server.handle_request()
        work()
