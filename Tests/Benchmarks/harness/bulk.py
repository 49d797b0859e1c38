"""A million orders: download as CSV, memory, start, bytes on the disk, and how costs grow with the number of orders."""

import statistics
import time

from . import flow, intake, machine, programs, quiet
from .databases import Filled
from .machine import require, say

CSV_PATH = "/v1/staff/orders.csv"
INTAKE_PER_SECOND = 500
WARM_SECONDS = 3


def _download(server, token, orders):
    result = programs.load("download", "--url", server.url, "--token", token, "--path", CSV_PATH)
    require(result["status"] == 200, f"the download was answered {result['status']}")
    # A header line; orders that are placed meanwhile may come on top.
    require(result["lines"] >= orders + 1, f"the sheet has {result['lines']} lines")
    return result


def _rate(server, seconds):
    return programs.start_load(
        "rate", "--url", server.url, "--per-second", INTAKE_PER_SECOND, "--seconds", seconds)


def _finished_rate(process, seconds):
    result = programs.finish_load(process, seconds + 60)
    require(result["refused"] == 0 and result["errors"] == 0, f"intake beside the download failed: {result}")
    return {name: result["latency"][name] for name in ("p50", "p99", "max")}


def csv(orders, seconds, rounds=1, anew=False):
    """Speed and memory of a download, and the intake's latency alone and meanwhile."""
    filled = Filled("shipped", orders, anew=anew)
    database = filled.copy("csv.db")
    token = programs.create_token(database)
    downloads, pairs = [], []
    for number in range(1, rounds + 1):
        say(f"a sheet of {orders} orders, round {number}")
        quiet.settle("CSV")
        with programs.Mailroom(database) as server:
            programs.request(f"{server.url}/v1/staff/orders", headers={"Authorization": f"Bearer {token}"})
            before = server.memory_mb("VmRSS")
            server.reset_peak()
            result = _download(server, token, orders)
            grown = server.memory_mb("VmHWM") - before
            downloads.append({"rows_per_second": (result["lines"] - 1) / result["seconds"], "grown_mb": grown,
                              "before_mb": before, "bytes": result["bytes"], "seconds": result["seconds"]})
            # The first seconds of intake bring the file's pages in: they belong to neither of the two.
            _finished_rate(_rate(server, WARM_SECONDS), WARM_SECONDS)
            quiet.settle("CSV, intake alone")
            alone = _finished_rate(_rate(server, seconds), seconds)
            quiet.settle("CSV, intake during downloads")
            client, meanwhile = _rate(server, seconds), 0
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                _download(server, token, orders)
                meanwhile += 1
            pairs.append({"alone": alone, "meanwhile": _finished_rate(client, seconds), "downloads": meanwhile})
    programs.remove_database(database)
    return {"orders": orders, "downloads": downloads, "intake": pairs, "per_second": INTAKE_PER_SECOND}


def memory(orders, anew=False):
    """RSS of the idle server, in megabytes, after its start and a few requests of each kind."""
    filled = Filled("shipped", orders, anew=anew)
    say(f"memory with {orders} orders")
    token = programs.create_token(filled.path)
    headers = {"Authorization": f"Bearer {token}"}
    with programs.Mailroom(filled.path) as server:
        started = server.memory_mb("VmRSS")
        for _ in range(5):
            for path in ("/v1/catalog", "/v1/staff/orders", "/v1/staff/orders?q=Marlowe", "/readyz"):
                status, _, _ = programs.request(server.url + path, headers=headers)
                require(status == 200, f"{path} was answered {status}")
        time.sleep(2)
        return {"orders": orders, "started_mb": started, "idle_mb": server.memory_mb("VmRSS")}


def start(sizes, starts, anew=False):
    """Milliseconds from the spawn to the first 200 of GET /v1/catalog, for each size."""
    found = {}
    for orders in sizes:
        filled = Filled("shipped", orders, anew=anew)
        say(f"{starts} starts with {orders} orders")
        quiet.settle("start")
        found[str(orders)] = [programs.start_milliseconds(filled.path) for _ in range(starts)]
    return {"sizes": found}


def size(orders, anew=False):
    """Bytes an order takes in a database whose orders were all announced."""
    filled = Filled("delivered", orders, anew=anew)
    pages, free, page_bytes = (programs.query(filled.path, f"PRAGMA {name}")[0][0]
                               for name in ("page_count", "freelist_count", "page_size"))
    # Python's SQLite has no dbstat; Debian's shell has.
    text = machine.output(["sqlite3", "-readonly", "-separator", "\t", filled.path,
                           "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"])
    tables = {name: int(count) / orders for name, count in (line.split("\t") for line in text.splitlines())}
    return {"orders": orders, "bytes_per_order": (pages - free) * page_bytes / orders, "tables": tables}


def growth(sizes, seconds, updates, anew=False):
    """Intake and inbound rates against the number of orders that are there already."""
    found = {}
    for orders in sizes:
        filled = Filled("shipped", orders, anew=anew)
        database = filled.copy("growth.db")
        say(f"intake and updates beside {orders} orders")
        quiet.settle("growth")
        with programs.Mailroom(database) as server:
            placed = intake.hit(server, seconds, seed=3)
            sent = flow.send_updates(server, database, updates)
        programs.remove_database(database)
        found[str(orders)] = {"intake_per_second": placed["per_second"], "inbound_per_second": sent["per_second"]}
    return {"sizes": found}


def peak_under_load(found_intake):
    """The largest memory of the server in the intake's rounds, in megabytes: median over the rounds."""
    return statistics.median(entry["peak_mb"] for entry in found_intake["rounds"])
