#!/usr/bin/env python3
"""Measures Mailroom: durable intake against raw SQLite in C and FastAPI, latency, deliveries, updates, lists, growth.

    bench.py                       everything, some 30 minutes; writes Tests/Benchmarks/results
    bench.py --quick               under 3 minutes; fails when a ratio falls below 70 % of what the table asks
    bench.py --only intake list    some experiments; writes .build/bench/results-part unless --results says where
    bench.py --self-test           shows that the judge and the tape's recorder and replay can say no

It needs wrk, gcc, libsqlite3-dev, sqlite3, python3-venv, and the release builds of `mailroom` and `mailroom-load`.
Exit: 0 all is measured (in --quick: and near its targets), 1 a ratio is too low, 2 a figure could not be taken.
"""

import argparse
import importlib
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True

from harness import bulk, flow, intake, judge, listing, machine, quiet, report  # noqa: E402
from harness.machine import BENCHMARKS, Failure, say  # noqa: E402

NAMES = ["intake", "latency", "announce", "deliveries", "inbound", "list", "csv", "memory", "start", "size", "growth"]
QUICK_NAMES = ["intake", "latency", "deliveries", "list"]
WITHOUT_LOAD = {"intake"}
FULL = {
    "rounds": 5, "seconds": 10, "repeats": 3, "latency_seconds": 60, "announce_seconds": 30, "backlog": 100_000,
    "second_events": 2000, "inbound": 50_000, "sizes": [10_000, 100_000, 1_000_000], "asks": 100, "list_rounds": 3,
    "csv_seconds": 20, "starts": 10, "announced": 100_000, "growth_seconds": 5, "growth_updates": 20_000,
}
QUICK = FULL | {
    "rounds": 2, "seconds": 5, "repeats": 1, "latency_seconds": 10, "announce_seconds": 5, "backlog": 10_000,
    "second_events": 200, "inbound": 10_000, "sizes": [10_000, 100_000], "asks": 20, "csv_seconds": 5, "starts": 5,
    "announced": 10_000, "growth_seconds": 3, "growth_updates": 5000,
}


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="short runs, and a verdict on the ratios")
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--rounds", type=int, help="rounds of the intake (default 5, quick 2)")
    parser.add_argument("--seconds", type=int, help="seconds of load in each round of the intake (10, quick 5)")
    parser.add_argument("--repeats", type=int, help="rounds of the other flows and of csv (3, quick 1)")
    parser.add_argument("--sizes", type=int, nargs="+", help="orders there are, for list, start and growth")
    parser.add_argument("--results", type=pathlib.Path, help="folder to write to")
    parser.add_argument("--keep", action="store_true", help="keep what that folder has of other experiments")
    parser.add_argument("--refill", action="store_true", help="fill the big databases anew")
    parser.add_argument("--self-test", action="store_true", help="prove the judge and the tape, and end")
    return parser.parse_args()


class Run:
    """One run: its sizes and times, and what it has found so far."""

    def __init__(self, options, plan, found):
        self.options, self.plan, self.results = options, plan, found
        self.anew = options.refill

    def measure(self, name):
        say(f"== {name}")
        getattr(self, f"measure_{name}")()
        report.stamp(self.results, [name])

    def measure_intake(self):
        plan = self.plan
        self.results["intake"] = intake.run(plan["rounds"], plan["seconds"], try_workers=not self.options.quick)
        if machine.LOAD.exists() and not self.options.quick:
            self.results["with_house"] = flow.with_house(plan["seconds"])
            report.stamp(self.results, ["with_house"])

    def measure_latency(self):
        plan = self.plan
        if "intake" in self.results:
            rate = flow.half_of(self.results["intake"])
        else:
            rate = int(intake.run_mailroom(5, 1)["per_second"] / 2)
        self.results["latency"] = flow.latency(rate, plan["latency_seconds"], plan["repeats"])

    def measure_announce(self):
        self.results["announce"] = flow.announce(500, self.plan["announce_seconds"], self.plan["repeats"])

    def measure_deliveries(self):
        plan = self.plan
        self.results["deliveries"] = flow.deliveries(
            plan["backlog"], plan["second_events"], plan["repeats"], self.anew)

    def measure_inbound(self):
        self.results["inbound"] = flow.inbound(self.plan["inbound"], self.plan["repeats"], self.anew)

    def measure_list(self):
        plan = self.plan
        self.results["list"] = listing.run(plan["sizes"], plan["asks"], plan["list_rounds"], self.once(plan["sizes"]))

    def measure_csv(self):
        largest = max(self.plan["sizes"])
        self.results["csv"] = bulk.csv(largest, self.plan["csv_seconds"], self.plan["repeats"], self.once([largest]))

    def measure_memory(self):
        largest = max(self.plan["sizes"])
        self.results["memory"] = bulk.memory(largest, self.once([largest]))

    def measure_start(self):
        self.results["start"] = bulk.start(self.plan["sizes"], self.plan["starts"], self.once(self.plan["sizes"]))

    def measure_size(self):
        self.results["size"] = bulk.size(self.plan["announced"], self.anew)

    def measure_growth(self):
        plan = self.plan
        self.results["growth"] = bulk.growth(
            plan["sizes"], plan["growth_seconds"], plan["growth_updates"], self.once(plan["sizes"]))

    def once(self, sizes):
        """Whether databases of these sizes are to be filled anew: at most once in a run."""
        filled = self.__dict__.setdefault("filled", set())
        anew = self.anew and not filled.issuperset(sizes)
        filled.update(sizes)
        return anew


def folder_of(options):
    if options.results:
        return options.results.resolve()
    if options.quick:
        return machine.BUILD / "results-quick"
    return machine.BUILD / "results-part" if options.only else BENCHMARKS / "results"


def write(results, folder, command):
    report.write(results, folder, command)
    python = machine.VENV / "bin" / "python"
    done = subprocess.run([python, "-m", "harness.plots", folder], cwd=BENCHMARKS, capture_output=True, text=True)
    if done.returncode != 0:
        say(f"no plots: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    say(f"written to {folder}")


def run(options):
    plan = dict(QUICK if options.quick else FULL)
    plan |= {name: getattr(options, name) for name in ("rounds", "seconds", "repeats", "sizes")
             if getattr(options, name) is not None}
    wanted = options.only or (QUICK_NAMES if options.quick else NAMES)
    machine.build_peers()
    machine.require_tools(with_load_client=bool(set(wanted) - WITHOUT_LOAD))
    if "intake" in wanted or not options.quick:
        machine.prepare_venv()
    folder = folder_of(options)
    before = folder / "results.json"
    found = json.loads(before.read_text()) if options.keep and before.exists() else {}
    found |= {"facts": machine.facts(), "plan": plan}
    measuring = Run(options, plan, found)
    command = " ".join(["python3 Tests/Benchmarks/bench.py", *sys.argv[1:]])
    for name in sorted(wanted, key=NAMES.index):
        measuring.measure(name)
        found["disturbed"] = quiet.disturbed
        # What is measured stays measured, whatever comes after it.
        report.write(found, folder, command)
    write(found, folder, command)
    print("\n".join(report.summary(found)))
    return verdict(found) if options.quick else 0


def verdict(results):
    complaints = judge.quick_complaints(results)
    for complaint in complaints:
        print(f"too low by far: {complaint}")
    return 1 if complaints else 0


def test_itself():
    machine.build_peers()
    for name in ("selftest", "tapetest"):
        importlib.import_module(f"harness.{name}").run()
    return 0


def main():
    options = parse()
    try:
        # The self-test has files of its own: it need not wait for an hour of measuring.
        if options.self_test:
            return test_itself()
        with machine.alone():
            return run(options)
    except Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
