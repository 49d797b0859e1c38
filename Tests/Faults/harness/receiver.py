"""The house: a loopback server that keeps a ledger of all it was told, and answers as a scenario wants."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time

from .history import digest
from .service import free_port


class Received:
    """One delivery as it arrived."""

    def __init__(self, headers, body, signature_ok, attempt, at):
        self.id = headers.get("webhook-id", "")
        self.body, self.digest, self.signature_ok, self.attempt, self.at = body, digest(body), signature_ok, attempt, at
        self.headers = headers
        try:
            event = json.loads(body)
            self.type, self.number = event["type"], event["data"]["order"]["number"]
        except (ValueError, KeyError, TypeError):
            self.type = self.number = None
        self.answered = None

    def entry(self):
        return {"id": self.id, "at": self.at, "digest": self.digest, "type": self.type, "number": self.number,
                "signature_ok": self.signature_ok, "attempt": self.attempt, "answered": self.answered}


def is_signed(secrets, headers, body):
    """Standard Webhooks 1.0: one of the signatures is that of one of the secrets."""
    text = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode() + body
    given = headers.get("webhook-signature", "").split()
    made = ["v1," + base64.b64encode(hmac.new(base64.b64decode(secret.removeprefix("whsec_")), text, hashlib.sha256)
                                     .digest()).decode() for secret in secrets]
    return any(hmac.compare_digest(one, other) for one in given for other in made)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, *_):
        """Somebody hung up; that is a part of every run."""


class Receiver:
    """Listens on a port of its own; `answer(received)` says what it answers.

    That is a status, or (status, headers) or (status, headers, seconds to wait before), or None to hang up without an
    answer. What was answered with 2xx has been heard. `close` and `open` make the house go away and come back.
    """

    def __init__(self, path, answer=lambda received: 200):
        self.answer = answer
        self.secrets = []
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/hooks"
        self.deliveries = []
        self.path = path
        self._file = open(path, "a", encoding="utf-8")
        self._lock = threading.Lock()
        self._attempts = {}
        self._server = None
        self._connections = set()

    def open(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60
            # Head and body of an answer are two writes: without this, Nagle and delayed ACK cost 40 ms each time.
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                with receiver._lock:
                    receiver._connections.add(self.connection)

            def finish(self):
                with receiver._lock:
                    receiver._connections.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def do_POST(self):
                receiver._take(self)

            def log_message(self, *_):
                pass

        self._server = _Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def close(self):
        """Stops listening, and hangs up on everybody."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            with self._lock:
                connections = list(self._connections)
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _take(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            attempt = self._attempts[headers.get("webhook-id")] = self._attempts.get(headers.get("webhook-id"), 0) + 1
            received = Received(headers, body, is_signed(self.secrets, headers, body), attempt, time.monotonic())
            self.deliveries.append(received)
        reply = self.answer(received)
        reply = reply if isinstance(reply, tuple) else (reply,)
        status, extra, seconds = (*reply, *({}, 0)[len(reply) - 1:])
        if seconds:
            time.sleep(seconds)
        # Before the bytes go out: from here on the other side may have heard it.
        received.answered = status
        with self._lock:
            if not self._file.closed:
                self._file.write(json.dumps(received.entry()) + "\n")
                self._file.flush()
        if status is None:
            handler.close_connection = True
            with contextlib.suppress(OSError):
                handler.connection.shutdown(socket.SHUT_RDWR)
            return
        handler.send_response(status)
        for name, value in extra.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    # ---- the ledger

    def heard(self):
        """The webhook-ids that were answered with 2xx."""
        with self._lock:
            return {received.id for received in self.deliveries
                    if received.answered and 200 <= received.answered < 300}

    def all(self):
        with self._lock:
            return list(self.deliveries)

    def __enter__(self):
        return self.open()

    def __exit__(self, *_):
        self.close()
        with self._lock:
            self._file.close()
