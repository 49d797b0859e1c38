"""SIGTERM under load: what was taken in is answered, what is in flight is settled, and the end is in good order."""

import concurrent.futures
import json
import socket
import threading
import time
import uuid

from harness import checker, history
from harness.checker import Finding
from harness.clients import order
from harness.hostile_clients import connect, order_request
from harness.hostile_load import answer_in
from harness.machine import require, scenario, wait_until
from harness.receiver import Receiver
from harness.service import Service

GRACE_SECONDS = 40
CLIENTS = 12
QUICK_ROUNDS, LONG_ROUNDS = 2, 20
# A body that is under way when the signal comes has time to arrive.
SLOW_BODY_SECONDS = 3


class Asked:
    """One request: when its last byte was sent, on a connection that had been answered before, and the answer."""

    def __init__(self, key, digest, start):
        self.key, self.digest, self.start = key, digest, start
        self.sent = self.ended = self.status = None
        self.number = self.answer = self.broke = self.problem = None
        self.is_on_known_connection = False

    def operation(self, serial):
        outcome = {201: history.OK, 503: history.REFUSED, 429: history.REFUSED}.get(self.status, history.UNKNOWN)
        return {"op": serial, "kind": "order", "key": self.key, "digest": self.digest, "start": self.start,
                "end": self.ended, "outcome": outcome, "status": self.status, "number": self.number,
                "answer": self.answer}


class Client(threading.Thread):
    """Orders without pause on one connection, until it is closed; the last is sent in two parts when it is slow."""

    def __init__(self, service, rng, is_slow=False):
        super().__init__(daemon=True)
        self.service, self.rng, self.is_slow = service, rng, is_slow
        self.asked = []
        self.is_within_body = threading.Event()

    def run(self):
        try:
            sock = connect(self.service.port)
        except OSError:
            return
        sock.setblocking(True)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(GRACE_SECONDS)
        with sock:
            while self.exchange(sock):
                pass

    def exchange(self, sock):
        key = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        body = json.dumps(order(key, self.rng)).encode()
        one = Asked(key, history.digest(body), time.monotonic())
        one.is_on_known_connection = bool(self.asked)
        self.asked.append(one)
        request = order_request(body, key)
        data = b""
        try:
            if self.is_slow and len(self.asked) > 1:
                sock.sendall(request[:-20])
                self.is_within_body.set()
                time.sleep(SLOW_BODY_SECONDS)
                sock.sendall(request[-20:])
            else:
                sock.sendall(request)
            one.sent = time.monotonic()
            while (whole := answer_in(data)) is None:
                piece = sock.recv(65536)
                if not piece:
                    raise ConnectionError("closed")
                data += piece
        except OSError as error:
            one.ended, one.broke = time.monotonic(), type(error).__name__
            return False
        one.ended = time.monotonic()
        one.status, fields, content = whole
        if one.status == 201:
            one.number, one.answer = json.loads(content)["number"], history.digest(content)
        else:
            one.problem = json.loads(content).get("type")
        return fields.get("connection", "").lower() != "close"


def judge_stop(asked, slow, signalled):
    """What does not hold about requests around a signal."""
    for one in asked:
        # A connection is known to be taken in when it was answered once: before, it may lie in the kernel's queue.
        if one.is_on_known_connection and one.sent is not None and one.sent < signalled and one.status is None:
            early = 1000 * (signalled - one.sent)
            yield Finding("dropped", f"a request sent {early:.1f} ms before the signal: {one.broke}")
        if one.status is not None and one.status not in (201, 503):
            yield Finding("answer", f"a request was answered {one.status} {one.problem}")
    for one in slow:
        if one.status != 201:
            yield Finding("dropped", f"a body that was under way at the signal: {one.status or one.broke}")


class Round:
    """One life of a service that is ended under load."""

    def __init__(self, run, name, answer):
        self.run = run
        self.folder = run.subfolder(name)
        self.receiver = run.use(Receiver(self.folder / "ledger.jsonl", answer))
        self.service = run.use(Service(run.binary, self.folder / "service", self.receiver, {"log.level": "notice"}))
        self.operations = []

    def play(self, rng, seconds, end=lambda service: service.terminate()):
        """Findings of one start, load and SIGTERM (or another end)."""
        self.service.start()
        clients = [Client(self.service, type(rng)(rng.getrandbits(64))) for _ in range(CLIENTS)]
        slow = [Client(self.service, type(rng)(rng.getrandbits(64)), is_slow=True) for _ in range(3)]
        for client in clients:
            client.start()
        time.sleep(seconds)
        for client in slow:
            client.start()
        for client in slow:
            require(client.is_within_body.wait(20), "a slow body did not begin")
        signalled = time.monotonic()
        end(self.service)
        code = self.service.wait(GRACE_SECONDS + 10)
        self.ended_after = time.monotonic() - signalled
        for client in clients + slow:
            client.join(20)
            require(not client.is_alive(), "a client did not end")
        asked = [one for client in clients + slow for one in client.asked]
        self.before = sum(one.sent is not None and one.sent < signalled for one in asked)
        # At the moment of the signal: sent before, answered after.
        self.under_way = sum(one.sent is not None and one.sent < signalled < one.ended and one.status is not None
                             for one in asked)
        self.operations += [one.operation(len(self.operations) + place) for place, one in enumerate(asked, 1)]
        findings = list(judge_stop(asked, [client.asked[1] for client in slow], signalled))
        if code != 0:
            findings.append(Finding("exit", f"it ended with {code}"))
        if self.ended_after > GRACE_SECONDS:
            findings.append(Finding("late", f"it ended {self.ended_after:.1f} s after the signal"))
        in_flight = self.service.query("SELECT count(*) FROM deliveries WHERE state = 1")[0][0]
        if in_flight:
            findings.append(Finding("unsettled", f"{in_flight} deliveries were left in flight"))
        return findings

    def conclude(self):
        with open(self.folder / "history.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps(operation) + "\n" for operation in self.operations)
        kept = checker.Kept(self.service.snapshot(self.folder / "end.db"))
        return checker.check(self.operations, kept, [received.entry() for received in self.receiver.all()])


def check_the_judge():
    """A request that was sent before the signal and never answered, as a server that just exits would leave it."""
    one = Asked("key", "digest", 1.0)
    one.is_on_known_connection, one.sent, one.ended, one.broke = True, 1.5, 2.5, "ConnectionError"
    require([finding.rule for finding in judge_stop([one], [one], 2.0)] == ["dropped", "dropped"],
            "the judge missed a dropped request")


@scenario("stop", weight=1)
def stop(run):
    """SIGTERM under load: every request that was taken in is answered, deliveries are settled, exit 0 within 40 s."""
    check_the_judge()
    # Makes the list of titles, once and before there are threads.
    order("none", run.rng)
    rounds = QUICK_ROUNDS if run.is_quick else LONG_ROUNDS
    findings = []
    # Beside each other: a house that takes its time, and one that never answers.
    swift = Round(run, "late-house", lambda received: (200, {}, 0.5))
    hanging = Round(run, "hanging-house", lambda received: (200, {}, 30))
    rngs = [type(run.rng)(run.rng.getrandbits(64)) for _ in range(2)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        hung = pool.submit(hanging.play, rngs[0], 1.0)
        for _ in range(rounds):
            findings += swift.play(rngs[1], 1.0 if run.is_quick else rngs[1].uniform(0.5, 4))
            run.add(rounds=1, sent_before=swift.before, under_way_at_signal=swift.under_way)
            run.worst(ended_s=round(swift.ended_after, 1))
        findings += hung.result()
    run.note(hanging_house_ended_s=round(hanging.ended_after, 1))
    for one in (swift, hanging):
        findings += one.conclude()
    run.judge(findings)


@scenario("stop-by-kill", control=True)
def stop_by_kill(run):
    """Control: a process that just ends drops requests that it had taken in, and leaves deliveries in flight."""
    one = Round(run, "killed", lambda received: (200, {}, 0.5))
    order("none", run.rng)
    findings = one.play(run.rng, 1.0, end=lambda service: service.kill())
    run.must_find(findings, "exit")
    run.must_find(findings, "unsettled")
    run.must_find(findings, "dropped")
    run.note(kinds=len({finding.rule for finding in findings}))
