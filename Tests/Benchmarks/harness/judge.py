"""Holds what was measured against what is to be reached."""

import dataclasses
import statistics

# What a ratio may fall to, as a share of what the table asks, before `--quick` fails.
QUICK_SHARE = 0.7


@dataclasses.dataclass
class Row:
    """One line of the table: `values` are the rounds' figures in `unit`, `bound` what their median must reach.

    With `every_round`, the worst of them must reach it.
    """

    what: str
    how: str
    values: list
    bound: float
    unit: str = ""
    at_most: bool = False
    is_ratio: bool = False
    note: str = ""
    every_round: bool = False

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def is_met(self):
        figure = self.median
        if self.every_round:
            figure = max(self.values) if self.at_most else min(self.values)
        return figure <= self.bound if self.at_most else figure >= self.bound

    @property
    def is_near(self):
        """Whether it reaches the share that `--quick` asks for."""
        if self.at_most:
            return self.median <= self.bound / QUICK_SHARE
        return self.median >= self.bound * QUICK_SHARE

    @property
    def target(self):
        return f"{'≤' if self.at_most else '≥'} {self.bound:,g}{self.unit}"

    @property
    def complaint(self):
        return f"{self.what}: {self.median:.2f}, and {self.target} is asked for"


def _ratio(what, how, values, bound, at_most=False, note=""):
    return Row(what, how, values, bound, " ×", at_most, True, note)


def _intake(found):
    rounds = found["rounds"]

    def ratios(peer):
        return [entry[f"ratio_{peer}"] for entry in rounds]

    how = f"64 connections, every request a new order, {len(rounds)} rounds of {found['seconds']} s"
    workers = found["fastapi_workers"]
    return [
        _ratio("orders accepted / raw C, one commit per order", how, ratios("bare_1"), 1.5),
        _ratio("orders accepted / C replay of the service's statements, 64 a commit", how, ratios("replay_64"), 0.6),
        _ratio("orders accepted / FastAPI + SQLAlchemy", how, ratios("fastapi"), 10,
               note=f"uvicorn with {workers} worker{'s' if workers > 1 else ''}"),
        Row("memory under full load", "peak of RSS in the intake's rounds", [entry["peak_mb"] for entry in rounds],
            120, " MB", True),
    ]


def _latency(found):
    how = f"open loop at {found['per_second']:,}/s, {found['seconds']} s, from the intended time"
    return [
        Row(f"latency at half of that rate, {label}", how,
            [entry["latency"][field] / 1000 for entry in found["rounds"]], bound, " ms", True,
            every_round=field == "max")
        for label, field, bound in (("p50", "p50", 3), ("p99", "p99", 15), ("longest", "max", 150))]


def _announce(found):
    how = f"{found['per_second']} orders/s for {found['seconds']} s, the house answers at once"
    return [
        Row(f"order sent → webhook arrived, {field}", how,
            [entry["arrival"][field] / 1000 for entry in found["rounds"]], bound, " ms", True)
        for field, bound in (("p50", 5), ("p99", 40))]


def _deliveries(found):
    how = (f"backlog of {found['orders']:,} orders, {found['second_events']:,} of them with two events (sequence "
           f"kept), local receiver, fulfillment.concurrency {found['concurrency']}")
    rates = [entry["per_second"] for entry in found["rounds"]]
    return [Row("deliveries, claim and settle durable", how, rates, 6000, "/s")]


def _inbound(found):
    how = f"{found['orders']:,} signed updates, each to another order, 64 connections, all applied"
    return [Row("inbound shipping updates", how, [entry["per_second"] for entry in found["rounds"]], 4000, "/s")]


def _worst(labels, kinds, field):
    """(figure in milliseconds, label) of the slowest query of some kinds."""
    return max((entry[field] / 1000, label) for label, entry in labels.items() if entry["kind"] in kinds)


def _list(found):
    sizes = sorted(found["sizes"], key=int)
    small, large = found["sizes"][sizes[0]]["labels"], found["sizes"][sizes[-1]]["labels"]
    asks, rounds = (found["sizes"][sizes[-1]][name] for name in ("asks", "rounds"))
    how = f"{int(sizes[-1]):,} orders with 3 lines and a package, {rounds} rounds, each query {asks} times"
    simple = ("page", "filter", "search")
    rows = []
    for field, bound in (("p50", 5), ("p99", 25)):
        figure, label = _worst(large, simple, field)
        rows.append(Row(f"staff list, slowest page, filter or search, {field}", how, [figure], bound, " ms", True,
                        note=label))
    figure, label = _worst(large, ("combined",), "p99")
    rows.append(Row("a search with a filter, slowest, p99", how, [figure], 150, " ms", True, note=label))
    offset = found["sizes"][sizes[-1]]["deep_offset"]
    deep = large["deep page"]["p50"] / large["first page"]["p50"]
    rows.append(_ratio("page deep in the list / first page, p50", f"{offset:,} orders down", [deep], 1.3, True))
    return rows + (_list_growth(small, large, sizes) if len(sizes) > 1 else [])


def _list_growth(small, large, sizes):
    """The query of each kind whose cost grew most with the number of orders."""
    how = f"p50 at {int(sizes[-1]):,} orders / at {int(sizes[0]):,}, each query"
    rows = []
    for kind, name in (("page", "pages"), ("filter", "filters"), ("search", "searches")):
        grown = [(entry["p50"] / small[label]["p50"], label) for label, entry in large.items() if entry["kind"] == kind]
        # A search that finds 4 orders among few and 400 among many has more to show: that is no cost of size. The quick
        # verdict is on those that fill the same page at both sizes.
        alike = [(ratio, label) for ratio, label in grown
                 if 0.9 < large[label]["bytes"] / small[label]["bytes"] < 1.1]
        if kind == "search" and grown:
            worst, label = max(grown)
            rows.append(Row(f"the list as it grows, {name}", f"{how} (worst: {label}; {_within(grown)})", [worst], 1.5,
                            " ×", True))
            name, grown = "searches with an answer of the same size", alike
        if grown:
            worst, label = max(grown)
            rows.append(_ratio(f"the list as it grows, {name}", how, [worst], 1.5, True,
                               f"worst: {label}; {_within(grown)}"))
    return rows


def _within(grown):
    return f"{sum(ratio <= 1.5 for ratio, _ in grown)} of {len(grown)} are within"


def _csv(found):
    how = f"{found['orders']:,} orders, streamed"
    pairs = [pair["meanwhile"]["p99"] / pair["alone"]["p99"] for pair in found["intake"]]
    return [
        Row("CSV", how, [entry["rows_per_second"] for entry in found["downloads"]], 100_000, " rows/s"),
        Row("memory growth meanwhile", how, [entry["grown_mb"] for entry in found["downloads"]], 32, " MB", True),
        _ratio("intake p99 during downloads / alone", f"{found['per_second']} orders/s", pairs, 3, True),
    ]


def _memory(found):
    return [Row("memory, idle", f"{found['orders']:,} orders, after some requests", [found["idle_mb"]], 40, " MB",
                True)]


def _start(found):
    largest = max(found["sizes"], key=int)
    return [Row("start", f"{int(largest):,} orders, spawn to first answer, {len(found['sizes'][largest])} starts",
                found["sizes"][largest], 250, " ms", True)]


def _size(found):
    return [Row("database size per order", f"{found['orders']:,} announced orders of 3 lines",
                [found["bytes_per_order"] / 1000], 1.6, " KB", True, note="1 KB is 1,000 bytes")]


JUDGES = {
    "intake": _intake, "latency": _latency, "announce": _announce, "deliveries": _deliveries, "inbound": _inbound,
    "list": _list, "csv": _csv, "memory": _memory, "start": _start, "size": _size,
}


def rows(results):
    """The table of what was measured, in the order of JUDGES."""
    return [row for name, judge in JUDGES.items() if name in results for row in judge(results[name])]


def quick_complaints(results):
    """Every ratio that fell below the share of its target."""
    return [row.complaint for row in rows(results) if row.is_ratio and not row.is_near]
