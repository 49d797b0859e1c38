"""I/O errors on the n-th write, sync and truncation, while it serves and while it starts."""

import re
import time

from harness import checker, history
from harness.clients import OrderClients, Readers
from harness.disk import Disk
from harness.machine import require, scenario, wait_until
from harness.receiver import Receiver
from harness.service import Service
from scenarios.crash import until_quiet

IO_ERROR, DATA_ERROR = 74, 65
# What the program says when the disk did not confirm a write; it names what to do.
SYNC_MESSAGE = re.compile(r"disk .*sync", re.IGNORECASE)
STOPS_SECONDS = 5


class Trouble:
    """One service under one disk, through many errors; the history runs through all of them."""

    def __init__(self, run, name):
        self.run, self.folder = run, run.subfolder(name)
        self.house = run.use(Receiver(self.folder / "ledger.jsonl"))
        self.service = run.use(Service(run.binary, self.folder / "service", self.house))
        self.log = run.use(history.History(self.folder / "history.jsonl"))
        self.disk = Disk(self.service)
        self.service.start()
        self.clients = OrderClients(self.service, self.log, run.rng, count=4, after_stop_seconds=20)
        # They take a refusal for an answer, so that there are orders which must be absent.
        self.hasty = OrderClients(self.service, self.log, run.rng, count=2, pause_seconds=0.01, retries=0)
        self.readers = Readers(self.service, self.log, run.rng, self.clients, count=1)

    def strike(self, call, file, after, **how):
        """Arms the error under load, and waits until it happened."""
        placed = len(self.clients.placed)
        wait_until(lambda: len(self.clients.placed) > placed + 5, 20, "orders are not taken")
        self.log.event("error", call=call, file=file, after=after)
        self.disk.fail(call, [file], after=after, **how)
        wait_until(lambda: self.disk.fired or not self.service.is_running, 30,
                   f"there was no {call} on the {file}", every=0.01)
        self.run.add(errors=1)

    def require_stopped(self, what):
        """It ended by itself, at once, said why, and with a code that a service manager understands."""
        began = time.monotonic()
        wait_until(lambda: not self.service.is_running, STOPS_SECONDS,
                   f"{what}: it goes on after a failed sync: {self.service.log()[-600:]}", every=0.01)
        self.run.worst(stops_seconds=time.monotonic() - began)
        require(self.service.process.returncode == IO_ERROR, f"{what}: it ended with {self.service.process.returncode}")
        require(SYNC_MESSAGE.search(self.service.log()), f"{what}: it said {self.service.log()[-600:]}")
        self.run.add(stops=1)

    def go_on(self):
        """The disk works again; so must the service, by itself or after a start."""
        self.disk.mend()
        if not self.service.is_running:
            self.service.start()
        placed = len(self.clients.placed)
        wait_until(lambda: len(self.clients.placed) > placed + 5, 20,
                   lambda: f"orders are not taken after an error: {self.clients.statuses} {self.service.log()[-800:]}")

    def finish(self):
        until_quiet(self.service)
        self.service.stop()
        operations = history.read(self.log.path)
        self.run.add(**checker.count(operations))
        ledger = [received.entry() for received in self.house.all()]
        self.run.judge(checker.check(operations, checker.Kept(self.service.snapshot(self.folder / "end.db")), ledger))


@scenario("io-write", weight=0)
def write(run):
    """EIO on the n-th write or truncation, once or lasting, whole or half done: refused and absent, or there."""
    trouble = Trouble(run, "write")
    most = 4 if run.is_quick else 25
    with trouble.clients, trouble.hasty, trouble.readers:
        for n in range(1, most + 1):
            for file in ("wal", "database"):
                for lasting in (False, True):
                    trouble.strike("write", file, n, lasting=lasting, half=run.rng.random() < 0.5)
                    time.sleep(0.3 if lasting else 0.05)
                    require(trouble.service.is_running, f"a failed write ended it: {trouble.service.log()[-600:]}")
                    trouble.go_on()
    for clients in (trouble.clients, trouble.hasty):
        require(set(clients.statuses) <= {201, 503}, f"orders were answered {clients.statuses}")
    require(trouble.hasty.statuses.get(503), "nobody was refused for good: nothing had to be absent")
    reads = {answer: count for answer, count in trouble.readers.answers.items() if answer[1] != 200}
    require(not reads, f"readers were answered {reads}")
    trouble.finish()


@scenario("io-sync", weight=0)
def sync(run):
    """EIO on the n-th sync, of the WAL or in a checkpoint: it stops at once with a clear message and exit code 74."""
    trouble = Trouble(run, "sync")
    most = 4 if run.is_quick else 25
    with trouble.clients, trouble.readers:
        for n in range(1, most + 1):
            for file in ("wal", "database") if n <= 5 else ("wal",):
                trouble.strike("sync", file, n)
                trouble.require_stopped(f"sync {n} of the {file}")
                trouble.go_on()
    trouble.finish()


@scenario("io-start", weight=0)
def start(run):
    """EIO on the n-th call of any kind while it starts: it starts whole, or says why not and leaves all as it was."""
    trouble = Trouble(run, "start")
    with trouble.clients:
        wait_until(lambda: len(trouble.clients.placed) > 50, 20, "orders are not taken")
    most = 3 if run.is_quick else 12
    for call in ("read", "write", "sync"):
        for file in ("wal", "database"):
            for n in range(1, most + 1):
                trouble.service.kill()
                trouble.disk.fail(call, [file], after=n)
                trouble.service.start(wait=False)
                wait_until(lambda: not trouble.service.is_running or answers(trouble.service), 30,
                           f"{call} {n} of the {file}: it neither starts nor ends", every=0.05)
                code = trouble.service.process.poll()
                if trouble.disk.fired and code is not None:
                    # SQLite takes some reads that failed for a damaged file; the message names both.
                    require(code == IO_ERROR or (call, code) == ("read", DATA_ERROR),
                            f"{call} {n} of the {file}: it ended with {code}")
                    require("mailroom: " in trouble.service.log(), f"it said {trouble.service.log()[-500:]}")
                    run.add(refused_to_start=1)
                else:
                    require(code is None, f"{call} {n} of the {file}: it ended with {code} without an error")
                run.add(starts=1, errors=min(1, trouble.disk.fired))
                trouble.disk.mend()
    trouble.service.kill()
    trouble.service.start()
    trouble.finish()


def answers(service):
    try:
        return service.request("GET", "/livez", timeout=1)[0] == 200
    except OSError:
        return False
