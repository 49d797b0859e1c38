"""Stands where systemd listens: hears what a service of `Type=notify` says of itself."""

import os
import socket
import threading

from .machine import wait_until

WATCHDOG_SECONDS = 3


class ServiceManager:
    """The service whose `env` this is in pings three times within `WATCHDOG_SECONDS`."""

    def __init__(self):
        name = f"mailroom-faults-{os.getpid()}-{id(self)}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + name)
        self.env = {"NOTIFY_SOCKET": "@" + name, "WATCHDOG_USEC": WATCHDOG_SECONDS * 1_000_000}
        self.pings, self.status = 0, ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while message := self._socket.recv(4096):
            for line in message.decode().splitlines():
                if line == "WATCHDOG=1":
                    self.pings += 1
                elif line.startswith("STATUS="):
                    self.status = line.removeprefix("STATUS=")

    def wait_for_pings(self, count, problem):
        before = self.pings
        wait_until(lambda: self.pings >= before + count, WATCHDOG_SECONDS * count, problem)
