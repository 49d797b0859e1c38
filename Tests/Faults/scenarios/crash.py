"""kill -9 at random moments, with clients that try again, readers, staff, and a house that sometimes fails."""

import time

from harness import checker, history
from harness.clients import Cancellers, OrderClients, Readers
from harness.machine import require, scenario, wait_until
from harness.receiver import Receiver
from harness.service import Service

QUICK_KILLS, LONG_KILLS = 5, 100
RESENT_SECONDS = 2.0


def moody(rng):
    """A house that mostly answers 200, sometimes late, with 500, or not at all."""
    def answer(_):
        chance = rng.random()
        if chance < 0.04:
            return 500
        if chance < 0.08:
            return None
        return 200, {}, rng.choice([0, 0, 0, 0.01, 0.05, 0.3])
    return answer


def wait_for_more(clients, count, seconds=30):
    """Until that many more orders were acknowledged."""
    wanted = len(clients.placed) + count
    wait_until(lambda: len(clients.placed) >= wanted, seconds, "orders are not taken")


def until_quiet(service, seconds=60):
    """Until nothing is in flight or due within the next second; at most so long without anything being settled.

    The house takes what it takes, and a quick machine leaves a long backlog.
    """
    settled, since = -1, time.monotonic()
    while True:
        # What waits behind a later try of the same order is not due, whatever it says.
        now = int(time.time() * 1000)
        ((open_now, settled_now),) = service.query(
            "SELECT (SELECT count(*) FROM deliveries d WHERE state = 1 OR (state = 0 AND due_at < ? AND NOT EXISTS "
            "(SELECT 1 FROM deliveries e WHERE e.order_id = d.order_id AND e.id < d.id AND e.state IN (0, 1, 3)))), "
            "(SELECT count(*) FROM deliveries WHERE state = 2)", [now + 1000])
        if not open_now:
            return
        if settled_now > settled:
            settled, since = settled_now, time.monotonic()
        require(time.monotonic() - since < seconds, f"nothing is settled any more; deliveries open: {open_now}")
        time.sleep(0.5)


class Resends:
    """What was in flight when the process was killed, and when the house got it again after the next start."""

    def __init__(self, run, service, house):
        self.run, self.service, self.house = run, service, house

    def start(self):
        """Starts the service after a kill; the ids that were in flight, and since when it runs again."""
        in_flight = {checker.Kept.webhook_id(row[0])
                     for row in self.service.query("SELECT id FROM deliveries WHERE state = 1")}
        self.service.start(wait=False)
        self.run.add(in_flight=len(in_flight))
        return in_flight, self.service.started_at

    def require_soon(self, in_flight, started_at, ready_seconds):
        """Each of them comes again, no later than two seconds after the service answers.

        The time from the process's birth is a figure, too; on a busy machine the loading of a debug build is most of it.
        """
        def all_there():
            again = {received.id: received.at for received in self.house.all() if received.at > started_at}
            return again if in_flight <= set(again) else None
        again = wait_until(
            all_there, RESENT_SECONDS + 5, lambda: f"not sent again: {self.missing(in_flight, started_at)}")
        if in_flight:
            late = max(again[id] for id in in_flight) - started_at
            self.run.worst(resent_after_birth_s=round(late, 2), resent_after_ready_s=round(late - ready_seconds, 2))
            require(late - ready_seconds <= RESENT_SECONDS,
                    f"what was in flight came again {late:.1f} s after the start, ready after {ready_seconds:.1f} s")
            self.run.add(resent=len(in_flight))

    def missing(self, in_flight, started_at):
        again = {received.id for received in self.house.all() if received.at > started_at}
        rows = self.service.query("SELECT id, state, due_at FROM deliveries")
        return [(id, state, due) for id, state, due in rows if checker.Kept.webhook_id(id) in in_flight - again]


@scenario("kill-9", weight=2)
def kill(run):
    """kill -9 under load: the history is clean, and what was in flight is sent again within 2 s of the start."""
    house = run.use(Receiver(run.folder / "ledger.jsonl", moody(run.rng)))
    service = run.use(Service(run.binary, run.folder / "service", house))
    log = run.use(history.History(run.folder / "history.jsonl"))
    service.start()
    resends = Resends(run, service, house)
    clients = OrderClients(service, log, run.rng, count=6, pause_seconds=0.01, after_stop_seconds=20)
    with clients, Readers(service, log, run.rng, clients), Cancellers(service, log, run.rng, clients):
        for _ in range(QUICK_KILLS if run.is_quick else LONG_KILLS):
            time.sleep(run.rng.uniform(0.2, 1.5))
            log.event("kill")
            service.kill()
            while run.rng.random() < 0.25:
                # And again while it starts.
                service.start(wait=False)
                time.sleep(run.rng.uniform(0, 0.8))
                service.kill()
                run.add(kills_while_starting=1)
            in_flight, started_at = resends.start()
            ready_seconds = service.wait_ready()
            run.worst(ready_after_s=round(ready_seconds, 2))
            run.add(kills=1)
            if run.rng.random() < 0.7:
                resends.require_soon(in_flight, started_at, ready_seconds)
    until_quiet(service)
    service.stop()
    operations = history.read(run.folder / "history.jsonl")
    run.note(**checker.count(operations), deliveries=len(house.all()))
    ledger = [received.entry() for received in house.all()]
    run.judge(checker.check(operations, checker.Kept(service.snapshot(run.folder / "end.db")), ledger))
