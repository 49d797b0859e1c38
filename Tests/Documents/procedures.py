"""The procedures of the documents, in their order. A step names a command by how it begins; what runs is the document's
own text, with what stands for something (NUMBER, DIR) replaced as said, and paths and ports as machine.py says."""
import concurrent.futures
import contextlib
import os
import pathlib
import pty
import re
import shutil
import sqlite3
import tempfile

from commands import REPOSITORY, Demo, Shell, Wrong, fenced, until
from machine import House, Machine, Traffic, free_port

PROMTOOL = shutil.which("promtool") or str(REPOSITORY / ".build/prometheus/usr/bin/promtool")
RUNBOOK = "Deploy/RUNBOOK.md"


class Section:
    """The commands of a section, run in one shell."""

    def __init__(self, ledger, document, name, shell, mapped=lambda text: text):
        self.ledger, self.document, self.name, self.shell, self.mapped = ledger, document, name, shell, mapped

    def __call__(self, start, put=None, more="", prints=(), lacks=(), status=0, types=(), before="", background=False):
        text = self.ledger.find(self.document, self.name, start)
        really = text
        for old, new in (put or {}).items():
            if old not in really:
                raise Wrong(f"{self.document}: there is no {old} in {text}")
            really = really.replace(old, str(new))
        really = self.mapped(really) + (f" {more}" if more else "")
        self.ledger.run(text, really)
        if background:
            really += " &"
        with contextlib.ExitStack() as after:
            terminal = None
            if types:
                terminal = pty.openpty()
                for end in terminal:
                    after.callback(os.close, end)
            done = self.shell.run(before + really, answers=types, terminal=terminal)
        told = f"{self.document}, {self.name!r}: {text}\nran as {really}\nprinted {done.out}{done.err}"
        if (done.status if status is not any else 0) != (0 if status is any else status):
            raise Wrong(f"{told}\nand ended with {done.status}, not {status}")
        for pattern in [prints] if isinstance(prints, str) else prints:
            if not re.search(pattern, done.out + done.err, re.M):
                raise Wrong(f"{told}\nwithout {pattern!r}")
        for pattern in [lacks] if isinstance(lacks, str) else lacks:
            if re.search(pattern, done.out + done.err, re.M):
                raise Wrong(f"{told}\nwith {pattern!r}")
        return done.out


def require(condition, complaint):
    if not condition:
        raise Wrong(complaint)


def self_test():
    class Everything:
        """A ledger in which every command stands."""

        find = staticmethod(lambda document, section, start: start)
        run = staticmethod(lambda text, really: None)

    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(folder, dict(os.environ))
        step = Section(Everything, "T.md", "One", shell)
        wrong = {
            "a status": lambda: step("false"), "a success": lambda: step("true", status=1),
            "a pipe's status": lambda: step("false | true"), "what is not printed": lambda: step("echo a", prints="^b"),
            "what is printed": lambda: step("echo a", lacks="a"), "what cannot be replaced": lambda: step("true", {"A": "b"})}
        for name, control in wrong.items():
            try:
                control()
            except Wrong:
                continue
            raise SystemExit(f"Tests/Documents: {name} is not noticed")
        step("A=a; alias b='echo $A; cat'")
        step("b", prints="^a$")
        shell.close()





def run(program, ledger):
    """Two at once, each on machines of its own."""
    def newcomer():
        for_real(program, ledger)
        first_steps(program, ledger)
        for_integrators(program, ledger)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        for lane in [pool.submit(runbook, program, ledger), pool.submit(newcomer)]:
            lane.result()


# --- The runbook

def runbook(program, ledger):
    with contextlib.ExitStack() as after:
        house = House()
        after.callback(house.close)
        machine = Machine(program, house)
        after.callback(machine.close)
        shell = Shell(machine.root / "root", machine.environment)
        after.callback(shell.close)

        def section(name):
            return Section(ledger, RUNBOOK, name, shell, machine.mapped)

        serve = "mailroom serve --config /etc/mailroom/mailroom.yaml"
        unit = machine.unit("mailroom")["ExecStart"][0]
        require(unit.endswith(machine.mapped(serve).removeprefix("mailroom")), f"mailroom.service runs {unit}")
        ledger.run(serve, serve)
        step = section("Runbook")
        step("alias mr=")
        step("C=")
        deploy(section("Deploy"), machine, house)
        step("mr doctor $C", prints=["^ok +server", "^ok +endpoint"])
        step("mr top $C", prints=["^intake", "^fulfillment .*active"])
        accounts(section("Console accounts"))
        monitoring(section("Monitoring"), machine)
        number = machine.order()
        until(lambda: house.has(number), "the first order at the house")
        upgrade(section("Upgrade, and roll back"), machine)
        restore(section("Back up, restore, and prove it"), machine, house)
        paused(section("The house does not take deliveries"), machine, house)
        exhausted(section("Exhausted deliveries"), machine, house)
        rotate(section("Rotate a secret, with no refused webhook"), machine, house)
        alerts(section("Alerts"), machine)
        forget(section("Somebody asks to be forgotten"), machine, house)
        damaged(section("The database is damaged"), section("Back up, restore, and prove it"), machine)
        move(section("Move to another machine"), program, ledger, machine, house, after)
        require(not house.forged, f"{RUNBOOK}: the house refused {len(house.forged)} deliveries")


def deploy(step, machine, house):
    step("apt install ./mailroom_VERSION", {"VERSION": "OLD"})
    for folder in ("var/lib/mailroom", "var/backups/mailroom", "etc/mailroom/credentials"):
        require((machine.root / folder).stat().st_mode & 0o777 == 0o700, f"/{folder} is open to others")
    settings = machine.root / "etc/mailroom/mailroom.yaml"
    text = settings.read_text()
    for line in ("#public.url: ", "#fulfillment.url: "):
        require(line in text, f"Deploy/debian/mailroom.yaml no longer has {line}")
    text = re.sub("^#public.url: .*", f"public.url: http://127.0.0.1:{machine.port}", text, flags=re.M)
    text = re.sub("^#fulfillment.url: .*", f"fulfillment.url: {house.url}", text, flags=re.M)
    settings.write_text(text + "organization.name: Sample Charity\n" f"http.port: {machine.port}\n"
                        f"metrics.port: {machine.metrics_port}\nhttp.rate.orders: 0\n")
    house.secret = machine.credential("fulfillment-secrets").read_text().strip()
    shutil.copy(REPOSITORY / "Config/catalog.csv", machine.root / "root/weighed.csv")
    step("mr catalog import", prints="62")
    step("mr token create", prints=r"^mrt_\S{20,}$")
    step("systemctl start mailroom")
    step("systemctl start mailroom-backup")
    step("mr doctor $C", prints="^ok +backup")


def accounts(step):
    # "prints a password, once"
    password = r"^[a-z0-9]{4}(-[a-z0-9]{4}){3}$"
    step("mr staff add", prints=password)
    step("mr staff list", prints=r"ana@example\.org.*admin")
    step("mr staff disable")
    step("mr staff list", prints=r"ana@example\.org.*disabled")
    step("mr staff reset", prints=password)
    step("mr staff list", lacks="disabled")
    # "Without --generate they ask for the password on the terminal"
    secret = "nine lives of a cat"
    step("mr staff reset", {" --generate": ""}, types=[("Password: ", secret, False), ("The same again: ", secret, False)])
    step("mr token revoke", {"NAME": "former"}, before="mr token create $C --name former --scope orders:read >token; ")


def monitoring(step, machine):
    step("curl -sS http://127.0.0.1:9464/metrics", prints="^# HELP ", status=any)
    step("cp ")
    # "put in what prometheus.yml has", as the lines that stand there
    block = next(body for _, kind, body in fenced((REPOSITORY / RUNBOOK).read_text()) if "prometheus.yml" in body)
    lines = re.findall(r"^#(?:   )(.*)$", block, re.M)
    settings = machine.root / "etc/prometheus/prometheus.yml"
    settings.write_text("".join(re.sub(r"   # .*", "", line) + "\n" for line in lines))
    require(os.path.exists(PROMTOOL), "promtool is missing: .ci/setup prometheus")
    step("promtool check config", {"promtool": PROMTOOL}, prints=["SUCCESS: 1 rule files found", r"SUCCESS: .* rules found"])
    require("mailroom.rules.yml" in settings.read_text(), f"{RUNBOOK}: the rules are not in prometheus.yml")


def orders(machine, database=None):
    with contextlib.closing(sqlite3.connect(database or machine.root / "var/lib/mailroom/mailroom.db")) as file:
        return file.execute("SELECT count(*) FROM orders").fetchone()[0]


def upgrade(step, machine):
    before = orders(machine)
    step("apt install ./mailroom_NEW")
    copy = machine.root / "var/backups/mailroom/before-upgrade-from-OLD.db"
    require(copy.exists() and machine.service, f"{RUNBOOK}: the upgrade made no copy, or did not start the service")
    machine.order()
    step("systemctl stop mailroom")
    # What a newer version's migration leaves, which this one does not know.
    with contextlib.closing(sqlite3.connect(machine.root / "var/lib/mailroom/mailroom.db")) as file, file:
        file.execute("INSERT INTO grdb_migrations VALUES ('999 of a newer version')")
    step("apt install --allow-downgrades", status=100, prints="made by a newer version")
    aside = step("mr restore $C /var/backups/mailroom/before-upgrade-from-OLD.db", prints=r"mailroom\.db\.before-")
    step("dpkg --configure -a")
    require(machine.service, f"{RUNBOOK}: the service does not run after going back")
    require(orders(machine) == before, f"{RUNBOOK}: going back lost orders from before the upgrade")
    aside = re.search(r"\S*mailroom\.db\.before-[\dTZ]+", aside)[0]
    require(orders(machine, aside) == before + 1, f"{RUNBOOK}: the order placed after the upgrade is not put aside")


def restore(step, machine, house):
    step("systemctl start mailroom-backup")
    step("sudo find /var/backups/mailroom")
    step("sudo find /var/backups/mailroom", {"-mmin -1560": "-mmin +1560"}, status=1)
    step("mr verify $C", prints=r"mailroom-\d{8}T\d{6}Z\.db is whole")
    backup = sorted((machine.root / "var/backups/mailroom").glob("mailroom-*.db"))[-1]
    held = orders(machine, backup)
    late = machine.order("Late Reader")
    until(lambda: house.has(late), "the late order at the house")
    step("systemctl stop mailroom")
    done = step("mr restore $C", {"mailroom-20261125T031500Z.db": backup.name}, prints=r"mailroom\.db\.before-")
    aside = re.search(r"mailroom\.db\.before-([\dTZ]+)", done)[1]
    step("mr migrate $C")
    step("systemctl start mailroom")
    step("mr doctor $C")
    require(orders(machine) == held, f"{RUNBOOK}: restored {orders(machine)} orders of {held}")
    # "list them with": the late one and no other is after the backup.
    step("mr orders list --config", {"before-TIME": f"before-{aside}", "DATE": "2020-01-01"}, prints=late)
    step("mailroom restore FILE", {"FILE": backup}, prints="drill")
    step("mailroom orders list --database-url sqlite:drill.db", lacks=late, prints=r"^\d{4}-\d{4}-\d{2}")


def paused(step, machine, house):
    house.answer = 410
    number = machine.order()
    step("mr top $C", before="until mr top $C | grep -q PAUSED; do :; done; ", prints="PAUSED")
    house.answer = 200
    step("curl -sS --unix-socket")
    until(lambda: house.has(number), "the order that waited for the house")


def exhausted(step, machine, house):
    numbers = [machine.order(), machine.order()]
    until(lambda: all(house.has(number) for number in numbers), "two orders at the house")
    until(lambda: pending(machine) == 0, "every delivery settled")
    machine.stop()
    # Three days of failures would leave this.
    with contextlib.closing(sqlite3.connect(machine.root / "var/lib/mailroom/mailroom.db")) as file, file:
        for number in numbers:
            order = file.execute("SELECT id FROM orders WHERE number = ?", (int(number.replace("-", "")),)).fetchone()[0]
            file.execute("UPDATE deliveries SET state = 3, attempts = 15 WHERE order_id = ?", (order,))
    machine.start()
    step("mr orders show $C", {"NUMBER": numbers[0]}, prints=numbers[0])
    step("s=")
    step("curl -sS $s")
    for number in numbers:
        until(lambda: house.has(number, 2), "an exhausted delivery at the house again")


def pending(machine):
    with contextlib.closing(sqlite3.connect(machine.root / "var/lib/mailroom/mailroom.db")) as file:
        return file.execute("SELECT count(*) FROM deliveries WHERE state IN (0, 1)").fetchone()[0]


def rotate(step, machine, house):
    """Both rotations while the house tells us things and orders go to it: nothing may be refused on either side."""
    outgoing, incoming = machine.credential("fulfillment-secrets"), machine.credential("inbound-secrets")

    def add(name, file):
        step("f=", {"fulfillment-secrets": name} if name != "fulfillment-secrets" else None)
        step("new=")
        step("(umask 077")
        require(file.stat().st_mode & 0o777 == 0o600, f"{RUNBOOK}: {file.name} is open to others")
        step("systemctl restart mailroom")
        step("mr config show $C", prints=rf"^{name.replace('-', '.')} +\(2 secrets")
        return file.read_text().splitlines()[0]

    def drop(file):
        """"Delete the old line from the file, and restart again." """
        file.write_text(file.read_text().splitlines()[0] + "\n")
        step("systemctl restart mailroom")

    def told():
        """The house is told of a new order, and verifies it with the one secret that it has."""
        number = machine.order()
        until(lambda: house.forged or house.has(number), "an order at the house while a secret changes")

    known = incoming.read_text().strip()
    with Traffic(machine, machine.order(), known) as traffic:
        new = add("fulfillment-secrets", outgoing)
        told()
        house.secret = new
        told()
        drop(outgoing)
        told()
        traffic.more()
        new = add("inbound-secrets", incoming)
        traffic.more()
        traffic.inbound = new
        traffic.more()
        drop(incoming)
        traffic.more()
    require(not traffic.refused, f"{RUNBOOK}: while secrets were rotated the house was answered {traffic.refused}")
    require(not house.forged, f"{RUNBOOK}: while secrets were rotated the house refused {len(house.forged)} deliveries")
    # The controls: what the old secrets sign is refused on both sides.
    require(machine.tell("msg_old", traffic.number, known) == 401, f"{RUNBOOK}: the old secret still verifies")
    step("mr token create", {"…": "--scope orders:read"}, prints="^mrt_")
    step("mr token revoke $C office")


def alerts(step, machine):
    readme = Section(step.ledger, "Deploy/README.md", "Deploy", step.shell, machine.mapped)
    readme("mailroom top --once", more="$C")
    machine.stop()
    readme("mailroom top --once", more="$C", status=69)
    machine.start()
    settings = Section(step.ledger, "Deploy/debian/mailroom.yaml", "", step.shell, machine.mapped)
    settings("mailroom config show", prints=r"^organization\.name +Sample Charity")
    step("mr doctor $C")
    step("mr verify $C")
    step("mr top $C")
    step("mr retention $C", prints="^due now +0")
    step("lsof ", prints=r"mailroom\.db")
    step("systemctl restart mailroom")


def forget(step, machine, house):
    gone, other = machine.order("Forgotten Reader"), machine.order("Forgotten Reader")
    until(lambda: house.has(gone) and house.has(other), "two orders at the house")
    machine.systemctl("start", "mailroom-backup")
    backup = sorted((machine.root / "var/backups/mailroom").glob("mailroom-*.db"))[-1]
    # The command reads the file alone, in which names may be indexed half a second later.
    step("mr orders list $C -q", {"their name or e-mail": "Forgotten Reader"}, prints=[gone, other],
         before=f"until mr orders list $C -q 'Forgotten Reader' | grep -q {other}; do :; done; ")
    numbers = {"4829-1504-75": gone, "0273-5288-28": other}
    # "one that is under way is refused unless --force is given", "It asks first"
    step("mr orders erase", numbers, types=[("[y/N]", "yes", True)], prints="not erased", status=65)
    step("mr orders erase", numbers, more="--force", types=[("[y/N]", "no", True)], prints="nothing was erased", status=75)
    step("mr orders erase", numbers, more="--force", types=[("[y/N]", "yes", True)], prints=rf"{gone}  erased")
    step("mr orders list $C -q", {"their name or e-mail": "Forgotten Reader"}, lacks=gone)
    step("mr retention check", {"FILE…": backup})
    step("mr retention $C", prints="^due now +0")
    machine.stop()
    step("mr retention run")
    machine.start()
    for file in (machine.root / "var/lib/mailroom").glob("mailroom.db*"):
        if file.is_file() and "before" not in file.name:
            require(b"Forgotten" not in file.read_bytes(), f"{RUNBOOK}: who was forgotten is still in {file.name}")


def damaged(step, restoring, machine):
    restoring("systemctl start mailroom-backup")
    backup = sorted((machine.root / "var/backups/mailroom").glob("mailroom-*.db"))[-1]
    held = orders(machine)
    machine.stop()
    database = machine.root / "var/lib/mailroom/mailroom.db"
    with open(database, "r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 6))
    step("mr verify $C", status=65)
    step("cp -a ")
    require((machine.root / "root/damaged/mailroom.db").exists(), f"{RUNBOOK}: the damaged file is not kept")
    restoring("mr restore $C", {"mailroom-20261125T031500Z.db": backup.name})
    restoring("mr migrate $C")
    restoring("systemctl start mailroom")
    require(orders(machine) == held, f"{RUNBOOK}: the newest backup has {orders(machine)} orders of {held}")


def move(step, program, ledger, here, house, after):
    there = Machine(program, house)
    after.callback(there.close)
    there.apt("install", "./mailroom_OLD_amd64.deb")
    shell = Shell(there.root / "root", there.environment)
    after.callback(shell.close)
    settings = (here.root / "etc/mailroom/mailroom.yaml").read_text().replace(str(here.root), str(there.root))
    for old, new in ((here.port, there.port), (here.metrics_port, there.metrics_port)):
        settings = settings.replace(str(old), str(new))
    (there.root / "etc/mailroom/mailroom.yaml").write_text(settings)
    for name in ("fulfillment-secrets", "inbound-secrets"):
        shutil.copy(here.credential(name), there.credential(name))
    held = orders(here)
    step("systemctl stop mailroom")
    step("mr backup $C")
    for name in ("move.db", "move.db.json"):
        shutil.copy(here.root / "var/backups/mailroom" / name, there.root / "var/backups/mailroom")
    new = Section(ledger, RUNBOOK, step.name, shell, there.mapped)
    start = Section(ledger, RUNBOOK, "Runbook", shell, there.mapped)
    start("alias mr=")
    start("C=")
    new("mr restore $C")
    new("systemctl start mailroom")
    new("systemctl start mailroom-backup")
    new("mr doctor $C", prints="^ok +backup")
    step("systemctl disable mailroom")
    require(orders(there) == held, f"{RUNBOOK}: moving left orders behind")
    number = there.order()
    until(lambda: house.has(number), "an order of the new machine at the house")


# --- README.md and what else a newcomer reads

README = "README.md"
INTEGRATORS = "Deploy/INTEGRATORS.md"


def paths(program, folder):
    """The PATH with the program as `mailroom`, and a `swift` that has built it already."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "mailroom").symlink_to(program)
    swift = tools / "swift"
    swift.write_text(f"#!/bin/sh\n# Built before the test began.\ncase \"$*\" in *--show-bin-path*) echo '{program.parent}' ;; esac\n")
    swift.chmod(0o755)
    plain = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return {**plain, "PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(folder)}


def first_steps(program, ledger):
    """Two commands, and a demo order delivered: in the clone, with all of make but the compiler."""
    port = free_port()
    with contextlib.ExitStack() as after:
        folder = pathlib.Path(after.enter_context(tempfile.TemporaryDirectory()))
        shell = Shell(REPOSITORY, paths(program, folder))
        after.callback(shell.close)
        step = Section(ledger, README, "Two commands", shell)
        printed = folder / "printed"
        # The demo of the test has ports and a pace of its own.
        options = f"--http-port {port} --metrics-port 0 --pace 0.01"
        ledger.run("make run", "mailroom serve --demo")
        printed.touch()
        step("make run OPTIONS=", {"--http-port 8095": options}, more=f">{printed} 2>&1", background=True)
        try:
            text = until(lambda: (found := printed.read_text()) and "List the orders, as staff" in found
                         and "--database-url" in found and found, "the demo")
            for what in (f"http://127.0.0.1:{port}/staff", "staff token  ", "demo@example.org, "):
                require(what in text, f"{README}: make run does not print {what}")
            place, watch, listed = re.findall(r"^  (curl .*)$", text, re.M)
            number = re.search(r'"number":"([^"]+)"', shell.run(place).out)
            require(number, f"{README}: the demo's first command places no order")
            until(lambda: '"status":"delivered"' in shell.run(watch).out, "a delivered order in the demo")
            require(number[1] in shell.run(listed).out, f"{README}: the demo's last command does not list the order")
            step("make demo-orders URL=", {"8095": port})
            ledger.run("make demo-orders", "make demo-orders")
            Section(ledger, README, "What is where", shell)("make help", prints=["make run ", "make nightly "])
        finally:
            # make's child is the demo.
            shell.run("kill $(cat /proc/$!/task/$!/children); wait $!")
        database = re.search(r"--database-url sqlite:(\S+)", text)[1]
        require(not pathlib.Path(database).parent.exists(), f"{README}: the demo leaves what it stored")


def for_real(program, ledger):
    """From the clone: a folder that looks like it."""
    ports = [free_port() for _ in range(3)]
    with contextlib.ExitStack() as after:
        clone = pathlib.Path(after.enter_context(tempfile.TemporaryDirectory()))
        release = clone / ".build/release"
        release.mkdir(parents=True)
        (release / "mailroom").symlink_to(program)
        (clone / "Config").symlink_to(REPOSITORY / "Config")
        address = f"http://127.0.0.1:{ports[0]}"
        shell = Shell(clone, {**os.environ, "HOME": str(clone), "ROOT": str(clone), "MAILROOM_HTTP_PORT": str(ports[0]),
                              "MAILROOM_METRICS_PORT": str(ports[1]), "MAILROOM_PUBLIC_URL": address})
        after.callback(shell.close)
        step = Section(ledger, README, "Running it for real", shell)
        step("export PATH=")
        step("export MAILROOM_FULFILLMENT_URL", {"9090": ports[2]})
        step("export MAILROOM_FULFILLMENT_SECRETS")
        step("export MAILROOM_INBOUND_SECRETS")
        step("mailroom migrate")
        step("mailroom catalog import Config/catalog.csv", prints="62")
        step("mailroom token create", prints="^mrt_")
        secret = "nine lives of a cat"
        step("mailroom staff add", types=[("Password: ", secret, False), ("The same again: ", secret, False)])
        step("mailroom house &", {"house &": f"house --port {ports[2]} --mailroom-url {address} --pace 0.01 >house 2>&1 &"})
        (clone / "served").touch()
        step("mailroom serve", more=">served 2>&1", background=True)
        try:
            until(lambda: "mailroom is ready on" in (clone / "served").read_text(), "the service")
            in_service(step, shell, clone, address)
        finally:
            shell.run("kill %1 %2; wait")
        step("mailroom restore FILE", {"FILE": "kept/mailroom-*.db"}, before="mkdir away; mv mailroom.db* away; ")
        Section(ledger, "Config/secrets.example.yaml", "", shell)("printf ", prints="^whsec_[A-Za-z0-9+/]{43}=$")


def in_service(step, shell, clone, address):
    step("mailroom doctor")
    step("mailroom top", prints="^intake")
    shell.run("mkdir kept")
    step("mailroom backup --to-dir DIR", {"DIR": "kept"})
    body = ('{"items": [{"sku": "FSAC-NET-EN", "quantity": 5}], "ship_to": {"name": "Sample Reader", "line1": "1 Example '
            'Street", "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US"}}')
    placed = shell.run(f"curl -sS {address}/v1/orders -H 'Content-Type: application/json' -d '{body}'").out
    number = re.search(r'"number":"([^"]+)"', placed)
    require(number, f"{README}: no order could be placed: {placed}")
    until(lambda: "delivered" in shell.run(f"mailroom orders show {number[1]}").out, "a delivered order")
    step("mailroom trigger package.updated", {"NUMBER": number[1]}, prints="package.updated msg_\\S+: answered 20[02]")
    step("mailroom config show", prints=r"^fulfillment\.secrets .*environment")
    sign = "mailroom signature sign body >headers"
    require(shell.run(f"echo '{{}}' >body; {sign}").status == 0, f"{sign} fails")
    step.ledger.run(sign, sign)
    changes = Section(step.ledger, "CHANGELOG.md", "Added", shell)
    changes("mailroom signature verify", more="body --headers-file headers")
    step("mailroom signature explain", more="body --headers-file headers", status=65,
         before="echo '{\"a\": 1}' >body; ", prints="body")
    house = House()
    try:
        house.answer, house.secret = 200, "whsec_" + "A" * 42 + "A="
        step("mailroom listen --forward-to", {"http://127.0.0.1:3000/": house.url},
             more=f"--latest 1 --secret {house.secret} >heard 2>&1", background=True)
        until(lambda: house.has(number[1]) or house.forged, "a forwarded order")
        require(not house.forged, f"{README}: what is forwarded is not signed with the secret that was given")
        guide = Section(step.ledger, INTEGRATORS, "For the fulfillment house: what you tell Mailroom", shell)
        guide("mailroom listen --forward-to URL", {"URL": house.url},
              more=f"--latest 1 --secret {house.secret} >heard 2>&1", background=True)
        until(lambda: house.has(number[1], 2) or house.forged, "a forwarded order")
    finally:
        shell.run("kill %3 %4; wait %3 %4")
        house.close()
    for name in (each["commandName"] for each in step.ledger.tree["subcommands"]):
        if name != "help":
            step("mailroom COMMAND --help", {"COMMAND": name}, prints="^Examples?:")
    for name, value in (("/etc/bash_completion.d", None), ("/functions", None), ("/.config/fish/completions", None)):
        (clone / name[1:]).mkdir(parents=True)
    generate = "mailroom --generate-completion-script"
    step(f"{generate} bash > /etc/bash_completion.d/mailroom", {"/etc/": f"{clone}/etc/"})
    # Bash counts from 0 and zsh from 1.
    step('> "${fpath[1]}/_mailroom"', before=f"fpath=(none {clone}/functions); {generate} zsh ")
    step("> ~/.config/fish/completions/mailroom.fish", before=f"{generate} fish ")
    for name, file in (("bash", "etc/bash_completion.d/mailroom"), ("zsh", "functions/_mailroom"),
                       ("fish", ".config/fish/completions/mailroom.fish")):
        require((clone / file).stat().st_size > 1000, f"{README}: the completions for {name} are empty")
        if shutil.which(name):
            done = shell.run(f"{name} -n {file}")
            require(done == (0, "", ""), f"{README}: {name} cannot read its completions: {done.err}")
            # The control: half of a file ends within something.
            done = shell.run(f"(cat {file}; echo 'if [ \"') >half; {name} -n half")
            require(done.status != 0, f"Tests/Documents: {name} -n takes anything")


def for_integrators(program, ledger):
    """Its blocks are run by Tests/Integrators/check.py; these are in its text."""
    with Demo(program) as demo, tempfile.TemporaryDirectory() as folder:
        ledger.run("mailroom serve --demo", "mailroom serve --demo")
        require(demo.facts.keys() >= {"staff token", "fulfillment.secrets", "inbound.secrets", "url"},
                "Deploy/INTEGRATORS.md: the demo does not print what the variables stand for")
