"""Shows that the judge can say no: made-up figures, good ones and each bad one alone."""

import copy

from . import judge
from .machine import require

# Exactly at every target.
GOOD = {
    "intake": {
        "seconds": 10, "fastapi_workers": 1,
        "rounds": [{"ratio_bare_1": 1.5, "ratio_replay_64": 0.6, "ratio_fastapi": 10, "peak_mb": 120}]},
    "latency": {
        "per_second": 4500, "seconds": 60, "rounds": [
            {"latency": {"p50": 3000, "p99": 15_000, "max": 90_000}},
            {"latency": {"p50": 2000, "p99": 10_000, "max": 90_000}},
            {"latency": {"p50": 4000, "p99": 20_000, "max": 150_000}}]},
    "announce": {"per_second": 500, "seconds": 30, "rounds": [{"arrival": {"p50": 5000, "p99": 40_000}}]},
    "deliveries": {"orders": 1, "second_events": 0, "concurrency": 64, "rounds": [{"per_second": 6000}]},
    "inbound": {"orders": 1, "rounds": [{"per_second": 4000}]},
    "list": {"sizes": {
        "10000": {"asks": 1, "rounds": 1, "deep_offset": 5000, "labels": {
            "first page": {"bytes": 9000, "kind": "page", "p50": 2000, "p99": 3000},
            "deep page": {"bytes": 9000, "kind": "page", "p50": 2000, "p99": 3000},
            "one day": {"bytes": 9000, "kind": "filter", "p50": 2000, "p99": 3000},
            "search name": {"bytes": 9000, "kind": "search", "p50": 4000, "p99": 5000},
            "search grown": {"bytes": 900, "kind": "search", "p50": 4000, "p99": 5000},
            "both": {"bytes": 9000, "kind": "combined", "p50": 4000, "p99": 5000}}},
        "1000000": {"asks": 1, "rounds": 1, "deep_offset": 500_000, "labels": {
            "first page": {"bytes": 9000, "kind": "page", "p50": 2000, "p99": 3000},
            "deep page": {"bytes": 9000, "kind": "page", "p50": 2600, "p99": 3000},
            "one day": {"bytes": 9000, "kind": "filter", "p50": 3000, "p99": 3000},
            "search name": {"bytes": 9000, "kind": "search", "p50": 5000, "p99": 25_000},
            "search grown": {"bytes": 9000, "kind": "search", "p50": 5000, "p99": 25_000},
            "both": {"bytes": 9000, "kind": "combined", "p50": 90_000, "p99": 150_000}}}}},
    "csv": {
        "orders": 1, "per_second": 500, "downloads": [{"rows_per_second": 100_000, "grown_mb": 32}],
        "intake": [{"alone": {"p99": 2000}, "meanwhile": {"p99": 6000}}]},
    "memory": {"orders": 1, "idle_mb": 40},
    "start": {"sizes": {"10000": [90], "1000000": [250]}},
    "size": {"orders": 1, "bytes_per_order": 1600},
}

# (where, a figure just off its target, the ratio's figure that --quick must refuse or None, words of the row)
BAD = [
    (("intake", "rounds", 0, "ratio_bare_1"), 1.49, 1.04, "one commit per order"),
    (("intake", "rounds", 0, "ratio_replay_64"), 0.59, 0.41, "the service's statements"),
    (("intake", "rounds", 0, "ratio_fastapi"), 9.9, 6.9, "FastAPI"),
    (("intake", "rounds", 0, "peak_mb"), 121, None, "under full load"),
    (("latency", "rounds", 0, "latency", "p50"), 3001, None, "latency at half of that rate, p50"),
    (("latency", "rounds", 0, "latency", "p99"), 15_001, None, "latency at half of that rate, p99"),
    (("latency", "rounds", 2, "latency", "max"), 150_001, None, "longest"),
    (("announce", "rounds", 0, "arrival", "p50"), 5001, None, "arrived, p50"),
    (("announce", "rounds", 0, "arrival", "p99"), 40_001, None, "arrived, p99"),
    (("deliveries", "rounds", 0, "per_second"), 5999, None, "deliveries"),
    (("inbound", "rounds", 0, "per_second"), 3999, None, "inbound"),
    (("list", "sizes", "1000000", "labels", "search name", "p99"), 25_001, None, "search, p99"),
    (("list", "sizes", "1000000", "labels", "search name", "p50"), 5001, None, "search, p50"),
    (("list", "sizes", "1000000", "labels", "both", "p99"), 150_001, None, "with a filter"),
    (("list", "sizes", "1000000", "labels", "deep page", "p50"), 2601, 3720, "deep in the list"),
    (("list", "sizes", "10000", "labels", "first page", "p50"), 1300, 900, "grows, pages"),
    (("list", "sizes", "10000", "labels", "one day", "p50"), 1999, 1300, "grows, filters"),
    (("list", "sizes", "10000", "labels", "search name", "p50"), 3300, 2300, "grows, searches"),
    # An answer that grew: in the table, but not in the quick verdict.
    (("list", "sizes", "10000", "labels", "search grown", "p50"), 2300, None, "grows, searches"),
    (("csv", "downloads", 0, "rows_per_second"), 99_999, None, "CSV"),
    (("csv", "downloads", 0, "grown_mb"), 33, None, "memory growth"),
    (("csv", "intake", 0, "meanwhile", "p99"), 6001, 8600, "intake p99"),
    (("memory", "idle_mb"), 41, None, "memory, idle"),
    (("start", "sizes", "1000000", 0), 251, None, "start"),
    (("size", "bytes_per_order"), 1601, None, "database size"),
]


def _changed(path, figure):
    results = copy.deepcopy(GOOD)
    *way, last = path
    place = results
    for step in way:
        place = place[step]
    require(last in place or isinstance(last, int), f"self-test: no {path}")
    place[last] = figure
    return results


def run():
    """Raises Failure when the judge lets something bad pass or refuses something good."""
    unmet = [row.what for row in judge.rows(GOOD) if not row.is_met]
    require(not unmet and not judge.quick_complaints(GOOD), f"self-test: good figures were refused: {unmet}")
    for path, figure, far, words in BAD:
        unmet = [row.what for row in judge.rows(_changed(path, figure)) if not row.is_met]
        require(unmet and all(words in what for what in unmet), f"self-test: {path} = {figure} gave {unmet}")
        require(not judge.quick_complaints(_changed(path, figure)), f"self-test: quick refused {path} = {figure}")
        if far is None:
            continue
        complaints = judge.quick_complaints(_changed(path, far))
        require(any(words in complaint for complaint in complaints),
                f"self-test: quick let {path} = {far} pass: {complaints}")
    covered = {path[0] for path, *_ in BAD}
    require(covered == set(judge.JUDGES), f"self-test: nothing bad was tried for {set(judge.JUDGES) - covered}")
    rows = judge.rows(GOOD)
    tried = [words for *_, words in BAD]
    missed = [row.what for row in rows if not any(words in row.what for words in tried)]
    require(not missed, f"self-test: not tried: {missed}")
    print(f"self-test: {len(rows)} targets, {len(BAD)} bad figures refused")
