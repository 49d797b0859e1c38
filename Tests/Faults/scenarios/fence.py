"""Two processes on one file, as when a lock does not hold: what the first still does must not undo what the second did.

A program takes back, when it starts, what its predecessor had in flight, and knows it by the epoch in the fencing
token. A predecessor that lives on may settle its attempts afterwards; its tokens are old, so that changes nothing.
"""

import contextlib
import sqlite3
import threading
import time

from harness import checker, history
from harness.checker import Finding
from harness.clients import OrderClients
from harness.machine import Failure, preload, require, scenario, wait_until
from harness.receiver import Receiver
from harness.service import Service

ORDERS = 6
# Contract §5: an attempt that has no answer by then ends by itself.
ATTEMPT_SECONDS = 15
# The first wait after an attempt that failed is 5 s and up to a fifth; what would come again must have come by then.
AGAIN_SECONDS = 8
# On a busy machine the second program may start so late that the first one's attempts have ended by themselves.
TRIES = 4

# Every claim after the first keeps the first one's token, so that it is its holder who settles.
UNFENCED = ("CREATE TRIGGER unfenced AFTER UPDATE OF state ON deliveries WHEN NEW.state = 1 AND OLD.fence > 0 "
            "BEGIN UPDATE deliveries SET fence = OLD.fence WHERE id = NEW.id; END")
# No process is younger than another.
WITHOUT_EPOCH = ("CREATE TRIGGER ageless AFTER UPDATE OF value ON meta WHEN NEW.key = 'epoch' AND NEW.value > 1 "
                 "BEGIN UPDATE meta SET value = 1 WHERE key = 'epoch'; END")


def tamper(service, statement):
    with contextlib.closing(sqlite3.connect(service.database)) as db:
        db.execute(statement)
        db.commit()


class TooSlow(Exception):
    """The machine was: the attempts ended before they were to be answered."""


class Takeover:
    """A house that keeps everybody waiting for its answers until it is told, and two programs that deliver to it."""

    def __init__(self, run, name, statement=None):
        self.run, self.folder = run, run.subfolder(name)
        self.may_fail, self.may_succeed = threading.Event(), threading.Event()
        self.house = run.use(Receiver(self.folder / "ledger.jsonl", self.answer))
        lock = preload("unlocked")
        self.old = run.use(Service(run.binary, self.folder / "old", self.house, preload=lock))
        if statement:
            tamper(self.old, statement)
        self.young = run.use(Service(
            run.binary, self.folder / "young", self.house, preload=lock, database=self.old.database))
        self.log = run.use(history.History(self.folder / "history.jsonl"))

    def answer(self, received):
        """The old program is told no, the young one yes, each when its time has come; whoever comes later gets yes."""
        if received.attempt == 1:
            self.may_fail.wait(ATTEMPT_SECONDS + 5)
            return 500
        self.may_succeed.wait(ATTEMPT_SECONDS + 5)
        return 200

    def attempts(self, number):
        return [received for received in self.house.all() if received.attempt == number]

    def refused_to_old(self):
        """How many of the old program's attempts have been written down with their answer."""
        return self.old.query("SELECT count(*) FROM deliveries WHERE log LIKE ?", ['%,500,"server_error%'])[0][0]

    def play(self):
        self.old.start()
        clients = OrderClients(self.old, self.log, self.run.rng, count=2, limit=ORDERS).start()
        clients.finish()
        require(len(clients.placed) == ORDERS, f"{len(clients.placed)} orders were placed instead of {ORDERS}")
        self._wait(lambda: len(self.attempts(1)) == ORDERS, "the old program sends nothing")
        self.young.start()
        self._wait(lambda: len(self.attempts(2)) == ORDERS, "the young program does not take over")
        self.may_fail.set()
        self._wait(lambda: self.refused_to_old() == ORDERS, "the old program does not write its answers down")
        self.may_succeed.set()
        # What the young program was told stands, and nothing comes a third time.
        time.sleep(AGAIN_SECONDS)
        for service in (self.young, self.old):
            code = service.stop()
            require(code == 0, f"one of the two ended with {code}")
        return self.findings()

    def _wait(self, condition, problem):
        def is_so():
            oldest = min((received.at for received in self.attempts(1)), default=time.monotonic())
            if time.monotonic() - oldest > ATTEMPT_SECONDS - 2:
                raise TooSlow
            return condition()
        wait_until(is_so, 30, problem)

    def findings(self):
        deliveries = self.house.all()
        for received in deliveries:
            if received.attempt > 2:
                yield Finding("told-again", f"{received.id} came a {received.attempt}. time: whose claim was old undid "
                                            "what was settled")
        kept = checker.Kept(self.old.snapshot(self.folder / "end.db"))
        yield from checker.check(history.read(self.log.path), kept, [received.entry() for received in deliveries],
                                 all_sent=True)


def take_over(run, statement=None):
    """The findings of a take-over that was quick enough to show anything."""
    for number in range(1, TRIES + 1):
        stage = Takeover(run, f"take-over-{number}", statement)
        try:
            findings = list(stage.play())
        except TooSlow:
            stage.may_fail.set()
            stage.may_succeed.set()
            stage.young.kill()
            stage.old.kill()
            continue
        run.note(tries=number, orders=ORDERS, deliveries=len(stage.house.all()))
        return findings
    raise Failure(f"the machine was too slow {TRIES} times: nothing was shown")


@scenario("two-programs", weight=0, waits=True)
def two_programs(run):
    """A second program takes over a file whose lock does not hold: what the first is told late changes nothing."""
    run.judge(take_over(run))


@scenario("control-unfenced-claims", control=True, weight=0, waits=True)
def unfenced_claims(run):
    """The same with the fencing removed: the old program's late answers undo what the young one settled."""
    run.must_find(take_over(run, UNFENCED), "told-again")


@scenario("control-no-epoch", control=True, weight=0, waits=True)
def no_epoch(run):
    """No epoch: what a killed program had in flight counts as under way for ever, and the house never hears of it."""
    may_answer = threading.Event()

    def answer(_):
        may_answer.wait(20)
        return 200

    house = run.use(Receiver(run.folder / "ledger.jsonl", answer))
    service = run.use(Service(run.binary, run.folder / "service", house))
    tamper(service, WITHOUT_EPOCH)
    log = run.use(history.History(run.folder / "history.jsonl"))
    service.start()
    clients = OrderClients(service, log, run.rng, count=2, limit=ORDERS).start()
    clients.finish()
    wait_until(lambda: len(house.all()) == ORDERS, 30, "nothing is sent")
    service.kill()
    may_answer.set()
    service.start()
    # An order placed now is heard of: it is not the service that stands still.
    later = OrderClients(service, log, run.rng, count=1, limit=1).start()
    later.finish()
    wait_until(lambda: any(received.number == later.placed[0].number for received in house.all()), 30,
               "the second program sends nothing at all")
    time.sleep(2)
    require(service.stop() == 0, "it did not end well")
    kept = checker.Kept(service.snapshot(run.folder / "end.db"))
    ledger = [received.entry() for received in house.all()]
    run.note(deliveries=len(ledger))
    run.must_find(checker.check(history.read(log.path), kept, ledger, all_sent=True), "still-open")
