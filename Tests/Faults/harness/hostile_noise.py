"""How late this machine wakes who sleeps: other work on it must not pass for a fault of the program."""

import threading
import time

from .hostile_load import percentile

# The quick part runs a debug build, on a build server of half the speed, beside whatever else it does. What it must see
# is a program that keeps everybody waiting for seconds, not one that is a little slow.
QUICK_TIMES = 4


class Noise:
    """Sleeps 5 ms over and over while it is entered."""

    def __init__(self, is_quick=False):
        self.is_quick = is_quick
        self.lateness = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self._over.is_set():
            before = time.monotonic()
            time.sleep(0.005)
            self.lateness.append((time.monotonic() - before) * 1000 - 5)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    @property
    def p99_ms(self):
        return percentile(sorted(self.lateness), 0.99)

    def allow(self, limit_ms):
        """The limit on a quiet machine (1 ms and less); on another, ten turns longer that each came late.

        In the quick part four times that, and two turns as late as the latest.
        """
        allowed = limit_ms + 10 * max(0.0, self.p99_ms - 1)
        return QUICK_TIMES * allowed + 2 * max(self.lateness, default=0.0) if self.is_quick else allowed
