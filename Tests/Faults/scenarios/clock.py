"""The wall clock is set while everything runs: two hours back, two hours on, ten days on, and back again."""

import concurrent.futures
import copy
import datetime
import time

from harness import checker, history
from harness.checker import Finding
from harness.clients import Cancellers, OrderClients
from harness.hostile_clock import Clocks, Gauge
from harness.machine import require, scenario, wait_until
from harness.receiver import Receiver
from harness.service import Service

CONCURRENCY = 8
HOURS, DAYS = 3600, 86400
JUMPS = {"2 h back": -2 * HOURS, "2 h on": 2 * HOURS, "10 days on": 10 * DAYS}
# Set back while the service is down: nobody sees the jump, and what was due seems two hours off.
RESTARTED = "2 h back between two starts"
STALL_SECONDS = 60
# Contract §5: the waits after the first attempt, the second and so on; each plus up to a fifth.
WAITS = [5, 30, 120, 600]
# A claim comes with a poll, once a second; what is in a hurry may start a little before the answer is in our ledger.
EARLY_SECONDS = 0.5


def particular(refusals):
    """A house that answers the first so many attempts of a third of all deliveries with 422, which says it is up."""
    def answer(received):
        is_picked = int(received.id[-2:], 16) % 3 == 0
        return (422 if is_picked and received.attempt <= refusals else 200), {}, 0.02
    return answer


def judge_times(deliveries, placed, limit=STALL_SECONDS):
    """Stalls and retries before their time, and the worst lateness. `placed`: when each order was acknowledged."""
    findings, worst = [], 0.0
    by_id = {}
    for received in sorted(deliveries, key=lambda received: received.at):
        by_id.setdefault(received.id, []).append(received)
    for id, attempts in by_id.items():
        if attempts[0].type == "order.placed" and attempts[0].number in placed:
            late = attempts[0].at - placed[attempts[0].number]
            worst = max(worst, late)
            if late > limit:
                findings.append(Finding("stall", f"{id} was first sent after {late:.1f} s"))
        for wait, before, after in zip(WAITS, attempts, attempts[1:]):
            gap = after.at - before.at
            worst = max(worst, gap - wait * 1.2)
            if gap > wait * 1.2 + limit:
                findings.append(Finding("stall", f"{id} was sent again after {gap:.1f} s instead of {wait}"))
            if before.answered == 422 and gap < wait - EARLY_SECONDS:
                findings.append(Finding("early", f"{id} was sent again after {gap:.1f} s instead of {wait}"))
    return findings, worst


class Town:
    """One service with its clocks, its house and its clients."""

    def __init__(self, run, name, refusals):
        self.restarts = name == RESTARTED
        self.run, self.name = run, name
        folder = self.folder = run.subfolder(name.replace(" ", "-"))
        self.gauge = Gauge(particular(refusals))
        self.receiver = run.use(Receiver(folder / "ledger.jsonl", self.gauge))
        self.clocks = run.use(Clocks(folder / "clocks"))
        self.service = run.use(Service(
            run.binary, folder / "service", self.receiver, {"fulfillment.concurrency": CONCURRENCY},
            env=self.clocks.env, preload=self.clocks.library))
        self.log = run.use(history.History(folder / "history.jsonl"))
        self.has_left_the_week = False

    def live(self, rng, jumps, pause_seconds, seconds_after):
        """Clients order and staff cancel while the clock is set to each of `jumps` in turn."""
        self.service.start()
        self.clients = OrderClients(self.service, self.log, rng, count=3, pause_seconds=0.1, after_stop_seconds=20)
        with self.clients, Cancellers(self.service, self.log, rng, self.clients, pause_seconds=0.2):
            time.sleep(pause_seconds)
            for jump in jumps:
                self.log.event("clock", set_to=jump)
                if self.restarts:
                    require(self.service.stop() == 0, f"{self.name}: it did not end well")
                self.clocks.set_wall(jump)
                if self.restarts:
                    self.service.start()
                self.has_left_the_week |= abs(jump) > 7 * DAYS
                time.sleep(pause_seconds)
                self.check_that_it_saw(jump)
        wait_until(lambda: not self.open_deliveries(), seconds_after, lambda: f"{self.name}: {self.open_deliveries()} "
                   "deliveries are still open", every=0.2)
        return self

    def open_deliveries(self):
        return self.service.query("SELECT count(*) FROM deliveries WHERE state IN (0, 1)")[0][0]

    def check_that_it_saw(self, jump):
        """The service's clock is where we set it: otherwise all of this shows nothing."""
        def seen():
            number = self.clients.placed[-1].number
            placed_at = self.service.staff("GET", f"/v1/staff/orders/{number}")[2]["placed_at"]
            return datetime.datetime.fromisoformat(placed_at.replace("Z", "+00:00")).timestamp() - time.time()
        wait_until(lambda: abs(seen() - jump) < 60, 15, every=0.5, problem=lambda:
                   f"{self.name}: the clock was moved by {seen():.0f} s, not {jump}")
        wait_until(lambda: self.restarts or "the wall clock jumped" in self.service.log(), 15,
                   f"{self.name}: it saw no jump", every=0.1)

    def findings(self):
        """Everything that does not hold."""
        self.service.stop()
        placed = {order.number: order.at for order in self.clients.placed}
        found, self.worst = judge_times(self.receiver.all(), placed)
        if self.gauge.most > CONCURRENCY:
            found.append(Finding("burst", f"{self.gauge.most} deliveries came at once"))
        ledger = [received.entry() for received in self.receiver.all()]
        kept = checker.Kept(self.service.snapshot(self.folder / "end.db"))
        return found + checker.check(
            history.read(self.folder / "history.jsonl"), kept, ledger, keys_kept=not self.has_left_the_week,
            all_sent=True)


def check_the_judge(deliveries):
    """Planted in what was really heard: a retry two minutes late, and one after a second."""
    by_id = {}
    for received in deliveries:
        by_id.setdefault(received.id, []).append(received)
    several = next((attempts for attempts in by_id.values() if len(attempts) > 1), None)
    require(several is not None, "nothing was sent a second time")
    before, last = sorted(several, key=lambda received: received.at)[-2:]
    for rule, at in (("stall", last.at + 120), ("early", before.at + 1)):
        planted = copy.copy(last)
        planted.at = at
        findings, _ = judge_times([planted if one is last else one for one in several], {})
        require([finding.rule for finding in findings] == [rule], f"the judge missed a planted {rule}: {findings}")


@scenario("clock", weight=2, waits=True)
def clock(run):
    """The wall clock is set by −2 h, +2 h and +10 days: nothing stalls, comes early or bursts; the history is clean."""
    if run.is_quick:
        plans = {name: [jump] for name, jump in JUMPS.items()} | {RESTARTED: [-2 * HOURS]}
        refusals, pause, after = 1, 2.5, 90
    else:
        # There and back again, and from one to the other, as often as the time allows; two refusals wait half a minute.
        rounds = max(2, int(run.minutes * 60 / 45))
        plans = {name: [jump if turn % 2 == 0 else run.rng.choice([0, *JUMPS.values()]) for turn in range(rounds)]
                 for name, jump in JUMPS.items()}
        # Only ever back: after a jump ahead, what was due in between is due at once, and rightly.
        plans[RESTARTED] = [-2 * HOURS * (turn + 1) for turn in range(rounds)]
        refusals, pause, after = 2, 40, 100
    towns = [Town(run, name, refusals) for name in plans]
    rngs = {town.name: type(run.rng)(run.rng.getrandbits(64)) for town in towns}
    with concurrent.futures.ThreadPoolExecutor(len(towns)) as pool:
        list(pool.map(lambda town: town.live(rngs[town.name], plans[town.name], pause, after), towns))
    findings = []
    for town in towns:
        findings += [Finding(finding.rule, f"{town.name}: {finding.text}") for finding in town.findings()]
    check_the_judge(towns[0].receiver.all())
    run.note(
        jumps=sum(map(len, plans.values())), orders=sum(len(town.clients.placed) for town in towns),
        deliveries=sum(len(town.receiver.all()) for town in towns),
        refused_first=sum(received.answered == 422 for town in towns for received in town.receiver.all()),
        latest_s=round(max(town.worst for town in towns), 2), most_at_once=max(town.gauge.most for town in towns),
        cap=CONCURRENCY)
    run.judge(findings)
