#!/usr/bin/env python3
"""Holds every command of every document to a test.

    check.py PROGRAM [--list]    PROGRAM is the mailroom to run; --list prints each command with what was done about it
    check.py --self-test         shows that an unknown command, a stale entry and a wrong outcome are noticed

A command is a statement of a fenced `sh` block, or words between backticks that call a program. Each is one of

- run here, in its place in the procedure that it belongs to (procedures.py), on a machine made for that (machine.py);
- run by another test: ELSEWHERE says which one, and the words that must stand there;
- not for a test: UNTESTED says why;
- the bare name of a command of mailroom which is run with its arguments here or elsewhere.

Whatever calls mailroom must also be what the program can read: its commands, options and number of arguments.
"""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import time
import typing

from commands import FENCE, REPOSITORY, Wrong, fenced, statements

# A word of these alone is a name; with more words it is a command.
PROGRAMS = set(
    "apt apt-get bash caddy cat chmod chown cp curl docker docker-compose dpkg editor env faults.py find git iostat"
    " journalctl kill lsof mailroom make mkdir mr mv npm openssl perf pip podman podman-compose printf promtool python3"
    " rm rsync scp sed sh smartctl sqlite3 ssh strace sudo swift systemctl tar touch umask wrk zsh".split())
ALONE = {"dmesg", "reboot"}

# Where another test runs it, and words that must stand there. `make NAME` must be a target besides.
MAKEFILE = "Makefile"
NIGHTLY = (MAKEFILE, "nightly: setup examples deploy-check deploy-check-chroot")
ELSEWHERE = {
    "make test": [(".ci/run", "make --no-print-directory ci"), (MAKEFILE, "ci: lint test")],
    "make release": [(MAKEFILE, "release-archive: release"), (MAKEFILE, "deb: release"), NIGHTLY],
    "make release-archive": [(MAKEFILE, "deploy-check-chroot: release-archive deb"), NIGHTLY],
    "make deb": [(MAKEFILE, "deploy-check-chroot: release-archive deb"), NIGHTLY],
    "make examples": [NIGHTLY, (MAKEFILE, "python3 Tests/Examples/check.py")],
    "make deploy-check": [NIGHTLY, (MAKEFILE, "Tests/Deploy/units.sh"), (MAKEFILE, "python3 Tests/Deploy/caddy.py")],
    "make deploy-check-chroot": [NIGHTLY, (MAKEFILE, "Tests/Deploy/chroot.sh")],
    "make deploy-check-container": [NIGHTLY, (MAKEFILE, "Tests/Deploy/container.sh")],
    "make browser": [(MAKEFILE, "--and $(BROWSER_TESTS)")],
    "make faults": [(MAKEFILE, "python3 Tests/Faults/faults.py --quick")],
    "faults.py --quick": [(MAKEFILE, "python3 Tests/Faults/faults.py --quick")],
    "faults.py --self-test": [(MAKEFILE, "python3 Tests/Faults/faults.py --self-test")],
    "apt install caddy": [(".ci/setup", "missing+=(caddy)")],
    "apt install prometheus": [(".ci/setup", "apt-get download -q prometheus")],
    "kill -9": [("Tests/Faults/harness/service.py", "As a crash: SIGKILL"), (MAKEFILE, "QUICK_FAULTS := crash")],
    "promtool check metrics": [("Tests/Monitoring/check.py", 'promtool("check", "metrics", text=page)')],
}
# The fenced blocks of this one; its other commands are treated like everybody's.
INTEGRATORS = "Deploy/INTEGRATORS.md"
# Not commands: what the program says.
SAID = {"mailroom is ready on …"}

NEEDS_SYSTEMD = "asks systemd, which must be the machine's first process"
NEEDS_DISK = "looks at the real machine, with a tool that Debian installs apart"
ENGINE = "needs a container engine, and this project's machines have none"
MEASURES = "a measurement of hours that somebody made once, and whose figures stand there"
PART = "a part, by name, of what make test runs whole"
UNTESTED = {
    "make fuzz": "the same readers under libFuzzer, for as long as one likes; make test runs them by seed",
    "make test-one ONLY=OrdersTests": PART,
    "make browser ONLY=ordering": PART,
    "make bench": "half an hour and a quiet machine; make test has its self-test",
    "make bench-quick": "holds times, so it needs a quiet machine; make test has its self-test",
    "python3 Tests/Benchmarks/bench.py": MEASURES,
    "wrk -t1 -c64": MEASURES,
    "perf record -e cpu-clock --call-graph dwarf": MEASURES,
    "strace -f -e trace=fdatasync,fsync,writev": MEASURES,
    "systemctl --failed": NEEDS_SYSTEMD,
    "systemctl list-timers 'mailroom*'": NEEDS_SYSTEMD,
    "systemctl status mailroom": NEEDS_SYSTEMD,
    "systemctl status mailroom-backup": NEEDS_SYSTEMD,
    "systemctl edit mailroom": "opens an editor",
    "systemctl reload caddy": NEEDS_SYSTEMD + "; Tests/Deploy/caddy.py runs caddy with the file",
    "journalctl -u mailroom-backup": NEEDS_SYSTEMD,
    "journalctl -u mailroom -n 100": NEEDS_SYSTEMD,
    "journalctl -u mailroom --since -1h >/root/stuck.log": NEEDS_SYSTEMD,
    "journalctl --vacuum-size=200M": "throws the machine's own log away",
    "apt clean": "empties the machine's own cache",
    "editor /etc/prometheus/prometheus.yml": "a person types; procedures.py types the lines that stand below it",
    "iostat -x 5": NEEDS_DISK + "; it never ends",
    "smartctl -a": NEEDS_DISK,
    "dmesg": NEEDS_DISK,
    "podman build --format docker -f Deploy/Containerfile -t mailroom .": ENGINE,
    "podman-compose -f Deploy/compose.yaml up -d": ENGINE,
    "podman-compose -f Deploy/compose.yaml run --rm mailroom migrate": ENGINE,
}


class Command(typing.NamedTuple):
    document: str
    section: str
    text: str
    fenced: bool


def documents():
    """Every document, and every commented file that tells people what to type: its comments are the text."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.md", "Config/*.yaml", "Deploy/debian/mailroom.yaml", "Deploy/compose.yaml",
         "Deploy/Containerfile"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        text = (REPOSITORY / name).read_text()
        yield name, text if name.endswith(".md") else commented(text)


def commented(text):
    """A line that stands further in, or follows a colon and two spaces, is a command."""
    lines = [line.removeprefix("#").removeprefix(" ") for line in text.splitlines() if line.startswith("#")]
    found = []
    for line in lines:
        told = re.fullmatch(r"(?:.*: )? +(\w[\w-]* .*?)(?:   .*)?", line)
        found.append(f"`{told[1]}`" if told and told[1].split()[0] in PROGRAMS else line)
    return "\n".join(found)


def without_comment(text):
    return re.sub(r"\s+#\s.*$", "", text, flags=re.M)


def called(span, subcommands):
    """The commands that words between backticks are: none, one, or, of `a|b`, several."""
    words = span.split()
    first = words[0]
    # "> file" goes on with the command before it.
    if " ".join(words) in SAID:
        return []
    if not (first == ">" or first in ALONE or len(words) > 1 and (
            first in PROGRAMS | subcommands or re.fullmatch(r"[a-z][\w./-]*", first) and re.search(r"\s--?[a-zA-Z]", span))):
        return []
    if first in subcommands - PROGRAMS:
        words = ["mailroom", *words]
    choices = next((word for word in words if re.fullmatch(r"[a-z]+(\|[a-z]+)+", word)), None)
    if not choices:
        return [" ".join(words)]
    return [" ".join(choice if word is choices else word for word in words) for choice in choices.split("|")]


def commands(document, text, subcommands):
    headings = [(found.start(), found[1]) for found in re.finditer(r"^#+ (.*)$", FENCE.sub(
        lambda block: re.sub(r"[^\n]", " ", block[0]), text), re.M)]

    def section(place):
        return next((name for start, name in reversed(headings) if start <= place), "")

    found = []
    for start, kind, body in fenced(text):
        if kind == "sh":
            found += [(start, Command(document, section(start), without_comment(each), True)) for each in statements(body)]
        elif kind == "" and document == "ARCHITECTURE.md" or kind == "text":
            continue
        else:
            raise Wrong(f"{document}: a block of {kind or 'no kind'} that nothing runs: {body[:60]}")
    prose = FENCE.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
    for span in re.finditer(r"(?<!`)`([^`]+)`(?!`)", prose):
        for each in called(span[1], subcommands):
            found.append((span.start(), Command(document, section(span.start()), each, False)))
    return [command for _, command in sorted(found, key=lambda pair: pair[0])]


# --- What the program can read

def calls(text):
    """The words of each call of mailroom in a command."""
    lexer = shlex.shlex(text.replace("\\\n", " ").replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    found, current, first = [], None, True
    for token in lexer:
        if set(token) <= set("();<>|&"):
            current, first = None, True
            continue
        if first and token in ("mailroom", "mr"):
            current = []
            found.append(current)
        elif current is not None and token not in ("$C", "…"):
            current.append(token)
        first = False
    return found


def named(words, tree):
    """The path of subcommands, the command's own description, and the words that are left."""
    path = []
    while words and (child := next((c for c in tree.get("subcommands", []) if c["commandName"] == words[0]), None)):
        path, tree, words = path + [words[0]], child, words[1:]
    return path, tree, words


def unreadable(words, tree):
    """What the program would not understand of a call, or nothing."""
    path, command, rest = named(words, tree)
    if rest and rest[0] in ("COMMAND", "--generate-completion-script"):
        return None
    arguments = list(command.get("arguments", []))
    if command.get("subcommands") and rest and not rest[0].startswith("-"):
        return f"{' '.join(['mailroom', *path])} has no command {rest[0]}"
    if default := command.get("defaultSubcommand"):
        arguments += next(c for c in command["subcommands"] if c["commandName"] == default)["arguments"]
    options = {("--" if name["kind"] == "long" else "-") + name["name"]: each["kind"]
               for each in arguments for name in each.get("names", [])}
    places, repeating, given = 0, False, 0
    for each in arguments:
        if each["kind"] == "positional":
            places, repeating = places + 1, repeating or each["isRepeating"]
    rest = iter(rest)
    for word in rest:
        if word.startswith("-") and word != "-":
            name, equals, _ = word.partition("=")
            if name not in options:
                return f"{' '.join(['mailroom', *path])} has no option {name}"
            if options[name] == "option" and not equals and next(rest, None) is None:
                return f"{name} wants a value"
        else:
            given += 1
    if given > places and not repeating:
        return f"{' '.join(['mailroom', *path])} takes {places} arguments, not {given}"
    return None


# --- What is done about each command

class Ledger:
    """Which command was run, and what stands for those that were not."""

    def __init__(self, everything, tree):
        self.everything, self.tree = everything, tree
        self.ran, self.paths = set(), set()

    def find(self, document, section, start):
        """The one command of the section that begins so."""
        found = {c.text for c in self.everything
                 if c.document == document and c.section == section and c.text.startswith(start)}
        if start in found:
            found = {start}
        if len(found) != 1:
            raise Wrong(f"{document}, {section!r}: {len(found)} commands begin with {start!r}")
        return found.pop()

    def run(self, text, really):
        self.ran.add(text)
        self.paths |= {tuple(named(words, self.tree)[0]) for words in calls(really)}

    def verdicts(self, elsewhere, untested, targets, read):
        """Each command with its class; and all that is wrong with the lists."""
        classes, wrong, used = {}, [], set()
        for command in self.everything:
            text = command.text
            for words in calls(text):
                if problem := unreadable(words, self.tree):
                    wrong.append(f"{command.document}: `{text}`: {problem}")
            if (target := re.match(r"make (\S+)", text)) and target[1] not in targets:
                wrong.append(f"{command.document}: `{text}`: the Makefile has no such target")
            used |= {text} & {*elsewhere, *untested}
            words = calls(text)
            bare = len(words) == 1 and text.split()[0] == "mailroom" and named(words[0], self.tree)
            if text in self.ran:
                classes[command] = "run"
            elif command.document == INTEGRATORS and command.fenced or text in elsewhere:
                classes[command] = "elsewhere"
            elif text in untested:
                classes[command] = "untested"
            elif bare and bare[0] and not bare[2] and any(path[:len(bare[0])] == tuple(bare[0]) for path in self.paths):
                classes[command] = "name"
            else:
                wrong.append(f"{command.document}, {command.section!r}: no test runs `{text}`")
        for text in sorted({*elsewhere, *untested} - used):
            wrong.append(f"no document has `{text}` any more: take it out of the list")
        for text, places in elsewhere.items():
            for file, words in places:
                if words not in read(file):
                    wrong.append(f"`{text}`: {file} no longer has {words!r}")
        return classes, wrong


def read(file):
    path = REPOSITORY / file
    return path.read_text() if path.exists() else ""


def targets():
    return set(re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / MAKEFILE).read_text(), re.M))


# --- The controls

def self_test():
    def option(name, kind="flag"):
        return {"kind": kind, "names": [{"kind": "long", "name": name}]}

    tree = {"subcommands": [{"commandName": "go", "arguments": [
        option("far"), option("to", "option"), {"kind": "positional", "isRepeating": False}]}, {"commandName": "halt"}]}
    text = ("# Title\n\n## One\n\n```sh\nmailroom go --to \\\n    there    # now\ncat <<'END'\nmake no # comment\nEND\n```\n"
            "`make a` and `halt --now`, `true --x`, `GET /x`, `mailroom`, `mailroom go|halt`\n")

    def wrong(text=text, ran=("mailroom go --to \\\n    there", "cat <<'END'\nmake no\nEND", "halt", "true --x"),
              elsewhere=None, untested=None):
        ledger = Ledger(commands("T.md", text, {"go", "halt"}), tree)
        for each in ran:
            ledger.run(each, each)
        ledger.run("mailroom halt", "mailroom halt")
        return "\n".join(ledger.verdicts(
            elsewhere or {"make a": [("file", "a")]}, {"mailroom halt --now": "no"} | (untested or {}), {"a"},
            {"file": "a b"}.get)[1])

    found = [command.text for command in commands("T.md", text, {"go", "halt"})]
    expect = ["mailroom go --to \\\n    there", "cat <<'END'\nmake no\nEND", "make a", "mailroom halt --now", "true --x",
              "mailroom go", "mailroom halt"]
    if found != expect:
        sys.exit(f"Tests/Documents: the commands are\n{expect}\nand these were found:\n{found}")
    plain = text.replace("`halt --now`", "`halt --far`")
    # Each control with what it must be told; the first has nothing wrong but its made-up option.
    for told, said in (
        (wrong(), "mailroom halt has no option --now"),
        (wrong(text + "`mailroom go away --far further`"), "takes 1 arguments, not 2"),
        (wrong(text + "`mailroom went`"), "mailroom has no command went"),
        (wrong(text + "`mailroom go --to`"), "--to wants a value"),
        (wrong(text + "`rm -r /`"), "no test runs `rm -r /`"),
        (wrong(text + "\n```sh\nmailroom go home\n```\n"), "no test runs `mailroom go home`"),
        (wrong(text + "`make b`"), "the Makefile has no such target"),
        (wrong(plain), "no document has `mailroom halt --now` any more"),
        (wrong(untested={"make c": "no"}), "no document has `make c` any more"),
        (wrong(elsewhere={"make a": [("file", "c")]}), "file no longer has 'c'"),
        (wrong(ran=()), "no test runs `mailroom go --to"),
    ):
        if said not in told:
            sys.exit(f"Tests/Documents: not noticed: {said}; told was\n{told}")
    if wrong().count("\n"):
        sys.exit(f"Tests/Documents: more than there is: {wrong()}")
    import procedures
    procedures.self_test()


def main():
    arguments = sys.argv[1:]
    started = time.monotonic()
    self_test()
    if arguments == ["--self-test"]:
        return print("Tests/Documents notices what it must")
    import procedures
    program = pathlib.Path(arguments[0]).resolve()
    tree = json.loads(subprocess.run(
        [program, "--experimental-dump-help"], capture_output=True, check=True).stdout)["command"]
    names = {each["commandName"] for each in tree["subcommands"]}
    everything = [command for name, text in documents() for command in commands(name, text, names)]
    ledger = Ledger(everything, tree)
    try:
        procedures.run(program, ledger)
        classes, wrong = ledger.verdicts(ELSEWHERE, UNTESTED, targets(), read)
    except Wrong as problem:
        sys.exit(f"Tests/Documents: {problem}")
    if "--list" in arguments:
        for command in everything:
            print(f"{classes.get(command, 'WRONG'):10} {command.document}: {' '.join(command.text.split())}")
    if wrong:
        sys.exit("Tests/Documents: " + "\n".join(wrong))
    for document in dict.fromkeys(command.document for command in everything):
        own = [classes[command] for command in everything if command.document == document]
        print(f"{document}: " + ", ".join(f"{own.count(kind)} {kind}" for kind in dict.fromkeys(own)))
    kinds = list(classes[command] for command in everything)
    print(f"{len(kinds)} commands in the documents: {kinds.count('run')} run here, {kinds.count('elsewhere')} by another test,"
          f" {kinds.count('name')} are names of those, {kinds.count('untested')} are for people"
          f" ({time.monotonic() - started:.0f} s)")


if __name__ == "__main__":
    main()
