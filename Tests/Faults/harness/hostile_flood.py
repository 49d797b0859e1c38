"""Orders in an open loop, with what was asked and told kept as operations that the checker reads.

A process of its own sends them (`python3 -m harness.hostile_flood …`): threads of one interpreter that do other things
would make it late, and the service look slow.
"""

import json
import pathlib
import random
import signal
import subprocess
import sys
import uuid

from . import history
from .clients import order
from .hostile_clients import allow_descriptors, order_request
from .hostile_load import OpenLoop, percentile
from .machine import FAULTS, require


class Flood:
    """Sends orders to one service, one loop after the other."""

    def __init__(self, service, rng, folder):
        self.service, self.rng, self.folder = service, rng, pathlib.Path(folder)
        self.operations = []
        self.loops = 0

    def begin(self, per_second, seconds, connections=600):
        """A loop that runs by itself; `finish` or `stop` it."""
        self.loops += 1
        path = self.folder / f"flood-{self.loops}.json"
        command = [sys.executable, "-m", "harness.hostile_flood", str(self.service.port), str(per_second), str(seconds),
                   str(connections), str(self.rng.getrandbits(64)), str(path)]
        return Loop(self, subprocess.Popen(command, cwd=FAULTS), path, seconds)

    def send(self, per_second, seconds, connections=600):
        """A loop that has run."""
        return self.begin(per_second, seconds, connections).finish()

    def keep(self, path):
        with open(path, "w", encoding="utf-8") as file:
            for operation in self.operations:
                file.write(json.dumps(operation) + "\n")


class Loop:
    """One loop in its process, and later what came of it: `operations`, each also with `intended`."""

    def __init__(self, flood, process, path, seconds):
        self.flood, self.process, self.path, self.seconds = flood, process, path, seconds
        self.operations = []

    def finish(self):
        """Waits for its end."""
        try:
            code = self.process.wait(self.seconds + 60)
        finally:
            self.process.kill()
            self.process.wait()
        require(code == 0, f"the generator ended with {code}")
        result = json.loads(self.path.read_text())
        self.start, self.operations, self.unsent = result["start"], result["operations"], result["unsent"]
        for operation in self.operations:
            operation["op"] = len(self.flood.operations) + 1
            self.flood.operations.append(operation)
        return self

    def stop(self):
        """Sends nothing more, and waits for what was sent."""
        self.process.send_signal(signal.SIGTERM)
        return self.finish()

    def latencies(self, *statuses):
        """In milliseconds, from the intended time, sorted."""
        return sorted((one["end"] - one["intended"]) * 1000 for one in self.operations if one["status"] in statuses)

    @property
    def late_p99_ms(self):
        """How late requests left: the generator's fault, or that of a service that holds all connections."""
        return percentile(sorted((one["start"] - one["intended"]) * 1000 for one in self.operations), 0.99)


class Sender:
    """What runs in the process."""

    def __init__(self, rng):
        self.rng, self.asked = rng, {}

    def request(self, index):
        key = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        body = json.dumps(order(key, self.rng)).encode()
        self.asked[index] = (key, history.digest(body))
        return order_request(body, key)

    def operation(self, sent):
        key, digest = self.asked[sent.index]
        operation = {"kind": "order", "key": key, "digest": digest, "intended": sent.intended, "start": sent.started,
                     "end": sent.ended, "outcome": history.UNKNOWN, "status": sent.status}
        if sent.status == 201:
            operation |= {"outcome": history.OK, "number": json.loads(sent.body)["number"],
                          "answer": history.digest(sent.body)}
        elif sent.status in (429, 503):
            operation |= {"outcome": history.REFUSED, "retry_after": sent.retry_after}
        return operation


def main(port, per_second, seconds, connections, seed, path):
    allow_descriptors(8192)
    sender = Sender(random.Random(int(seed)))
    loop = OpenLoop(int(port), sender.request, float(per_second), float(seconds), int(connections))
    signal.signal(signal.SIGTERM, lambda *_: loop.stop())
    sent = loop.run()
    result = {"start": loop.start, "operations": [sender.operation(one) for one in sent if one.index in sender.asked],
              "unsent": sum(one.index not in sender.asked for one in sent)}
    pathlib.Path(path).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
