"""The history of a run: what every client asked, when, and what it was told. Append-only; one JSON object a line."""

import hashlib
import json
import threading
import time

OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"


def digest(data):
    return hashlib.sha256(data).hexdigest()[:32]


class Operation:
    """One request: from when it may have had an effect until its answer was read."""

    def __init__(self, history, number, fields):
        self.history, self.number, self.fields = history, number, fields
        self.is_ended = False

    def ok(self, **facts):
        self._end(OK, facts)

    def refused(self, **facts):
        """Told for certain that nothing was done."""
        self._end(REFUSED, facts)

    def unknown(self, **facts):
        """No answer, or one that does not say: it may have been done or not."""
        self._end(UNKNOWN, facts)

    def _end(self, outcome, facts):
        if not self.is_ended:
            self.is_ended = True
            self.history._append({"op": self.number, "end": time.monotonic(), "outcome": outcome} | facts)


class History:
    """Writes two lines an operation, as soon as each is known: one with its start, one with its end."""

    def __init__(self, path):
        self.path = path
        self._file = open(path, "a", encoding="utf-8")
        self._lock = threading.Lock()
        self._count = 0

    def begin(self, kind, **fields):
        """`fields`: `key`, `digest` (of the body), `number` (of the order) where the kind has them."""
        with self._lock:
            self._count += 1
            number = self._count
            self._write({"op": number, "kind": kind, "start": time.monotonic()} | fields)
        return Operation(self, number, fields)

    def event(self, name, **fields):
        """Something that was done to the service: a kill, a start."""
        self._append({"event": name, "at": time.monotonic()} | fields)

    def _append(self, entry):
        with self._lock:
            self._write(entry)

    def _write(self, entry):
        if not self._file.closed:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def close(self):
        with self._lock:
            self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read(path):
    """The operations by their start; one that never ended is unknown."""
    operations = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.endswith("\n"):
                break
            entry = json.loads(line)
            if "op" in entry:
                operations.setdefault(entry["op"], {"outcome": UNKNOWN, "end": None}).update(entry)
    return sorted(operations.values(), key=lambda operation: operation["start"])


def events(path):
    with open(path, encoding="utf-8") as file:
        return [entry for entry in map(json.loads, file) if "event" in entry]
