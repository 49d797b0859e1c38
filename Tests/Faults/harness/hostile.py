"""Houses that misbehave: each listens on loopback and does one thing wrong, again and again, to whoever connects."""

import contextlib
import gzip
import io
import os
import select
import socket
import ssl
import struct
import threading
import time

# An attempt ends within 15.5 s; a connection that is held longer than this was forgotten.
HOLD_SECONDS = 40
HEAD_200 = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
HEAD_500 = b"HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\n"
TEN_GB = 10 * 1000 ** 3
MIB = 1 << 20


class Gone(Exception):
    """The other side went away, or the house closes: nothing more to do on this connection."""


class Caller:
    """One connection to a hostile house, seen from the house."""

    def __init__(self, sock, house):
        self.sock, self.house = sock, house

    def take_head(self):
        """Reads up to the end of the request's head, and what of the body came along."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.take()
        head, rest = data.split(b"\r\n\r\n", 1)
        return head, rest

    def take_request(self):
        head, body = self.take_head()
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                       if line.lower().startswith(b"content-length:")), 0)
        while len(body) < length:
            body += self.take()
        self.house.count("requests")
        return head, body

    def take_some_of_body(self):
        head, body = self.take_head()
        if not body:
            self.take()

    def take(self):
        self._wait(read=True)
        try:
            data = self.sock.recv(65536)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        return data

    def _wait(self, read):
        """Until the socket is ready; the house's closing ends it."""
        deadline = time.monotonic() + HOLD_SECONDS
        if read and isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            return
        while time.monotonic() < deadline and not self.house.closing.is_set():
            ready = select.select([self.sock] if read else [], [] if read else [self.sock], [], 0.2)
            if ready[0] or ready[1]:
                return
        raise Gone

    def send(self, data):
        view = memoryview(data)
        while view:
            self._wait(read=False)
            try:
                sent = self.sock.send(view[:MIB])
            except (BlockingIOError, ssl.SSLWantWriteError):
                continue
            except OSError as error:
                raise Gone from error
            self.house.count("sent_bytes", sent)
            view = view[sent:]

    def drip(self, data, pause_seconds=1.0):
        """A byte a second."""
        for byte in data:
            self.send(bytes([byte]))
            self.hold(pause_seconds)

    def hold(self, seconds=HOLD_SECONDS):
        """Nothing happens, until the other side hangs up."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self.house.closing.is_set():
                raise Gone
            # POLLRDHUP rather than reading: what was not read must stay unread.
            poll = select.poll()
            poll.register(self.sock, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
            if poll.poll(min(left, 0.2) * 1000):
                raise Gone

    def reset(self):
        """Closes with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def finish(self):
        """Closes in an orderly way, so that what was sent arrives."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(Gone):
            self.hold(2)


class HostileHouse:
    """Listens on 127.0.0.1 and gives every connection to `behave`; leaving the `with` ends all of it."""

    def __init__(self, behave, context=None, backlog=64, accepts=True):
        self.behave, self.context, self.accepts = behave, context, accepts
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.counts = {}
        self.threads = []
        self.fillers = []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(backlog)
        self.port = self.listener.getsockname()[1]

    def count(self, name, amount=1):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + amount

    def __getitem__(self, name):
        with self.lock:
            return self.counts.get(name, 0)

    def __enter__(self):
        if self.accepts:
            self._start(self._serve)
        else:
            self._fill_backlog()
        return self

    def __exit__(self, *_):
        self.closing.set()
        for thread in self.threads:
            thread.join(5)
        for sock in self.fillers:
            sock.close()
        self.listener.close()

    def _start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _fill_backlog(self):
        """Connections that nobody accepts: the kernel drops the SYNs of whoever comes next."""
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self.fillers.append(filler)
        time.sleep(0.1)

    def _serve(self):
        self.listener.settimeout(0.2)
        while not self.closing.is_set():
            try:
                sock, _ = self.listener.accept()
            except OSError:
                continue
            self.count("connections")
            self._start(self._talk, sock)

    def _talk(self, sock):
        caller = Caller(sock, self)
        try:
            if self.context:
                sock.settimeout(5)
                caller.sock = sock = self.context.wrap_socket(sock, server_side=True)
            sock.setblocking(False)
            self.behave(caller)
        except ssl.SSLError:
            self.count("handshakes_failed")
        except (Gone, OSError):
            pass
        finally:
            with contextlib.suppress(OSError):
                sock.close()


# ---- what a house may do


def answer(data, then="finish"):
    """Takes the request, sends `data`, and ends as told: finish, reset or hold."""
    def behave(caller):
        while True:
            caller.take_request()
            caller.send(data)
            if then == "keep":
                continue
            return getattr(caller, then)()
    return behave


def never_answers(caller):
    caller.take_request()
    caller.hold()


def never_reads(caller):
    caller.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    caller.hold()


def drips(first, rest):
    """`first` at once, and then `rest` a byte a second."""
    def behave(caller):
        caller.take_request()
        caller.send(first)
        caller.drip(rest)
        caller.hold()
    return behave


def closes_on_accept(caller):
    caller.finish()


def resets_on_accept(caller):
    caller.reset()


def resets_after_head(caller):
    caller.take_head()
    caller.reset()


def resets_within_body(caller):
    caller.take_some_of_body()
    caller.reset()


def pours(head, piece, times):
    """A head, and then the same piece over and over."""
    def behave(caller):
        caller.take_request()
        caller.send(head)
        for _ in range(times):
            caller.send(piece)
        caller.finish()
    return behave


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def gzip_bomb(size=256 * MIB):
    """A few hundred kilobytes that unpack to `size`."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(size // MIB):
            file.write(bytes(MIB))
    return packed.getvalue()


def random_bytes(caller):
    caller.take_request()
    while True:
        caller.send(os.urandom(4096))


def silent(caller):
    """Not even a handshake."""
    caller.hold()
