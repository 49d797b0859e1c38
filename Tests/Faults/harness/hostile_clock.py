"""The clocks of a service, moved while it runs (preload/clock.c), and a house that counts how many come at once."""

import mmap
import struct
import threading
import time

from .machine import preload

NANOSECONDS = 10 ** 9


class Clocks:
    """What `env` and `library` give to a service: a wall clock that can be set, and sleep that can be pretended."""

    def __init__(self, path):
        path.write_bytes(bytes(16))
        self.path = path
        self._file = open(path, "r+b")
        self._map = mmap.mmap(self._file.fileno(), 16)
        self.wall_seconds = self.slept_seconds = 0.0
        self._lock = threading.Lock()

    library = property(lambda self: preload("clock"))
    env = property(lambda self: {"MAILROOM_FAULT_CLOCK": self.path})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._map.close()
        self._file.close()

    def _write(self):
        self._map[:16] = struct.pack("qq", int(self.wall_seconds * NANOSECONDS), int(self.slept_seconds * NANOSECONDS))

    def set_wall(self, seconds):
        """Somebody sets the clock: so far from the true time. The time that passes is what it was."""
        with self._lock:
            self.wall_seconds = seconds
            self._write()

    def sleep(self, seconds):
        """The machine was asleep for so long: the wall clock and the uptime went on, and nothing ran."""
        with self._lock:
            self.wall_seconds += seconds
            self.slept_seconds += seconds
            self._write()

    def uptime(self):
        """Seconds as the service counts them."""
        return time.monotonic() + self.slept_seconds


class FastForward:
    """Lets a service's clocks run `times` as fast while it is entered; its sockets and sleeps do not notice."""

    def __init__(self, clocks, times):
        self.clocks, self.times = clocks, times
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        before = time.monotonic()
        while not self._over.wait(0.05):
            now = time.monotonic()
            self.clocks.sleep((now - before) * (self.times - 1))
            before = now

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


class Gauge:
    """Wraps a house's `answer`: how many deliveries it had under way at once, at most."""

    def __init__(self, answer):
        self.answer, self.now, self.most = answer, 0, 0
        self._lock = threading.Lock()

    def __call__(self, received):
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            reply = self.answer(received)
            if isinstance(reply, tuple) and len(reply) == 3:
                # Waited for here, so that the time counts as under way.
                time.sleep(reply[2])
                reply = reply[:2]
            return reply
        finally:
            with self._lock:
                self.now -= 1

    def forget(self):
        with self._lock:
            self.most = self.now
