#!/usr/bin/env python3
"""Breaks everything around Mailroom on purpose, keeps a history, and checks it against the file and the house.

    faults.py --quick              every quick variant, fixed counts, under 5 minutes
    faults.py --minutes 30         the long part: every scenario, those with a time of their own share the minutes
    faults.py --only kill-9 io     some scenarios by name or by file (with --quick or --minutes)
    faults.py --seed 42            the same chances again; every run prints its seed
    faults.py --list               what there is
    faults.py --self-test          shows that the checker finds each kind of violation

All of it speaks to loopback only. What a failed scenario leaves behind (log, history, database, ledger) stays in
.build/faults; that of a good one goes, unless --keep. The last line is `N passed, N failed`; exit 0 when none failed.
"""

import argparse
import collections
import importlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
# In a process started by `faults.py` and in its scenarios alike.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import machine, selftest, service  # noqa: E402
from harness.machine import BUILD, FAULTS, SCENARIOS, Failure, Run, require  # noqa: E402


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="short, with fixed counts")
    parser.add_argument("--minutes", type=float, help="length of the long part; what has a fixed count comes on top")
    parser.add_argument("--only", nargs="+", action="extend", metavar="NAME", help="scenarios, or files of them")
    parser.add_argument("--seed", type=int, help="of all chances (default: drawn)")
    parser.add_argument("--binary", type=pathlib.Path, default=machine.ROOT / ".build" / "debug" / "mailroom")
    parser.add_argument("--results", type=pathlib.Path, help="JSON file to write (default: in the run's folder)")
    parser.add_argument("--keep", action="store_true", help="keep the evidence of what passed, too")
    parser.add_argument("--list", action="store_true", help="name the scenarios, and end")
    parser.add_argument("--self-test", action="store_true", help="prove the checker, and end")
    options = parser.parse_args()
    if not (options.quick or options.minutes is not None or options.list or options.self_test):
        parser.error("give --quick, --minutes N, --list or --self-test")
    return options


def discover():
    for path in sorted((FAULTS / "scenarios").glob("*.py")):
        if not path.name.startswith("_"):
            importlib.import_module(f"scenarios.{path.stem}")


def chosen(options):
    wanted = list(SCENARIOS.values())
    if options.only:
        known = set(SCENARIOS) | {scenario.file for scenario in wanted}
        unknown = sorted(set(options.only) - known)
        require(not unknown, f"no scenario or file is called {', '.join(unknown)}; see --list")
        wanted = [scenario for scenario in wanted if {scenario.name, scenario.file} & set(options.only)]
    if options.quick:
        wanted = [scenario for scenario in wanted if scenario.quick]
    require(wanted, "nothing to run")
    return wanted


def copy_of(binary, folder):
    """The program as it is now: a build meanwhile does not change what is tested."""
    require(binary.exists(), f"there is no {binary}: build it first, or name another with --binary")
    copy = folder / "mailroom"
    shutil.copy2(binary, copy)
    return copy


def figures(run):
    def text(value):
        return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    return ", ".join(f"{name.replace('_', ' ')} {text(value)}" for name, value in run.figures.items())


def run_all(options):
    seed = options.seed if options.seed is not None else secrets.randbelow(10**9)
    folder = BUILD / f"{time.strftime('%m%d-%H%M%S')}-{os.getpid()}"
    folder.mkdir(parents=True)
    wanted = chosen(options)
    binary = copy_of(options.binary.resolve(), folder)
    print(f"seed {seed}, {len(wanted)} scenarios, {'quick' if options.quick else f'{options.minutes:g} minutes'}, "
          f"{options.binary}", flush=True)
    weight = sum(scenario.weight for scenario in wanted) or 1
    began = time.monotonic()
    try:
        results = in_lanes(wanted, options.quick, lambda one: run_one(one, options, folder, seed, binary, weight))
    finally:
        service.forget_templates()
        binary.unlink()
    failed = sum(result["problem"] is not None for result in results)
    report = {"seed": seed, "quick": options.quick, "minutes": options.minutes, "binary": str(options.binary),
              "date": time.strftime("%Y-%m-%d %H:%M:%S"), "seconds": round(time.monotonic() - began, 1),
              "passed": len(results) - failed, "failed": failed, "scenarios": results}
    path = options.results or folder / "results.json"
    path.write_text(json.dumps(report, indent=1) + "\n")
    if failed:
        print(f"seed {seed}; evidence in {folder}")
    print(f"{len(results) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def in_lanes(wanted, is_quick, run):
    """What `run` returns for each. In the quick part those that mostly wait have a lane beside the others."""
    results = []
    waiting = [one for one in wanted if is_quick and one.waits]
    # Not one to wait for when the run is stopped; `service` ends what it leaves.
    lane = threading.Thread(target=lambda: results.extend(map(run, waiting)), daemon=True)
    lane.start()
    results += [run(one) for one in wanted if one not in waiting]
    lane.join()
    require(len(results) == len(wanted), "not every scenario ran to its end")
    return sorted(results, key=lambda result: [one.name for one in wanted].index(result["name"]))


def run_one(scenario, options, folder, seed, binary, weight):
    home = folder / scenario.name
    home.mkdir()
    minutes = 0.0 if options.quick else options.minutes * scenario.weight / weight
    run = Run(scenario, home, seed, binary, options.quick, minutes)
    began = time.monotonic()
    problem = run.attempt()
    seconds = time.monotonic() - began
    if scenario.control and problem is None:
        rules = collections.Counter(finding.rule for finding in run.found)
        run.note(found=" and ".join(f"{count} × {rule}" for rule, count in rules.items()))
    if problem is None:
        line = f"ok   {scenario.name} ({seconds:.1f} s): {figures(run)}"
    else:
        line = f"FAIL {scenario.name} ({seconds:.1f} s): {problem}\n     {figures(run)}\n     seed {seed}; evidence in {home}"
    # In one piece: the other lane prints, too.
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    if problem is None and not options.keep:
        shutil.rmtree(home, ignore_errors=True)
    return {"name": scenario.name, "about": scenario.about, "control": scenario.control, "problem": problem,
            "seconds": round(seconds, 1), "figures": run.figures}


def main():
    options = parse()
    # So that the services of a run that is stopped end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if options.self_test:
            return selftest.run()
        discover()
        if options.list:
            for scenario in SCENARIOS.values():
                kind = "control" if scenario.control else "quick" if scenario.quick else "long"
                print(f"{scenario.name:28} {kind:8} {scenario.about}")
            return 0
        return run_all(options)
    except Failure as failure:
        print(f"faults: {failure}", file=sys.stderr)
        print("0 passed, 1 failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
