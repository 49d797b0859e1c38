"""Clients by the thousand that idle, drip, half close, do not read, or hang up; and normal ones among them."""

import contextlib
import http.server
import json
import threading
import time
import uuid

from harness import checker, history
from harness.checker import Finding
from harness.clients import order
from harness.hostile_clients import (
    DRIP_BODY, DRIP_HEAD, GET, Crowd, Kind, address_of, allow_descriptors, connect, hang_up, order_request)
from harness.hostile_flood import Flood
from harness.hostile_load import percentile
from harness.hostile_noise import Noise
from harness.machine import require, scenario, wait_until
from harness.receiver import Receiver
from harness.service import Service

# When the service has had enough (`Patience.swift`): of a connection on which nothing moves, of a head, of a body, of an
# answer that nobody takes.
IDLE_SECONDS, HEAD_SECONDS, BODY_SECONDS, DEAF_SECONDS = 30, 10, 10, 30
QUICK_PATIENCE_SECONDS, LONG_PATIENCE_SECONDS = 25, 10
NORMAL_PER_SECOND = 20
NORMAL_P99_MS = 250
# At a load of 24 on two cores it was 1.5 s; where slow clients take the places of others, it is their ten seconds.
QUICK_NORMAL_P99_MS = 1000
# Spread over the time that the slow ones take: more at once would only show how fast connections can be opened.
QUICK_HANG_UPS, LONG_HANG_UPS, HANG_UP_SECONDS = 1000, 5000, 25
# Connections to the house that are kept for the next delivery come and go.
DESCRIPTORS_LEFT = 24
CATALOG = GET % b"/v1/catalog"
LIVEZ = GET % b"/livez"

# How many, of which kind, and when they must be gone. The half closed have nothing more to say. In the quick part there
# are so many times fewer.
QUICK_SHARE = 5
CROWD = [
    (600, Kind("idle"), IDLE_SECONDS),
    (300, Kind("idle after an answer", LIVEZ), IDLE_SECONDS),
    (150, Kind("silent within the head", b"GET /livez HT"), HEAD_SECONDS),
    (300, Kind("dripping head", DRIP_HEAD, drip=b"x"), HEAD_SECONDS),
    (200, Kind("dripping body", DRIP_BODY, drip=b" "), BODY_SECONDS),
    (100, Kind("silent within the body", DRIP_BODY + b"{"), BODY_SECONDS),
    (50, Kind("dripping empty lines", b"\r\n", drip=b"\r\n"), HEAD_SECONDS),
    (100, Kind("half closed, nothing sent", half_close=True), 0),
    (100, Kind("half closed after a request", LIVEZ, half_close=True), 0),
    (100, Kind("half closed within a body", DRIP_BODY + b"{", half_close=True), 0),
]
# They read nothing, so they do not see that they were cut off: the service's descriptors tell.
# Each asks for more than the kernel's buffers hold.
DEAF = (20, Kind("deaf", CATALOG * 200, reads=False, receive_buffer=4096), DEAF_SECONDS)


def crowd_of(run):
    share = QUICK_SHARE if run.is_quick else 1
    return [(count // share, kind, deadline) for count, kind, deadline in [*CROWD, DEAF]]


def judge_lives(kind, lives, still_open, deadline, patience):
    """What does not hold about when a kind of client was cut off."""
    if still_open:
        yield Finding("never-closed", f"{still_open} that were {kind.name} are still connected")
    if lives and lives[-1] > deadline + patience:
        yield Finding("closed-late", f"{kind.name}: closed after {lives[-1]:.1f} s, with a deadline of {deadline} s")


def connections_of(service):
    """How many connections to its port the service holds: those in /proc with an inode, which somebody has open."""
    port, count = f":{service.port:04X}", 0
    with open("/proc/net/tcp", encoding="utf-8") as table:
        for line in table:
            fields = line.split()
            # 0A is the listener; normal clients come from 127.9.…
            count += (fields[1].endswith(port) and fields[3] != "0A" and fields[9] != "0"
                      and not fields[2].startswith("097F", 4))
    return count


@contextlib.contextmanager
def patient_server():
    """A server that waits for ever, as most do by default: what the judge must be able to see."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class Leavers:
    """Clients that send a part of an order, of any length, and go away with FIN or RST; each under its own key."""

    def __init__(self, run, service, count):
        self.run, self.service, self.count = run, service, count
        self.operations, self.failed = [], 0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        rng = type(self.run.rng)(self.run.seed)
        began = time.monotonic()
        for serial in range(self.count):
            time.sleep(max(0.0, began + serial * HANG_UP_SECONDS / self.count - time.monotonic()))
            key = str(uuid.UUID(int=rng.getrandbits(128), version=4))
            body = json.dumps(order(key, rng)).encode()
            request = order_request(body, key)
            # One in ten sends all of it, and does not wait for the answer.
            length = len(request) if rng.random() < 0.1 else rng.randrange(len(request))
            start = time.monotonic()
            outcome = history.UNKNOWN if length == len(request) else history.REFUSED
            try:
                hang_up(self.service.port, request, length, address_of(serial, net=3), rng.random() < 0.5)
            except OSError:
                self.failed += 1
            self.operations.append(
                {"op": -1 - serial, "kind": "order", "key": key, "digest": history.digest(body), "start": start,
                 "end": time.monotonic(), "outcome": outcome, "sent_bytes": length})


@scenario("clients", weight=1, waits=True)
def clients(run):
    """2,000 idle, dripping, half-closed and deaf clients and 5,000 that hang up: normal ones served, no half order."""
    allow_descriptors(8192)
    receiver = run.use(Receiver(run.folder / "ledger.jsonl"))
    service = run.use(Service(
        run.binary, run.folder / "service", receiver,
        {"log.level": "warning", "http.connections.per.address": 64, "http.connections": 4096}))
    service.start()
    flood = Flood(service, run.rng, run.folder)
    flood.send(NORMAL_PER_SECOND, 2)
    time.sleep(1)
    before = service.descriptors()
    require(connections_of(service) == 0, "there are connections before there are clients")
    patience = QUICK_PATIENCE_SECONDS if run.is_quick else LONG_PATIENCE_SECONDS
    seconds = max(IDLE_SECONDS, DEAF_SECONDS) + patience + 1
    leavers = Leavers(run, service, QUICK_HANG_UPS if run.is_quick else LONG_HANG_UPS)
    findings = []
    kinds = crowd_of(run)
    deaf = kinds[-1][0]
    with Noise(run.is_quick) as noise, Crowd(service.port) as crowd, patient_server() as elsewhere, Crowd(elsewhere, 2) as control:
        began = time.monotonic()
        for count, kind, _ in kinds:
            crowd.add(kind, count)
        control.add(CROWD[0][1], 5)
        require(crowd.refused == 0, f"{crowd.refused} could not connect")
        most = sum(count for count, kind, _ in kinds if not kind.half_close)
        # Those that the kernel took in for it count when the service has accepted them.
        wait_until(lambda: connections_of(service) >= most * 0.9, HEAD_SECONDS / 2, every=0.1, problem=lambda:
                   f"only {connections_of(service)} connections are held by {most} clients")
        held = connections_of(service)
        loop = flood.begin(NORMAL_PER_SECOND, seconds)
        leavers.thread.start()
        # Whoever has to go goes at the latest now.
        while time.monotonic() - began < seconds and (
                crowd.open_count() > deaf or connections_of(service) > 0):
            time.sleep(0.5)
        # Not before their time: the last of them must not be cut off by our own leaving.
        emptied = time.monotonic() - began
        loop.stop()
        leavers.thread.join(120)
        for _, kind, deadline in CROWD:
            lives = crowd.lives(kind)
            findings += judge_lives(kind, lives, crowd.open_count(kind), deadline, patience)
            run.say(f"{kind.name}: gone after {lives[0] if lives else 0:.1f} to {lives[-1] if lives else 0:.1f} s, "
                    f"answered {crowd.statuses(kind)}")
        late = judge_lives(CROWD[0][1], [IDLE_SECONDS + patience + 1], 0, IDLE_SECONDS, patience)
        require([finding.rule for finding in late] == ["closed-late"], "the judge did not see who was cut off late")
        left = control.open_count(CROWD[0][1])
        require([finding.rule for finding in judge_lives(CROWD[0][1], [], left, IDLE_SECONDS, patience)] == ["never-closed"],
                "the judge did not see a server that waits for ever")
        wait_until(lambda: connections_of(service) == 0, patience, every=0.1, problem=lambda:
                   f"{connections_of(service)} connections are still held, by deaf clients or leavers")
        wait_until(lambda: service.descriptors() <= before + DESCRIPTORS_LEFT, 5, every=0.1, problem=lambda:
                   f"{service.descriptors() - before} descriptors are still held")
    latencies = loop.latencies(201)
    bad = {str(one["status"]) for one in loop.operations} - {"201"}
    run.note(
        slow_clients=len(crowd.clients), held_connections=held, all_gone_s=round(emptied, 1), normal=len(latencies),
        normal_p50_ms=round(percentile(latencies, 0.5), 1), normal_p99_ms=round(percentile(latencies, 0.99), 1),
        noise_p99_ms=round(noise.p99_ms, 1), hang_ups=leavers.count, descriptors_left=service.descriptors() - before)
    require(leavers.failed == 0, f"{leavers.failed} clients that hang up could not connect")
    if bad:
        findings.append(Finding("answer", f"normal clients were answered {', '.join(sorted(bad))}"))
    if percentile(latencies, 0.99) > noise.allow(QUICK_NORMAL_P99_MS if run.is_quick else NORMAL_P99_MS):
        findings.append(Finding("slow", f"p99 {percentile(latencies, 0.99):.0f} ms"))
    findings += conclude(run, service, receiver, flood.operations + leavers.operations)
    run.judge(findings)


def conclude(run, service, receiver, operations):
    """The service is as it was, ends well, and its file holds whole orders only."""
    status, _, _ = service.request("GET", "/livez")
    require(status == 200, f"/livez answers {status}")
    code = service.stop()
    require(code == 0, f"the service ended with {code}")
    kept = checker.Kept(service.snapshot(run.folder / "end.db"))
    run.note(whole_orders_of_hang_ups=sum(
        1 for _, _, key in kept.orders if key in {one["key"] for one in operations if one["op"] < 0}))
    halves = service.query(
        "SELECT count(*) FROM orders WHERE NOT json_valid(lines) OR json_array_length(lines) <> titles")
    require(halves[0][0] == 0, f"{halves[0][0]} orders have not all of their lines")
    return checker.check(operations, kept, [received.entry() for received in receiver.all()])


@scenario("crowd-of-one-address", waits=True)
def one_address(run):
    """A cap of connections per address: the surplus of one address is turned away, another address is served."""
    cap, surplus, address = 16, 24, "127.8.0.1"
    service = run.use(Service(
        run.binary, run.folder / "service", None, {"http.connections.per.address": cap, "log.level": "warning"}))
    service.start()
    served, turned_away, kept = 0, 0, []
    for _ in range(cap + surplus):
        sock = connect(service.port, address)
        kept.append(sock)
        status = ask(sock)
        served += status == 200
        turned_away += status in (None, 429, 503)
    run.note(cap=cap, tried=cap + surplus, served=served, turned_away=turned_away)
    require(served == cap and turned_away == surplus, f"{served} were served, {turned_away} turned away")
    with contextlib.closing(connect(service.port, "127.8.0.2")) as other:
        require(ask(other) == 200, "another address was not served")
    for sock in kept[:4]:
        sock.close()

    def has_room():
        with contextlib.closing(connect(service.port, address)) as sock:
            return ask(sock) == 200
    wait_until(has_room, 15, "places that were given up are not given again")
    for sock in kept:
        sock.close()
    require(service.stop() == 0, "it did not end well")


def ask(sock):
    """The status of GET /livez; None when the connection is closed instead."""
    try:
        sock.settimeout(10)
        sock.sendall(LIVEZ)
        answer = sock.recv(4096)
        return int(answer.split(b" ")[1]) if answer else None
    except OSError:
        return None


@scenario("crowd-of-all", waits=True)
def all_addresses(run):
    """A cap on all connections: whoever comes next is served, and the one that has kept us waiting longest goes."""
    cap = 32
    service = run.use(Service(
        run.binary, run.folder / "service", None, {"http.connections": cap, "log.level": "warning"}))
    service.start()
    with Crowd(service.port, 5) as crowd:
        # Far enough apart that there is no doubt who waits longer.
        crowd.add(CROWD[0][1], cap // 2, per_address=1)
        wait_until(lambda: connections_of(service) == cap // 2, 15, lambda: f"{connections_of(service)} are connected")
        time.sleep(1.5)
        crowd.add(CROWD[0][1], cap // 2, per_address=1)
        wait_until(lambda: connections_of(service) == cap, 15, lambda: f"{connections_of(service)} are connected")
        newcomers = 8
        for place in range(newcomers):
            sock = run.use(contextlib.closing(connect(service.port, f"127.6.0.{place + 1}")))
            status = ask(sock)
            require(status == 200, f"a newcomer was answered {status}")
        wait_until(lambda: cap - crowd.open_count() >= newcomers, 15,
                   lambda: f"{cap - crowd.open_count()} idle connections went for {newcomers} newcomers")
        gone = cap - crowd.open_count()
        # The oldest first, and no more than came.
        oldest = sum(client.ended_at is not None for client in crowd.clients[:cap // 2])
        run.note(cap=cap, newcomers=newcomers, gone=gone, of_the_oldest=oldest)
        require(gone == oldest == newcomers, f"{gone} went for {newcomers} newcomers, {oldest} of them the oldest")
    require(service.stop() == 0, "it did not end well")
