"""What goes wrong keeps what was typed, says what to do, and takes the focus there."""
import re

from harness import focused
from reader import ADDRESS, BREAST, KIT, LUNG, Reader


def copies(reader, sku):
    """The id of the field for a title's copies: fields are named by their place."""
    return reader.page.locator(f'[name="copies.{sku}"]').get_attribute("id")


def refused(reader, fields):
    """The page was refused: summary in focus, same words beside each field, links that lead there."""
    page = reader.page
    assert page.title().startswith("Error: "), page.title()
    assert focused(page) == "summary", focused(page)
    top = page.locator("#summary")
    assert reader.words["problem"] in top.inner_text()
    links = {link.get_attribute("href").removeprefix("#"): link.inner_text() for link in top.locator("li a").all()}
    assert list(links) == fields, (list(links), fields)
    for field, message in links.items():
        if not field.startswith("pick-") and field != "words":
            assert page.locator(f"#{field}-error").inner_text() == message
            assert f"{field}-error" in page.get_attribute("#" + field, "aria-describedby")
        page.locator(f'#summary a[href="#{field}"]').click()
        assert focused(page) == field, (field, focused(page))
    assert page.locator("h1").evaluate("h => !!(document.querySelector('#summary').compareDocumentPosition(h) & 4)")


def both(test):
    """The same with and without a script, in English and Spanish."""
    def run(desk):
        for language, script in (("en", True), ("en", False), ("es", True)):
            test(desk, Reader(desk, language, script=script), f"{language}{'' if script else '-plain'}", script)
    run.__module__ = __name__
    return run


def look(desk, reader, name, script):
    if script:
        desk.look(reader.page, name)


@both
def test_nothing_chosen(desk, reader, name, script):
    reader.go("/")
    reader.press("continue")
    refused(reader, ["pick-FSAC-BRE-EN" if reader.words["prefix"] == "" else "pick-FSAC-BRE-ES"])
    look(desk, reader, f"1-choose-nothing-{name}", script)


@both
def test_copies_that_are_no_number_or_too_many(desk, reader, name, script):
    reader.choose()
    reader.fill(**{copies(reader, BREAST): "a few", copies(reader, LUNG): "101"})
    reader.press("continue")
    refused(reader, [copies(reader, BREAST), copies(reader, LUNG)])
    assert reader.page.input_value("#" + copies(reader, BREAST)) == "a few"
    assert reader.page.input_value("#" + copies(reader, LUNG)) == "101"
    look(desk, reader, f"2-copies-wrong-{name}", script)


@both
def test_too_heavy_says_how_far_and_what_would_fit(desk, reader, name, script):
    reader.choose(BREAST, KIT)
    reader.fill(**{copies(reader, BREAST): "30", copies(reader, KIT): "3"})
    reader.press("continue")
    # 30 × 4.8 oz = 9 lb and 3 × 5 lb: 4 lb too heavy.
    refused(reader, [copies(reader, KIT)])
    assert "4.0" in reader.page.locator("#summary").inner_text()
    assert reader.page.input_value("#" + copies(reader, BREAST)) == "30"
    look(desk, reader, f"2-copies-over-{name}", script)
    # 16 × 4.8 oz fit beside 15 lb; 2 kits beside 9 lb.
    texts = reader.page.locator(".fit > span").all_inner_texts()
    assert [re.search(r"\d+", text)[0] for text in texts] == ["16", "2"], texts
    reader.page.locator(".fit button").first.click()
    assert reader.page.input_value("#" + copies(reader, BREAST)) == "16"
    reader.press("continue")
    assert reader.heading() == reader.words["address"]


@both
def test_an_empty_address(desk, reader, name, script):
    reader.to_address()
    reader.page.fill("#line2", "Apt 5")
    reader.press("continue")
    refused(reader, ["name", "line1", "city", "region", "postal_code"])
    assert reader.page.input_value("#line2") == "Apt 5"
    look(desk, reader, f"3-address-empty-{name}", script)


@both
def test_a_state_and_a_zip_code_that_do_not_fit(desk, reader, name, script):
    reader.to_address()
    reader.fill(**{**ADDRESS, "region": "Narnia", "postal_code": "123"})
    reader.press("continue")
    refused(reader, ["region", "postal_code"])
    assert reader.page.input_value("#region") == "Narnia" and reader.page.input_value("#name") == ADDRESS["name"]
    reader.fill(region="TX", postal_code="62701")
    reader.press("continue")
    refused(reader, ["postal_code"])
    assert "Illinois" in reader.page.locator("#postal_code-error").inner_text()
    reader.fill(region="Il.")
    reader.press("continue")
    assert reader.heading() == reader.words["contact"]


@both
def test_an_address_abroad_is_no_mistake(desk, reader, name, script):
    reader.to_address()
    reader.fill(**{**ADDRESS, "region": "Ontario", "postal_code": "K1A 0B1"})
    reader.press("continue")
    assert reader.page.locator(".summary").count() == 0 and reader.page.locator(".message").count() == 0
    assert not reader.page.title().startswith("Error")
    assert focused(reader.page) == "summary"
    assert reader.page.input_value("#region") == "Ontario"
    look(desk, reader, f"3-address-abroad-{name}", script)


@both
def test_puerto_rico_is_asked_for_the_urbanization(desk, reader, name, script):
    reader.to_address()
    reader.fill(**{**ADDRESS, "city": "San Juan", "region": "puerto rico", "postal_code": "00926"})
    reader.press("continue")
    assert focused(reader.page) == "summary"
    look(desk, reader, f"3-address-puerto-rico-{name}", script)
    reader.page.fill("#urbanization", "Las Gladiolas")
    reader.press("continue")
    reader.press("continue")
    assert "URB Las Gladiolas" in reader.page.locator(".address").inner_text()


@both
def test_an_email_and_a_phone_that_are_none(desk, reader, name, script):
    reader.to_contact()
    reader.fill(email="ana at example", phone="12")
    reader.page.check("input[value=organization]")
    reader.press("continue")
    refused(reader, ["email", "phone"])
    assert reader.page.input_value("#email") == "ana at example" and reader.page.input_value("#phone") == "12"
    assert reader.page.is_checked("input[value=organization]")
    look(desk, reader, f"4-contact-wrong-{name}", script)


@both
def test_what_breaks_on_the_way_to_the_other_language_is_asked_for_again(desk, reader, name, script):
    page, prefix = reader.page, reader.words["prefix"]
    reader.to_check()
    page.locator("a[href$='/order/address']").last.click()
    page.fill("#postal_code", "6270")
    with page.expect_navigation():
        page.locator("button.language").click()
    other = "" if prefix else "/es"
    page.goto(reader.site.url + other + "/order/check")
    assert page.url == reader.site.url + other + "/order/address", page.url
    assert page.input_value("#postal_code") == "6270"


def test_a_filled_trap_is_told_and_can_be_emptied(desk):
    reader = Reader(desk)
    reader.to_contact()
    reader.page.evaluate("document.getElementById('leave_blank').value = 'http://spam.example'")
    reader.press("continue")
    refused(reader, ["leave_blank"])
    desk.look(reader.page, "4-contact-trap")
    reader.press("continue")
    assert reader.heading() == reader.words["check"]


@both
def test_a_title_that_ran_out_is_no_mistake(desk, reader, name, script):
    reader.to_check(BREAST, LUNG)
    desk.site.set_available(LUNG, False)
    try:
        reader.press("send")
        assert reader.page.locator(".summary").count() == 0
        assert reader.page.locator(".notice h2").count() == 1
        # What helps has the focus, and is the one filled button.
        assert focused(reader.page) == "summary" and reader.page.locator("main .button:not(.quiet)").count() == 1
        look(desk, reader, f"5-check-unavailable-{name}", script)
        reader.go("/order/copies")
        look(desk, reader, f"2-copies-unavailable-{name}", script)
        reader.go("/order/check")
        reader.page.locator(".notice button").click()
        reader.press("send")
        reader.on_status()
    finally:
        desk.site.set_available(LUNG, True)


def test_a_send_that_fails_can_be_tried_again_and_gives_one_order(desk):
    reader = Reader(desk)
    before = desk.site.order_count()
    reader.to_check()
    with desk.site.locked():
        reader.press("send")
        assert reader.heading() == "We do not know if your order went through", reader.heading()
        desk.look(reader.page, "send-failed")
    reader.page.get_by_role("button", name="Try again").click()
    reader.page.wait_for_url("**/s/*")
    reader.on_status()
    assert desk.site.order_count() == before + 1


@both
def test_answers_that_are_gone(desk, reader, name, script):
    reader.page.context.add_cookies([{"name": "draft", "value": "A" * 22, "url": reader.site.url}])
    reader.go("/order/address")
    assert reader.page.locator("main a").count() == 1
    look(desk, reader, f"expired-{name}", script)


@both
def test_sending_without_a_cookie_says_that_nothing_was_sent(desk, reader, name, script):
    before = desk.site.order_count()
    reader.to_check()
    reader.page.context.clear_cookies()
    reader.press("send")
    said = {"": "This order was not sent.", "/es": "Este pedido no se envió."}[reader.words["prefix"]]
    assert said in reader.page.locator("main").inner_text() and reader.page.locator("main a").count() >= 1
    assert desk.site.order_count() == before
    look(desk, reader, f"lost-{name}", script)


@both
def test_the_pages_own_way_back_keeps_what_was_typed(desk, reader, name, script):
    page = reader.page
    reader.to_address()
    page.fill("#name", "Half An Address")
    with page.expect_navigation():
        page.locator(".back button").click()
    assert reader.heading() == reader.words["copies"]
    reader.press("continue")
    assert page.input_value("#name") == "Half An Address" and page.locator(".message").count() == 0
    # Enter in a field is Continue, not the way back.
    with page.expect_navigation():
        page.press("#name", "Enter")
    assert page.title().startswith("Error: "), page.title()


def test_the_meter_is_live_and_says_what_the_server_says(desk):
    reader = Reader(desk)
    page = reader.page
    reader.choose(BREAST, KIT)
    # What is there when the page opens is not news.
    page.wait_for_timeout(1300)
    assert page.locator("[data-spoken]").text_content() == ""
    # 4.8 oz, max 100; 5 lb, max some: exactly 20 lb is accepted, a little more is not.
    cases = [("1", "1"), ("0", "4"), ("1", "4"), ("10", "3"), ("16", "3"), ("17", "3"), ("50", "1"), ("44", "1")]
    for breast, kit in cases:
        page.fill("#" + copies(reader, BREAST), breast)
        page.fill("#" + copies(reader, KIT), kit)
        live = page.locator("[data-shown]").inner_text()
        state = page.locator(".meter").get_attribute("class")
        level = page.locator(".level").get_attribute("width")
        if breast == "0":
            assert "20.0" in live and "0.0" in live and "over" not in state
            continue
        with page.expect_navigation():
            page.evaluate("document.querySelector('[name=update]').click()")
        assert page.locator("[data-shown]").inner_text() == live, (breast, kit)
        now = page.locator(".meter").get_attribute("class")
        assert sorted(now.split()) == sorted(state.split()), (breast, kit, now, state)
        assert page.locator(".level").get_attribute("width") == level
    page.fill("#" + copies(reader, BREAST), "60")
    page.wait_for_timeout(1300)
    assert page.locator("[data-spoken]").text_content() == page.locator("[data-shown]").text_content()
    # A button's press says the number too.
    page.locator(f'[data-for="{copies(reader, BREAST)}"]').last.click()
    page.wait_for_timeout(1300)
    spoken = page.locator("[data-spoken]").text_content()
    assert spoken == "Copies: 61. " + page.locator("[data-shown]").text_content(), spoken


def test_the_steppers_count_with_and_without_a_script(desk):
    for script in (True, False):
        reader = Reader(desk, script=script)
        page = reader.page
        reader.choose(BREAST, LUNG)
        box = "#" + copies(reader, BREAST)
        page.fill("#" + copies(reader, LUNG), "7")
        plus, minus = page.locator(".stepper button").nth(1), page.locator(".stepper button").nth(0)
        plus.click()
        plus.click()
        assert page.input_value(box) == "3"
        minus.click()
        assert page.input_value(box) == "2" and page.input_value("#" + copies(reader, LUNG)) == "7"
        page.locator(".stepper .plain").first.click()
        assert page.locator(".line").count() == 1
        if script:
            desk.look(page, "2-copies-removed")
        page.get_by_role("button", name="Put it back").click()
        # It comes back as the last one.
        assert page.locator(".line").count() == 2 and copies(reader, BREAST) == "copies-2"
        assert page.input_value("#copies-2") == "2" and page.input_value("#copies-1") == "7"


def test_other_sites_forms_are_refused(desk):
    reader = Reader(desk)
    reader.to_check()
    before = desk.site.order_count()
    page = reader.page.context.new_page()
    page.goto("data:text/html,<form method=post action='" + desk.site.url + "/order/send'><button>go</button></form>")
    page.click("button")
    assert page.locator("h1").inner_text() == "Open this page again"
    assert desk.site.order_count() == before


def test_pages_that_are_not_there(desk):
    for language, path in (("en", "/nothing/here"), ("es", "/es/nada")):
        page = desk.page()
        page.goto(desk.site.url + path)
        assert page.get_attribute("html", "lang") == language
        desk.look(page, f"not-found-{language}")
        page.goto(desk.site.url + ("/es" if language == "es" else "") + "/s/" + "A" * 32)
        desk.look(page, f"lost-order-{language}")


def test_too_many_tries(desk):
    site = desk.own_site(MAILROOM_HTTP_RATE_STATUS="1")
    page = desk.page()
    for language in ("en", "es"):
        path = "/es/s/x" if language == "es" else "/s/x"
        for _ in range(3):
            answer = page.goto(site.url + path)
        assert answer.status == 429 and answer.headers["retry-after"], answer.status
        desk.look(page, f"too-many-{language}")


def test_a_store_that_does_not_answer(desk):
    page = desk.page()
    reader = Reader(desk)
    reader.go("/")
    reader.page.check("#pick-" + BREAST)
    with desk.site.locked():
        reader.press("continue")
        assert "We cannot answer right now" == reader.heading(), reader.heading()
        desk.look(reader.page, "busy")
    assert page is not None
