#!/usr/bin/env python3
"""Runs the browser tests and says of each how it ended, in the words that `.ci/tally` counts.

    run.py [PART OF A NAME]…       MAILROOM_PROGRAM names the program; default: the debug build
"""
import importlib
import os
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("MAILROOM_PROGRAM", str(HERE.parents[1] / ".build" / "debug" / "mailroom"))

from playwright.sync_api import sync_playwright  # noqa: E402

from harness import Desk  # noqa: E402


def chromium():
    for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser"):
        if os.path.exists(path):
            return path
    sys.exit("Chromium is missing: run .ci/setup browser")


def main():
    wanted = sys.argv[1:] or [""]
    tests = []
    for file in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(file.stem)
        tests += [
            (f"Browser.{file.stem.removeprefix('test_')}.{name.removeprefix('test_')}", function)
            for name, function in vars(module).items()
            if name.startswith("test_") and callable(function) and function.__module__ == file.stem]
    passed = failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        desk = Desk(browser)
        try:
            for name, test in tests:
                if not any(part in name for part in wanted):
                    continue
                print(f"Test Case '{name}' started", flush=True)
                start = time.monotonic()
                try:
                    test(desk)
                    end = "passed"
                    passed += 1
                except Exception as problem:
                    traceback.print_exc()
                    print(f"FAIL {name}: {' '.join(str(problem).split()) or type(problem).__name__}", flush=True)
                    end = "failed"
                    failed += 1
                desk.end_test()
                print(f"Test Case '{name}' {end} ({time.monotonic() - start:.1f} seconds)", flush=True)
        finally:
            desk.close()
            browser.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
