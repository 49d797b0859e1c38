"""The real `mailroom serve` on a free port: started, asked, killed, and started again."""

import atexit
import base64
import contextlib
import http.client
import json
import os
import pathlib
import random
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time

from . import machine
from .machine import Failure, require

READY_SECONDS = 30
STOP_SECONDS = 60


def new_secret():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


_given_ports = set()
_giving = threading.Lock()
_processes = []


@atexit.register
def _end_all():
    """What a lane of scenarios leaves behind when the run is stopped."""
    for process in _processes:
        if process.poll() is None:
            process.kill()


def free_port():
    """Below the ports that clients get by themselves: one that was free while the service is down must stay free.

    No port is given twice: that of a service which is not up yet seems free.
    """
    for _ in range(200):
        port = random.randrange(15000, 32000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            with _giving:
                if port not in _given_ports:
                    _given_ports.add(port)
                    return port
    raise Failure("no free port")


def files_of(database):
    return [pathlib.Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm")]


def base_env(database, settings=None, folder=None):
    """With a folder that the program works in, the database as seen from there: its socket's path must not be long."""
    if folder:
        database = min(str(database), os.path.relpath(database, folder), key=len)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAILROOM_", "LD_PRELOAD"))}
    return env | {"MAILROOM_DATABASE_URL": f"sqlite:{database}"} | env_of(settings or {})


def env_of(settings):
    """`http.queue` as `MAILROOM_HTTP_QUEUE`; names that are in that form already stay."""
    return {name if name.startswith("MAILROOM_") else "MAILROOM_" + name.upper().replace(".", "_"): str(value)
            for name, value in settings.items()}


def run_command(binary, database, *arguments, env=None, prefix=(), timeout=60):
    """One command of the program, to its end: its exit code, standard output and standard error."""
    folder = pathlib.Path(database).parent
    return subprocess.run(
        [*prefix, str(binary), *map(str, arguments)], env=base_env(database, folder=folder) | (env or {}),
        capture_output=True, text=True, cwd=folder, timeout=timeout)


_templates = {}
_templating = threading.Lock()


def fresh_database(binary, path):
    """A migrated file with the sample catalog and a staff token that may do anything; returns the token."""
    with _templating:
        if binary not in _templates:
            folder = machine.BUILD / f"template-{os.getpid()}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            template = folder / "mailroom.db"
            token = None
            for arguments in (["migrate"], ["catalog", "import", machine.CATALOG],
                              ["token", "create", "--name", "faults", "--scope", "admin"]):
                done = run_command(binary, template, *arguments)
                require(done.returncode == 0, f"mailroom {arguments[0]} ended with {done.returncode}: {done.stderr}")
                token = done.stdout.strip()
            require(not os.path.exists(f"{template}-wal"), "a command left a WAL behind")
            _templates[binary] = (template, token)
        template, token = _templates[binary]
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, path)
    os.chmod(path, 0o600)
    return token


def forget_templates():
    for template, _ in _templates.values():
        shutil.rmtree(template.parent, ignore_errors=True)
    _templates.clear()


class Service:
    """One database and the process that serves it; every start uses the same port and secrets.

    `settings` are names of contract §8 with their values, `env` anything else, `preload` a library put before libc.
    All three may be changed between two starts. `prefix` is a command that runs the program, such as `setpriv …`.
    """

    def __init__(self, binary, folder, house=None, settings=None, env=None, preload=None, prefix=(), database=None):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database = pathlib.Path(database) if database else self.folder / "mailroom.db"
        self.token = None if self.database.exists() else fresh_database(binary, self.database)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secret, self.inbound_secret = new_secret(), new_secret()
        # A `Receiver` (which then checks our signatures), an address, or nobody who listens.
        if hasattr(house, "secrets"):
            house.secrets.append(self.secret)
            house = house.url
        self.house = house or f"http://127.0.0.1:{free_port()}/closed"
        # Everybody comes from one address here, so limits by address are off unless a scenario asks for them.
        self.settings = {
            "http.port": self.port, "metrics.port": free_port(), "http.rate.orders": 0, "http.rate.status": 0,
            "http.rate.signin": 0, "http.connections.per.address": 0, "http.connections": 0, "log.level": "info",
        } | (settings or {})
        self.env, self.preload, self.prefix = dict(env or {}), preload, tuple(prefix)
        self.log_path = self.folder / "mailroom.log"
        self.process = None
        self.starts = 0
        self.started_at = None

    # ---- life

    def start(self, wait=True):
        require(self.process is None or self.process.poll() is not None, "it runs already")
        env = base_env(self.database, self.settings, self.folder) | {
            "MAILROOM_FULFILLMENT_URL": self.house, "MAILROOM_FULFILLMENT_SECRETS": self.secret,
            "MAILROOM_INBOUND_SECRETS": self.inbound_secret} | {k: str(v) for k, v in self.env.items()}
        libraries = self.preload if isinstance(self.preload, (list, tuple)) else [self.preload] if self.preload else []
        command = [*self.prefix, str(self.binary), "serve"]
        if libraries:
            # Through env(1), so that a program of `prefix` is left alone.
            command = [*self.prefix, "env", "LD_PRELOAD=" + ":".join(map(str, libraries)), str(self.binary), "serve"]
        self.starts += 1
        with open(self.log_path, "a", encoding="utf-8") as log:
            log.write(f"---- start {self.starts} at {time.monotonic():.3f}\n")
            log.flush()
            self.started_at = time.monotonic()
            self.process = subprocess.Popen(
                command, env=env, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            _processes.append(self.process)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=READY_SECONDS):
        """Until it answers; how many seconds after its start that was."""
        def answers():
            require(self.process.poll() is None,
                    lambda: f"it ended with {self.process.returncode}: {self.log()[-1500:]}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self.request("GET", "/livez", timeout=2)[0] == 200
        machine.wait_until(
            answers, seconds, lambda: f"it did not answer in {seconds} s: {self.log()[-1500:]}", every=0.01)
        return time.monotonic() - self.started_at

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def terminate(self):
        """Asks it to stop, without waiting."""
        self.signal(signal.SIGTERM)

    def wait(self, seconds=STOP_SECONDS):
        """Its exit code; minus the signal's number when one ended it."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"it did not end within {seconds} s") from None

    def stop(self, seconds=STOP_SECONDS):
        if self.is_running:
            self.terminate()
        return self.wait(seconds)

    def kill(self):
        """As a crash: SIGKILL, and not one instruction more."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.is_running:
            self.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        self.kill()

    # ---- questions

    def request(self, method, path, body=None, headers=None, timeout=30):
        """(status, headers, body) of one request on its own connection; JSON bodies come parsed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
            headers = dict(headers or {})
            if data is not None:
                headers.setdefault("Content-Type", "application/json")
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            content = answer.read()
            if "json" in answer.headers.get("Content-Type", ""):
                content = json.loads(content)
            return answer.status, answer.headers, content
        finally:
            connection.close()

    def staff(self, method, path, body=None, timeout=30):
        return self.request(method, path, body, {"Authorization": f"Bearer {self.token}"}, timeout)

    def log(self):
        """What it wrote since its latest start."""
        return self.log_path.read_text(errors="replace").rsplit("---- start", 1)[-1]

    # ---- what it uses

    def memory_mb(self, field="VmRSS"):
        """VmRSS or VmHWM, in megabytes (10^6 bytes)."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024 / 1e6
        raise Failure(f"no {field} in /proc")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    # ---- its file

    def snapshot(self, target):
        """A copy of the database as it is now, WAL included; through SQLite while the service runs."""
        target = pathlib.Path(target)
        for path in files_of(target):
            path.unlink(missing_ok=True)
        if self.is_running:
            with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as source, \
                    contextlib.closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
        else:
            for source, copy in zip(files_of(self.database)[:2], files_of(target)[:2]):
                if source.exists():
                    shutil.copyfile(source, copy)
        return target

    def query(self, sql, parameters=()):
        """Rows of the file, while the service runs or not. Never changes it."""
        if not self.is_running:
            copy = self.snapshot(self.folder / "query.db")
            with contextlib.closing(sqlite3.connect(copy)) as db:
                return db.execute(sql, parameters).fetchall()
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as db:
            return db.execute(sql, parameters).fetchall()
