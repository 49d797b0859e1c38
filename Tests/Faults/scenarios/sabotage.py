"""Controls: the same load on a service that is really broken. Each must be found by the rule that it breaks.

What is taken away is taken away in the file, with triggers: the program, the clients and the house are the real ones.
"""

import contextlib
import shutil
import sqlite3
import time
import zlib

from harness import checker, history
from harness.clients import Cancellers, OrderClients, Readers
from harness.machine import scenario, wait_until
from harness.receiver import Receiver
from harness.service import Service, files_of
from scenarios.crash import moody, wait_for_more


class Broken:
    """A service whose file was tampered with, under load and with a few kills."""

    def __init__(self, run, answer=None):
        self.run = run
        self.house = run.use(Receiver(run.folder / "ledger.jsonl", answer or moody(run.rng)))
        self.service = run.use(Service(run.binary, run.folder / "service", self.house))
        self.log = run.use(history.History(run.folder / "history.jsonl"))
        self.clients = OrderClients(self.service, self.log, run.rng, count=6, pause_seconds=0.01, after_stop_seconds=20)

    def tamper(self, *statements):
        with contextlib.closing(sqlite3.connect(self.service.database)) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()

    def kill_and_start(self, between=lambda: None):
        wait_for_more(self.clients, self.run.rng.randint(20, 60))
        self.service.kill()
        between()
        self.service.start()
        self.run.add(kills=1)

    def findings(self):
        self.service.stop()
        operations = history.read(self.log.path)
        self.run.note(acknowledged=checker.count(operations)["acknowledged"])
        ledger = [received.entry() for received in self.house.all()]
        kept = checker.Kept(self.service.snapshot(self.run.folder / "end.db"))
        return checker.check(operations, kept, ledger)


@scenario("control-lost-commits", control=True, weight=0)
def lost_commits(run):
    """Durability removed: after a kill the file is as it was a second before. Orders are lost that were heard of."""
    broken = Broken(run)
    earlier = run.folder / "earlier.db"
    broken.service.start()
    with broken.clients:
        wait_for_more(broken.clients, 20)
        broken.service.snapshot(earlier)

        def go_back():
            for path in files_of(broken.service.database):
                path.unlink(missing_ok=True)
            shutil.copyfile(earlier, broken.service.database)
        broken.kill_and_start(go_back)
    findings = broken.findings()
    run.must_find(findings, "lost")
    run.must_find(findings, "heard-unknown")


@scenario("control-forgotten-keys", control=True, weight=0)
def forgotten_keys(run):
    """Keys are not remembered: what was unknown and sent again is there twice."""
    broken = Broken(run)
    broken.tamper("CREATE TRIGGER forget AFTER INSERT ON idempotency_keys "
                  "BEGIN DELETE FROM idempotency_keys WHERE key = NEW.key; END")
    broken.service.start()
    with broken.clients:
        # A kill between commit and answer is what makes a retry; by chance some twenty are enough.
        for _ in range(12):
            broken.kill_and_start()
            if broken.service.query("SELECT notes FROM orders GROUP BY notes HAVING count(*) > 1"):
                break
    findings = broken.findings()
    run.must_find(findings, "doubled")
    run.must_find(findings, "key-lost")


@scenario("control-changed-body", control=True, weight=0)
def changed_body(run):
    """An event's body is made anew for each attempt: one webhook-id with two bodies."""
    def answer(received):
        return 500 if received.attempt == 1 and zlib.crc32(received.id.encode()) % 6 == 0 else 200

    broken = Broken(run, answer)
    broken.tamper("CREATE TRIGGER anew AFTER UPDATE OF state ON deliveries WHEN OLD.state = 1 AND NEW.state = 0 "
                  "BEGIN UPDATE payloads SET body = CAST(replace(body, 'order.placed', 'order.placed ') AS BLOB) "
                  "WHERE id = NEW.id; END")
    broken.service.start()
    with broken.clients:
        wait_for_more(broken.clients, 100)
    wait_until(lambda: any(received.attempt == 2 for received in broken.house.all()), 15, "nothing was tried again")
    run.must_find(broken.findings(), "two-bodies")


@scenario("control-unfenced-sequence", control=True, weight=0)
def unfenced_sequence(run):
    """An order's second event does not wait for its first."""
    broken = Broken(run, answer=lambda received: 200)
    broken.tamper(
        # The first event steps aside when the second comes, and returns when that was delivered.
        "CREATE TABLE aside (id INTEGER PRIMARY KEY)",
        "CREATE TRIGGER step_aside AFTER INSERT ON deliveries WHEN NEW.kind = 1 BEGIN "
        "INSERT INTO aside SELECT id FROM deliveries WHERE order_id = NEW.order_id AND kind = 0; "
        "UPDATE deliveries SET state = 4, due_at = NULL WHERE order_id = NEW.order_id AND kind = 0; END",
        "CREATE TRIGGER come_back AFTER UPDATE OF state ON deliveries WHEN NEW.kind = 1 AND NEW.state = 2 BEGIN "
        "UPDATE deliveries SET state = 0, due_at = 0 "
        "WHERE id IN (SELECT id FROM aside) AND order_id = NEW.order_id; END",
        # For the house to have heard of an order before it heard of the order's placing.
        "CREATE TRIGGER was_sent AFTER INSERT ON orders BEGIN UPDATE orders SET was_sent = 1 WHERE id = NEW.id; "
        "UPDATE deliveries SET due_at = due_at + 2000 WHERE order_id = NEW.id; END",
        "CREATE TRIGGER late AFTER INSERT ON deliveries WHEN NEW.kind = 0 BEGIN "
        "UPDATE deliveries SET due_at = due_at + 2000 WHERE id = NEW.id; END")
    broken.service.start()
    with broken.clients, Cancellers(broken.service, broken.log, run.rng, broken.clients):
        wait_for_more(broken.clients, 60)
    wait_until(lambda: len({received.type for received in broken.house.all()}) == 2, 15, "no second event came")
    time.sleep(3)
    run.must_find(broken.findings(), "sequence")


@scenario("control-never-sent", control=True, weight=0)
def never_sent(run):
    """A delivery counts as delivered, and nobody sent it."""
    broken = Broken(run)
    broken.tamper("CREATE TRIGGER done AFTER INSERT ON deliveries WHEN NEW.id % 7 = 0 BEGIN "
                  "UPDATE deliveries SET state = 2, due_at = NULL WHERE id = NEW.id; END")
    broken.service.start()
    with broken.clients, Readers(broken.service, broken.log, run.rng, broken.clients):
        wait_for_more(broken.clients, 60)
    run.must_find(broken.findings(), "unheard")


@scenario("control-wrong-secret", control=True, weight=0)
def wrong_secret(run):
    """Deliveries are signed with another secret than the house knows."""
    broken = Broken(run)
    broken.house.secrets[:] = [broken.service.inbound_secret]
    broken.service.start()
    with broken.clients:
        wait_for_more(broken.clients, 20)
    run.must_find(broken.findings(), "signature")
