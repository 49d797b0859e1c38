"""States that a page is in only after something else happened, of the readers' pages and of the console."""
import re
import sqlite3
import tempfile
import time

from office import add_accounts, find, office, send_password, sign_in, signed_in
from reader import BREAST, KIT, NET, Reader

HEADER = "sku,title,language,format,description,weight,max_quantity,available,pdf_url\r\n"


def both_languages(page, address):
    """The page at the address in English, then at its twin in Spanish."""
    site, path = re.fullmatch(r"(https?://[^/]+)(?:/es)?(/.*)", address).groups()
    for language, prefix in (("en", ""), ("es", "/es")):
        answer = page.goto(site + prefix + path)
        assert page.get_attribute("html", "lang") == language
        yield language, answer


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.2)


# The readers' pages


def test_an_order_that_is_held_and_one_that_is_being_canceled(desk):
    site = desk.own_site()
    # So that nothing is sent before it is held.
    site.staff("POST", "/v1/staff/endpoints/fulfillment/pause")
    reader = Reader(desk, site=site)
    reader.to_status(BREAST)
    held, number = reader.page.url, reader.number()
    site.staff("POST", f"/v1/staff/orders/{number}/hold", {"reason": "Secret: is the street right?"})
    visitor = desk.page()
    for language, _ in both_languages(visitor, held):
        assert "Secret" not in visitor.content()
        heading = "We are checking your order" if language == "en" else "Estamos revisando su pedido"
        assert visitor.locator("h1").inner_text() == heading
        desk.look(visitor, f"6-status-on-hold-{language}")
    site.staff("POST", f"/v1/staff/orders/{number}/release")
    site.staff("POST", "/v1/staff/endpoints/fulfillment/resume")
    until(lambda: site.staff("GET", f"/v1/staff/orders/{number}")["status"] == "submitted")
    site.staff("POST", f"/v1/staff/orders/{number}/cancel", {"reason": "The reader called"})
    for language, _ in both_languages(visitor, held):
        heading = "We are canceling your order" if language == "en" else "Estamos cancelando su pedido"
        assert visitor.locator("h1").inner_text() == heading
        desk.look(visitor, f"6-status-cancel-requested-{language}")


def test_a_draft_of_exactly_twenty_pounds_is_taken(desk):
    for language, script in (("en", True), ("en", False), ("es", True)):
        reader = Reader(desk, language, script=script)
        page = reader.page
        reader.choose(KIT)
        page.fill(f'[name="copies.{KIT}"]', "4")
        if script:
            with page.expect_navigation():
                page.evaluate("document.querySelector('[name=update]').click()")
        else:
            page.locator("[name=update]").click()
        text = page.locator("[data-shown]").inner_text()
        assert "20.0" in text and "0.0" in text, text
        assert "almost" in page.locator(".meter").get_attribute("class")
        if script:
            desk.look(page, f"2-copies-exactly-20-{language}")
        reader.press("continue")
        assert reader.heading() == reader.words["address"]


def test_answers_that_were_cleared(desk):
    for language in ("en", "es"):
        reader = Reader(desk, language)
        reader.to_address()
        reader.go("/order/clear")
        reader.press("clear")
        assert reader.page.locator("main a").count() == 1
        desk.look(reader.page, f"cleared-{language}")


def test_forms_of_other_sites_and_a_store_that_hangs_in_both_languages(desk):
    site = desk.own_site()
    for language in ("en", "es"):
        reader = Reader(desk, language, site=site)
        reader.to_check()
        path = site.url + reader.words["prefix"] + "/order/send"
        page = reader.page.context.new_page()
        page.complaints = []
        page.goto("data:text/html,<form method=post action='" + path + "'><button>go</button></form>")
        with page.expect_navigation() as refused:
            page.click("button")
        assert refused.value.status == 403
        desk.look(page, f"refused-{language}")
        assert site.order_count() == 0
        reader.go("/")
        with site.locked():
            reader.page.check("#pick-" + NET)
            reader.press("continue")
            desk.look(reader.page, f"busy-{language}")


def test_a_catalog_with_nothing_in_it(desk):
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(HEADER)
        file.flush()
        site = desk.own_site(catalog=file.name)
    page = desk.page()
    for language, answer in both_languages(page, site.url + "/"):
        assert answer.status == 200 and page.locator("main .notice").count() == 1
        assert page.locator("main input[type=checkbox]").count() == 0
        desk.look(page, f"1-choose-empty-{language}")


# The console


def test_the_first_day(desk):
    site = desk.own_site()
    add_accounts(site)
    page = signed_in(desk, site=site)
    for name, path in [
            ("orders", "/staff/orders?view=all"), ("attention", "/staff/orders?view=attention"),
            ("updates", "/staff/updates"), ("deliveries", "/staff/deliveries"), ("overview", "/staff/overview"),
            ("catalog", "/staff/catalog")]:
        assert page.goto(site.url + path).status == 200
        if name in ("orders", "attention", "updates", "deliveries"):
            assert page.locator("main .notice").count() >= 1, f"{name}: nothing says why it is empty"
        desk.look(page, f"staff-first-{name}")


def test_a_house_that_is_down_and_deliveries_that_are_out_of_tries(desk):
    site = desk.own_site()
    add_accounts(site)
    site.house.status = 500
    numbers = []
    for index in range(6):
        numbers.append(site.staff("POST", "/v1/orders", {
            "items": [{"sku": NET, "quantity": 1}], "email": None, "language": "en",
            "ship_to": {"name": f"Reader {index}", "organization": None, "line1": f"{index} Main St",
                        "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US",
                        "phone": None}})["number"])

    def endpoint():
        return site.staff("GET", "/v1/staff/endpoints")["data"][0]

    until(lambda: endpoint()["state"] == "down")
    page = signed_in(desk, site=site)
    page.goto(site.url + "/staff/deliveries")
    assert page.locator(".endpoint .tag").inner_text() == "Down"
    assert page.locator("tbody .tag:has-text('Failing')").count() >= 5
    desk.look(page, "staff-deliveries-down")
    # Fifteen tries take three days: the rows get the state in which the last of them leaves a delivery.
    site.staff("POST", "/v1/staff/endpoints/fulfillment/pause")
    database = sqlite3.connect(site.database, timeout=10)

    def exhaust():
        with database:
            database.execute("UPDATE deliveries SET state = 3, attempts = 15, due_at = NULL, fence = fence + 1 "
                             "WHERE state = 0")
        return database.execute("SELECT count(*) FROM deliveries WHERE state = 3").fetchone()[0] == len(numbers)

    until(exhaust)
    database.close()
    page.goto(site.url + "/staff/deliveries?view=failed")
    assert page.locator("tbody .tag:has-text('Out of tries')").count() == len(numbers)
    assert page.locator(".endpoint .tag").inner_text() == "Paused"
    desk.look(page, "staff-deliveries-exhausted")
    page.goto(f"{site.url}/staff/orders/{numbers[0]}")
    desk.look(page, "staff-order-exhausted")
    page.goto(site.url + "/staff/deliveries/all")
    assert "6 failed deliveries" in page.inner_text("h1")
    desk.look(page, "staff-ask-all")
    site.house.status = 200
    site.staff("POST", "/v1/staff/endpoints/fulfillment/resume")
    page.click("button:has-text('Try them again')")
    assert "6 deliveries are tried again" in page.inner_text("main")
    desk.look(page, "staff-deliveries-tried-again")
    until(lambda: len(site.house.orders()) == len(numbers))


def test_what_became_of_many_orders(desk):
    numbers = [office().place(f"Report Tester {n}", f"{n} Report Way") for n in range(3)]
    page = signed_in(desk)
    find(page, "report tester")
    page.check("th.tick input")
    page.select_option("#action", "hold")
    page.click("button:has-text('Go')")
    page.click("button:has-text('Hold 3 orders')")
    assert page.title().startswith("Error:")
    desk.look(page, "staff-bulk-error")
    page.fill("#reason", "Stock count")
    office().staff("POST", f"/v1/staff/orders/{numbers[0]}/notes", {"text": "faster"})
    page.click("button:has-text('Hold 3 orders')")
    assert page.inner_text("h1") == "2 orders held. 1 was not changed."
    skipped = page.inner_text("main ul >> nth=0")
    assert numbers[0] in skipped and "changed by" in skipped, skipped
    desk.look(page, "staff-report")
    page.goto(office().url + "/staff/orders/bulk/none")
    desk.look(page, "staff-report-gone")
    # Nothing ticked is told, and nothing is lost of the list.
    page.goto(office().url + "/staff/orders?view=all")
    page.click("button:has-text('Go')")
    assert "Select at least one order" in page.inner_text(".summary") and "view=all" in page.url
    assert page.title().startswith("Error:") and page.evaluate("document.activeElement.id") == "summary"
    desk.look(page, "staff-bulk-nothing")


def test_pages_that_were_open_too_long(desk):
    number = office().place("Late Tester", "60 Late Way")
    page = signed_in(desk)
    hold = f"{office().url}/staff/orders/{number}/hold"
    page.goto(hold)
    page.fill("#reason", "Typed for a long time")
    office().staff("POST", f"/v1/staff/orders/{number}/notes", {"text": "faster"})
    with page.expect_navigation() as answer:
        page.click("button:has-text('Hold this order')")
    assert answer.value.status == 409
    desk.look(page, "staff-stale-hold")
    page.click("button:has-text('Hold this order')")
    page.wait_for_url("**done=hold*")
    # Held meanwhile: it cannot be held again.
    assert page.goto(hold).status == 409
    desk.look(page, "staff-stale-refused")
    page.goto(f"{office().url}/staff/orders/{number}/address")
    page.fill("#f-city", "Chicago")
    page.fill("#f-postal_code", "60601")
    office().staff("POST", f"/v1/staff/orders/{number}/notes", {"text": "faster again"})
    with page.expect_navigation() as answer:
        page.click("button:has-text('Save the address')")
    assert answer.value.status == 409 and page.input_value("#f-city") == "Chicago"
    desk.look(page, "staff-stale-address")
    # What was withdrawn goes out only for somebody who was told so.
    page.goto(office().url + "/staff/deliveries?view=withdrawn")
    page.click("text=Send again … >> nth=0")
    desk.look(page, "staff-ask-withdrawn")
    page.evaluate("document.querySelector('main [name=confirm]').value = 'pending'")
    with page.expect_navigation() as answer:
        page.click("main form button")
    assert answer.value.status == 409
    desk.look(page, "staff-stale-delivery")


def test_a_form_that_waits_for_the_password(desk):
    number = office().place("Resume Tester", "61 Resume Way")
    page = signed_in(desk)
    page.goto(f"{office().url}/staff/orders/{number}/hold")
    page.fill("#reason", "Typed before the session ended")
    other = page.context.new_page()
    other.goto(office().url + "/staff/orders")
    other.click("text=Sign out")
    other.wait_for_url(re.compile("sign-in"))
    page.click("button:has-text('Hold this order')")
    page.wait_for_url(re.compile("form=waits"))
    desk.look(page, "staff-sign-in-waits")
    send_password(page)
    page.wait_for_url(re.compile("/staff/resume"))
    assert "Typed before the session ended" in page.inner_text("main")
    desk.look(page, "staff-resume")
    page.click("main form button")
    assert office().order(number)["status"] == "on_hold"
    # Somebody signed in again in another tab: the old page's token is nobody's any more.
    page.goto(f"{office().url}/staff/orders/{number}")
    page.fill("#text", "A note of the old session")
    other.context.clear_cookies(name="staff")
    sign_in(other)
    with page.expect_navigation() as answer:
        page.click("text=Save the note")
    assert answer.value.status == 403
    assert "A note of the old session" in page.inner_text("main")
    desk.look(page, "staff-resume-stale")


def test_what_is_not_there_or_not_allowed_or_too_much_for_staff(desk):
    page = signed_in(desk)
    for name, path, status in [
            ("search-gone", "/staff/orders?view=all&s=gone1", 200), ("nowhere", "/staff/nothing/here", 404),
            ("slips-none", "/staff/slips", 404),
            ("slips", f"/staff/slips?order={office().zoe}&order={office().held}&order={office().shipped}", 200),
            ("dates-none", "/staff/orders?view=all&from=2019-01-01&to=2019-01-02", 200)]:
        assert page.goto(office().url + path).status == status, name
        desk.look(page, "staff-" + name)
    # Another site's form.
    other = page.context.new_page()
    other.complaints = []
    other.goto(f"data:text/html,<form method=post action='{office().url}/staff/orders/{office().zoe}/notes'>"
               "<input name=text value=forged><button>go</button></form>")
    with other.expect_navigation() as answer:
        other.click("button")
    assert answer.value.status == 403, answer.value.status
    desk.look(other, "staff-refused")
    page.goto(office().url + f"/staff/orders/{office().zoe}")
    page.fill("#text", "Written while the disk hangs")
    with office().locked():
        with page.expect_navigation() as answer:
            page.click("text=Save the note")
        assert answer.value.status == 503
        desk.look(page, "staff-busy")
    site = desk.own_site(MAILROOM_HTTP_RATE_SIGNIN="1")
    page = desk.page(width=1280, height=900)
    page.goto(site.url + "/staff/sign-in")
    for _ in range(3):
        with page.expect_navigation() as answer:
            page.evaluate("document.querySelector('form').submit()") if page.locator("form").count() else page.reload()
        if answer.value.status == 429:
            break
        page.goto(site.url + "/staff/sign-in")
    assert answer.value.status == 429 and answer.value.headers["retry-after"], answer.value.status
    desk.look(page, "staff-too-many")
