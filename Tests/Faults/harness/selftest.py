"""Shows that the checker can say no: a made-up run without a fault, and one with each kind of fault planted."""

import contextlib
import copy
import pathlib
import sqlite3
import tempfile

from . import checker, clients, history
from .checker import DELIVERED, PENDING, RULES, Kept
from .history import OK, REFUSED, UNKNOWN, digest
from .machine import Run, Scenario, require

SCHEMA = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, notes TEXT);
CREATE TABLE idempotency_keys (key TEXT PRIMARY KEY, order_id INTEGER NOT NULL);
CREATE TABLE deliveries (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id), kind INTEGER, state INTEGER);
CREATE TABLE payloads (id INTEGER PRIMARY KEY, body BLOB);
CREATE TABLE packed_payloads (id INTEGER PRIMARY KEY, body BLOB);
"""


class World:
    """A run as it should be: orders 1 to 4 acknowledged, 5 unknown and kept, 6 unknown and not, 7 refused."""

    def __init__(self):
        self.operations, self.ledger, self.statements, self.damage = [], [], [], None
        clock = 0.0
        for number in range(1, 8):
            outcome = OK if number <= 4 else UNKNOWN if number <= 6 else REFUSED
            clock += 1
            self.operations.append(
                {"op": number, "kind": "order", "key": f"k{number}", "start": clock, "end": clock + 0.5,
                 "outcome": outcome, "number": checker.number_text(number), "answer": f"body {number}"})
            if number <= 5:
                self.keep(number)
        # Sent twice, the first time without an answer.
        self.operations.append({**self.operations[0], "op": 8, "outcome": UNKNOWN, "start": 0.5, "end": None})
        self.operations.append({"op": 9, "kind": "status", "number": checker.number_text(1), "start": 20.0, "end": 20.1,
                                "outcome": OK, "status": 200})
        # Order 1 was cancelled later: two events.
        self.statements.append("INSERT INTO deliveries VALUES (101, 1, 1, 2)")
        self.statements.append(("INSERT INTO payloads VALUES (101, ?)", [b'{"cancel":1}']))
        self.hear(101, 1, b'{"cancel":1}', type="order.cancellation_requested", at=30.0)
        for number in (1, 2, 3):
            self.hear(number, number, f'{{"order":{number}}}'.encode(), at=10.0 + number)
        # A second attempt of the same bytes after a failed first one.
        self.ledger[1]["answered"] = 500
        self.ledger.append({**self.ledger[1], "answered": 200, "attempt": 2, "at": 14.0})

    def keep(self, number):
        state = DELIVERED if number <= 3 else PENDING
        self.statements += [
            ("INSERT INTO orders VALUES (?, ?, ?)", [number, number, clients.note_of(f"k{number}")]),
            ("INSERT INTO idempotency_keys VALUES (?, ?)", [f"k{number}", number]),
            ("INSERT INTO deliveries VALUES (?, ?, 0, ?)", [number, number, state]),
            ("INSERT INTO payloads VALUES (?, ?)", [number, f'{{"order":{number}}}'.encode()]),
        ]

    def hear(self, id, number, body, type="order.placed", at=10.0):
        self.ledger.append({"id": Kept.webhook_id(id), "at": at, "digest": digest(body), "type": type, "attempt": 1,
                            "number": checker.number_text(number), "signature_ok": True, "answered": 200})

    def findings(self, folder):
        path = folder / "world.db"
        path.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.executescript(SCHEMA)
            for statement in self.statements:
                db.execute(*([statement] if isinstance(statement, str) else statement))
            db.commit()
        if self.damage:
            self.damage(path)
        return checker.check(self.operations, Kept(path), self.ledger, **self.options)

    options = {}


def sql(*statements):
    return lambda world: world.statements.extend(statements)


def answer(op, **facts):
    return lambda world: world.operations[op - 1].update(facts)


def told(place, **facts):
    return lambda world: world.ledger[place].update(facts)


def tear(world):
    """A page of the file is overwritten, as a torn write would."""
    def damage(path):
        with open(path, "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 4096)
    world.damage = damage



# rule → ways to break it
PLANTED = {
    "integrity": [tear, sql("INSERT INTO deliveries VALUES (90, 99, 0, 0)", "INSERT INTO payloads VALUES (90, x'7B')")],
    "lost": [
        sql("DELETE FROM payloads WHERE id = 4", "DELETE FROM deliveries WHERE id = 4",
            "DELETE FROM orders WHERE id = 4", "DELETE FROM idempotency_keys WHERE order_id = 4"),
        sql("INSERT INTO orders VALUES (44, 4, 'by the way')", "INSERT INTO deliveries VALUES (44, 44, 0, 0)",
            "INSERT INTO payloads VALUES (44, x'7B7D')")],
    "key-lost": [sql("DELETE FROM idempotency_keys WHERE key = 'k2'"),
                 sql("UPDATE idempotency_keys SET order_id = 3 WHERE key = 'k2'")],
    "doubled": [
        answer(8, outcome=OK, number=checker.number_text(2), end=3.0),
        sql(("INSERT INTO orders VALUES (55, 55, ?)", [clients.note_of("k5")]),
            "INSERT INTO deliveries VALUES (55, 55, 0, 0)", "INSERT INTO payloads VALUES (55, x'7B7D')")],
    "refused-present": [lambda world: world.keep(7)],
    "never-asked": [lambda world: world.keep(9)],
    "answer-changed": [answer(8, outcome=OK, answer="another body", end=3.0)],
    "unseen": [answer(9, status=404, outcome=REFUSED)],
    "unannounced": [sql("DELETE FROM payloads WHERE id = 4", "DELETE FROM deliveries WHERE id = 4"),
                    sql("DELETE FROM payloads WHERE id = 4")],
    "unheard": [sql("UPDATE deliveries SET state = 2 WHERE id = 4")],
    "heard-unknown": [lambda world: world.hear(66, 6, b'{"order":6}'), told(2, number=checker.number_text(4))],
    "two-bodies": [told(-1, digest="other"), sql("UPDATE payloads SET body = x'7B78' WHERE id = 3")],
    "two-ids": [lambda world: world.ledger.append({**world.ledger[2], "id": Kept.webhook_id(4)})],
    "sequence": [told(0, at=5.0)],
    "signature": [told(2, signature_ok=False)],
    "still-open": [lambda world: setattr(world, "options", {"all_sent": True})],
}


def run():
    """0 when every planted fault is found and nothing else is."""
    require(set(PLANTED) == set(RULES), f"self-test: not planted: {set(RULES) ^ set(PLANTED)}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        _history_survives(folder)
        _only_what_held_passes(folder)
        found = World().findings(folder)
        require(not found, f"self-test: a good run was found bad: {found}")
        ways = 0
        for rule, plants in PLANTED.items():
            for plant in plants:
                world = copy.deepcopy(World())
                plant(world)
                found = world.findings(folder)
                require(rule in {finding.rule for finding in found},
                        f"self-test: a planted fault of {rule} gave {found or 'nothing'}")
                ways += 1
    print(f"self-test: {len(RULES)} rules, {ways} planted faults, all found")
    return 0


def _only_what_held_passes(folder):
    """A scenario fails with a violation or an exception; a control passes only when its fault was found."""
    lost, other = checker.Finding("lost", "one"), checker.Finding("sequence", "one")

    def outcome(function, control):
        return Run(Scenario(function, "made up", True, 0, control), folder, 1, None, True, 0).attempt()

    def broken(run):
        raise ZeroDivisionError
    for function, control, passes in (
            (lambda run: None, False, True), (lambda run: run.judge([]), False, True),
            (lambda run: run.judge([lost]), False, False), (broken, False, False),
            (lambda run: None, True, False), (lambda run: run.must_find([], "lost"), True, False),
            (lambda run: run.must_find([other], "lost"), True, False),
            (lambda run: run.must_find([other, lost], "lost"), True, True), (broken, True, False),
            (lambda run: run.judge([lost]), True, False)):
        problem = outcome(function, control)
        require((problem is None) == passes, f"self-test: a made-up scenario ended with {problem}")


def _history_survives(folder):
    """What was begun and never ended is unknown, and a line cut off at its middle is left out."""
    path = folder / "history.jsonl"
    with history.History(path) as written:
        written.begin("order", key="a", digest="d").ok(number="1", answer="x")
        written.begin("order", key="b", digest="d")
        written.event("kill")
    with open(path, "a") as file:
        file.write('{"op": 1, "outcome": "re')
    outcomes = {operation["key"]: operation["outcome"] for operation in history.read(path)}
    require(outcomes == {"a": OK, "b": UNKNOWN}, f"self-test: the history was read as {outcomes}")
