"""The disk dies, and a backup is left: what was promised before it began is there, only what is younger may be gone.

The checker of the other scenarios reads the restored file. What a dead disk may take is taken out of the history by two
rules before it does: an order that was acknowledged after the backup began, and what the house heard of after that.
"""

import contextlib
import shutil
import sqlite3
import threading
import time

from harness import checker, history
from harness.checker import IN_FLIGHT, PENDING, WITHDRAWN, Finding, Kept
from harness.clients import Cancellers, OrderClients, Readers, Wire
from harness.history import OK, UNKNOWN
from harness.machine import require, scenario, wait_until
from harness.receiver import Receiver
from harness.service import Service, run_command
from harness.updates import KeptUpdates, Updaters
from scenarios.crash import wait_for_more

# How many orders come before the backup, after it, and after the restore; how many drills.
QUICK, CONTROL, LONG = (60, 40, 20, 1), (40, 20, 10, 1), (3000, 1500, 500, 3)
# Deliveries that the house has and has not answered while the copy is made: the restored file has them under way.
HELD = 3
# For whatever must happen, on a machine that has other things to do; nothing here is about being quick.
PATIENCE_SECONDS = 180
DATA_ERROR = 65


class House:
    """Fails a few first attempts, never a later one, and can keep some waiting."""

    def __init__(self, rng):
        self._rng, self._lock = rng, threading.Lock()
        self._release = threading.Event()
        self._to_hold = 0
        self.held = []

    def hold(self, count):
        self._to_hold = count

    def release(self):
        self._to_hold = 0
        self._release.set()

    def answer(self, received):
        with self._lock:
            chance, seconds = self._rng.random(), self._rng.choice([0, 0, 0, 0.01, 0.05])
            if received.attempt == 1 and len(self.held) < self._to_hold:
                self.held.append(received.id)
            is_held = received.id in self.held
        if is_held:
            # A later attempt, when this one took too long, waits as well.
            self._release.wait(PATIENCE_SECONDS)
            return 200
        if received.attempt == 1 and chance < 0.06:
            return 500 if chance < 0.03 else None
        return 200, {}, seconds


class KeptOrders(OrderClients):
    """Remember what they sent, so that it can be sent again byte by byte."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.bodies = {}

    def attempt(self, wire, key, body):
        self.bodies.setdefault(key, body)
        return super().attempt(wire, key, body)


class Drill:
    """One service, its load, its backup, the end of its disk, and what came back."""

    def __init__(self, run, folder, counts):
        self.run, self.folder, self.counts = run, folder, counts
        self.answers = House(run.rng)
        self.house = run.use(Receiver(folder / "ledger.jsonl", self.answers.answer))
        # Also when something fails meanwhile: the house's threads end with it.
        run.stack.callback(self.answers.release)
        self.service = run.use(Service(run.binary, folder / "service", self.house))
        self.log = run.use(history.History(folder / "history.jsonl"))
        self.clients = KeptOrders(self.service, self.log, run.rng, count=6, pause_seconds=0.01, after_stop_seconds=30)
        self.updaters = Updaters(self.service, self.log, run.rng, self.clients)
        self.backup_path = folder / "backup.db"
        # By the history's clock: when the copying was asked for, when it was done, the disk's end, the new start.
        self.began = self.done = self.died = self.restarted = None
        self.missing, self.again = set(), set()

    # ---- what is done

    def play(self, restored_from=None, spoil=None):
        """Up to the end of the load.

        `restored_from(drill)` is called before the backup, and gives the copy that is restored instead of it;
        `spoil(drill)` does something to the restored file.
        """
        before, after, again, _ = self.counts
        self.service.start(wait=False)
        self.service.wait_ready(PATIENCE_SECONDS)
        with self.clients, Readers(self.service, self.log, self.run.rng, self.clients), \
                Cancellers(self.service, self.log, self.run.rng, self.clients, pause_seconds=0.2), self.updaters:
            wait_for_more(self.clients, before, PATIENCE_SECONDS)
            self.wait_for_updates(before // 6)
            other = restored_from(self) if restored_from else None
            self.take_backup()
            wait_for_more(self.clients, after, PATIENCE_SECONDS)
            self.wait_for_updates(after // 6)
            self.lose_the_disk()
            self.bring_back(other or self.backup_path, spoil)
            wait_for_more(self.clients, again, PATIENCE_SECONDS)
        return self

    def wait_for_updates(self, count):
        wanted = len(self.updaters.taken) + count
        wait_until(lambda: len(self.updaters.taken) >= wanted, PATIENCE_SECONDS, "the house's messages are not taken")

    def command(self, *arguments, database=None):
        return run_command(self.run.binary, database or self.service.database, *arguments, timeout=PATIENCE_SECONDS)

    def take_backup(self):
        self.answers.hold(HELD)
        wait_until(lambda: len(self.answers.held) >= HELD and self.placed_and_heard(), PATIENCE_SECONDS,
                   "the house gets nothing")
        self.log.event("backup begins")
        self.began = time.monotonic()
        made = self.command("backup", self.backup_path)
        self.done = time.monotonic()
        self.log.event("backup is done")
        self.answers.release()
        require(made.returncode == 0, f"the backup ended with {made.returncode}: {made.stderr}")
        self.run.worst(backup_s=round(self.done - self.began, 2))

    def placed_and_heard(self):
        heard = {received.number for received in self.house.all()}
        return {order.number for order in list(self.clients.placed)} & heard

    def lose_the_disk(self):
        self.service.kill()
        self.died = time.monotonic()
        self.log.event("the disk died")
        self.house.close()
        for path in self.service.folder.glob("mailroom.db*"):
            path.unlink()

    def bring_back(self, backup, spoil):
        self.service.database = self.folder / "new disk" / "mailroom.db"
        self.service.database.parent.mkdir()
        began = time.monotonic()
        restored = self.command("restore", backup)
        require(restored.returncode == 0, f"the restore ended with {restored.returncode}: {restored.stderr}")
        self.run.worst(restore_s=round(time.monotonic() - began, 2))
        if spoil:
            spoil(self)
        self.house.open()
        self.restarted = time.monotonic()
        self.log.event("restored")
        self.service.start(wait=False)
        self.service.wait_ready(PATIENCE_SECONDS)

    def refuse_damaged(self):
        """A copy with a page of noise in it is not restored, whether its manifest is there or not."""
        for name, has_manifest in (("with", True), ("without", False)):
            damaged = self.folder / f"damaged-{name}.db"
            shutil.copyfile(self.backup_path, damaged)
            if has_manifest:
                shutil.copyfile(f"{self.backup_path}.json", f"{damaged}.json")
            with open(damaged, "r+b") as file:
                file.seek(damaged.stat().st_size // 8192 * 4096)
                file.write(self.run.rng.randbytes(4096))
            target = self.folder / f"nothing-{name}" / "mailroom.db"
            target.parent.mkdir()
            done = self.command("restore", damaged, database=target)
            require(done.returncode == DATA_ERROR and not target.exists(),
                    f"a damaged backup, {name} its manifest: restore ended with {done.returncode}: {done.stderr}")
            self.run.add(damaged_copies_refused=1)

    # ---- what is held against it

    def findings(self):
        """Everything that is wrong after all was sent again, and all was announced."""
        first = self.service.snapshot(self.folder / "restored.db")
        # Before the backup nobody told of an order that came after it: here, none may be missing.
        findings = self.restored_updates(KeptUpdates(first), self.operations(), until=self.began)
        acknowledged = self.acknowledged()
        # Whether each of them may be missing is for the checker.
        missing = {number for number, _ in acknowledged.values()} - {number for _, number, _ in Kept(first).orders}
        self.missing = missing
        heard = {received.number for received in self.house.all()}
        self.run.add(
            before_the_backup=sum(end < self.began for _, end in acknowledged.values()),
            while_it_was_made=sum(self.began <= end < self.done for _, end in acknowledged.values()),
            after_it=sum(self.done <= end < self.died for _, end in acknowledged.values()),
            missing=len(missing), missing_and_heard=len(missing & heard))
        findings += self.send_again(acknowledged)
        self.until_all_is_sent()
        self.service.stop()
        end = self.service.snapshot(self.folder / "end.db")
        operations = self.operations()
        findings += self.restored_updates(KeptUpdates(end), operations, until=time.monotonic())
        return findings + self.check(operations, Kept(end))

    def operations(self):
        return history.read(self.log.path)

    def acknowledged(self):
        """For each key: the number of its first 201, and when that was read."""
        found = {}
        for operation in self.operations():
            if operation["kind"] == "order" and operation["outcome"] == OK:
                found.setdefault(operation["key"], (operation["number"], operation["end"]))
        return found

    def send_again(self, acknowledged):
        """Every order that is there under its key: the same answer, as a replay. What is missing can be placed again.
        Every message of the house: those that the file knows are duplicates."""
        wire = Wire(self.service.port, timeout=PATIENCE_SECONDS)
        known = KeptUpdates(self.folder / "restored.db").receipts
        marker = time.monotonic()
        for key in acknowledged:
            wait_until(lambda: self.clients.attempt(wire, key, self.clients.bodies[key]), PATIENCE_SECONDS,
                       f"{key} is not taken again")
        for identifier in sorted(self.updaters.taken):
            wait_until(lambda: self.updaters.attempt(wire, identifier), PATIENCE_SECONDS,
                       f"{identifier} is not taken again")
        wire.close()
        findings, unsure = [], set()
        for operation in self.operations():
            if operation["start"] < marker:
                continue
            if operation["outcome"] != OK:
                # It may have been done all the same, and then the next try finds it.
                unsure.add(operation.get("key") or operation.get("id"))
                continue
            if operation["kind"] == "order":
                is_replay = acknowledged[operation["key"]][0] not in self.missing
                self.run.add(**{"replayed" if is_replay else "placed_again": 1})
                if operation["replayed"] != is_replay and (is_replay or operation["key"] not in unsure):
                    findings.append(Finding("replay", f"{operation['key']} was {'not ' * is_replay}replayed"))
            elif operation["kind"] == "update":
                is_known = operation["id"] in known
                self.run.add(**{"duplicates" if is_known else "messages_taken_again": 1})
                if (operation["result"] == "duplicate") != is_known and (is_known or operation["id"] not in unsure):
                    findings.append(Finding("update-doubled", f"{operation['id']} was {operation['result']}"))
        return findings

    def restored_updates(self, kept, operations, until):
        """Every message of the house that was acknowledged up to then is there, once, with what it said."""
        findings = []
        for operation in operations:
            if operation["kind"] != "update" or operation["outcome"] != OK or operation["end"] >= until:
                continue
            number, parcel, _ = self.updaters.messages[operation["id"]]
            if operation["id"] not in kept.receipts:
                findings.append(Finding("update-lost", f"{operation['id']} about {number}"))
            # What was applied to an order that is gone is kept as fitting none when it is sent again.
            elif operation["result"] == "applied" and number not in self.missing and kept.parcels[number, parcel] != 1:
                times = kept.parcels[number, parcel]
                findings.append(Finding("update-lost", f"{parcel} of {number} is there {times} times"))
        return findings

    def until_all_is_sent(self):
        """Until nothing is left to be sent; at most so long without anything being settled."""
        settled, since = None, time.monotonic()

        def is_sent():
            nonlocal settled, since
            ((open_now, settled_now),) = self.service.query(
                "SELECT count(*) FILTER (WHERE state IN (0, 1)), count(*) FILTER (WHERE state = 2) FROM deliveries")
            if settled_now != settled:
                settled, since = settled_now, time.monotonic()
            require(time.monotonic() - since < PATIENCE_SECONDS, f"deliveries that are not sent: {open_now}")
            return open_now == 0
        wait_until(is_sent, PATIENCE_SECONDS * 10, "deliveries are not sent", every=0.1)

    def check(self, operations, kept):
        """The checker's word on what the dead disk may not have taken; and the backup's open deliveries came again."""
        backup = Kept(self.backup_path)
        in_backup = {Kept.webhook_id(id) for id, _, _, _ in backup.deliveries}
        ledger = [received.entry() for received in self.house.all()]
        left = [entry for entry in ledger
                if entry["id"] in in_backup or not self.began <= entry["at"] < self.restarted]
        findings = checker.check(
            [self.without_disk(operation) for operation in operations], kept, left, all_sent=True)
        state = {id: state for id, _, _, state in kept.deliveries}
        self.again = {entry["id"] for entry in ledger if entry["at"] >= self.restarted}
        for id, _, _, was in backup.deliveries:
            if was in (PENDING, IN_FLIGHT) and state.get(id) != WITHDRAWN and Kept.webhook_id(id) not in self.again:
                findings.append(Finding("not-again", f"{Kept.webhook_id(id)} was open in the backup"))
        heard_twice = self.again & {entry["id"] for entry in ledger if entry["at"] < self.restarted}
        self.run.add(open_in_the_backup=sum(was in (PENDING, IN_FLIGHT) for _, _, _, was in backup.deliveries),
                     heard_before_and_after=len(heard_twice), deliveries=len(ledger))
        return findings

    def without_disk(self, operation):
        """A 201 that was read after the backup began, of an order that is gone, promises nothing any more: as if it had
        not been read. One from before promises what it always did."""
        if operation["kind"] == "order" and operation["outcome"] == OK and operation["number"] in self.missing \
                and operation["end"] >= self.began and operation["start"] < self.died:
            return operation | {"outcome": UNKNOWN}
        return operation


@scenario("restore", weight=0)
def restore(run):
    """A backup under load, the disk dies, a restore elsewhere: only what is younger than the backup may be missing."""
    counts = QUICK if run.is_quick else LONG
    for number in range(counts[-1]):
        drill = Drill(run, run.subfolder(f"drill-{number}"), counts).play()
        run.judge(drill.findings())
        # Each drill must have had what it is about.
        require(drill.missing, "the disk took nothing that had been placed")
        require(set(drill.answers.held) & drill.again, "what was under way in the backup was not sent again")
        drill.refuse_damaged()
        run.add(drills=1)


@scenario("control-older-backup", control=True, weight=0)
def older(run):
    """Control: the copy that is restored is older than the one that is claimed."""
    def earlier(drill):
        path = drill.folder / "earlier.db"
        made = drill.command("backup", path)
        require(made.returncode == 0, f"the backup ended with {made.returncode}: {made.stderr}")
        known = {number for _, number, _ in Kept(path).orders}
        # For there to be something that this one lacks: acknowledged, and heard of.
        wait_until(lambda: drill.placed_and_heard() - known, PATIENCE_SECONDS, "nothing is announced")
        drill.wait_for_updates(5)
        return path
    findings = Drill(run, run.subfolder("drill"), CONTROL).play(restored_from=earlier).findings()
    for rule in ("lost", "heard-unknown", "update-lost"):
        run.must_find(findings, rule)


@scenario("control-lost-rows", control=True, weight=0)
def lost_rows(run):
    """Control: one order and one message of the house are taken out of the restored file, and nothing else."""
    taken = []

    def take_one(drill):
        # Both from before the backup; the house heard of the order, so that both sides miss it.
        heard = {received.number for received in drill.house.all() if received.at < drill.began}
        taken.append(next(number for number, end in drill.acknowledged().values()
                          if end < drill.began and number in heard))
        told = next(operation["id"] for operation in drill.operations()
                    if operation["kind"] == "update" and operation["outcome"] == OK and operation["end"] < drill.began)
        with contextlib.closing(sqlite3.connect(drill.service.database)) as db, db:
            ((id,),) = db.execute("SELECT id FROM orders WHERE number = ?", [int(taken[0].replace("-", ""))])
            for table in ("payloads", "packed_payloads"):
                db.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM deliveries WHERE order_id = ?)", [id])
            for table in ("deliveries", "history", "package_updates", "tracking_numbers", "idempotency_keys"):
                db.execute(f"DELETE FROM {table} WHERE order_id = ?", [id])
            db.execute("DELETE FROM orders WHERE id = ?", [id])
            db.execute("DELETE FROM webhook_receipts WHERE webhook_id = ?", [told])
    findings = Drill(run, run.subfolder("drill"), CONTROL).play(spoil=take_one).findings()
    named = [finding for finding in run.must_find(findings, "lost") if taken[0] in finding.text]
    require(len(named) == 1, f"{taken[0]} was taken, and it named {named}")
    run.must_find(findings, "heard-unknown")
    run.must_find(findings, "update-lost")
