"""A mailroom as staff meet it: 10,000 orders, an account of each role, something of everything that can go wrong."""
import atexit
import os
import pathlib
import re
import subprocess

from harness import ROOT, Site

PASSWORD = "correct horse battery"


class Office(Site):
    """The site with many orders instead of none."""

    def __init__(self, orders=10_000):
        self.orders = orders
        super().__init__()
        add_accounts(self)
        # So that nothing is being tried in the moment in which a test wants to hold it.
        self.staff("POST", "/v1/staff/endpoints/fulfillment/pause")
        self.zoe = self.place(
            "Zoë Quillfeather", "7 Test Way", email="zoe.q@mail.example", organization="Marigold Clinic", city="Peoria",
            phone="(217) 555-0142")
        self.held = self.place("Held Tester", "8 Test Way")
        self.staff("POST", f"/v1/staff/orders/{self.held}/hold", {"reason": "Is the apartment missing?"})
        self.shipped = self.place("Shipped Tester", "9 Test Way")
        self.house.ships(self, self.shipped, [("FSAC-NET-EN", 2)], tracking="9400TESTTRACK0042")
        self.house.says(self, "package.updated", order_number="0000000000", package={
            "id": "P9", "carrier": "ups", "tracking_number": "1ZLOST", "status": "in_transit",
            "occurred_at": "2026-11-20T15:00:00Z", "message": "Arrived", "location": "Gary, IN"})

    def run(self, *arguments, text=None):
        if arguments != ("migrate",):
            return super().run(*arguments, text=text)
        load = pathlib.Path(self.program).with_name("mailroom-load")
        subprocess.run(
            [str(load), "fill", "--database", self.database, "--catalog", str(ROOT / "Config" / "catalog.csv"),
             "--orders", str(self.orders), "--days", "40"], check=True, capture_output=True)
        return ""

    def place(self, name, line1, email=None, organization=None, city="Springfield", phone=None, language="en"):
        """Places an order as a reader does; returns its number."""
        return self.staff("POST", "/v1/orders", {
            "items": [{"sku": "FSAC-NET-EN", "quantity": 2}], "email": email, "language": language,
            "ship_to": {"name": name, "organization": organization, "line1": line1, "city": city, "region": "IL",
                        "postal_code": "62701", "country": "US", "phone": phone}})["number"]

    def order(self, number):
        return self.staff("GET", f"/v1/staff/orders/{number}")

    def log_text(self):
        return open(self.log.name).read()


def add_accounts(site):
    for role in ("viewer", "staff", "admin"):
        site.run("staff", "add", f"{role}@example.org", "--role", role, text=PASSWORD + "\n")


_office = None


def office():
    """The one that the tests share."""
    global _office
    if _office is None:
        _office = Office(int(os.environ.get("STAFF_ORDERS", "10000")))
        atexit.register(_office.close)
    return _office


def signed_in(desk, role="staff", site=None, **options):
    """A page of a browser of its own, signed in."""
    page = desk.page(**{"width": 1280, "height": 900, **options})
    sign_in(page, role, site)
    return page


def sign_in(page, role="staff", site=None):
    # A password costs a debug build on a busy machine many seconds.
    page.context.set_default_timeout(60_000)
    page.goto((site or office()).url + "/staff")
    send_password(page, role)
    page.wait_for_url(re.compile(r"/staff/orders"))


def send_password(page, role="staff"):
    page.fill("#email", f"{role}@example.org")
    page.fill("#password", PASSWORD)
    page.click("button:has-text('Sign in')")


def rows(page):
    """The numbers of the list, in order."""
    return page.locator("[data-row]").all_inner_texts()


def find(page, term):
    """Searches, and sees to it that what was searched for stays out of the address and the title."""
    page.goto(office().url + "/staff/orders?view=all")
    page.fill("#q", term)
    page.press("#q", "Enter")
    page.wait_for_url(re.compile("s="))
    assert term.split()[0].lower() not in page.url.lower(), page.url
    assert term.lower() not in page.title().lower(), page.title()
    return rows(page)


def form_token(page):
    return page.input_value("form[action='/staff/sign-out'] input[name=token]")
