"""What flows through the service: latency under a steady rate, announcements, deliveries, the house's updates."""

import statistics

from . import intake, machine, programs, quiet
from .databases import Filled
from .machine import require, say

CONCURRENCY = 64


def _accepted_all(result, name):
    require(result["refused"] == 0 and result["errors"] == 0 and result["accepted"] == result["sent"],
            f"{name}: {result['sent']} sent, {result['accepted']} accepted, {result['errors']} errors")
    return result


def half_of(found_intake):
    """Half of the intake median, orders per second."""
    return int(statistics.median(entry["mailroom"] for entry in found_intake["rounds"]) / 2)


def latency(per_second, seconds, rounds=1):
    """Open loop at a fixed rate on an empty database, the house down; microseconds from the intended time."""
    found = []
    for number in range(1, rounds + 1):
        say(f"latency at {per_second}/s for {seconds} s, round {number}")
        database = machine.DATA / "latency.db"
        programs.fresh_database(database)
        quiet.settle("latency")
        with programs.Mailroom(database) as server:
            result = programs.load("rate", "--url", server.url, "--per-second", per_second, "--seconds", seconds)
        stored = programs.count(database, "orders")
        require(stored == result["accepted"], f"latency: {result['accepted']} accepted, {stored} stored")
        programs.remove_database(database)
        found.append(_accepted_all(result, "latency"))
    return {"per_second": per_second, "seconds": seconds, "rounds": found}


def announce(per_second, seconds, rounds=1):
    """From the sending of an order to the arrival of its webhook; the house answers at once."""
    found = []
    for number in range(1, rounds + 1):
        say(f"announcements at {per_second}/s for {seconds} s, round {number}")
        database = machine.DATA / "announce.db"
        port = programs.free_port()
        programs.fresh_database(database)
        quiet.settle("announcements")
        with programs.Mailroom(database, house=f"http://127.0.0.1:{port}/") as server:
            result = programs.load(
                "announce", "--url", server.url, "--listen", port, "--per-second", per_second, "--seconds", seconds)
        programs.remove_database(database)
        require(result["arrived"] == result["sent"], f"{result['arrived']} of {result['sent']} webhooks arrived")
        found.append(_accepted_all(result, "announce"))
    return {"per_second": per_second, "seconds": seconds, "rounds": found}


def with_house(seconds):
    """The intake's rate while a house takes the announcements at once; for information."""
    say("intake with a house that answers at once")
    quiet.settle("intake with a house")
    port = programs.free_port()
    house = programs.start_load("receive", "--listen", port, "--expect", 10**9, "--seconds", seconds + 6)
    try:
        programs.wait_until_listening(house, port)
        result = intake.run_mailroom(seconds, 77, house=f"http://127.0.0.1:{port}/")
        received = programs.finish_load(house, seconds + 60)
    finally:
        programs.end(house)
    require(received["distinct"] > 0, "the house received nothing")
    return {"per_second": result["per_second"], "orders": result["orders"], "delivered": received["distinct"]}


def deliveries(orders, second_events, rounds=1, anew=False):
    """A backlog goes out to a receiver that answers at once; claims and settlements are commits."""
    backlog = Filled("pending", orders, second_events, anew=anew)
    found = []
    for number in range(1, rounds + 1):
        say(f"{backlog.events} deliveries, round {number}")
        database = backlog.copy("deliveries.db")
        quiet.settle("deliveries")
        port = programs.free_port()
        limit = 60 + backlog.events // 500
        house = programs.start_load("receive", "--listen", port, "--expect", backlog.events, "--seconds", limit)
        try:
            programs.wait_until_listening(house, port)
            settings = {"MAILROOM_FULFILLMENT_CONCURRENCY": str(CONCURRENCY)}
            with programs.Mailroom(database, house=f"http://127.0.0.1:{port}/", settings=settings):
                result = programs.finish_load(house, limit + 60)
        finally:
            programs.end(house)
        _prove_delivered(database, backlog, second_events, result)
        programs.remove_database(database)
        found.append(result)
    return {"orders": orders, "second_events": second_events, "concurrency": CONCURRENCY, "rounds": found}


def _prove_delivered(database, backlog, second_events, result):
    require(result["distinct"] == backlog.events, f"{result['distinct']} of {backlog.events} deliveries arrived")
    require(result["out_of_sequence"] == 0, f"{result['out_of_sequence']} orders heard their events out of order")
    require(result["orders_with_two_events"] == second_events,
            f"{result['orders_with_two_events']} orders had two events instead of {second_events}")
    open_ones = programs.query(database, "SELECT count(*) FROM deliveries WHERE state <> 2")[0][0]
    require(open_ones == 0, f"{open_ones} deliveries arrived and are not settled")


def send_updates(server, database, updates):
    """Signs and sends updates of orders of `database`; {"updates", "per_second", "p50_us", "p99_us"}."""
    path = machine.DATA / "updates.tsv"
    programs.load("sign-updates", "--database", database, "--secret", server.inbound_secret, "--count", updates,
                  "--out", path)
    result = programs.wrk("updates.lua", server.url, 120, path)
    path.unlink()
    require(result["others"] == 0 and result["applied"] == updates,
            f"{result['applied']} of {updates} updates were applied, {result['others']} otherwise answered")
    return {"updates": updates, "per_second": updates / result["seconds"],
            "p50_us": result["p50"], "p99_us": result["p99"]}


def inbound(orders, rounds=1, anew=False):
    """The house's updates, verified and applied, each to an order of its own."""
    filled = Filled("delivered", orders, anew=anew)
    found = []
    for number in range(1, rounds + 1):
        say(f"{orders} inbound updates, round {number}")
        database = filled.copy("inbound.db")
        quiet.settle("inbound")
        with programs.Mailroom(database) as server:
            before = programs.count(database, "package_updates")
            found.append(send_updates(server, database, orders))
            stored = programs.count(database, "package_updates") - before
        require(stored == orders, f"{stored} of {orders} updates are stored")
        programs.remove_database(database)
    return {"orders": orders, "rounds": found}
