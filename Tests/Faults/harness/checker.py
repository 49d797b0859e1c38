"""The checker: history, database and the house's ledger against each other. Every rule has a name and a planted fault.

It trusts none of the three alone: what was acknowledged is in the history, what was kept is in the file, what the house
heard is in the ledger.
"""

import collections
import contextlib
import sqlite3

from . import payloads
from .clients import key_of
from .history import OK, REFUSED, UNKNOWN, digest

PENDING, IN_FLIGHT, DELIVERED, EXHAUSTED, WITHDRAWN = range(5)
TYPES = {0: "order.placed", 1: "order.cancellation_requested"}


class Finding:
    """One violation of one rule."""

    def __init__(self, rule, text):
        self.rule, self.text = rule, text

    def __str__(self):
        return f"{self.rule}: {self.text}"

    __repr__ = __str__


# Each rule and what it says; the self-test plants a violation of each.
RULES = {
    "integrity": "the file passes PRAGMA integrity_check and foreign_key_check",
    "lost": "an acknowledged order is in the file, by its number",
    "key-lost": "an acknowledged order is in the file under its key",
    "doubled": "one key has one order, acknowledged or not",
    "refused-present": "what was refused for certain, and never anything else, is not in the file",
    "never-asked": "no order is in the file that nobody sent",
    "answer-changed": "each 201 under one key has the same body",
    "unseen": "an acknowledged order is never answered 404 afterwards",
    "unannounced": "every order in the file has its delivery, with its body",
    "unheard": "a delivery that counts as delivered was heard by the house",
    "heard-unknown": "the house heard nothing that is not in the file",
    "two-bodies": "all deliveries under one webhook-id have one body, and it is that in the file",
    "two-ids": "all deliveries of an event have one webhook-id",
    "sequence": "the first deliveries of an order's events come in their sequence",
    "signature": "every delivery is signed",
    "still-open": "nothing is left open when all was to be sent",
}


def number_text(value):
    digits = f"{value:010d}"
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


class Kept:
    """What the file holds."""

    def __init__(self, path):
        self.integrity, self.orders, self.keys, self.deliveries, self.bodies = [], [], {}, [], {}
        try:
            with contextlib.closing(sqlite3.connect(path)) as db:
                self._read(db)
        except sqlite3.DatabaseError as error:
            self.integrity.append(f"SQLite: {error}")

    def _read(self, db):
        self.integrity += [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
        self.integrity += [f"foreign key of {row[0]} row {row[1]}" for row in db.execute("PRAGMA foreign_key_check")]
        # (id, number, key in its notes)
        self.orders = [(id, number_text(number), key_of(notes))
                       for id, number, notes in db.execute("SELECT id, number, notes FROM orders")]
        self.keys = dict(db.execute("SELECT key, order_id FROM idempotency_keys"))
        # (id, order, kind, state), by sequence
        self.deliveries = db.execute("SELECT id, order_id, kind, state FROM deliveries ORDER BY id").fetchall()
        self.bodies = {id: digest(body) for id, body in db.execute("SELECT id, body FROM payloads")}
        for id, body in db.execute("SELECT id, body FROM packed_payloads"):
            try:
                self.bodies[id] = digest(payloads.unpack(body))
            except ValueError as error:
                self.integrity.append(f"payload {id}: {error}")

    @staticmethod
    def webhook_id(delivery):
        return f"msg_{delivery:016x}"


def check(operations, kept, ledger=None, keys_kept=True, all_sent=False):
    """Every violation found.

    `operations` as `history.read` gives them, `kept` a `Kept`, `ledger` entries as `Received.entry()` gives them, all
    the house ever got (None: there was none). `keys_kept`: false when the clock was moved past the keys' life.
    `all_sent`: nothing may be left pending or in flight.
    """
    findings = [Finding("integrity", text) for text in kept.integrity]
    findings += _orders(operations, kept, keys_kept)
    findings += _reads(operations, kept)
    findings += _announcements(kept)
    if all_sent:
        findings += [Finding("still-open", f"{Kept.webhook_id(id)} is in state {state}")
                     for id, _, _, state in kept.deliveries if state in (PENDING, IN_FLIGHT)]
    if ledger is not None:
        findings += _deliveries(kept, ledger)
    return findings


def _orders(operations, kept, keys_kept):
    number_of = {id: number for id, number, _ in kept.orders}
    by_key = collections.defaultdict(list)
    for id, number, key in kept.orders:
        by_key[key].append(number)
    present = collections.Counter(number for _, number, _ in kept.orders)
    asked = collections.defaultdict(list)
    for operation in operations:
        if operation["kind"] == "order":
            asked[operation["key"]].append(operation)
    for key, attempts in asked.items():
        answers = [attempt for attempt in attempts if attempt["outcome"] == OK]
        numbers = sorted({attempt["number"] for attempt in answers})
        for number in numbers:
            if present[number] != 1:
                yield Finding("lost", f"{number}, acknowledged under {key}, is there {present[number]} times")
        if len(numbers) > 1:
            yield Finding("doubled", f"{key} was answered {' and '.join(numbers)}")
        if len({attempt["answer"] for attempt in answers}) > 1:
            yield Finding("answer-changed", f"{key} got different 201s")
        if keys_kept and answers and number_of.get(kept.keys.get(key)) not in numbers:
            yield Finding("key-lost", f"{key} leads to {number_of.get(kept.keys.get(key))}, acknowledged as {numbers}")
        if len(by_key[key]) > 1:
            yield Finding("doubled", f"{key} has orders {' and '.join(by_key[key])}")
        if by_key[key] and all(attempt["outcome"] == REFUSED for attempt in attempts):
            yield Finding("refused-present", f"{key} was only ever refused, and is there as {by_key[key][0]}")
    for key, numbers in by_key.items():
        if numbers and key not in asked:
            yield Finding("never-asked", f"{numbers[0]} under {key}")


def _reads(operations, kept):
    acknowledged = {}
    for operation in operations:
        if operation["kind"] == "order" and operation["outcome"] == OK:
            number = operation["number"]
            acknowledged[number] = min(acknowledged.get(number, operation["end"]), operation["end"])
    for operation in operations:
        if operation["kind"] == "status" and operation.get("status") == 404:
            if acknowledged.get(operation["number"], float("inf")) < operation["start"]:
                yield Finding("unseen", f"{operation['number']} was answered 404 after its 201")


def _announcements(kept):
    announced = {order for _, order, kind, _ in kept.deliveries if kind == 0}
    for id, number, _ in kept.orders:
        if id not in announced:
            yield Finding("unannounced", f"{number} has no delivery")
    for id, _, _, _ in kept.deliveries:
        if id not in kept.bodies:
            yield Finding("unannounced", f"{Kept.webhook_id(id)} has no body")


def _deliveries(kept, ledger):
    number_of = {id: number for id, number, _ in kept.orders}
    known = {Kept.webhook_id(id): (id, order, kind, state) for id, order, kind, state in kept.deliveries}
    heard = {entry["id"] for entry in ledger if entry["answered"] and 200 <= entry["answered"] < 300}
    bodies, ids, first = collections.defaultdict(set), collections.defaultdict(set), {}
    for entry in ledger:
        bodies[entry["id"]].add(entry["digest"])
        ids[entry["digest"]].add(entry["id"])
        first[entry["id"]] = min(first.get(entry["id"], entry["at"]), entry["at"])
        if not entry["signature_ok"]:
            yield Finding("signature", f"{entry['id']}, attempt {entry['attempt']}")
    for id, digests in bodies.items():
        if id not in known:
            yield Finding("heard-unknown", f"{id} was delivered and is not in the file")
            continue
        delivery, order, kind, _ = known[id]
        kept_body = {kept.bodies[delivery]} if delivery in kept.bodies else set()
        if len(digests | kept_body) > 1:
            yield Finding("two-bodies", f"{id} has {len(digests | kept_body)} bodies")
        told = {(entry["number"], entry["type"]) for entry in ledger if entry["id"] == id} if len(digests) > 1 else None
        if told is not None and len(told) > 1:
            yield Finding("two-bodies", f"{id} told of {sorted(told, key=str)}")
    for entry in ledger:
        if entry["attempt"] == 1 and entry["id"] in known:
            _, order, kind, _ = known[entry["id"]]
            if (entry["number"], entry["type"]) != (number_of.get(order), TYPES.get(kind)):
                yield Finding("heard-unknown", f"{entry['id']} told of {entry['number']} {entry['type']}, "
                                               f"the file says {number_of.get(order)} {TYPES.get(kind)}")
    for body, several in ids.items():
        if len(several) > 1:
            yield Finding("two-ids", f"one body under {' and '.join(sorted(several))}")
    for id, (_, _, _, state) in known.items():
        if state == DELIVERED and id not in heard:
            yield Finding("unheard", f"{id} counts as delivered")
    by_order = collections.defaultdict(list)
    for id, order, _, _ in kept.deliveries:
        if Kept.webhook_id(id) in first:
            by_order[order].append(Kept.webhook_id(id))
    for order, sequence in by_order.items():
        if sequence != sorted(sequence, key=first.get):
            yield Finding("sequence", f"{number_of.get(order)}: {' came after '.join(sequence)}")


def count(operations):
    """Figures for a scenario's line: what the clients were told."""
    orders = [operation for operation in operations if operation["kind"] == "order"]
    keys = collections.defaultdict(set)
    for operation in orders:
        keys[operation["key"]].add(operation["outcome"])
    return {
        "acknowledged": sum(OK in outcomes for outcomes in keys.values()),
        "unknown": sum(UNKNOWN in outcomes and OK not in outcomes for outcomes in keys.values()),
        "refused": sum(outcomes == {REFUSED} for outcomes in keys.values()),
        "attempts": len(orders),
        "attempts_unknown": sum(operation["outcome"] == UNKNOWN for operation in orders),
    }
