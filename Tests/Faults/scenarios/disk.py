"""A disk without room: at intake, in a checkpoint, and really so on a small file system."""

import contextlib
import errno
import os
import signal
import subprocess
import time

from harness import checker, history
from harness.clients import OrderClients, Readers
from harness.disk import Disk
from harness.machine import require, scenario, wait_until
from harness.manager import WATCHDOG_SECONDS, ServiceManager
from harness.receiver import Receiver
from harness.service import Service

RESUMES_SECONDS = 10


class Setting:
    """A service with a house, orders coming in and readers beside them; `finish` holds all of it against the file."""

    def __init__(self, run, name, database=None):
        self.run, self.folder = run, run.subfolder(name)
        self.house = run.use(Receiver(self.folder / "ledger.jsonl"))
        self.service = run.use(Service(run.binary, self.folder / "service", self.house, database=database))
        self.log = run.use(history.History(self.folder / "history.jsonl"))
        self.clients = OrderClients(
            self.service, self.log, run.rng, count=6, pause_seconds=0.005, after_stop_seconds=20)
        self.readers = Readers(self.service, self.log, run.rng, self.clients)

    def total(self, status):
        return self.clients.statuses.get(status, 0)

    def wait_for(self, status, more, seconds, problem):
        """Until orders were answered with a status that many times more; the seconds that took."""
        began, before = time.monotonic(), self.total(status)
        wait_until(lambda: self.total(status) >= before + more, seconds, problem)
        return time.monotonic() - began

    def require_plain_refusals(self):
        """Every answer is a 201 or a 503 that names its problem and says when to come again; readers had no trouble."""
        require(set(self.clients.statuses) <= {201, 503}, f"orders were answered {self.clients.statuses}")
        for operation in history.read(self.log.path):
            if operation.get("status") == 503 and operation["kind"] == "order":
                require(operation["reason"] == "/problems/unavailable" and operation["retry_after"],
                        f"a 503 says {operation}")
        wrong = {answer: count for answer, count in self.readers.answers.items() if answer[1] != 200}
        require(not wrong, f"readers were answered {wrong}")

    def finish(self):
        wait_until(lambda: self.service.query("SELECT count(*) FROM deliveries WHERE state IN (0, 1)")[0][0] == 0,
                   60, "deliveries do not come to an end", every=0.2)
        code = self.service.stop()
        require(code == 0, f"it ended with {code}")
        operations = history.read(self.log.path)
        self.run.add(acknowledged=checker.count(operations)["acknowledged"], refused_503=self.total(503),
                     reads=sum(self.readers.answers.values()))
        ledger = [received.entry() for received in self.house.all()]
        self.run.judge(checker.check(
            operations, checker.Kept(self.service.snapshot(self.folder / "end.db")), ledger, all_sent=True))


def is_ready(service):
    return service.request("GET", "/readyz")[0] == 200


@scenario("disk-full", weight=0)
def full(run):
    """No room for the WAL: orders get 503, reads go on, nobody restarts it, and it resumes by itself."""
    setting = Setting(run, "intake")
    service, disk, manager = setting.service, Disk(setting.service), ServiceManager()
    service.env |= manager.env
    service.start()
    rounds = 2 if run.is_quick else 10
    with setting.clients, setting.readers:
        for _ in range(rounds):
            setting.wait_for(201, 30, 20, "orders are not taken")
            files = [service.database, f"{service.database}-wal"]
            disk["limit_bytes"] = sum(os.path.getsize(path) for path in files) + run.rng.randint(0, 200_000)
            setting.wait_for(503, 20, 20, f"a full disk does not refuse orders: {setting.clients.statuses}")
            # The check writes a page or two, for which there may be room for a while where an order finds none.
            wait_until(lambda: not is_ready(service), 20, "it says that it is ready on a full disk", every=0.2)
            reads = dict(setting.readers.answers)
            time.sleep(1)
            require(setting.readers.answers != reads, "nobody reads while the disk is full")
            manager.wait_for_pings(2, "the watchdog would end a service that only has no room")
            # Each ping says what it found, and may find the room that an order does not.
            wait_until(lambda: manager.status.startswith("not taking orders"), 20,
                       lambda: f"its status is: {manager.status}")
            disk["limit_bytes"] = 0
            run.worst(resumes_seconds=setting.wait_for(201, 1, RESUMES_SECONDS, "it does not resume by itself"))
            wait_until(lambda: is_ready(service), RESUMES_SECONDS, "it does not become ready again")
    setting.require_plain_refusals()
    run.note(rounds=rounds, writes_without_room=disk["refused"])
    require_that_a_hang_is_noticed(service, manager)
    setting.finish()


def require_that_a_hang_is_noticed(service, manager):
    """The control: whoever stands still does not ping."""
    service.signal(signal.SIGSTOP)
    time.sleep(0.2)
    before = manager.pings
    time.sleep(WATCHDOG_SECONDS)
    missed = manager.pings == before
    service.signal(signal.SIGCONT)
    require(missed, "a process that stands still pings")


@scenario("disk-full-checkpoint", weight=0)
def checkpoint(run):
    """No room when the WAL is moved into the file: orders go on in the WAL, and the next checkpoint does it."""
    setting = Setting(run, "checkpoint")
    service, disk = setting.service, Disk(setting.service)
    service.start()
    with setting.clients, setting.readers:
        setting.wait_for(201, 20, 20, "orders are not taken")
        disk.fail("write", ["database"], error=errno.ENOSPC, lasting=True)
        wait_until(lambda: disk.fired >= 3, 60, "no checkpoint was tried", every=0.1)
        fired = disk.fired
        setting.wait_for(201, 20, 20, "orders are not taken while checkpoints fail")
        wal = os.path.getsize(f"{service.database}-wal")
        disk.mend()
        written = disk.seen("write", "database")
        wait_until(lambda: disk.seen("write", "database") > written + 20, 60, "no checkpoint is made afterwards")
    require(set(setting.clients.statuses) == {201}, f"orders were answered {setting.clients.statuses}")
    setting.require_plain_refusals()
    run.note(checkpoints_refused=fired, wal_mb=wal / 1e6)
    setting.finish()


@contextlib.contextmanager
def small_file_system(folder, size):
    """A tmpfs of that size, or None where one may not be mounted."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True)
    try:
        yield folder if done.returncode == 0 else None
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


@scenario("disk-full-tmpfs", weight=0)
def tmpfs(run):
    """A small file system that fills up really, the WAL's index included, and gets room again."""
    disk = run.use(small_file_system(run.folder / "small", "6m" if run.is_quick else "24m"))
    if disk is None:
        run.note(skipped="no right to mount a tmpfs")
        return
    setting = Setting(run, "real", database=disk / "mailroom.db")
    service = setting.service
    service.start()
    filler = disk / "filler"
    with setting.clients, setting.readers:
        for _ in range(2 if run.is_quick else 6):
            setting.wait_for(201, 20, 20, "orders are not taken")
            with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
                while file.write(bytes(4096)):
                    pass
            setting.wait_for(503, 20, 30, f"a full disk does not refuse orders: {setting.clients.statuses}")
            reads = sum(setting.readers.answers.values())
            time.sleep(1)
            require(sum(setting.readers.answers.values()) > reads, "nobody reads while the disk is full")
            filler.unlink()
            run.worst(resumes_seconds=setting.wait_for(201, 1, RESUMES_SECONDS, "it does not resume by itself"))
            run.add(rounds=1)
    setting.require_plain_refusals()
    setting.finish()
