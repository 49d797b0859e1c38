"""What the checks of documents share: commands taken out of Markdown, one shell that runs them, and a demo to run them on."""
import json
import os
import pathlib
import re
import select
import subprocess
import tempfile
import termios
import time
import typing

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)
# For whatever is waited for; on a quiet machine nothing here takes a second.
PATIENCE = 120


class Wrong(Exception):
    """A document says what is not so."""


def fenced(text):
    """Each fenced block: where it begins, its kind, and its text; the margin of a list is no part of it."""
    for block in FENCE.finditer(text):
        yield block.start(), block[2], re.sub(rf"^{block[1]}", "", block[3], flags=re.M)


def blocks(text):
    """Each `sh` block with the `text` block that follows it, if one does."""
    found = []
    for _, kind, body in fenced(text):
        if kind == "sh":
            found.append([body, None])
        elif kind == "text" and found and found[-1][1] is None:
            found[-1][1] = body
        else:
            raise SystemExit(f"a block of {kind or 'no kind'} that nothing runs: {body[:60]}")
    return found


def statements(body):
    """The commands of a block, one by one, however many lines each has: bash itself says where one is complete."""
    found, lines = [], []
    for line in body.splitlines():
        if not lines and (not line.strip() or line.lstrip().startswith("#")):
            continue
        lines.append(line)
        judged = subprocess.run(["bash", "-n"], input="\n".join(lines) + "\n", capture_output=True, text=True)
        if judged.returncode == 0 and not judged.stderr and not line.endswith("\\"):
            found.append("\n".join(lines))
            lines = []
    if lines:
        raise SystemExit("bash cannot read this: " + "\n".join(lines))
    return found


def until(condition, what):
    """Waits for a condition, and fails when it does not come true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {PATIENCE} s: {what}")
        time.sleep(0.01)
    return found


class Done(typing.NamedTuple):
    status: int
    out: str
    err: str


class Shell:
    """One bash for many commands: what one of them sets, the next one sees."""

    def __init__(self, folder, environment, options="set -uo pipefail; shopt -s expand_aliases"):
        self.notes = tempfile.TemporaryDirectory()
        self.bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)
        self.bash.stdin.write(options + "\n")

    def run(self, command, stdin="/dev/null", answers=(), terminal=None):
        """Runs it. `answers` are typed on a terminal, the pair (master, slave), each after the prompt that it answers;
        one that is not to be seen waits until the terminal's echo is off, for before that it would be thrown away."""
        command_file, out, err = (pathlib.Path(self.notes.name) / name for name in ("command", "out", "err"))
        command_file.write_text(command + "\n")
        err.write_text("")
        if terminal:
            stdin = os.ttyname(terminal[1])
        try:
            self.bash.stdin.write(f"source '{command_file}' <'{stdin}' >'{out}' 2>'{err}'; echo $?\n")
        except BrokenPipeError:
            raise SystemExit(f"the shell had ended before: {command}") from None
        for prompt, answer, seen in answers:
            until(lambda: prompt in err.read_text(), f"{prompt!r} from {command}")
            if not seen:
                until(lambda: not termios.tcgetattr(terminal[1])[3] & termios.ECHO, f"no echo from {command}")
            os.write(terminal[0], answer.encode() + b"\n")
        ready, _, _ = select.select([self.bash.stdout], [], [], PATIENCE)
        if not ready:
            raise SystemExit(f"not done within {PATIENCE} s: {command}\n{out.read_text()}{err.read_text()}")
        line = self.bash.stdout.readline()
        status = int(line) if line else self.bash.wait(PATIENCE)
        text = out.read_text(errors="replace") if out.exists() else ""
        return Done(status, text.replace("\r", ""), err.read_text(errors="replace"))

    def close(self):
        self.bash.stdin.close()
        self.bash.wait(PATIENCE)
        self.bash.stdout.close()
        self.notes.cleanup()


class Demo:
    """A demo of the program on free ports, and what it prints about itself."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "serve", "--demo", "--json", "--http-port", "0", "--metrics-port", "0", "--log-level", "error"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.facts = {}
        for line in self.process.stdout:
            if found := re.match(r"\s*(staff token|fulfillment\.secrets|inbound\.secrets)\s+(\S+)", line):
                self.facts[found[1]] = found[2]
            if line.startswith('{"ready"'):
                self.facts["url"] = json.loads(line)["url"]
                break
        self.drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.drain.wait(PATIENCE)
