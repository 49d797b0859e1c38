"""The machine, and where things lie on it: folders, compiled peers, the Python environment, facts for the report."""

import contextlib
import csv
import datetime
import fcntl
import os
import pathlib
import platform
import shutil
import sqlite3
import subprocess
import sys

BENCHMARKS = pathlib.Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parents[1]
PEERS = BENCHMARKS / "peers"
CATALOG = ROOT / "Config" / "catalog.csv"
BUILD = ROOT / ".build" / "bench"
BIN = BUILD / "bin"
DATA = BUILD / "data"
VENV = BUILD / "venv"
MAILROOM = ROOT / ".build" / "release" / "mailroom"
LOAD = ROOT / ".build" / "release" / "mailroom-load"

C_FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"]
C_PEERS = {
    "bare": (["bare.c"], ["-lsqlite3"]),
    "replay": (["replay.c"], ["-lsqlite3"]),
    "librecorder.so": (["recorder.c"], ["-shared", "-fPIC", "-ldl", "-lsqlite3"]),
}


class Failure(Exception):
    """Something that makes a figure worthless; the run stops with this as its last word."""


def require(condition, problem):
    if not condition:
        raise Failure(problem)


def say(text):
    """Progress, for whoever waits; results go elsewhere."""
    now = datetime.datetime.now().strftime("%H:%M:%S")
    print(f"{now} {text}", file=sys.stderr, flush=True)


def output(command, **options):
    """What a command prints; its failure is ours."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    name = pathlib.Path(str(command[0])).name
    require(done.returncode == 0, f"{name} ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


@contextlib.contextmanager
def alone():
    """Waits until no other run works in the build folder: two would share its files, and the cores."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another run is under way; waiting for it to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ---- what must be there


def build_peers():
    """Compiles the C peers whose source is newer than they are."""
    BIN.mkdir(parents=True, exist_ok=True)
    DATA.mkdir(parents=True, exist_ok=True)
    for name, (sources, libraries) in C_PEERS.items():
        target = BIN / name
        inputs = [PEERS / source for source in sources] + [PEERS / "tape.h"]
        if target.exists() and target.stat().st_mtime > max(path.stat().st_mtime for path in inputs):
            continue
        output(["gcc", *C_FLAGS, "-o", target, *inputs[:-1], *libraries])


def prepare_venv():
    """Makes the Python environment of the FastAPI peer (and of the plots), or brings it to what is pinned."""
    wanted = (PEERS / "requirements.txt").read_text()
    stamp = VENV / "requirements.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("setting up the Python environment")
    if not (VENV / "bin" / "pip").exists():
        output([sys.executable, "-m", "venv", VENV])
    output([VENV / "bin" / "pip", "install", "--quiet", "-r", PEERS / "requirements.txt"])
    stamp.write_text(wanted)


def require_tools(with_load_client):
    for tool in ("wrk", "gcc", "sqlite3"):
        require(shutil.which(tool), f"{tool} is needed: apt-get install wrk gcc libc6-dev libsqlite3-dev sqlite3")
    require(MAILROOM.exists(), "no release build: swift build -c release --product mailroom")
    if with_load_client:
        require(LOAD.exists(), "no load client: swift build -c release --product mailroom-load")


def skus():
    """Titles that may be ordered 3 at a time, 3 titles together, within 20 pounds."""
    with open(CATALOG, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["available"] == "true" and row["weight"].endswith(" oz")]
    light = [row["sku"] for row in rows if float(row["weight"].split()[0]) <= 10 and int(row["max_quantity"]) >= 3]
    require(len(light) >= 10, "the catalog has too few light titles for the load")
    return light


# ---- facts


def _first_line(command):
    try:
        return output(command, cwd=ROOT).strip().splitlines()[0]
    except (Failure, OSError, IndexError):
        return "unknown"


def _cpu():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _disk():
    """The device and file system that the databases lie on."""
    found = _first_line(["df", "--output=source,fstype", DATA]), output(["df", "--output=source,fstype", DATA])
    device, kind = found[1].splitlines()[-1].split()
    return f"{device} ({kind})"


def _commit():
    commit = _first_line(["git", "rev-parse", "--short=12", "HEAD"])
    changed = output(["git", "status", "--porcelain", "--", "Sources", "Package.swift"], cwd=ROOT).strip()
    return commit + (" with uncommitted changes in Sources" if changed else "")


def facts():
    """What the figures hold for."""
    memory_kib = int(pathlib.Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0])
    venv_python = VENV / "bin" / "python"
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kib / 2**20, 1),
        "kernel": platform.release(),
        "disk": _disk(),
        "swift": _first_line(["swift", "--version"]),
        "sqlite": sqlite3.sqlite_version,
        "gcc": _first_line(["gcc", "--version"]),
        "wrk": _first_line(["sh", "-c", "wrk --version 2>&1 || true"]),
        "python": _first_line([venv_python, "--version"]) if venv_python.exists() else platform.python_version(),
        "peers": ", ".join((PEERS / "requirements.txt").read_text().split()),
    }
