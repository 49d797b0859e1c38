"""Orders accepted, durable: Mailroom against raw SQLite in C, its own statements replayed by C, and FastAPI."""

import json
import re

from . import machine, programs, quiet
from .machine import require, say

PER_COMMIT = 64
# How much longer a commit may take at one moment of a round than at another. Between 120 and 260 µs is this machine's
# usual; another program that writes made it ten times as long, and bare C twenty times as slow.
STEADY = 3
SKUS = ",".join(machine.skus())


def sample_order(line1):
    """A body and headers for the one order that is looked at closely."""
    picked = machine.skus()[:3]
    body = {
        "items": [{"sku": sku, "quantity": 2} for sku in picked],
        "ship_to": {"name": "Leona Kessler", "line1": line1, "city": "Springfield", "region": "IL",
                    "postal_code": "62701", "country": "US"},
        "email": "leona.kessler@example.org", "requester_type": "patient", "language": "en"}
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"sample-{line1.replace(' ', '-')}"}
    return json.dumps(body).encode(), headers


def prove_service(url):
    """One order is placed, replayed under its key and refused when it is wrong: a server that answers 201 to anything,
    or without keys and validation, is not measured. Leaves one order behind."""
    body, headers = sample_order("1 Proof Street")
    status, _, first = programs.request(f"{url}/v1/orders", body, headers)
    require(status == 201, f"an order was answered {status}: {first[:500]}")
    answer = json.loads(first)
    members = {"number", "status", "placed_at", "items", "total_weight", "weight_limit", "status_token", "status_url"}
    require(set(answer) == members and len(answer["items"]) == 3, f"a 201 is not as agreed: {first[:500]}")
    status, replayed, second = programs.request(f"{url}/v1/orders", body, headers)
    require(status == 201 and second == first and replayed["Idempotency-Replayed"] == "true",
            "a repeated order is not replayed")
    for wrong in (body.replace(b"62701", b"99701"), body.replace(b'"quantity": 2', b'"quantity": 2000000')):
        status, _, _ = programs.request(f"{url}/v1/orders", wrong, {"Content-Type": "application/json"})
        require(status == 422, f"a wrong order is answered {status}")


def hit(server, seconds, seed):
    """New orders from 64 connections; every answer must be an order in the file.

    Returns {"orders", "per_second", "p50_us", "p99_us", "max_us"}.
    """
    before = programs.count(server.database, "orders")
    result = programs.wrk("orders.lua", server.url, seconds, seed, SKUS)
    stored = programs.count(server.database, "orders") - before
    answers = result["answers"]
    # wrk hangs up on what is under way at its end, so some orders more may be stored than it saw answered.
    require(answers <= stored <= answers + programs.CONNECTIONS, f"{answers} answers, but {stored} orders are stored")
    return {"orders": answers, "per_second": answers / result["seconds"],
            "p50_us": result["p50"], "p99_us": result["p99"], "max_us": result["max"]}


def run_mailroom(seconds, seed, house=None):
    database = machine.DATA / "intake-mailroom.db"
    programs.fresh_database(database)
    with programs.Mailroom(database, house=house) as server:
        prove_service(server.url)
        result = hit(server, seconds, seed)
        result["peak_mb"] = server.memory_mb("VmHWM")
    programs.remove_database(database)
    return result


def run_fastapi(seconds, seed, workers):
    database = machine.DATA / "intake-fastapi.db"
    programs.remove_database(database)
    with programs.FastAPI(database, workers) as server:
        prove_service(server.url)
        result = hit(server, seconds, seed)
    programs.remove_database(database)
    return result


# ---- the service's own statements


def writer_pragmas():
    """What the service's writer sets, read from its source, so that the replay cannot drift away from it."""
    source = (machine.ROOT / "Sources/SQLiteStore/ConnectionSettings.swift").read_text()
    found = re.findall(r"PRAGMA (\w+) = (-?\w+)", source)
    require(("synchronous", "FULL") in found, "ConnectionSettings.swift no longer shows its PRAGMAs")
    # GRDB turns foreign keys on for every connection.
    return "".join(f"PRAGMA {name} = {value};" for name, value in [("foreign_keys", "ON"), *found])


class Tape:
    """What the service's writer did in one untimed run, and its replays."""

    def __init__(self, seconds):
        self.path = machine.DATA / "intake.tape"
        self.start = machine.DATA / "intake-tape-start.db"
        recorded = machine.DATA / "intake-recorded.db"
        programs.fresh_database(self.start)
        programs.copy_database(self.start, recorded)
        say(f"recording the service's statements for {seconds} s")
        recorder = machine.BIN / "librecorder.so"
        with programs.Mailroom(recorded, preload=recorder, tape=self.path) as server:
            self.orders = hit(server, seconds, seed=9)["orders"]
        self._prove_whole(recorded)
        programs.remove_database(recorded)

    def _prove_whole(self, recorded):
        """The whole tape, replayed, makes the very rows that the service made."""
        database = machine.DATA / "intake-replay.db"
        result = self._replay(database, 10**9)
        require(result["whole_tape"] and result["mismatches"] == 0, f"the tape replays otherwise: {result}")
        require(result["orders"] == programs.count(recorded, "orders"), "the tape lacks orders")
        for (table,) in programs.query(recorded, "SELECT name FROM pragma_table_list WHERE type = 'table'"):
            # `meta` counts openings; SQLite's own tables are not ours.
            if table == "meta" or table.startswith("sqlite_"):
                continue
            require(programs.same_rows(recorded, database, table), f"the replayed table {table} is not the service's")
        programs.remove_database(database)

    def _replay(self, database, orders):
        programs.copy_database(self.start, database)
        return programs.replay(self.path, database, PER_COMMIT, orders, writer_pragmas())

    def replay(self, orders):
        """Replays as many orders; fewer when the tape is shorter, which favours C (the file is smaller)."""
        database = machine.DATA / "intake-replay.db"
        result = self._replay(database, min(orders, self.orders))
        stored = programs.count(database, "orders")
        require(stored == result["orders"] >= min(orders, self.orders), "the replay did not write its orders")
        for table in ("deliveries", "idempotency_keys"):
            if programs.has_table(database, table):
                require(programs.count(database, table) == stored, f"the replay did not write its {table}")
        require(result["mismatches"] == 0, f"the replay changed other rows than the service: {result}")
        programs.remove_database(database)
        return result


# ---- rounds


def choose_workers(seconds):
    """uvicorn with 1 and with 2 processes, once each; the better one is the peer."""
    rates = {}
    for workers in (1, 2):
        quiet.settle("FastAPI's workers")
        rates[workers] = run_fastapi(seconds, 17, workers)["per_second"]
    best = max(rates, key=rates.get)
    say(f"FastAPI: {rates[1]:.0f}/s with 1 worker, {rates[2]:.0f}/s with 2")
    return best, rates


def one_round(number, seconds, tape, workers):
    """Mailroom, then the peers at its number of orders; `commit_us` is what a commit took before each of them."""
    say(f"intake, round {number}")
    commits = []

    def timed(part, work):
        commits.append(quiet.settle(part))
        return work()

    mailroom = timed("Mailroom", lambda: run_mailroom(seconds, number))
    orders = mailroom["orders"]
    scratch = machine.DATA / "intake-bare.db"
    figures = {
        "orders": orders,
        "mailroom": mailroom["per_second"], "mailroom_p50_us": mailroom["p50_us"],
        "mailroom_p99_us": mailroom["p99_us"], "peak_mb": mailroom["peak_mb"],
        "bare_1": timed("bare C", lambda: programs.bare(scratch, orders, 1))["per_second"],
        "bare_64": timed("bare C, 64", lambda: programs.bare(scratch, orders, PER_COMMIT))["per_second"],
        "fastapi": timed("FastAPI", lambda: run_fastapi(seconds, number, workers))["per_second"],
    }
    replayed = timed("the replay", lambda: tape.replay(orders))
    figures |= {"replay_64": replayed["per_second"], "replay_orders": replayed["orders"],
                "commit_us": commits + [quiet.commit_microseconds()]}
    for peer in ("bare_1", "bare_64", "replay_64", "fastapi"):
        figures[f"ratio_{peer}"] = figures["mailroom"] / figures[peer]
    say("  " + ", ".join(f"{name} {value:,.2f}" if value < 100 else f"{name} {value:,.0f}"
                         for name, value in figures.items() if name != "commit_us"))
    return figures


def is_steady(figures):
    """Whether the disk took about as long for a commit before every part of a round: else they do not compare."""
    return max(figures["commit_us"]) <= STEADY * min(figures["commit_us"])


def run(rounds, seconds, try_workers=True):
    """Every steady round's figures: {"rounds": […], "set_aside": […], "fastapi_workers": n, "fastapi_rates": {…}}.

    A round in which the disk changed its speed is set aside and another one run, at most as many as are wanted.
    """
    workers, rates = choose_workers(min(seconds, 5)) if try_workers else (1, {})
    tape = Tape(max(seconds + 1, round(seconds * 1.4)))
    steady, set_aside = [], []
    for number in range(1, 2 * rounds + 1):
        figures = one_round(number, seconds, tape, workers)
        (steady if is_steady(figures) else set_aside).append(figures)
        if len(steady) == rounds:
            break
        if not is_steady(figures):
            say(f"  set aside: a commit took {min(figures['commit_us']):.0f} to {max(figures['commit_us']):.0f} µs")
    require(steady, f"the disk was never steady: see {[figures['commit_us'] for figures in set_aside]}")
    return {"rounds": steady, "set_aside": set_aside, "seconds": seconds, "fastapi_workers": workers,
            "fastapi_rates": {str(key): value for key, value in rates.items()}, "tape_orders": tape.orders}
