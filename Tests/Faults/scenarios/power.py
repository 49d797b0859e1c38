"""Power cuts: the process is killed, and what it wrote without a sync is lost, or kept in part and torn."""

import time

from harness import checker, history, machine
from harness.clients import Cancellers, OrderClients, Readers
from harness.disk import SECTOR, Disk
from harness.machine import require, scenario
from harness.receiver import Receiver
from harness.service import Service
from scenarios.crash import moody, until_quiet, wait_for_more

QUICK_CUTS, LONG_CUTS = 6, 60


def cut_by_chance(run, service, disk):
    """At a random moment, or in the middle of a random call on the file."""
    if run.rng.random() < 0.5:
        time.sleep(run.rng.uniform(0.2, 1.5))
        service.kill()
        return
    call, files = run.rng.choice(
        [("write", ["wal"]), ("sync", ["wal"]), ("write", ["database"]), ("sync", ["database"])])
    most = {"wal": 300, "database": 20}[files[0]]
    disk.fail(call, files, after=run.rng.randint(1, most), error=None, half=run.rng.random() < 0.5)
    deadline = time.monotonic() + 4
    while service.is_running and time.monotonic() < deadline:
        time.sleep(0.01)
    run.add(cuts_within_a_call=int(not service.is_running))
    service.kill()
    disk.mend()


def cuts(run, preload=(), count=None, is_control=False):
    """Load, cut, start again, many times; every violation in the end.

    A control must lose something for certain, on a slow machine as well: nothing that was not synced stays, and each cut
    waits until there is something to lose.
    """
    house = run.use(Receiver(run.folder / "ledger.jsonl", moody(run.rng)))
    service = run.use(Service(run.binary, run.folder / "service", house))
    log = run.use(history.History(run.folder / "history.jsonl"))
    disk = Disk(service)
    service.preload += [machine.preload(name) for name in preload]
    disk.keep_durable()
    service.start()
    # Small checkpoints come under moderate load; a pause keeps it moderate.
    clients = OrderClients(service, log, run.rng, count=6, pause_seconds=0.005, after_stop_seconds=20)
    with clients, Readers(service, log, run.rng, clients), Cancellers(service, log, run.rng, clients):
        done = 0
        while done < count or run.is_time_left:
            done += 1
            if is_control:
                wait_for_more(clients, 50)
                service.kill()
            else:
                cut_by_chance(run, service, disk)
            log.event("power cut")
            share = 0.0 if is_control else run.rng.choice([0.0, 0.0, 0.5, 0.9])
            run.add(unsynced_units=disk.cut_power(run.rng, share, run.rng.choice([SECTOR, 4096])))
            disk.keep_durable()
            service.start()
    until_quiet(service)
    run.note(cuts=done, checkpoint_writes=disk.seen("write", "database"), wal_syncs=disk.seen("sync", "wal"))
    service.stop()
    operations = history.read(run.folder / "history.jsonl")
    run.note(**checker.count(operations), deliveries=len(house.all()))
    ledger = [received.entry() for received in house.all()]
    return checker.check(operations, checker.Kept(service.snapshot(run.folder / "end.db")), ledger)


@scenario("power-cut", weight=4)
def power(run):
    """Power cuts under load, unsynced writes dropped or torn: no acknowledged order is lost."""
    run.judge(cuts(run, count=QUICK_CUTS if run.is_quick else LONG_CUTS))
    require(run.figures["wal_syncs"] > 0, "no sync was seen: the disk was not between SQLite and the system")


@scenario("power-cut-normal", control=True, weight=0)
def normal(run):
    """Control: the same with SQLite's synchronous = NORMAL loses acknowledged orders."""
    run.must_find(cuts(run, preload=["normal"], count=2, is_control=True), "lost")


@scenario("refuses-normal", weight=0)
def refuses(run):
    """With synchronous = NORMAL, told as it is, the program does not start."""
    service = run.use(Service(run.binary, run.folder / "service", env={"NORMAL_IS_TOLD": 1}))
    service.preload = machine.preload("normal")
    service.start(wait=False)
    code = service.wait(20)
    require(code == 74, f"it ended with {code}")
    require("would not keep what it has promised" in service.log(), f"it said: {service.log()[-500:]}")
    run.note(exit=code)
