"""The status page in every state, and canceling."""
from reader import BREAST, LUNG, NET, Reader


def place(desk, language="en", **page):
    reader = Reader(desk, language, **page)
    reader.to_status(BREAST, LUNG)
    return reader, reader.number()


def test_the_states_of_an_order(desk):
    site, house = desk.site, desk.site.house
    for language in ("en", "es"):
        reader, number = place(desk, language)
        # In a browser that did not send it: no greeting.
        other = Reader(desk, language)

        def look(name):
            other.page.goto(reader.page.url)
            assert other.page.locator(".panel").count() == 0
            desk.look(other.page, f"6-status-{name}-{language}")

        house.says(site, "order.acknowledged", order_number=number, house_reference="H1")
        look("packing")
        house.says(site, "order.backordered", order_number=number, items=[{"sku": LUNG, "quantity": 1}])
        look("waiting")
        waiting = "We are waiting for 1 copy." if language == "en" else "Esperamos 1 copia."
        assert other.page.get_by_text(waiting).count() == 1
        house.ships(site, number, [(BREAST, 1)])
        look("part")
        house.ships(site, number, [(LUNG, 1)], package="P2", tracking="9400100000000000000002")
        look("on-the-way")
        house.ships(site, number, [(BREAST, 1)], status="delivered")
        house.ships(site, number, [(LUNG, 1)], status="delivered", package="P2", tracking="9400100000000000000002")
        look("delivered")
        link = other.page.locator(".packages a").first
        assert link.get_attribute("href").startswith("https://tools.usps.com/") and link.get_attribute("rel")

        reader, number = place(desk, language)
        house.ships(site, number, [(BREAST, 1), (LUNG, 1)])
        for status in ("delivery_attempted", "available_for_pickup"):
            # As long as a carrier's number gets: it may break, the page may not scroll.
            house.ships(site, number, [(BREAST, 1), (LUNG, 1)], status=status, tracking="420627019400100000" * 2)
            look(status)
        house.ships(site, number, [(BREAST, 1), (LUNG, 1)], status="failure")
        look("delay")
        house.ships(site, number, [(BREAST, 1), (LUNG, 1)], status="returned")
        look("returned")


def test_the_reader_cancels(desk):
    site = desk.own_site()
    site.house.status = 503
    for language in ("en", "es"):
        reader = Reader(desk, language, site=site)
        reader.to_status(NET)
        status = reader.page.url
        number = reader.number()
        link = reader.page.locator("a[href$='/cancel']")
        if link.count() == 0:
            raise AssertionError("no way to cancel")
        link.click()
        desk.look(reader.page, f"cancel-{language}")
        reader.page.locator("main form button").click()
        # A try of the delivery may have been on its way: then it is too late, and the page says so.
        if reader.page.url != status:
            desk.look(reader.page, f"cancel-late-{language}")
            assert site.staff("GET", "/v1/staff/orders/" + number)["status"] != "cancelled"
        else:
            desk.look(reader.page, f"6-status-cancelled-{language}")


def test_too_late_to_cancel(desk):
    reader, number = place(desk)
    desk.site.house.says(desk.site, "order.acknowledged", order_number=number, house_reference="H1")
    status = reader.page.url
    reader.page.goto(status)
    assert reader.page.locator("a[href$='/cancel']").count() == 0
    reader.page.goto(status + "/cancel")
    assert reader.heading() == "It is too late to cancel here"
    desk.look(reader.page, "cancel-late")


def test_the_status_page_prints_with_one_tap(desk):
    reader, _ = place(desk)
    assert reader.page.get_by_role("button", name="Print or save this page").is_visible()
    plain, _ = place(desk, script=False)
    assert plain.page.locator("[data-print]").is_hidden()
    reader.page.emulate_media(media="print")
    assert reader.page.locator(".language").is_hidden()
    assert reader.page.locator("h1").is_visible()
    # The paper tells the link.
    assert reader.page.locator(".paper").inner_text().endswith(reader.page.url), reader.page.url
    reader.page.emulate_media(media="screen")
    assert reader.page.locator(".paper").is_hidden()
