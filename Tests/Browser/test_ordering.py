"""From the catalog to the status page, in every way that people may take."""
import re

from harness import focused
from keys import tab_to
from reader import ADDRESS, BREAST, KIT, LUNG, NET, WORDS, Reader


def copies(reader, sku):
    """The id of the field for a title's copies: fields are named by their place."""
    return reader.page.locator(f'[name="copies.{sku}"]').get_attribute("id")


def order(desk, language, **page):
    reader = Reader(desk, language, **page)
    before = desk.site.order_count()
    reader.to_status(BREAST, LUNG)
    number = reader.number()
    assert re.fullmatch(r"\d{4}-\d{4}-\d{2}", number), number
    assert desk.site.order_count() == before + 1
    order = desk.site.staff("GET", "/v1/staff/orders/" + number)
    assert [line["sku"] for line in order["items"]] == [BREAST, LUNG]
    assert order["ship_to"]["region"] == "IL" and order["ship_to"]["postal_code"] == "62701-1234", order["ship_to"]
    assert (order["language"], order["email"], order["requester_type"]) == (language, "ana@example.org", "patient")
    text = reader.page.locator("body").inner_text()
    for secret in ("Ana", "Main St", "62701", "ana@example.org"):
        assert secret not in text, secret
    assert "Springfield, IL" in text
    assert not reader.page.complaints, reader.page.complaints


def test_in_english(desk):
    order(desk, "en")


def test_in_spanish(desk):
    order(desk, "es", locale="es-US")


def test_in_english_without_javascript(desk):
    order(desk, "en", script=False)


def test_in_spanish_without_javascript(desk):
    order(desk, "es", script=False)


def test_at_320_pixels(desk):
    order(desk, "en", width=320, height=480)


def test_at_320_pixels_without_javascript_in_spanish(desk):
    order(desk, "es", width=320, height=480, script=False)


def keyboard(desk, language, script=True):
    reader = Reader(desk, language, height=700, script=script)
    before = desk.site.order_count()
    page, words = reader.page, reader.words
    reader.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    tab_to(page, lambda stop: stop["id"] == "pick-" + BREAST)
    page.keyboard.press("Space")
    tab_to(page, lambda stop: stop["text"] == words["continue"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/order/copies")
    tab_to(page, lambda stop: stop["name"] == "copies." + BREAST)
    page.keyboard.press("Control+A")
    page.keyboard.type("3")
    # Enter in a field is Continue, not the first button that happens to be on the page.
    page.keyboard.press("Enter")
    page.wait_for_url("**/order/address")
    for name, value in ADDRESS.items():
        tab_to(page, lambda stop: stop["id"] == name)
        page.keyboard.type(value)
    page.keyboard.press("Enter")
    page.wait_for_url("**/order/contact")
    tab_to(page, lambda stop: stop["id"] == "email")
    page.keyboard.type("ana@example.org")
    tab_to(page, lambda stop: stop["name"] == "requester")
    page.keyboard.press("Space")
    tab_to(page, lambda stop: stop["text"] == words["continue"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/order/check")
    assert "3" in page.locator(".part dd").first.inner_text()
    tab_to(page, lambda stop: stop["text"] == words["send"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/s/*")
    reader.on_status()
    assert desk.site.order_count() == before + 1
    made = desk.site.staff("GET", "/v1/staff/orders/" + reader.number())
    assert [(line["sku"], line["quantity"]) for line in made["items"]] == [(BREAST, 3)], made["items"]
    assert (made["language"], made["requester_type"], made["email"]) == (language, "patient", "ana@example.org")
    assert made["ship_to"]["city"] == "Springfield" and made["ship_to"]["region"] == "IL"


def test_with_the_keyboard_alone(desk):
    keyboard(desk, "en")


def test_with_the_keyboard_alone_in_spanish(desk):
    keyboard(desk, "es")


def test_with_the_keyboard_alone_and_without_javascript(desk):
    keyboard(desk, "en", script=False)


def test_with_the_keyboard_alone_and_without_javascript_in_spanish(desk):
    keyboard(desk, "es", script=False)


def test_the_meter_never_covers_what_has_the_focus(desk):
    for width, height in ((390, 600), (320, 480), (1280, 256)):
        reader = Reader(desk, width=width, height=height)
        page = reader.page
        reader.choose(BREAST, KIT, NET, LUNG)
        reader.fill(**{copies(reader, BREAST): "30", copies(reader, KIT): "3"})
        reader.press("continue")
        sticks = page.locator(".live").evaluate("e => getComputedStyle(e).position") == "sticky"
        assert sticks == (height > 544), (height, sticks)
        tab_to(page, lambda stop: stop["text"] == "Continue")
        tab_to(page, lambda stop: stop["text"].startswith("Lower the copies"), key="Shift+Tab")


def test_a_double_click_gives_one_order(desk):
    for script in (True, False):
        reader = Reader(desk, script=script)
        before = desk.site.order_count()
        reader.to_check()
        reader.page.locator("main").get_by_role("button", name="Send my order").dblclick()
        reader.page.wait_for_url("**/s/*")
        reader.on_status()
        assert desk.site.order_count() == before + 1


def test_back_and_reload_after_sending_give_one_order(desk):
    reader = Reader(desk)
    before = desk.site.order_count()
    reader.to_status()
    status = reader.page.url
    reader.page.go_back()
    assert reader.heading() == WORDS["en"]["already"], reader.heading()
    reader.page.reload()
    assert reader.heading() == WORDS["en"]["already"]
    for path in ("/order/copies", "/order/address", "/order/contact"):
        reader.go(path)
        assert reader.heading() == WORDS["en"]["already"]
    desk.look(reader.page, "already-sent")
    reader.page.get_by_role("link", name="See your order").click()
    assert reader.page.url == status
    reader.page.reload()
    assert desk.site.order_count() == before + 1


def test_the_same_send_in_two_tabs_gives_one_order(desk):
    reader = Reader(desk)
    before = desk.site.order_count()
    reader.to_check()
    second = reader.page.context.new_page()
    second.goto(reader.page.url)
    reader.press("send")
    reader.page.wait_for_url("**/s/*")
    second.locator("main").get_by_role("button", name="Send my order").click()
    second.wait_for_url("**/s/*")
    assert second.url == reader.page.url
    assert desk.site.order_count() == before + 1


def test_a_new_order_can_follow(desk):
    reader = Reader(desk)
    before = desk.site.order_count()
    reader.to_status(BREAST)
    first = reader.number()
    reader.page.get_by_role("link", name="Start a new order").click()
    assert not reader.page.is_checked("#pick-" + BREAST)
    reader.to_status(NET, name="Somebody Else")
    assert reader.number() != first
    assert desk.site.order_count() == before + 2


def test_the_language_can_be_switched_on_every_page_and_answers_are_kept(desk):
    for script in (True, False):
        reader = Reader(desk, script=script)
        page = reader.page

        def switch():
            page.get_by_role("button", name=re.compile("^(Español|English)$")).click()
            reader.words = WORDS["es" if "/es/" in page.url else "en"]
            assert page.get_attribute("html", "lang") == ("es" if "/es/" in page.url else "en")

        reader.go("/")
        page.check("#pick-" + BREAST)
        switch()
        assert page.is_checked("#pick-" + BREAST)
        reader.press("continue")
        page.fill("#" + copies(reader, BREAST), "many")
        switch()
        assert page.input_value("#" + copies(reader, BREAST)) == "many"
        page.fill("#" + copies(reader, BREAST), "2")
        reader.press("continue")
        page.fill("#name", "Ana")
        page.fill("#postal_code", "half")
        switch()
        assert (page.input_value("#name"), page.input_value("#postal_code")) == ("Ana", "half")
        reader.fill(**ADDRESS)
        reader.press("continue")
        page.fill("#email", "not an address")
        page.check("input[value=caregiver]")
        switch()
        assert page.input_value("#email") == "not an address" and page.is_checked("input[value=caregiver]")
        page.fill("#email", "")
        reader.press("continue")
        page.locator("a.language").click()
        reader.words = WORDS["es" if "/es/" in page.url else "en"]
        assert reader.heading() == reader.words["check"]
        reader.press("send")
        reader.on_status()
        page.locator("a.language").click()
        assert page.get_attribute("html", "lang") == ("es" if "/es/" in page.url else "en")


def test_every_page_of_the_way(desk):
    for language in ("en", "es"):
        reader = Reader(desk, language, locale="es-US" if language == "en" else "en-US")
        page = reader.page
        reader.go("/")
        desk.look(page, f"1-choose-{language}")
        page.check("#pick-" + BREAST)
        page.check("#pick-" + LUNG)
        reader.press("continue")
        desk.look(page, f"2-copies-{language}")
        reader.press("continue")
        desk.look(page, f"3-address-{language}")
        reader.fill(**ADDRESS)
        reader.press("continue")
        desk.look(page, f"4-contact-{language}")
        page.fill("#email", "ana@example.org")
        page.check("input[value=organization]")
        reader.press("continue")
        desk.look(page, f"5-check-{language}")
        page.get_by_role("link", name=reader.words["clear"]).first.click()
        desk.look(page, f"clear-{language}")
        reader.go("/order/check")
        reader.press("send")
        reader.on_status()
        desk.look(page, f"6-status-new-{language}")
        for path in ("help", "privacy", "accessibility"):
            reader.go("/" + path)
            desk.look(page, f"{path}-{language}")


def test_the_first_load_is_at_most_100_kilobytes(desk):
    page = desk.page()
    sizes = {}
    page.on("response", lambda answer: sizes.__setitem__(answer.url, len(answer.body())))
    page.goto(desk.site.url + "/", wait_until="networkidle")
    assert all(url.startswith(desk.site.url) for url in sizes), sizes
    assert any(url.endswith(".css") for url in sizes) and any(url.endswith(".js") for url in sizes), sizes
    print("    first load:", {url.rsplit("/", 1)[1] or "/": size for url, size in sizes.items()}, sum(sizes.values()))
    assert sum(sizes.values()) <= 100_000, sizes


def test_search_and_filters_find_and_keep_what_is_ticked(desk):
    for script in (True, False):
        reader = Reader(desk, script=script)
        page = reader.page
        reader.go("/")
        page.check("#pick-" + BREAST)
        page.fill("#words", "pulmon")
        page.press("#words", "Enter")
        page.wait_for_url("**/#booklets")
        assert page.locator(".titles > li").count() == 1
        assert "lung" not in page.url and "pulmon" not in page.url
        page.check("#pick-" + LUNG)
        page.fill("#words", "nothing like this")
        page.locator("main").get_by_role("button", name="Show", exact=True).click()
        assert "No booklets match" in page.locator("main").inner_text()
        if script:
            desk.look(page, "1-choose-no-match")
        page.get_by_role("button", name="Show all booklets").click()
        page.select_option("#topic", "blood")
        page.select_option("#language", "es")
        page.locator("main").get_by_role("button", name="Show", exact=True).click()
        assert page.locator(".titles > li").count() == 1
        if script:
            desk.look(page, "1-choose-filtered")
        reader.press("continue")
        assert page.locator(".line").count() == 2


def test_a_shared_link_filters_too(desk):
    page = desk.page()
    page.goto(desk.site.url + "/?topic=lung&language=en&format=booklet")
    assert page.locator(".titles > li").count() == 1


def test_text_of_twice_the_size_fits(desk):
    reader = Reader(desk, width=640, height=900)
    page = reader.page
    reader.to_check()
    for path in ("/", "/order/copies", "/order/address", "/order/contact", "/order/check"):
        reader.go(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (path, wide)
        page.evaluate("""(() => { for (const e of document.querySelectorAll('*')) {
            e.style.lineHeight = '1.5'; e.style.letterSpacing = '0.12em'; e.style.wordSpacing = '0.16em'; } })()""")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (path, wide, "with spacing")


def test_forced_colours_keep_buttons_boxes_and_the_meter(desk):
    reader = Reader(desk, forced_colors="active")
    reader.choose()
    reader.page.screenshot(path=str(__import__("harness").SHOTS / "2-copies-forced-colours.png"), full_page=True)
    for selector in (".button", ".meter", "input[type=text]"):
        width = reader.page.locator(selector).first.evaluate("e => parseFloat(getComputedStyle(e).borderTopWidth)")
        assert width >= 2, (selector, width)


def test_targets_are_44_pixels_on_the_copies_page(desk):
    reader = Reader(desk)
    reader.choose()
    for selector in (".stepper .button", ".stepper input", ".stepper .plain", ".button", ".language"):
        for box in (e.bounding_box() for e in reader.page.locator(selector).all() if e.is_visible()):
            assert box["height"] >= 43.5 and box["width"] >= 43.5, (selector, box)


def test_other_links_are_44_pixels_high(desk):
    def high(reader, selector):
        boxes = [e.bounding_box() for e in reader.page.locator(selector).all() if e.is_visible()]
        assert boxes, selector
        for box in boxes:
            assert box["height"] >= 43.5, (selector, box)

    reader = Reader(desk)
    reader.choose()
    high(reader, ".name a")
    reader.fill(**{copies(reader, BREAST): "a few"})
    reader.press("continue")
    high(reader, ".summary li a")
    reader = Reader(desk)
    reader.to_check()
    high(reader, ".buttons a")
    reader.press("send")
    high(reader, ".buttons a")
    high(reader, ".line-link")
    high(reader, ".foot .tel")
    reader.go("/nothing/here")
    high(reader, "main > p:last-child > a")


def test_a_way_on_stands_after_every_group_of_titles(desk):
    for script in (True, False):
        reader = Reader(desk, script=script)
        page = reader.page
        reader.go("/")
        groups = page.locator(".titles").count()
        assert groups > 1 and page.locator("main [name=continue]").count() == groups
        page.check("#pick-" + BREAST)
        with page.expect_navigation():
            page.locator("main [name=continue]").first.click()
        assert reader.heading() == reader.words["copies"]


def test_addresses_tell_no_title_and_no_topic(desk):
    reader = Reader(desk, script=False)
    page = reader.page
    reader.go("/")
    page.locator(".topics a").first.click()
    assert page.url.endswith("/#part-1"), page.url
    assert page.locator("h2#part-1").count() == 1
    reader.choose()
    with page.expect_navigation():
        page.locator(".stepper button").nth(1).click()
    assert page.url.endswith("/order/copies#line-1"), page.url


def test_answers_can_be_cleared_after_sending(desk):
    reader = Reader(desk)
    reader.to_status()
    status = reader.page.url
    reader.page.locator("footer").get_by_role("link", name="Clear my answers").click()
    reader.press("clear")
    assert reader.heading() == "Your answers are gone"
    reader.go("/order/copies")
    assert reader.page.locator("h1").inner_text() != WORDS["en"]["already"]
    reader.page.goto(status)
    assert reader.page.locator(".panel").count() == 0


def test_answers_can_be_cleared(desk):
    reader = Reader(desk)
    reader.to_contact()
    reader.page.locator("footer").get_by_role("link", name="Clear my answers").click()
    reader.press("clear")
    assert "Your answers are gone" == reader.heading()
    reader.page.go_back()
    reader.go("/order/address")
    assert reader.page.url.endswith(desk.site.url.rsplit(":", 1)[1] + "/"), reader.page.url
    assert not reader.page.is_checked("#pick-" + BREAST)
    assert focused(reader.page) is not None
