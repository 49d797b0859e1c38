"""Where things lie, and what a scenario is made of: the registry, one run of it, the libraries put before libc."""

import contextlib
import datetime
import os
import pathlib
import random
import subprocess
import sys
import threading
import time
import traceback

FAULTS = pathlib.Path(__file__).resolve().parents[1]
ROOT = FAULTS.parents[1]
PRELOAD = FAULTS / "preload"
CATALOG = ROOT / "Config" / "catalog.csv"
BUILD = ROOT / ".build" / "faults"
BIN = BUILD / "bin"

C_FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]


class Failure(Exception):
    """What was promised did not hold, or could not be tried; the scenario ends with this as its last word."""


def require(condition, problem):
    if not condition:
        raise Failure(problem() if callable(problem) else problem)


def say(text):
    """Progress, for whoever waits; results go elsewhere."""
    print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def output(command, **options):
    """What a command prints; its failure is ours."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    name = pathlib.Path(str(command[0])).name
    require(done.returncode == 0, f"{name} ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


_compiling = threading.Lock()


def preload(name):
    """The library made from `preload/<name>.c`, compiled when its source is newer."""
    source, target = PRELOAD / f"{name}.c", BIN / f"lib{name}.so"
    with _compiling:
        BIN.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            # Two runs may compile at once: each its own file, and the last one stays.
            draft = BIN / f"lib{name}.{os.getpid()}.so"
            output(["cc", *C_FLAGS, "-o", draft, source, "-ldl", "-lpthread"])
            os.replace(draft, target)
    return target


def wait_until(condition, seconds, problem, every=0.02):
    """Polls; what `condition` returned when it was true at last."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        require(time.monotonic() < deadline, problem)
        time.sleep(every)


# ---- scenarios


class Scenario:
    """One fault, and what must hold under it."""

    def __init__(self, function, name, quick, weight, control, waits=False):
        self.function, self.name, self.quick, self.weight, self.control = function, name, quick, weight, control
        self.waits = waits
        self.about = (function.__doc__ or "").strip().splitlines()[0] if function.__doc__ else ""
        self.file = pathlib.Path(function.__code__.co_filename).stem


SCENARIOS = {}


def scenario(name, quick=True, weight=1, control=False, waits=False):
    """Registers `function(run)`; it raises Failure when something does not hold.

    `quick`: it has a bounded variant for --quick, with `run.is_quick`. `weight`: its share of the long part's time,
    `run.minutes`; what has a fixed count ignores it. `control`: the fault is planted, and the scenario passes only when
    the checker found it, which it shows with `run.must_find`. `waits`: it does little itself, so that its quick variant
    may run beside the others.
    """
    def register(function):
        if name in SCENARIOS:
            raise ValueError(f"two scenarios are called {name}")
        SCENARIOS[name] = Scenario(function, name, quick, weight, control, waits)
        return function
    return register


class Run:
    """One run of one scenario: its folder, its chance, and what it measured."""

    def __init__(self, scenario, folder, seed, binary, is_quick, minutes):
        self.scenario, self.folder, self.seed, self.binary = scenario, folder, seed, binary
        self.is_quick, self.minutes = is_quick, minutes
        # The same for the same seed, whatever runs before it.
        self.rng = random.Random(f"{seed}/{scenario.name}")
        self.figures = {}
        self.found = []
        self.stack = contextlib.ExitStack()
        self._deadline = time.monotonic() + minutes * 60

    def attempt(self):
        """Runs it; None, or what is wrong."""
        try:
            with self.stack:
                self.scenario.function(self)
            if self.scenario.control:
                # A control that ends without the fault having been seen proves nothing.
                require(self.found, "the planted fault was not found")
            return None
        except Failure as failure:
            return str(failure) or "failed"
        except Exception:  # noqa: BLE001
            (self.folder / "traceback.txt").write_text(traceback.format_exc())
            return f"broke: {traceback.format_exc().strip().splitlines()[-1]}"

    def note(self, **figures):
        """Figures for the scenario's line."""
        self.figures |= figures

    def add(self, **counts):
        """Counts that add up over the rounds of a scenario."""
        for name, count in counts.items():
            self.figures[name] = self.figures.get(name, 0) + count

    def worst(self, **figures):
        """Keeps the largest of each over the rounds."""
        for name, value in figures.items():
            self.figures[name] = max(self.figures.get(name, value), value)

    def say(self, text):
        say(f"{self.scenario.name}: {text}")

    @property
    def is_time_left(self):
        """Whether the long part's share of time is not used up; never in the quick part."""
        return not self.is_quick and time.monotonic() < self._deadline

    def use(self, resource):
        """Enters a context that is left when the scenario ends, however it does."""
        return self.stack.enter_context(resource)

    def subfolder(self, name):
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def judge(self, findings):
        """Nothing may have been found."""
        findings = list(findings)
        (self.folder / "findings.txt").write_text("".join(f"{finding}\n" for finding in findings))
        require(not findings, lambda: f"{len(findings)} violations, first: " + "; ".join(map(str, findings[:3])))

    def must_find(self, findings, rule):
        """For a control: the planted fault was seen, under this rule."""
        seen = [finding for finding in findings if finding.rule == rule]
        require(seen, lambda: f"the checker did not see the planted fault ({rule}); it found "
                              f"{sorted({finding.rule for finding in findings}) or 'nothing'}")
        self.found += seen
        return seen
