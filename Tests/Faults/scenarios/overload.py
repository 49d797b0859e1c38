"""Three times more orders than can be taken, on a disk that is slow on purpose: the surplus is told so at once."""

from harness import checker
from harness.checker import Finding
from harness.hostile_clients import allow_descriptors
from harness.hostile_flood import Flood
from harness.hostile_load import percentile
from harness.hostile_noise import Noise
from harness.machine import preload, require, scenario
from harness.receiver import Receiver
from harness.service import Service

# Every sync takes so much longer, and so few orders may wait for one: far less goes than the processors could do. In
# the quick part they have other things to do, and the program may be a debug build.
QUICK = {"sync_ms": 15, "queue": 2, "probing_per_second": 500}
LONG = {"sync_ms": 20, "queue": 4, "probing_per_second": 1500}
PROBING_SECONDS = 3
# A stall of the machine while one is probed would make three times the capacity less than the capacity.
QUICK_PROBES, LONG_PROBES = 2, 1
QUICK_SECONDS, LONG_SECONDS = 10, 120
REFUSED_P99_MS, ACCEPTED_P99_MS = 200, 150
QUICK_RECOVERY_SECONDS, LONG_RECOVERY_SECONDS, LOOK_SECONDS = 30, 10, 3
MEMORY_LIMIT_MB = 60
# Orders sent later than intended are the generator's fault, and would flatter the service.
SENDING_LATE_MS = 100


def judge_loop(loop, noise):
    """What does not hold about one loop of too many orders."""
    accepted, refused = loop.latencies(201), loop.latencies(503)
    others = sorted({str(one["status"]) for one in loop.operations} - {"201", "503"})
    if others:
        yield Finding("answer", f"some were answered {', '.join(others)}")
    bare = sum(one["status"] == 503 and not (one["retry_after"] or "").isdigit() for one in loop.operations)
    if bare:
        yield Finding("retry-after", f"{bare} of the 503 do not say when to come again")
    for name, values, limit in (
            ("slow-accepted", accepted, ACCEPTED_P99_MS), ("slow-refused", refused, REFUSED_P99_MS)):
        if not values:
            yield Finding("answer", f"none was {name.split('-')[1]}")
        elif percentile(values, 0.99) > noise.allow(limit):
            yield Finding(name, f"p99 {percentile(values, 0.99):.0f} ms, allowed {noise.allow(limit):.0f}")


def start(run, queue, sync_ms):
    """A service on a slow disk, and its house."""
    allow_descriptors(4096)
    receiver = run.use(Receiver(run.folder / "ledger.jsonl"))
    service = run.use(Service(
        run.binary, run.folder / "service", receiver, {"http.queue": queue, "log.level": "warning"},
        env={"MAILROOM_FAULT_SYNC_MS": sync_ms}, preload=preload("slow")))
    service.start()
    return receiver, service, Flood(service, run.rng, run.folder)


def capacity(flood, per_second):
    """Orders a second that are accepted when there are too many."""
    probe = flood.send(per_second, PROBING_SECONDS)
    accepted = len(probe.latencies(201)) / PROBING_SECONDS
    require(accepted > 10, f"only {accepted:.0f} orders a second are accepted")
    require(probe.latencies(503), "nothing is refused at the probing rate: the capacity is not known")
    return accepted


@scenario("overload", weight=3)
def overload(run):
    """3 × more orders than capacity: the surplus gets 503 + Retry-After, both kinds quickly; then all is well again."""
    plan = QUICK if run.is_quick else LONG
    receiver, service, flood = start(run, plan["queue"], plan["sync_ms"])
    able = max(capacity(flood, plan["probing_per_second"])
               for _ in range(QUICK_PROBES if run.is_quick else LONG_PROBES))
    seconds = QUICK_SECONDS if run.is_quick else LONG_SECONDS
    memory = service.memory_mb()
    with Noise(run.is_quick) as noise:
        loop = flood.send(3 * able, seconds)
    grown = service.memory_mb() - memory
    accepted, refused = loop.latencies(201), loop.latencies(503)
    run.note(
        capacity_per_s=round(able), offered_per_s=round(3 * able), seconds=seconds, accepted=len(accepted),
        refused=len(refused), accepted_p99_ms=round(percentile(accepted, 0.99), 1),
        refused_p99_ms=round(percentile(refused, 0.99), 1), sending_late_p99_ms=round(loop.late_p99_ms, 1),
        noise_p99_ms=round(noise.p99_ms, 1), memory_grown_mb=round(grown, 1))
    require(loop.unsent == 0 and loop.late_p99_ms <= noise.allow(SENDING_LATE_MS),
            lambda: "the generator was too slow for its own rate, on a machine where who sleeps wakes "
                    f"{noise.p99_ms:.0f} ms late (p99): other work is going on")
    findings = list(judge_loop(loop, noise))
    if grown > MEMORY_LIMIT_MB:
        findings.append(Finding("memory", f"it grew by {grown:.0f} MB"))
    findings += recover(run, flood, able, noise)
    service.stop()
    flood.keep(run.folder / "history.jsonl")
    ledger = [received.entry() for received in receiver.all()]
    kept = checker.Kept(service.snapshot(run.folder / "end.db"))
    run.judge(findings + checker.check(flood.operations, kept, ledger))


def recover(run, flood, able, noise):
    """A fifth of what is possible must soon be accepted, and quickly."""
    end = None
    seconds = QUICK_RECOVERY_SECONDS if run.is_quick else LONG_RECOVERY_SECONDS
    for _ in range(seconds // LOOK_SECONDS):
        loop = flood.send(able / 5, LOOK_SECONDS)
        end = loop.start if end is None else end
        bad = [one["end"] - end for one in loop.operations
               if one["status"] != 201 or (one["end"] - one["intended"]) * 1000 > noise.allow(2 * ACCEPTED_P99_MS)]
        if not bad or max(bad) < loop.start - end + LOOK_SECONDS - 1:
            # The last second was as if nothing had been.
            run.note(recovered_after_s=round(max(bad, default=loop.start - end), 1))
            return []
    return [Finding("recovery", f"an order was refused or slow {max(bad):.1f} s after the storm")]


@scenario("overload-without-limit", control=True)
def without_limit(run):
    """Control: without a bound on the queue, what is accepted waits for seconds, and the judge sees it."""
    # A batch holds 128 orders: more than that in the time of a sync must pile up.
    _, _, flood = start(run, 1_000_000, 300)
    with Noise(run.is_quick) as noise:
        loop = flood.send(1000, 2)
    run.note(accepted=len(loop.latencies(201)), accepted_p99_ms=round(percentile(loop.latencies(201), 0.99)),
             allowed_ms=round(noise.allow(ACCEPTED_P99_MS)))
    run.must_find(judge_loop(loop, noise), "slow-accepted")
