#!/usr/bin/env python3
"""Measures the console over many orders in a real browser: what staff wait for, from the click to the page shown.

    large.py [--orders 1000000] [--rounds 7]      MAILROOM_PROGRAM names the program; default: the release build

Each page is opened by navigation, a search by typing and Enter (a form sent by POST and the way to its list). Fails when
a page takes a second or more at the median, the most that `shared/pages.md` allows, or shows a number of pages.
"""
import argparse
import os
import pathlib
import re
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("MAILROOM_PROGRAM", str(HERE.parents[1] / ".build" / "release" / "mailroom"))

from playwright.sync_api import sync_playwright  # noqa: E402

from harness import Desk  # noqa: E402
from office import Office, signed_in  # noqa: E402
from run import chromium  # noqa: E402

MOST_SECONDS = 1.0
STATES = ["placed", "submitted", "backordered", "cancel_requested", "on_hold", "partially_shipped", "exception", "returned",
          "shipped", "cancelled", "delivered"]


def views(page, site):
    """The views as the page itself links to them."""
    page.goto(site.url + "/staff/orders?view=all")
    links = page.locator("nav a[href*='view=']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    found = sorted({re.search(r"view=([a-z-]+)", link).group(1) for link in links})
    assert len(found) == 6, found
    return found


def shown(page):
    """Seconds from the start of the navigation to its load event, and of those until the last byte came."""
    page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    return page.evaluate(
        "() => { const n = performance.getEntriesByType('navigation')[0]; "
        "return [n.loadEventEnd / 1000, n.responseEnd / 1000]; }")


def visit(page, address):
    page.goto(address)
    return shown(page)


def search(page, site, view, term):
    page.goto(f"{site.url}/staff/orders?view={view}")
    page.fill("#q", term)
    start = time.monotonic()
    page.press("#q", "Enter")
    page.wait_for_url(re.compile("s="), wait_until="load")
    # The clock of this process, so that the way through the POST counts; the browser's own has the last leg only.
    return [time.monotonic() - start, shown(page)[1]]


def far_page(page, site, clicks):
    """The address of a page far down the list, found by clicking."""
    page.goto(f"{site.url}/staff/orders?view=all")
    for _ in range(clicks):
        page.click("[data-key=older]")
    return page.url


def measure(desk, orders, rounds):
    site = Office(orders)
    failed = []
    try:
        page = signed_in(desk, "staff", site)
        newest = site.staff("GET", "/v1/staff/orders?limit=1")["data"][0]
        asked = {f"view {view}": (visit, f"{site.url}/staff/orders?view={view}") for view in views(page, site)}
        asked |= {f"state {state}": (visit, f"{site.url}/staff/orders?status={state}") for state in STATES}
        asked["oldest first"] = (visit, f"{site.url}/staff/orders?view=all&sort=oldest")
        asked["one day of 40"] = (visit, f"{site.url}/staff/orders?view=all&from={newest['placed_at'][:10]}")
        asked["page 20 down"] = (visit, far_page(page, site, 20))
        asked["an order"] = (visit, f"{site.url}/staff/orders/{newest['number']}")
        asked["overview, 30 days"] = (visit, f"{site.url}/staff/overview")
        asked["deliveries"] = (visit, f"{site.url}/staff/deliveries")
        for term in ("a", "Marlowe", "an ma", "Springfield", "Zoë Quillfeather", "zoe.q@", "@mail.example", "Xyzzyquux",
                     newest["number"], "0000-0000-01"):
            asked[f"search “{term}”"] = (search, site, "all", term)
            asked[f"search “{term}”, attention"] = (search, site, "attention", term)
        print(f"{orders} orders, {rounds} rounds; milliseconds: shown at the median, shown at the most, last byte at the median")
        for label, (how, *arguments) in asked.items():
            times = [how(page, *arguments) for _ in range(rounds)]
            median = statistics.median(each[0] for each in times)
            print(f"{1000 * median:6.0f} {1000 * max(each[0] for each in times):6.0f} "
                  f"{1000 * statistics.median(each[1] for each in times):6.0f}  {label}", flush=True)
            if median >= MOST_SECONDS:
                failed.append(f"{label} takes {median:.1f} s")
            if re.search(r"[Pp]age \d+ of", page.inner_text("body")):
                failed.append(f"{label} counts its pages")
    finally:
        site.close()
    return failed


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--orders", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        desk = Desk(browser)
        try:
            failed = measure(desk, chosen.orders, chosen.rounds)
        finally:
            desk.close()
            browser.close()
    print("\n".join(f"FAIL {one}" for one in failed) or "every page within its second")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
