"""The Back button: after a page with mistakes it shows the form, after "Clear my answers" it shows nothing."""
from office import office, signed_in
from playwright.sync_api import Error
from reader import BREAST, LUNG, Reader

SECRETS = {
    "name": "Vanessa Vanish", "organization": "Clinic of Gone", "line1": "77 Vanishing Way", "line2": "Apt Nowhere",
    "city": "Springfield", "region": "IL", "postal_code": "62701",
}
# Everything that a page says, and everything that its fields hold.
HELD = """(() => [document.body.innerText, ...[...document.querySelectorAll("input, select, textarea")].map(e =>
    e.type !== "checkbox" && e.type !== "radio" ? e.value : e.checked ? `chosen ${e.name} ${e.value}` : "")]
    .join("\\n"))()"""


def back(page):
    """Presses Back; says whether there was something to go back to, and what the browser says when it shows no page."""
    # Asked in a way that lives through a navigation which is not over yet; -1 on a page of the browser's own.
    index = int(page.wait_for_function(
        "String(navigation.currentEntry ? navigation.currentEntry.index : -1)").json_value())
    try:
        answer = page.go_back()
    except Error as problem:
        return True, problem.message
    # The script's `replaceState` may be told of only now, and be taken for the way back.
    if answer is None and index > 0:
        arrive(page, index - 1)
    return answer is not None or index > 0, None


def forward(page):
    index = page.evaluate("navigation.currentEntry.index")
    page.go_forward()
    arrive(page, index + 1)


def arrive(page, index):
    page.wait_for_function("index => navigation.currentEntry && navigation.currentEntry.index === index", arg=index)
    page.wait_for_load_state()


def seen(page, words):
    held = page.evaluate(HELD)
    return [word for word in words if word.lower() in held.lower()]


def go_back_to_the_beginning(page, look):
    """Looks at every page that Back shows, until there is none before it."""
    for _ in range(40):
        isThere, problem = back(page)
        if not isThere:
            return
        if problem is None:
            look(page)
    raise AssertionError("Back does not end")


def test_back_after_clearing_shows_nothing_of_what_was_typed(desk):
    for script in (True, False):
        reader = Reader(desk, script=script)
        page = reader.page
        words = [*(value for name, value in SECRETS.items() if name != "region"), "vanish@example.org", "555-0199",
                 "chosen pick", "zzgone", "chosen requester"]
        reader.go("/")
        page.fill("#words", "zzgone")
        page.press("#words", "Enter")
        page.wait_for_url("**/#booklets")
        page.locator("main [name=all]").click()
        reader.choose(BREAST, LUNG)
        page.fill(f'[name="copies.{BREAST}"]', "7")
        reader.press("continue")
        # A page with mistakes is among them.
        reader.fill(**{**SECRETS, "city": ""})
        reader.press("continue")
        reader.fill(**SECRETS)
        reader.press("continue")
        reader.fill(email="vanish@example.org", phone="217-555-0199")
        page.check("input[value=caregiver]")
        reader.press("continue")
        # The control: until then each page shows it.
        assert len(seen(page, words)) >= 6, seen(page, words)
        back(page)
        assert seen(page, words) == ["vanish@example.org", "555-0199", "chosen requester"], seen(page, words)
        reader.go("/order/check")
        # Also what was typed and never sent.
        page.locator("a[href$='/order/contact']").last.click()
        page.fill("#email", "vanish@example.org.typed")
        page.locator("footer").get_by_role("link", name="Clear my answers").click()
        reader.press("clear")
        assert reader.heading() == "Your answers are gone"

        looked = []

        def look(page):
            looked.append(page.url)
            found = seen(page, words)
            assert not found, f"Back to {page.url} shows {found} (script: {script})"

        go_back_to_the_beginning(page, look)
        assert len(looked) >= 6, looked


def test_a_page_that_the_browser_kept_whole_is_asked_for_anew_after_clearing(desk):
    """As browsers do that are not driven by a program: they keep pages as they are, with everything in them."""
    reader = Reader(desk)
    page = reader.page
    kept = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    reader.choose(BREAST)
    reader.go("/order/clear")
    reader.press("clear")
    reader.go("/")
    page.check("#pick-" + BREAST)
    # The control: what is newer than that stays.
    page.evaluate(kept)
    assert page.evaluate("performance.getEntriesByType('navigation')[0].type") == "navigate"
    assert page.is_checked("#pick-" + BREAST)
    page.evaluate("sessionStorage.setItem('cleared', String(Date.now() + 1000))")
    with page.expect_navigation():
        page.evaluate(kept)
    assert not page.is_checked("#pick-" + BREAST)


def returns(page, name):
    """Back to a page that answers a form."""
    _, problem = back(page)
    assert problem is None, f"{name}: Back shows the browser's own page: {problem}"
    assert not page.url.startswith("chrome-error:"), f"{name}: {page.url}"


def test_back_to_a_page_with_mistakes_shows_the_form_with_what_was_typed(desk):
    reader = Reader(desk)
    page = reader.page

    def mistake(name, field=None, typed=None):
        """What was typed is there after going on and back, and after going back to the page before the mistake."""
        assert page.title().startswith("Error: "), (name, page.title())
        heading = reader.heading()
        for way in ("back", "forward", "on and back"):
            if way == "forward":
                forward(page)
            elif way == "on and back":
                page.locator("footer a[href$='/help']").click()
                page.wait_for_url("**/help")
            if way != "forward":
                returns(page, name)
            assert reader.heading() == heading, (name, reader.heading())
            if field:
                assert page.input_value(field) == typed, (name, page.input_value(field))

    reader.go("/")
    reader.press("continue")
    mistake("choose")
    reader.choose(BREAST, LUNG)
    box = f'[name="copies.{BREAST}"]'
    page.fill(box, "a few")
    reader.press("continue")
    mistake("copies", box, "a few")
    page.fill(box, "1")
    reader.press("continue")
    page.fill("#name", "Half An Address")
    reader.press("continue")
    mistake("address", "#name", "Half An Address")
    reader.to_contact()
    page.fill("#email", "ana at example")
    reader.press("continue")
    mistake("contact", "#email", "ana at example")


def test_back_without_a_script_is_the_browsers_own_question(desk):
    """The control: without the script's help a browser would ask whether to send the form again."""
    reader = Reader(desk, script=False)
    reader.to_address()
    reader.press("continue")
    reader.page.locator("footer a[href$='/help']").click()
    assert "ERR_CACHE_MISS" in (back(reader.page)[1] or ""), reader.page.url


def test_back_to_a_mistake_in_the_console_shows_the_form(desk):
    number = office().place("Back Tester", "70 Back Way")
    page = signed_in(desk)
    order, held = f"{office().url}/staff/orders/{number}", f"{office().url}/staff/orders/{office().held}"
    for name, path, field, typed, button, heading in [
            ("hold", order + "/hold", "#reason", "Much too long. " * 70, "Hold this order", "Hold"),
            ("address", held + "/address", "#f-city", "", "Save the address", "address"),
            ("note", order, "#text", "Much too long. " * 140, "Save the note", "Order " + number)]:
        page.goto(path)
        page.fill(field, typed)
        page.click(f"button:has-text('{button}')")
        page.wait_for_function("document.title.startsWith('Error:')")
        page.locator("footer a[href='/staff/keys']").click()
        page.wait_for_url("**/staff/keys")
        returns(page, name)
        assert heading in page.inner_text("h1"), (name, page.inner_text("h1"))
        assert page.locator(field).count() == 1, name
        print(f"    {name}: what was typed is {'kept' if page.input_value(field) == typed else 'lost'}")
