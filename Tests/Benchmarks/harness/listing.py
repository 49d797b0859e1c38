"""The staff's list: first and deep pages, every filter and every kind of search, on databases of several sizes."""

import contextlib
import http.client
import json
import statistics
import urllib.parse

from . import machine, programs, quiet
from .databases import Filled
from .machine import require, say

STATUSES = ["placed", "submitted", "backordered", "cancel_requested", "on_hold", "partially_shipped", "exception",
            "returned", "shipped", "cancelled", "delivered"]
FLAGS = ["possible_duplicate", "unexpected_package", "quantity_mismatch", "delivery_exhausted", "near_limit"]
PAGE = 50
COMMON_NAME = "Marlowe"
PATH = "/v1/staff/orders"


def deep_cursor(server, token, offset):
    """The cursor of the page that starts `offset` orders after the newest: found as a person would, page by page."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    cursor, passed = None, 0
    while passed < offset:
        step = min(200, offset - passed)
        query = urllib.parse.urlencode({"limit": step} | ({"cursor": cursor} if cursor else {}))
        connection.request("GET", f"{PATH}?{query}", headers={"Authorization": f"Bearer {token}"})
        answer = json.load(connection.getresponse())
        cursor, passed = answer["next_cursor"], passed + len(answer["data"])
        require(cursor is not None, f"the list ends after {passed} orders")
    connection.close()
    return cursor


def _day_in_the_middle(path):
    """A date with orders: that of the middle order. Keys are milliseconds shifted by 20 bits."""
    low, high = programs.query(path, "SELECT min(id) >> 20, max(id) >> 20 FROM orders")[0]
    return programs.query(path, f"SELECT date({(low + high) // 2} / 1000, 'unixepoch')")[0][0]


def requests_for(filled, cursor):
    """[(kind, label, fields)]: kind is `page`, `filter`, `search` or `combined`; fields are those of the contract."""
    samples, day = filled.samples, _day_in_the_middle(filled.path)
    found = [("page", "first page", {}), ("page", "deep page", {"cursor": cursor})]
    found += [("filter", f"status {status}", {"status": [status]}) for status in STATUSES]
    found += [("filter", f"flag {flag}", {"flag": flag}) for flag in FLAGS]
    one_day = {"placed_from": day, "placed_to": day}
    found.append(("filter", "one day", one_day))
    given, family = samples["name"].split()[0], samples["name"].split()[-1]
    local, domain = samples["email"].split("@")
    searches = [
        ("name", samples["name"]), ("name prefix", f"{given[:3]} {family[:4]}"), ("e-mail prefix", f"{local}@"),
        ("e-mail domain", f"@{domain}"), ("order number", samples["number"]),
        ("tracking number", samples["tracking_number"]), ("phone", samples["phone"]),
        ("organization", samples["organization"]), ("city", samples["city"]), ("no hit", "Xyzzyquux"),
        ("no hit, a number", "0000-0000-01"), ("a tenth of all", COMMON_NAME),
    ]
    found += [("search", f"search {name}", {"q": text}) for name, text in searches]
    for name, text in (("name", samples["name"]), ("a tenth of all", COMMON_NAME), ("no hit", "Xyzzyquux")):
        found.append(("combined", f"search {name} + status delivered", {"q": text, "status": ["delivered"]}))
        found.append(("combined", f"search {name} + status on_hold", {"q": text, "status": ["on_hold"]}))
        found.append(("combined", f"search {name} + flag near_limit", {"q": text, "flag": "near_limit"}))
        found.append(("combined", f"search {name} + one day", {"q": text} | one_day))
    return found


def _as_requests(wanted):
    """For `mailroom-load ask`: every query as GET; the searches also as POST."""
    asked = []
    for kind, label, fields in wanted:
        query = urllib.parse.urlencode(fields | {"limit": PAGE}, doseq=True)
        asked.append({"label": label, "method": "GET", "path": f"{PATH}?{query}"})
        if kind == "search":
            body = json.dumps(fields | {"limit": PAGE})
            asked.append({"label": f"{label} (POST)", "method": "POST", "path": f"{PATH}/search", "body": body})
    return asked


def _prove_answers(server, token, wanted, orders):
    """Asks each once and looks at the answer: hits where there must be some, none where there must be none."""
    for kind, label, fields in wanted:
        query = urllib.parse.urlencode(fields | {"limit": PAGE}, doseq=True)
        status, _, body = programs.request(f"{server.url}{PATH}?{query}", headers={"Authorization": f"Bearer {token}"})
        require(status == 200, f"list: {label} was answered {status}: {body[:300]}")
        answer = json.loads(body)
        hits = answer["count"]["value"]
        if "no hit" in label:
            require(hits == 0 and not answer["data"], f"list: {label} has {hits} hits")
        elif kind in ("page", "search"):
            require(hits > 0 and answer["data"], f"list: {label} has no hit")
        if label in ("first page", "deep page", "search a tenth of all"):
            share = orders // 10 if label.startswith("search") else orders
            # Counts stop at 10,000. A copy may hold some orders more than it was filled with.
            require(hits >= min(10_000, share) and len(answer["data"]) == PAGE, f"list: {label} has {hits} hits")


class Size:
    """A server with a number of orders, the questions for it, and its answers so far."""

    def __init__(self, orders, anew):
        self.filled = Filled("shipped", orders, anew=anew)
        self.orders, self.offset, self.rounds = orders, orders // 2, []

    def open(self, stack):
        """Starts the server, looks at every answer once, and writes the questions down."""
        say(f"the list of {self.orders} orders")
        self.token = programs.create_token(self.filled.path)
        self.server = stack.enter_context(programs.Mailroom(self.filled.path))
        wanted = requests_for(self.filled, deep_cursor(self.server, self.token, self.offset))
        self.kinds = {label: kind for kind, label, _ in wanted}
        _prove_answers(self.server, self.token, wanted, self.orders)
        self.path = machine.DATA / f"requests-{self.orders}.json"
        self.path.write_text(json.dumps(_as_requests(wanted)))

    def ask(self, asks):
        answer = programs.load("ask", "--url", self.server.url, "--token", self.token, "--requests", self.path,
                               "--rounds", asks, "--warm", 5)
        for label, figures in answer["labels"].items():
            require(figures["status"] == 200, f"list: {label} was answered {figures['status']}")
        self.rounds.append(answer["labels"])

    def answers(self):
        """Medians over the rounds, microseconds: {label: {"kind", "p50", "p99", "max", "bytes"}}."""
        labels = {}
        for label in self.rounds[0]:
            figures = {field: statistics.median(each[label][field] for each in self.rounds)
                       for field in ("p50", "p99", "max", "bytes")}
            labels[label] = figures | {"kind": self.kinds[label.removesuffix(" (POST)")]}
        return labels


def run(sizes, asks, rounds, anew=False):
    """Asks the servers of all sizes in turn, so that what disturbs the machine disturbs them alike.

    Returns {"sizes": {"10000": {"labels": …, "deep_offset", "asks", "rounds"}}}.
    """
    servers = [Size(orders, anew) for orders in sizes]
    with contextlib.ExitStack() as stack:
        for each in servers:
            each.open(stack)
        for number in range(1, rounds + 1):
            say(f"the list, round {number}")
            quiet.settle("the list")
            for each in servers:
                each.ask(asks)
    return {"sizes": {str(each.orders): {
        "labels": each.answers(), "deep_offset": each.offset, "asks": asks, "rounds": rounds} for each in servers}}
