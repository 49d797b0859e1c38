"""Shows that recorder and replay are right about what a writer can do, and that a wrong tape is noticed.

A small Python program plays the service under the recorder: rebinds and cached statements, every type, callers that
take back their work, a transaction that is rolled back, half-read queries, full-text search, a reader beside it.
"""

import json
import os
import sqlite3
import subprocess
import sys

from . import machine, programs
from .machine import require

SCHEMA = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT, weight REAL, token BLOB, number INTEGER UNIQUE);
CREATE TABLE events (id INTEGER PRIMARY KEY, order_id INTEGER, body TEXT);
CREATE VIRTUAL TABLE search USING fts5 (words);
INSERT INTO orders VALUES (1, 'first', 0.5, x'00', 7);
"""

WRITER = """
import sqlite3, sys, threading
db = sqlite3.connect(sys.argv[1], isolation_level=None, check_same_thread=False)
other = sqlite3.connect(sys.argv[1], isolation_level=None, check_same_thread=False)
stop = threading.Event()
def read():
    while not stop.is_set():
        other.execute("SELECT * FROM orders WHERE id > ? AND name <> ?", (0, "x")).fetchall()
reader = threading.Thread(target=read)
reader.start()
names = ["plain", "Zoë O’Hara", "", None, "with\\0zero", "x" * 5000]
def place(id):
    db.execute("SELECT id, name FROM orders WHERE number = ?", (id,)).fetchone()
    db.execute("INSERT INTO orders (id, name, weight, token, number) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
               (id, names[id % 6], None if id % 5 == 0 else id / 3, bytes(range(id % 7 + 1)), id % 90 * 2**40))
    db.execute("INSERT INTO events (order_id, body) VALUES (?1, ?2)", (id, f"body {id}"))
    db.execute("INSERT INTO search (rowid, words) VALUES (?, ?)", (id, f"word{id} common"))
def caller(id, taken_back):
    db.execute("SAVEPOINT caller")
    place(id)
    half = db.execute("SELECT id FROM orders ORDER BY id")
    half.fetchone()
    if taken_back:
        del half
        db.execute("ROLLBACK TO caller")
    db.execute("RELEASE caller")
id = 10
for turn in range(20):
    db.execute("BEGIN IMMEDIATE")
    for k in range(6):
        caller(id, taken_back=k == 3)
        id += 1
    db.execute("ROLLBACK" if turn == 5 else "COMMIT")
for turn in range(4):
    db.execute("BEGIN IMMEDIATE TRANSACTION")
    for k in range(3):
        place(id)
        id += 1
    db.execute("UPDATE events SET body = body || ? WHERE order_id % ? = 0", ("!", 4))
    db.execute("COMMIT TRANSACTION")
stop.set()
reader.join()
"""


def _record(start, recorded, tape):
    programs.remove_database(start)
    db = sqlite3.connect(start)
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(SCHEMA)
    db.close()
    programs.copy_database(start, recorded)
    env = dict(os.environ) | {"LD_PRELOAD": str(machine.BIN / "librecorder.so"), "MAILROOM_TAPE": str(tape)}
    machine.output([sys.executable, "-c", WRITER, recorded], env=env)


def _replay(tape, start, per_commit, orders):
    """(exit code, result) of a replay on a new copy."""
    database = machine.DATA / "selftest-replayed.db"
    programs.copy_database(start, database)
    done = subprocess.run(
        [machine.BIN / "replay", tape, database, str(per_commit), str(orders), "PRAGMA synchronous = FULL;"],
        capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout) if done.returncode == 0 else None


def run():
    """Raises Failure when a right tape is replayed otherwise, or a wrong one passes."""
    machine.DATA.mkdir(parents=True, exist_ok=True)
    start, recorded, replayed = (machine.DATA / f"selftest-{name}.db" for name in ("start", "recorded", "replayed"))
    tape, wrong = machine.DATA / "selftest.tape", machine.DATA / "selftest-wrong.tape"
    _record(start, recorded, tape)
    written = programs.count(recorded, "orders") - 1
    require(written > 70, f"self-test: the writer wrote {written} orders")
    for per_commit in (1, 7, 1000):
        code, result = _replay(tape, start, per_commit, 10**6)
        require(code == 0 and result["whole_tape"] and result["mismatches"] == 0, f"self-test: replay said {result}")
        require(result["orders"] == written, f"self-test: {result['orders']} of {written} orders were replayed")
        for table in ("orders", "events", "search"):
            require(programs.same_rows(recorded, replayed, table), f"self-test: the replayed {table} differs")
    _, part = _replay(tape, start, 7, 20)
    require(20 <= part["orders"] < written and not part["whole_tape"], f"self-test: a part was replayed as {part}")
    bytes_of_tape = tape.read_bytes()
    wrong.write_bytes(bytes_of_tape[:-40])
    require(_replay(wrong, start, 7, 10**6)[0] != 0, "self-test: a tape that is cut off was replayed")
    wrong.write_bytes(bytes_of_tape.replace(b"body 11", b"body 12", 1))
    _replay(wrong, start, 7, 10**6)
    require(not programs.same_rows(recorded, replayed, "events"), "self-test: a changed value was not noticed")
    db = sqlite3.connect(replayed)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    programs.copy_database(replayed, start)
    _, twice = _replay(tape, start, 7, 10**6)
    require(twice is None or twice["mismatches"] > 0, "self-test: orders that were there already went unnoticed")
    for path in (start, recorded, replayed):
        programs.remove_database(path)
    for path in (tape, wrong):
        path.unlink()
    print(f"self-test: a tape of {written} orders is replayed as recorded, and wrong tapes are noticed")
