"""The programs of a run: each is started, asked whether it really does what is measured, and stopped for certain."""

import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

from . import machine
from .machine import require

CONNECTIONS = 64
STOP_SECONDS = 60
# Everything is on loopback, whatever proxy the environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def new_secret():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def remove_database(path):
    for suffix in ("", "-wal", "-shm", ".lock", ".sock"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{path}{suffix}")


def copy_database(source, target):
    """Copies a closed database; its -wal must be gone or empty."""
    wal = f"{source}-wal"
    require(not os.path.exists(wal) or os.path.getsize(wal) == 0, f"{source} is not closed")
    remove_database(target)
    shutil.copyfile(source, target)


def query(path, sql):
    """The rows of a query, on a connection that cannot write."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


def count(path, table):
    return query(path, f"SELECT count(*) FROM {table}")[0][0]


def has_table(path, table):
    return bool(query(path, f"SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '{table}'"))


def same_rows(one, other, table):
    """Whether a table holds the same rows in two files."""
    with contextlib.closing(sqlite3.connect(f"file:{one}?mode=ro", uri=True)) as db:
        db.execute("ATTACH ? AS other", [f"file:{other}?mode=ro"])
        return not any(
            db.execute(f"SELECT 1 FROM (SELECT * FROM {a}.{table} EXCEPT SELECT * FROM {b}.{table}) LIMIT 1").fetchone()
            for a, b in (("main", "other"), ("other", "main")))


class Process:
    """A program that runs until it is stopped; leaving the `with` stops it, gently first."""

    def __init__(self, command, env, name, preload=None):
        self.name = name
        self.log_path = machine.BUILD / f"{name}.log"
        self.log = open(self.log_path, "w")
        if preload:
            env = env | {"LD_PRELOAD": str(preload)}
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            [str(part) for part in command], env=env, cwd=machine.DATA, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, text=True)

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def complaint(self):
        return f"{self.name} did not start: {self.log_path.read_text()[-2000:]}"

    def wait_for_port(self, port, path, limit_seconds=30):
        """Polls until an HTTP answer comes."""
        deadline = time.monotonic() + limit_seconds
        while time.monotonic() < deadline:
            require(self.process.poll() is None, self.complaint())
            with contextlib.suppress(OSError):
                request(f"http://127.0.0.1:{port}{path}")
                return
            time.sleep(0.02)
        raise machine.Failure(self.complaint())


def request(url, body=None, headers=None):
    """(status, headers, body) of one request."""
    asked = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with DIRECT.open(asked, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


# ---- Mailroom


def base_env(database):
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAILROOM_")}
    return env | {"MAILROOM_DATABASE_URL": f"sqlite:{database}", "MAILROOM_LOG_LEVEL": "error"}


def mailroom_command(database, *arguments):
    return machine.output([machine.MAILROOM, *arguments], env=base_env(database), cwd=machine.DATA)


def fresh_database(path):
    """A migrated file with the sample catalog, copied from one that is made once per run."""
    template = machine.DATA / "template.db"
    if not hasattr(fresh_database, "made"):
        remove_database(template)
        mailroom_command(template, "migrate")
        mailroom_command(template, "catalog", "import", machine.CATALOG)
        fresh_database.made = True
    copy_database(template, path)


def create_token(database):
    name = f"bench-{secrets.token_hex(4)}"
    return mailroom_command(database, "token", "create", "--name", name, "--scope", "admin").strip()


class Mailroom(Process):
    """The release build, serving `database` on a free port; the house is down unless `house` is its URL."""

    def __init__(self, database, house=None, settings=None, preload=None, tape=None):
        self.database = database
        self.inbound_secret = new_secret()
        self.port = free_port()
        env = base_env(database) | {
            "MAILROOM_HTTP_PORT": str(self.port), "MAILROOM_METRICS_PORT": "0",
            "MAILROOM_HTTP_RATE_ORDERS": "0", "MAILROOM_HTTP_RATE_STATUS": "0", "MAILROOM_HTTP_RATE_SIGNIN": "0",
            # The load alone has as many connections as one address may.
            "MAILROOM_HTTP_CONNECTIONS_PER_ADDRESS": "0",
            # The orders of a filled file are up to 300 days old: none is to be erased while something else is measured.
            "MAILROOM_RETENTION_DAYS": "365",
            "MAILROOM_FULFILLMENT_URL": house or f"http://127.0.0.1:{free_port()}/closed",
            "MAILROOM_FULFILLMENT_SECRETS": new_secret(), "MAILROOM_INBOUND_SECRETS": self.inbound_secret,
        } | (settings or {})
        if tape:
            env["MAILROOM_TAPE"] = str(tape)
        super().__init__([machine.MAILROOM, "serve", "--json"], env, "mailroom", preload)

    def __enter__(self):
        try:
            line = self.process.stdout.readline()
            require(line.startswith("{"), self.complaint())
            self.url = json.loads(line)["url"]
            mode = query(self.database, "PRAGMA journal_mode")[0][0]
            require(mode == "wal", f"the database's journal is {mode}")
        except BaseException:
            self.stop()
            raise
        return self

    def memory_mb(self, field):
        """VmRSS or VmHWM of the server, in megabytes (10^6 bytes)."""
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024 / 1e6
        raise machine.Failure(f"no {field} in /proc")

    def reset_peak(self):
        with open(f"/proc/{self.pid}/clear_refs", "w") as refs:
            refs.write("5")


# ---- FastAPI


class FastAPI(Process):
    """peers/service.py under uvicorn, on a new database."""

    def __init__(self, database, workers):
        self.database = database
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = dict(os.environ) | {
            "BENCH_DATABASE": str(database), "BENCH_CATALOG": str(machine.CATALOG),
            "PYTHONPATH": str(machine.PEERS), "PYTHONDONTWRITEBYTECODE": "1"}
        python = machine.VENV / "bin" / "python"
        machine.output([python, machine.PEERS / "service.py"], env=env, cwd=machine.DATA)
        command = [
            python, "-m", "uvicorn", "service:app", "--port", self.port, "--workers", workers, "--loop", "uvloop",
            "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        super().__init__(command, env, "fastapi")

    def __enter__(self):
        try:
            self.wait_for_port(self.port, "/")
        except BaseException:
            self.stop()
            raise
        return self


# ---- clients and C peers


def wrk(script, url, seconds, *arguments, connections=CONNECTIONS):
    """What the script's RESULT line says; any answer or connection that failed is a failure."""
    text = machine.output([
        "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", machine.BENCHMARKS / script, url,
        "--", *arguments])
    lines = [line for line in text.splitlines() if line.startswith("RESULT ")]
    require(len(lines) == 1, f"wrk said no result: {text[-1000:]}")
    result = json.loads(lines[0].removeprefix("RESULT "))
    bad = {name: result[name] for name in ("refused", "connect", "read", "write", "timeout") if result[name]}
    require(not bad, f"requests failed under {script}: {bad}")
    require(result["answers"] > 0, f"no answers under {script}")
    return result


def load(*arguments, limit_seconds=3600):
    """What mailroom-load prints: one JSON object."""
    return json.loads(machine.output([machine.LOAD, *arguments], cwd=machine.DATA, timeout=limit_seconds))


def start_load(*arguments):
    """mailroom-load beside other work; read its object with `finish_load`."""
    with open(machine.BUILD / "mailroom-load.log", "w") as log:
        return subprocess.Popen(
            [str(part) for part in (machine.LOAD, *arguments)], cwd=machine.DATA, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=log, text=True)


def finish_load(process, limit_seconds):
    log = machine.BUILD / "mailroom-load.log"
    try:
        text, _ = process.communicate(timeout=limit_seconds)
    except subprocess.TimeoutExpired:
        end(process)
        raise machine.Failure(f"mailroom-load took over {limit_seconds} s: {log.read_text()[-2000:]}") from None
    require(process.returncode == 0, f"mailroom-load ended with {process.returncode}: {log.read_text()[-2000:]}")
    return json.loads(text)


def bare(path, orders, per_commit):
    remove_database(path)
    result = json.loads(machine.output([machine.BIN / "bare", path, orders, per_commit]))
    require(count(path, "orders") == orders == count(path, "outbox"), "bare C did not store its orders")
    require(count(path, "lines") == 3 * orders, "bare C did not store its lines")
    remove_database(path)
    return result


def replay(tape, database, per_commit, orders, pragmas):
    return json.loads(machine.output([machine.BIN / "replay", tape, database, per_commit, orders, pragmas]))


def end(process):
    """Ends a client that is still there."""
    if process.poll() is None:
        process.kill()
        process.wait()


def wait_until_listening(process, port, limit_seconds=20):
    """Until the client that plays the house takes connections."""
    deadline = time.monotonic() + limit_seconds
    while time.monotonic() < deadline:
        require(process.poll() is None, "the house ended before it began")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise machine.Failure("the house does not listen")


def start_milliseconds(database):
    """How long a server takes from its spawn to its first answer, asked every 2 ms."""
    server = Mailroom(database)
    try:
        deadline = server.started_at + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                status, _, _ = request(f"http://127.0.0.1:{server.port}/v1/catalog")
                require(status == 200, f"the catalog was answered {status}")
                return (time.monotonic() - server.started_at) * 1000
            time.sleep(0.002)
        raise machine.Failure(server.complaint())
    finally:
        server.stop()
