"""A house that does everything wrong: each attempt ends in time, says why, costs no memory, and disturbs no intake."""

import concurrent.futures
import contextlib
import datetime
import subprocess
import sys
import time

from harness import hostile, hostile_tls
from harness.hostile import HEAD_200, HEAD_500, MIB, TEN_GB, HostileHouse, answer, chunk, drips, pours
from harness.hostile_load import percentile
from harness.machine import preload, require, scenario, wait_until
from harness.service import Service

# Contract §5: the whole exchange within 15 s; half a second is for the writing down.
ATTEMPT_LIMIT_SECONDS = 15.5
# The same: a connection, with its name and its handshake, within 5 s.
CONNECT_LIMIT_SECONDS = 6.0
# In the quick part two dozen debug builds share a machine that may be busy. A limit that does not hold would let an
# attempt last as long as the house holds it (`hostile.HOLD_SECONDS`), and one to connect as long as any other.
QUICK_ATTEMPT_LIMIT_SECONDS, QUICK_CONNECT_LIMIT_SECONDS = 25, 10
UNCONNECTED = {"connect_timeout", "resolve_timeout", "tls_timeout"}
ORDERS = 3
# What the first exchanges of a process may leave behind for good: the memory of libcurl, OpenSSL and the authorities.
MEMORY_LIMIT_MB = 32
# Connections to the house that are kept for the next delivery, and those of the last clients.
DESCRIPTOR_LIMIT = 16
INTAKE_LIMIT_MS = 1000
# As long as connecting may take: an intake that waited for the house would wait for that at least.
QUICK_INTAKE_LIMIT_MS = 5000
# For every attempt of the quick part to end; it does not wait longer than it must.
QUICK_WAVE_SECONDS = 60
AT_ONCE = 24
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Trial:
    """One way to misbehave, and what must be written down about it: a kind of failure, or `delivered`."""

    def __init__(self, name, expected, behave=None, tls=None, host=None, backlog=64, accepts=True, is_slow=False):
        self.name, self.expected, self.behave, self.tls, self.host = name, expected, behave, tls, host
        self.backlog, self.accepts, self.is_slow = backlog, accepts, is_slow

    def house(self, contexts):
        return HostileHouse(self.behave, contexts.get(self.tls), self.backlog, self.accepts)

    def url(self, house):
        if self.host:
            return f"{self.host}/hook"
        return f"https://localhost:{house.port}/hook" if self.tls else f"http://127.0.0.1:{house.port}/hook"


def trials():
    """All of them; those that are slow take as long as an attempt may."""
    bomb = hostile.gzip_bomb()
    packed = HEAD_200 + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb
    transfer = HEAD_200 + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk(bomb) + b"0\r\n\r\n"
    long_body = b"Content-Length: %d\r\n\r\n" % TEN_GB
    endless = b"Transfer-Encoding: chunked\r\n\r\n"
    header_lines = b"".join(b"X-Filler-%d: %s\r\n" % (n, b"f" * 200) for n in range(20))
    times = TEN_GB // MIB
    return [
        Trial("refuses", "connect_refused", host="http://127.0.0.1:1"),
        Trial("queue full, accepts nobody", "connect_timeout", backlog=0, accepts=False, is_slow=True),
        Trial("no such name", "resolve", host="https://nobody.invalid"),
        Trial("DNS hangs", "resolve_timeout", host="https://hang.invalid", is_slow=True),
        Trial("never answers", "answer_timeout", hostile.never_answers, is_slow=True),
        Trial("never reads", "answer_timeout", hostile.never_reads, is_slow=True),
        Trial("drips the status line", "answer_too_slow", drips(b"", b"HTTP/1.1 200 " + b"O" * 3600), is_slow=True),
        Trial("drips headers after 200", "delivered", drips(HEAD_200, b"X-Drip: " + b"d" * 60), is_slow=True),
        Trial("drips headers after 500", "server_error", drips(HEAD_500, b"X-Drip: " + b"d" * 60), is_slow=True),
        Trial("drips the body after 200", "delivered",
              drips(HEAD_200 + b"Content-Length: 60\r\n\r\n", b"d" * 60), is_slow=True),
        Trial("closes at once", "closed", hostile.closes_on_accept),
        Trial("closes without an answer", "closed", answer(b"")),
        Trial("closes within the status line", "closed", answer(b"HTTP/1.1 2")),
        Trial("resets at once", "reset", hostile.resets_on_accept),
        Trial("resets after the request's head", "reset", hostile.resets_after_head),
        Trial("resets within the request's body", "reset", hostile.resets_within_body),
        Trial("resets within the status line", "reset", answer(b"HTTP/1.1 2", "reset")),
        Trial("resets within the headers of a 200", "delivered", answer(HEAD_200 + b"X-Ha", "reset")),
        Trial("resets within the headers of a 500", "server_error", answer(HEAD_500 + b"X-Ha", "reset")),
        Trial("resets within the body of a 200", "delivered",
              answer(HEAD_200 + b"Content-Length: 60\r\n\r\nhalf", "reset")),
        Trial("10 GB after 200", "delivered", pours(HEAD_200 + long_body, bytes(MIB), times)),
        Trial("10 GB after 500", "server_error", pours(HEAD_500 + long_body, bytes(MIB), times)),
        Trial("chunks without end after 200", "delivered", pours(HEAD_200 + endless, chunk(bytes(MIB)), times)),
        Trial("a status line of 1 MB", "head_too_large", answer(b"HTTP/1.1 200 " + b"O" * MIB + b"\r\n\r\n")),
        Trial("a header of 1 MB after 200", "delivered", answer(HEAD_200 + b"X: " + b"f" * MIB + b"\r\n\r\n")),
        Trial("a header of 1 MB after 500", "server_error", answer(HEAD_500 + b"X: " + b"f" * MIB + b"\r\n\r\n")),
        Trial("headers without end after 500", "server_error", pours(HEAD_500, header_lines, times)),
        Trial("100 Continue without end", "head_too_large", pours(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40, times)),
        Trial("101 Switching Protocols", "not_http", answer(b"HTTP/1.1 101 Switching Protocols\r\n\r\nhello")),
        Trial("a gzip bomb", "delivered", answer(packed)),
        Trial("a gzip bomb as transfer encoding", "delivered", answer(transfer)),
        Trial("redirects to itself", "redirect", answer(
            b"HTTP/1.1 302 Found\r\nLocation: /hook\r\nContent-Length: 0\r\n\r\n", "keep")),
        Trial("redirects the POST to itself", "redirect", answer(
            b"HTTP/1.1 308 Permanent Redirect\r\nLocation: /hook\r\nContent-Length: 0\r\n\r\n", "keep")),
        Trial("speaks SSH", "not_http", answer(b"SSH-2.0-OpenSSH_9.2p1\r\n")),
        Trial("sends noise", "not_http", hostile.random_bytes),
        Trial("sends a page without a head", "not_http", answer(b"<html>no</html>\n")),
        Trial("HTTP/9.9", "not_http", answer(b"HTTP/9.9 200 OK\r\n\r\n")),
        Trial("a trusted certificate (control)", "delivered", answer(OK), tls="good"),
        Trial("an expired certificate", "tls_expired", answer(OK), tls="expired"),
        Trial("a certificate of next year", "tls_not_yet_valid", answer(OK), tls="not_yet_valid"),
        Trial("a certificate for another host", "tls_wrong_host", answer(OK), tls="wrong_host"),
        Trial("a self-signed certificate", "tls_self_signed", answer(OK), tls="self_signed"),
        Trial("a certificate of an unknown authority", "tls_untrusted", answer(OK), tls="untrusted"),
        Trial("TLS: never shakes hands", "tls_timeout", hostile.silent, tls="none", is_slow=True),
        Trial("TLS: resets the handshake", "tls", resets_handshake, tls="none"),
        Trial("TLS: answers in the clear", "tls", answer_in_clear, tls="none"),
    ]


def resets_handshake(caller):
    caller.take()
    caller.reset()


def answer_in_clear(caller):
    """Plain HTTP to whoever begins a handshake."""
    caller.take()
    caller.send(OK)
    caller.finish()


class Stage:
    """One service whose only house misbehaves."""

    def __init__(self, run, trial, contexts, authority):
        self.trial = trial
        self.limits = limits_of(run)
        self.house = trial.house(contexts) if trial.behave or not trial.accepts else None
        folder = run.subfolder("".join(c if c.isalnum() else "-" for c in trial.name))
        self.service = Service(
            run.binary, folder, house=trial.url(self.house), settings={"log.level": "notice"},
            env={"MAILROOM_FAULT_CA": authority}, preload=preload("house"))
        self.latencies = []
        self.placed = 0

    def __enter__(self):
        if self.house:
            self.house.__enter__()
        self.service.__enter__()
        self.service.start()
        # The first request warms up what is made once.
        self.service.staff("GET", "/v1/staff/endpoints")
        self.memory_before, self.descriptors_before = self.service.memory_mb(), self.service.descriptors()
        return self

    def __exit__(self, *what):
        self.service.__exit__(*what)
        if self.house:
            self.house.__exit__(*what)

    def place(self):
        self.placed += 1
        start = time.monotonic()
        status, _, body = self.service.request("POST", "/v1/orders", order_body(self.placed), timeout=20)
        self.latencies.append((time.monotonic() - start) * 1000)
        require(status == 201, lambda: f"{self.trial.name}: an order was answered {status}: {body}")

    def deliveries(self):
        status, _, body = self.service.staff("GET", "/v1/staff/deliveries?limit=200")
        require(status == 200, lambda: f"{self.trial.name}: the list of deliveries was answered {status}")
        return body["data"]

    def attempts(self):
        return [attempt for delivery in self.deliveries() for attempt in delivery["attempts"]]

    def stop(self):
        """Its exit code."""
        self.grown_mb = self.service.memory_mb("VmHWM") - self.memory_before
        self.more_descriptors = self.service.descriptors() - self.descriptors_before
        start = time.monotonic()
        code = self.service.stop()
        self.stop_seconds = time.monotonic() - start
        return code

    def tell(self, attempts):
        """What does not hold about what was written down."""
        for attempt in attempts:
            seconds = seconds_of(attempt)
            if seconds > self.limits[self.trial.expected in UNCONNECTED]:
                yield f"{self.trial.name}: an attempt took {seconds:.1f} s"
            if kind_of(attempt) != self.trial.expected:
                yield f"{self.trial.name}: expected {self.trial.expected}, got {attempt['status']} {attempt['error']}"
        if not attempts:
            yield f"{self.trial.name}: no attempt ended"

    def tell_use(self):
        """What does not hold about memory and descriptors, now that nothing is under way."""
        grown = self.service.memory_mb("VmHWM") - self.memory_before
        if grown > MEMORY_LIMIT_MB:
            yield f"{self.trial.name}: memory grew by {grown:.0f} MB"
        more = self.service.descriptors() - self.descriptors_before
        if more > DESCRIPTOR_LIMIT:
            yield f"{self.trial.name}: {more} descriptors more than before"


def limits_of(run):
    """In seconds: of an attempt, and of one that does not get as far as a connection."""
    if run.is_quick:
        return QUICK_ATTEMPT_LIMIT_SECONDS, QUICK_CONNECT_LIMIT_SECONDS
    return ATTEMPT_LIMIT_SECONDS, CONNECT_LIMIT_SECONDS


def order_body(serial):
    return {"items": [{"sku": "FSAC-NET-EN", "quantity": 1}],
            "ship_to": {"name": "Pat Example", "line1": f"{serial} Main Street", "city": "Springfield", "region": "IL",
                        "postal_code": "62701", "country": "US"}}


def seconds_of(attempt):
    start, end = (datetime.datetime.fromisoformat(attempt[name].replace("Z", "+00:00"))
                  for name in ("started_at", "ended_at"))
    return (end - start).total_seconds()


def kind_of(attempt):
    """The machine-readable part of an attempt's error; `delivered` when there is none."""
    return attempt["error"].split(":")[0] if attempt["error"] else "delivered"


def play(run, wave, contexts, authority, seconds):
    """Runs the trials of a wave beside each other; returns what does not hold, and every stage's facts."""
    findings, facts = [], []
    with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        stages = [Stage(run, trial, contexts, authority) for trial in wave]
        for stage in stages:
            stack.push(stage)
        list(pool.map(lambda stage: stage.__enter__(), stages))
        start = time.monotonic()
        # Intake goes on all the while: an order a second on each.
        while True:
            round_start = time.monotonic()
            list(pool.map(lambda stage: stage.place() if stage.placed < ORDERS or not run.is_quick else None, stages))
            if time.monotonic() - start >= seconds:
                break
            time.sleep(max(0.0, min(1.0 - (time.monotonic() - round_start), seconds)))
            if run.is_quick and all(stage.attempts() for stage in stages):
                break
        for stage in stages:
            attempts = stage.attempts()
            findings += stage.tell(attempts)
            facts.append((stage, attempts))
        # Two endings have been seen: with exchanges under way, and after them.
        exits = list(pool.map(lambda stage: (list(stage.tell_use()), stage.stop()), stages))
        for stage, (complaints, code) in zip(stages, exits):
            findings += complaints
            if code != 0:
                findings.append(f"{stage.trial.name}: the service ended with {code}")
    return findings, facts


NAIVE = """
import sys, urllib.request
answer = urllib.request.urlopen(urllib.request.Request(sys.argv[1], data=b"{}"), timeout=5)
answer.read()
"""


class NaiveClient:
    """What a webhook sender of ten lines is: a time-out for each read, and the whole answer in memory."""

    def __init__(self, url):
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-c", NAIVE, url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @property
    def is_waiting(self):
        return self.process.poll() is None

    @property
    def age(self):
        return time.monotonic() - self.started_at

    def memory_mb(self):
        for line in open(f"/proc/{self.process.pid}/status", encoding="utf-8"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        return 0


@contextlib.contextmanager
def controls(run):
    """The houses are as bad as they claim: a naive client hangs on one and swells on the other meanwhile."""
    everything = {trial.name: trial for trial in trials()}
    dripping, pouring = everything["drips the status line"], everything["10 GB after 200"]
    with dripping.house({}) as drip, pouring.house({}) as pour, NaiveClient(dripping.url(drip)) as hanging:
        with NaiveClient(pouring.url(pour)) as swelling:
            wait_until(lambda: swelling.memory_mb() > 4 * MEMORY_LIMIT_MB, 60, "a naive client did not swell")
            run.note(naive_client_mb=round(swelling.memory_mb()))
        yield
        require(hanging.is_waiting and hanging.age > ATTEMPT_LIMIT_SECONDS, "a naive client did not hang")
        run.note(naive_client_s=round(hanging.age))
    stage = Stage.__new__(Stage)
    stage.trial, stage.limits = dripping, limits_of(run)
    too_long = f"2026-01-01T00:00:{stage.limits[0] + 0.5:06.3f}Z"
    late = {"started_at": "2026-01-01T00:00:00.000Z", "ended_at": too_long, "status": None,
            "error": "timeout: of another kind"}
    require(len(list(stage.tell([late]))) == 2, "the judge passed an attempt that is too long and without its reason")


@scenario("house", weight=3)
def house(run):
    """A house that misbehaves in every way: attempts end in 15.5 s and say why; memory, descriptors, intake stay."""
    certificates = hostile_tls.Certificates(run.subfolder("certificates"))
    contexts = certificates.contexts()
    everything = trials()
    slow = [trial for trial in everything if trial.is_slow]
    fast = [trial for trial in everything if not trial.is_slow]
    # In the quick part the slow ones set the time, and some of the fast go along with them.
    waves = [slow + fast[:AT_ONCE - len(slow)]]
    rest = fast[AT_ONCE - len(slow):]
    waves += [rest[at:at + AT_ONCE] for at in range(0, len(rest), AT_ONCE)]
    seconds = QUICK_WAVE_SECONDS if run.is_quick else max(60, run.minutes * 60 / len(waves))
    findings, facts = [], []
    for number, wave in enumerate(waves):
        # The naive clients need as long as the first wave does.
        with controls(run) if number == 0 else contextlib.nullcontext():
            found, seen = play(run, wave, contexts, certificates.authority_path, seconds)
        findings += found
        facts += seen
    attempts = [attempt for _, all_of_one in facts for attempt in all_of_one]
    latencies = sorted(value for stage, _ in facts for value in stage.latencies)
    run.note(
        ways=len(facts), attempts=len(attempts), reasons=len({kind_of(attempt) for attempt in attempts}),
        longest_attempt_s=round(max(map(seconds_of, attempts)), 2), intake_p50_ms=round(percentile(latencies, 0.5), 1),
        intake_max_ms=round(latencies[-1]), memory_grown_mb=round(max(stage.grown_mb for stage, _ in facts), 1),
        more_descriptors=max(stage.more_descriptors for stage, _ in facts),
        stop_s=round(max(stage.stop_seconds for stage, _ in facts), 1))
    if latencies[-1] > (QUICK_INTAKE_LIMIT_MS if run.is_quick else INTAKE_LIMIT_MS):
        findings.append(f"an order took {latencies[-1]:.0f} ms")
    run.judge(findings)
