"""The file cannot be served: taken, unreadable, cut off, not ours, newer. It says why, and changes nothing."""

import contextlib
import hashlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys

from harness.clients import OrderClients
from harness.history import History
from harness.machine import Failure, require, scenario
from harness.service import Service, base_env, free_port, new_secret

# sysexits
DATA_ERROR, NO_INPUT, TEMPORARY, NO_PERMISSION, CONFIGURATION = 65, 66, 75, 77, 78


def state_of(folder):
    """Every file with its mode, owner, size and bytes; the lock file holds whoever looked last and is no data."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.name.endswith(".lock"):
            continue
        facts = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        found[str(path.relative_to(folder))] = (facts.st_mode, facts.st_uid, facts.st_size, content)
    return found


def filled(run):
    """A database with orders in it, closed; its folder."""
    folder = run.subfolder("filled")
    with Service(run.binary, folder) as service, History(run.folder / "history.jsonl") as log:
        service.start()
        clients = OrderClients(service, log, run.rng, count=2, limit=60).start()
        clients.finish()
        require(len(clients.placed) >= 50, "orders are not taken")
        require(service.stop() == 0, "it did not stop well")
    for path in folder.iterdir():
        if path.name != "mailroom.db":
            path.unlink()
    return folder / "mailroom.db"


def serve(binary, database, prefix=(), seconds=20):
    """Starts and waits for the end: (exit code, what it said)."""
    env = base_env(database, {"http.port": free_port(), "metrics.port": free_port()}) | {
        "MAILROOM_FULFILLMENT_URL": f"http://127.0.0.1:{free_port()}/closed",
        "MAILROOM_FULFILLMENT_SECRETS": new_secret(), "MAILROOM_INBOUND_SECRETS": new_secret()}
    try:
        done = subprocess.run([*prefix, str(binary), "serve"], env=env, capture_output=True, text=True, timeout=seconds,
                              cwd="/")
    except subprocess.TimeoutExpired:
        raise Failure("it serves what it must refuse, or hangs") from None
    return done.returncode, done.stderr


HOLDER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA locking_mode = EXCLUSIVE")
db.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


class Refusals:
    """Cases of one kind: each has a folder with a database, and must be refused as it says."""

    def __init__(self, run):
        self.run = run
        self.original = filled(run)

    def copy(self, name):
        folder = self.run.subfolder(name)
        shutil.copyfile(self.original, folder / "mailroom.db")
        return folder / "mailroom.db"

    def expect(self, name, database, code, *words, prefix=(), binary=None):
        before = state_of(database.parent)
        got, said = serve(binary or self.run.binary, database, prefix)
        require(got == code, f"{name}: it ended with {got}, not {code}: {said[-500:]}")
        lines = [line for line in said.splitlines() if line.startswith("mailroom: ")]
        require(len(lines) == 1, f"{name}: it said {said[-500:]}")
        missing = [word for word in (str(database), *words) if word not in lines[0]]
        require(not missing, f"{name}: no {missing} in: {lines[0]}")
        after = state_of(database.parent)
        require(before == after, f"{name}: it changed {sorted(set(before.items()) ^ set(after.items()))}")
        self.run.add(refused=1)


@scenario("file-locked", weight=0, waits=True)
def locked(run):
    """Another server, or another program with a lock in SQLite, has the file."""
    refusals = Refusals(run)
    database = refusals.copy("server")
    with Service(run.binary, database.parent, database=database) as service:
        service.start()
        got, said = serve(run.binary, database)
        require(got == TEMPORARY and f"pid {service.pid}" in said and "stop it" in said, f"{got}: {said}")
        require(service.request("GET", "/readyz")[0] == 200, "the first server suffered")
        run.add(refused=1)
    database = refusals.copy("shell")
    # In a process of its own: we read the file ourselves, and closing it would drop the locks of this process.
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as holder:
        require(holder.stdout.readline() == "held\n", "no lock was taken")
        refusals.expect("a lock in SQLite", database, TEMPORARY, "another program holds a lock", "try again")
        holder.stdin.close()


@scenario("file-read-only", weight=0, waits=True)
def read_only(run):
    """The file, its folder or its file system may not be written, or the file may not be read."""
    refusals = Refusals(run)
    binary, prefix, user = run.binary, (), os.getuid()
    if user == 0:
        # Root may write everything: an ordinary user tries.
        user = 65534
        prefix = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups")
        home = pathlib.Path(f"/tmp/mailroom-faults-{os.getpid()}")
        run.stack.callback(shutil.rmtree, home, ignore_errors=True)
        home.mkdir(mode=0o755)
        binary = home / "mailroom"
        shutil.copy(run.binary, binary)
    else:
        home = run.folder

    def place(name, file_mode, folder_mode):
        folder = home / name
        folder.mkdir()
        shutil.copyfile(refusals.original, folder / "mailroom.db")
        os.chown(folder / "mailroom.db", user, -1)
        os.chown(folder, user, -1)
        os.chmod(folder / "mailroom.db", file_mode)
        os.chmod(folder, folder_mode)
        return folder / "mailroom.db"

    def expect(name, database, *words):
        refusals.expect(name, database, NO_PERMISSION, *words, prefix=prefix, binary=binary)

    expect("a file of mode 0400", place("file", 0o400, 0o700), "may not be written", "owner and mode")
    expect("a folder of mode 0500", place("folder", 0o600, 0o500), "folder may not be written", "owner and mode")
    for folder in ("file", "folder"):
        os.chmod(home / folder, 0o700)
    database = place("unreadable", 0o000, 0o700)
    got, said = serve(binary, database, prefix)
    require(got == NO_PERMISSION and "may not be read" in said, f"{got}: {said}")
    os.chmod(database, 0o600)
    run.add(refused=1)
    if os.getuid() == 0:
        mount(run, refusals)


def mount(run, refusals):
    """A file system that is mounted read-only."""
    folder = run.subfolder("mounted")
    shutil.copyfile(refusals.original, folder / "mailroom.db")
    done = [subprocess.run(["mount", *how, folder], capture_output=True).returncode
            for how in (["--bind", folder], ["-o", "remount,bind,ro"])]
    try:
        if done == [0, 0]:
            refusals.expect("a read-only mount", folder / "mailroom.db", NO_PERMISSION, "mounted read-only")
    finally:
        if done[0] == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


@scenario("file-damaged", weight=0, waits=True)
def damaged(run):
    """Cut off anywhere, overwritten, or something else altogether: refused, and left exactly as it was."""
    refusals = Refusals(run)
    size = os.path.getsize(refusals.original)
    cuts = [100, 4096, 5000, size // 2, size - 4096, size - 1] + [
        run.rng.randrange(1, size) for _ in range(2 if run.is_quick else 40)]
    for cut in cuts:
        database = refusals.copy(f"cut-{cut}")
        os.truncate(database, cut)
        refusals.expect(f"cut off after {cut} bytes", database, DATA_ERROR)
    for name, content, words in (
            ("empty", b"", ["mailroom migrate"]),
            ("text", b"name,amount\n" * 4000, ["not a mailroom database", "database.url"]),
            ("noise", run.rng.randbytes(200_000), ["not a mailroom database", "database.url"]),
            ("zeros", bytes(100_000), ["not a mailroom database", "database.url"])):
        database = run.subfolder(name) / "mailroom.db"
        database.write_bytes(content)
        refusals.expect(name, database, CONFIGURATION if name == "empty" else DATA_ERROR, *words)
    for name, at in (("first page", 100), ("schema", 4096)):
        database = refusals.copy(name.replace(" ", "-"))
        with open(database, "r+b") as file:
            file.seek(at)
            file.write(run.rng.randbytes(3000))
        refusals.expect(f"noise over the {name}", database, DATA_ERROR, "damaged", "restore the latest backup")


@scenario("file-foreign", weight=0, waits=True)
def foreign(run):
    """Another program's database, a newer or an older version of ours, no file, no folder, a folder in its place."""
    refusals = Refusals(run)
    database = refusals.copy("newer")
    change(database, "INSERT INTO grdb_migrations VALUES ('99 from the future')")
    refusals.expect("newer", database, CONFIGURATION, "newer version", "install that version or a later one")
    database = refusals.copy("older")
    change(database, "DELETE FROM grdb_migrations WHERE rowid = (SELECT max(rowid) FROM grdb_migrations)")
    refusals.expect("older", database, CONFIGURATION, "older version", "mailroom migrate")
    database = run.subfolder("theirs") / "mailroom.db"
    change(database, "CREATE TABLE theirs (x)")
    refusals.expect("theirs", database, DATA_ERROR, "not a mailroom database", "database.url")
    database = run.subfolder("theirs-wal") / "mailroom.db"
    change(database, "PRAGMA journal_mode = WAL", "CREATE TABLE theirs (x)")
    refusals.expect("theirs in WAL mode", database, DATA_ERROR, "not a mailroom database", "database.url")
    database = run.subfolder("missing") / "mailroom.db"
    refusals.expect("missing", database, NO_INPUT, "mailroom migrate")
    database = run.folder / "no-such-folder" / "mailroom.db"
    got, said = serve(run.binary, database)
    require(got == NO_INPUT and not database.parent.exists(), f"no folder: {got}: {said}")
    database = run.subfolder("folder") / "mailroom.db"
    database.mkdir()
    got, said = serve(run.binary, database)
    require(got == DATA_ERROR and "not a mailroom database" in said, f"a folder in its place: {got}: {said}")
    run.add(refused=2)


def change(database, *statements):
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)
