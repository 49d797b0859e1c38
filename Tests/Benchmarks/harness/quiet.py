"""Waits for a quiet machine before anything is timed, and tells how long its disk takes for a commit just then."""

import os
import statistics
import time

from . import machine
from .machine import say

BUSY_AT_MOST = 0.12
WAIT_SECONDS = 30
PROBES = 200

# Parts that began although something else used the machine; the report says how many.
disturbed = []


def _busy_share(seconds=0.5):
    """The share of all cores that is in use; waiting for the disk counts, since that is what is measured."""

    def read():
        with open("/proc/stat") as stat:
            figures = [int(word) for word in stat.readline().split()[1:9]]
        return figures[3], sum(figures)

    idle, total = read()
    time.sleep(seconds)
    idle_now, total_now = read()
    return 1 - (idle_now - idle) / max(1, total_now - total)


def commit_microseconds():
    """The median of some appends of 4 KiB that are each synced: what every commit waits for at least."""
    path = machine.DATA / "probe"
    times = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        for _ in range(PROBES):
            start = time.perf_counter()
            os.write(descriptor, bytes(4096))
            os.fdatasync(descriptor)
            times.append((time.perf_counter() - start) * 1e6)
    finally:
        os.close(descriptor)
        path.unlink()
    return statistics.median(times)


def settle(part):
    """Lets the disk write out what is left of earlier parts, then waits until nothing else runs; not for ever.

    Returns what a commit takes now, in microseconds.
    """
    os.sync()
    deadline = time.monotonic() + WAIT_SECONDS
    share = _busy_share()
    while share > BUSY_AT_MOST and time.monotonic() < deadline:
        share = _busy_share()
    if share > BUSY_AT_MOST:
        say(f"the machine is not quiet ({share:.0%} of it is in use) before: {part}")
        disturbed.append(part)
    return commit_microseconds()
