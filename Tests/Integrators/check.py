#!/usr/bin/env python3
"""Runs every command of Deploy/INTEGRATORS.md, in its order and in one shell, against a demo, and compares what it prints
with the text that stands below it.

    check.py PROGRAM
"""
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Documents"))
from commands import REPOSITORY, Demo, Shell, blocks  # noqa: E402

GUIDE = REPOSITORY / "Deploy/INTEGRATORS.md"


def differences(commands, environment):
    """What the guide says and does not happen; a block that fails is the last."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(folder, environment, "set -euo pipefail")
        for command, expected in commands:
            done = shell.run(command)
            if done.status != 0:
                found.append(f"{command}\nended with {done.status}: {done.err}\n{done.out}")
                break
            if expected is not None and done.out != expected:
                found.append(f"{command}\nprinted\n{done.out}\ninstead of\n{expected}")
        shell.close()
    return found


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    commands = blocks(GUIDE.read_text())
    plain = dict(os.environ)
    for wrong in ([["echo a", "b\n"]], [["false\ntrue", None]]):
        if not differences(wrong, plain):
            sys.exit("Tests/Integrators: a command that fails is not noticed")
    with Demo(program) as demo, tempfile.TemporaryDirectory() as folder:
        os.symlink(program, f"{folder}/mailroom")
        found = differences(commands, plain | {
            "PATH": f"{folder}:{plain['PATH']}", "URL": demo.facts["url"], "STAFF_TOKEN": demo.facts["staff token"],
            "FULFILLMENT_SECRET": demo.facts["fulfillment.secrets"], "INBOUND_SECRET": demo.facts["inbound.secrets"],
            "MAILROOM_INBOUND_SECRETS": demo.facts["inbound.secrets"]})
    if found:
        sys.exit("Tests/Integrators: " + "\n".join(found))
    print(f"the guide's {len(commands)} blocks of commands do what it says")


if __name__ == "__main__":
    main()
