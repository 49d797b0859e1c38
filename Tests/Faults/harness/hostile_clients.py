"""Clients that misbehave, thousands on one thread: idle, dripping, half closed, deaf, or gone in the middle."""

import contextlib
import errno
import json
import random
import resource
import select
import socket
import struct
import threading
import time

# Addresses of the loopback net that clients come from, so that a cap per address meets only what is meant for it.
PER_ADDRESS = 25
LINGER_RST = struct.pack("ii", 1, 0)


def address_of(index, per_address=PER_ADDRESS, net=1):
    """127.<net>.x.y for a client's place in its crowd."""
    host = index // per_address + 2
    return f"127.{net}.{host // 250}.{host % 250 + 1}"


def allow_descriptors(wanted):
    """Raises the soft limit of this process, which its children inherit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def connect(port, source=None, receive_buffer=None):
    sock = socket.socket()
    try:
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            # Without it the local port is taken for good at bind, and 28,000 are soon used up.
            sock.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            sock.bind((source, 0))
        sock.settimeout(10)
        sock.connect(("127.0.0.1", port))
        sock.setblocking(False)
        return sock
    except BaseException:
        sock.close()
        raise


def order_request(body, key=None):
    """The bytes of POST /v1/orders."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = ["POST /v1/orders HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
             f"Content-Length: {len(data)}", *([f"Idempotency-Key: {key}"] if key else [])]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


GET = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
DRIP_HEAD = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Drip: "
DRIP_BODY = (b"POST /v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
             b"Content-Length: 5000\r\n\r\n")


class SlowClient:
    """One connection that does not do what it should, and when the server had enough of it."""

    def __init__(self, kind, sock):
        self.kind, self.sock = kind, sock
        self.since = time.monotonic()
        self.ended_at = None
        self.received = bytearray()
        self.total_received = 0
        self.next_drip = self.since + random.random()

    @property
    def lived(self):
        return None if self.ended_at is None else self.ended_at - self.since

    @property
    def status(self):
        """Of the last answer that came, or None."""
        at = self.received.rfind(b"HTTP/1.1 ")
        return int(self.received[at + 9:at + 12]) if at >= 0 and len(self.received) >= at + 12 else None


class Kind:
    """What a sort of slow client sends at first, and then by the second."""

    def __init__(self, name, first=b"", drip=None, half_close=False, reads=True, receive_buffer=None):
        self.name, self.first, self.drip = name, first, drip
        self.half_close, self.reads, self.receive_buffer = half_close, reads, receive_buffer


class Crowd:
    """Holds slow clients open from a thread of its own until the server closes them or the `with` ends."""

    def __init__(self, port, net=1):
        self.port, self.net = port, net
        self.clients = []
        self.refused = 0
        self.lock = threading.Lock()
        self.poll = select.epoll()
        self.by_file = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(10)
        for client in self.clients:
            client.sock.close()
        self.poll.close()

    def add(self, kind, count, per_address=PER_ADDRESS):
        for _ in range(count):
            source = address_of(len(self.clients) + self.refused, per_address, self.net)
            try:
                client = SlowClient(kind, connect(self.port, source, kind.receive_buffer))
                if kind.first:
                    client.sock.send(kind.first)
                if kind.half_close:
                    client.sock.shutdown(socket.SHUT_WR)
            except OSError:
                self.refused += 1
                continue
            with self.lock:
                self.clients.append(client)
                self.by_file[client.sock.fileno()] = client
            events = select.EPOLLRDHUP | (select.EPOLLIN if kind.reads else 0)
            self.poll.register(client.sock.fileno(), events)

    def _run(self):
        while not self.over.is_set():
            for file, event in self.poll.poll(0.1):
                with self.lock:
                    client = self.by_file.get(file)
                if client:
                    self._hear(client, event)
            self._drip(time.monotonic())

    def _hear(self, client, event):
        gone = bool(event & (select.EPOLLHUP | select.EPOLLERR))
        if client.kind.reads:
            try:
                data = client.sock.recv(65536)
                client.received += data
                client.total_received += len(data)
                del client.received[:-4096]
                gone = not data
            except BlockingIOError:
                pass
            except OSError:
                gone = True
        elif event & select.EPOLLRDHUP:
            gone = True
        if gone:
            self._end(client)

    def _end(self, client):
        client.ended_at = time.monotonic()
        with contextlib.suppress(OSError, ValueError):
            self.poll.unregister(client.sock.fileno())
        with self.lock:
            self.by_file.pop(client.sock.fileno(), None)
        client.sock.close()

    def _drip(self, now):
        with self.lock:
            dripping = [client for client in self.by_file.values() if client.kind.drip and client.next_drip <= now]
        for client in dripping:
            client.next_drip = now + 1
            try:
                client.sock.send(client.kind.drip)
            except BlockingIOError:
                pass
            except OSError:
                self._end(client)

    def open_count(self, kind=None):
        with self.lock:
            return sum(kind is None or client.kind is kind for client in self.by_file.values())

    def lives(self, kind):
        """How long those of a kind lived that are gone, in seconds."""
        return sorted(client.lived for client in self.clients if client.kind is kind and client.ended_at)

    def statuses(self, kind):
        counts = {}
        for client in self.clients:
            if client.kind is kind:
                counts[client.status] = counts.get(client.status, 0) + 1
        return counts


def hang_up(port, request, bytes_sent, source, with_reset):
    """Sends the beginning of a request and goes away, with FIN or with RST."""
    sock = connect(port, source)
    with contextlib.closing(sock):
        sock.setblocking(True)
        sock.settimeout(10)
        try:
            sock.sendall(request[:bytes_sent])
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.ECONNRESET):
                raise
        if with_reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RST)
