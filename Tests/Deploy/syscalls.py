#!/usr/bin/env python3
"""Every system call that the service makes must be one that its unit allows: what the filter forbids shows up only on a
machine where systemd runs, and then as a service that does not start. Watches a whole life with strace (start, orders,
deliveries, a backup, a stop) and compares with the sets as systemd-analyze expands them.

    syscalls.py --program .build/debug/mailroom
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Examples"))
from check import Running, Shop, Stopping, free_port, secret, top  # noqa: E402


# Forbidden, answered with EPERM, and no harm: SQLite gives files to their owner only as root, and a thread of lower
# priority runs at the usual one. The watched program gets that answer here, too.
HARMLESS = ("fchown", "setpriority")


def expand(name, seen=None):
    """The calls of a set such as @system-service, with the sets in it."""
    seen = seen if seen is not None else set()
    if name in seen:
        return set()
    seen.add(name)
    text = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True, check=True).stdout
    calls = set()
    for word in (line.strip() for line in text.splitlines()[1:]):
        if word.startswith("@"):
            calls |= expand(word, seen)
        elif word and not word.startswith("#"):
            calls.add(word)
    return calls


def allowed(unit):
    calls = expand("@default")
    for line in (top / "Deploy" / "systemd" / unit).read_text().splitlines():
        if line.startswith("SystemCallFilter="):
            value = line.split("=", 1)[1]
            for name in value.lstrip("~").split():
                calls = calls - expand(name) if value.startswith("~") else calls | expand(name)
    return calls


def made(trace):
    return set(re.findall(r"^(?:\[pid +\d+\] |\d+ +)?([a-z_0-9]+)\(", trace.read_text(errors="replace"), re.M))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=pathlib.Path)
    program = str(parser.parse_args().program.absolute())
    for tool in ("strace", "systemd-analyze"):
        if not shutil.which(tool):
            raise SystemExit(f"{tool} is missing: apt-get install strace systemd")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailroom-syscalls-"))
    try:
        with Stopping():
            served, backed_up = watch(program, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for unit, calls in (("mailroom.service", served), ("mailroom-backup.service", backed_up)):
        # The control: a trace that saw nothing would pass.
        assert len(calls) > 20, calls
        # strace starts the program; systemd does that before the filter.
        forbidden = calls - allowed(unit) - {"execve", "restart_syscall", *HARMLESS}
        if forbidden:
            raise SystemExit(f"{unit} forbids {', '.join(sorted(forbidden))}")
        print(f"{unit}: all of {len(calls)} system calls are allowed")
    assert "reboot" not in allowed("mailroom.service") and "mount" not in allowed("mailroom.service")


def watch(program, folder):
    wrapper = folder / "traced"
    refuse = f"-e inject={','.join(HARMLESS)}:error=EPERM"
    wrapper.write_text(f'#!/bin/sh\n[ "$1" = serve ] && exec strace -D -f -qq {refuse} -o {folder}/serve.trace {program} "$@"\n'
                       f'[ "$1" = backup ] && exec strace -D -f -qq {refuse} -o {folder}/backup.trace {program} "$@"\n'
                       f'exec {program} "$@"\n')
    wrapper.chmod(0o755)
    ours = secret()
    port = free_port()
    house = Running([program, "house", "--port", str(port), "--pace", "0.2", "--secret", ours, "--inbound-secret", ours],
                    str(folder))
    house.line("the house listens")
    shop = Shop(str(wrapper), str(folder), port, ours, ours)
    subprocess.run(["sh", str(top / "Deploy" / "examples" / "orders.sh"), shop.url], cwd=folder, check=True,
                   capture_output=True)
    number = subprocess.run(
        [program, "orders", "list", "--json"], cwd=folder, env={**os.environ, **shop.environment},
        capture_output=True, text=True, check=True).stdout
    assert "number" in number
    shop.run("backup", str(folder / "copy.db"))
    shop.server.stop()
    house.stop()
    return made(folder / "serve.trace"), made(folder / "backup.trace")


if __name__ == "__main__":
    main()
