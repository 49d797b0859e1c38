"""An open loop of orders: each is sent at its time, whatever the server does, and its latency counts from that time.

A closed loop would send less when the server is slow, and so hide what it is there to show.
"""

import collections
import contextlib
import select
import socket
import time

from .hostile_clients import address_of, connect

Sent = collections.namedtuple("Sent", "index intended started ended status retry_after body")


# The service closes a connection after 30 s: one that has lain about nearly so long may be closed while it is used.
STALE_SECONDS = 20


class OpenLoop:
    """Sends `request_of(index)` at `per_second` for `seconds`; `sent` holds what came of each."""

    def __init__(self, port, request_of, per_second, seconds, connections=400, net=9, grace_seconds=10,
                 keeps_bodies=True):
        self.port, self.request_of, self.net, self.keeps_bodies = port, request_of, net, keeps_bodies
        self.per_second, self.seconds, self.grace = per_second, seconds, grace_seconds
        self.limit = connections
        self.sent = []
        # Each with when it was used last, which is their order.
        self.idle = collections.deque()
        self.busy = {}
        self.waiting = collections.deque()
        self.opened = 0
        self.poll = select.epoll()
        self.is_stopped = False

    def stop(self):
        """Sends nothing more; what was sent is still waited for."""
        self.is_stopped = True

    def run(self):
        self.start = time.monotonic()
        count, next_index = int(self.per_second * self.seconds), 0
        end = self.start + self.seconds + self.grace
        while True:
            now = time.monotonic()
            while not self.is_stopped and next_index < count and self.start + next_index / self.per_second <= now:
                self.waiting.append(next_index)
                next_index += 1
            while self.waiting and self._send_next():
                pass
            is_done = self.is_stopped or next_index >= count
            if is_done and not self.busy and (self.is_stopped or not self.waiting) or now > end:
                break
            wait = 0.05 if is_done else max(0.0, min(0.05, self.start + next_index / self.per_second - now))
            for file, _ in self.poll.poll(wait):
                self._read(file)
        for file in list(self.busy):
            self._end(file, None)
        if not self.is_stopped:
            for index in self.waiting:
                self._note(index, time.monotonic(), None, None, b"")
        for connection, _ in self.idle:
            connection.close()
        self.poll.close()
        return self.sent

    def _send_next(self):
        # The one used last, so that those that are not needed grow stale at the bottom.
        while self.idle and time.monotonic() - self.idle[0][1] > STALE_SECONDS:
            self.idle.popleft()[0].close()
        if self.idle:
            connection = self.idle.pop()[0]
        elif len(self.busy) < self.limit:
            try:
                connection = self._open()
            except OSError:
                self._note(self.waiting.popleft(), time.monotonic(), None, None, b"")
                return True
        else:
            return False
        index = self.waiting.popleft()
        started = time.monotonic()
        self.busy[connection.fileno()] = [connection, index, started, bytearray()]
        try:
            connection.send(self.request_of(index))
        except OSError:
            self._end(connection.fileno(), None)
        return True

    def _open(self):
        connection = connect(self.port, address_of(self.opened, net=self.net))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.opened += 1
        self.poll.register(connection.fileno(), select.EPOLLIN)
        return connection

    def _read(self, file):
        entry = self.busy.get(file)
        if entry is None:
            # Closed by the server between two requests.
            for place, (connection, _) in enumerate(self.idle):
                if connection.fileno() == file:
                    del self.idle[place]
                    connection.close()
                    break
            else:
                with contextlib.suppress(OSError):
                    self.poll.unregister(file)
            return
        try:
            data = entry[0].recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            return self._end(file, None)
        entry[3] += data
        whole = answer_in(entry[3])
        if whole:
            self._end(file, whole)

    def _end(self, file, answer):
        connection, index, started, _ = self.busy.pop(file)
        if answer is None:
            connection.close()
            return self._note(index, started, None, None, b"")
        status, fields, body = answer
        self._note(index, started, status, fields.get("retry-after"), body if self.keeps_bodies else b"")
        if fields.get("connection", "").lower() == "close":
            connection.close()
        else:
            self.idle.append((connection, time.monotonic()))

    def _note(self, index, started, status, retry_after, body):
        intended = self.start + index / self.per_second
        self.sent.append(Sent(index, intended, started, time.monotonic(), status, retry_after, body))

    def latencies(self, *statuses):
        """In milliseconds, from the intended time."""
        return sorted((one.ended - one.intended) * 1000 for one in self.sent if one.status in statuses)


def answer_in(data):
    """(status, fields, body) once the answer is whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    lines = bytes(data[:end]).decode("latin-1").split("\r\n")
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    length = int(fields.get("content-length", 0))
    if len(data) < end + 4 + length:
        return None
    return int(lines[0].split(" ")[1]), fields, bytes(data[end + 4:end + 4 + length])


def percentile(values, share):
    """Of sorted values; 0 when there are none."""
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0
