"""Single keys: off until somebody wants them, dead wherever something is typed or chosen, and each one told of."""
import re

from harness import focused
from office import PASSWORD, office, send_password, signed_in

# What a key could have done: moved the focus, ticked, shown the hint, or left the page.
STATE = """(() => [location.href, document.activeElement.outerHTML.slice(0, 80), document.querySelectorAll(":checked").length,
    document.getElementById("prefix")?.hidden])()"""
PRESS = """([key, more]) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
    {key, bubbles: true, cancelable: true, ...more}))"""


def bound_keys(script):
    """The keys that the console's script does something for; after `g` those of its places."""
    switch = script[script.index("switch (event.key)"):]
    keys = set(re.findall(r'case "([^"]+)":', switch)) | set(re.findall(r'event\.key === "(\w+)"\) \{', script))
    places = re.search(r"const places = \{([^}]*)\}", script)[1]
    return keys, set(re.findall(r"(\w+):", places))


def told_keys(page):
    """The keys of the help page, as a script names them; after `g` those of its places."""
    names = {"↓": "ArrowDown", "↑": "ArrowUp", "Esc": "Escape"}
    keys, places = set(), set()
    for label in page.locator("tbody th").all_inner_texts():
        if " then " in label:
            prefix, label = label.split(" then ")
            keys.add(prefix)
            places |= set(label.split(", "))
            continue
        for key in re.split(r", | or ", label):
            keys.add(key.removeprefix("Shift ").upper() if key.startswith("Shift ") else names.get(key, key))
    return keys, places


def script_of(page):
    return page.request.get(office().url + page.get_attribute("script[src]", "src")).text()


def turn_keys(page, on):
    page.goto(office().url + "/staff/me")
    page.set_checked("input[name=shortcuts]", on)
    page.click("text=Save my settings")
    page.wait_for_url(re.compile("done=saved"))


def with_keys(test):
    """With the keys on for the administrator, whom no other test uses."""
    def run(desk):
        page = signed_in(desk, "admin")
        turn_keys(page, True)
        try:
            test(desk, page)
        finally:
            turn_keys(page, False)
    run.__module__ = __name__
    return run


def test_every_key_is_told_of_on_the_help_page(desk):
    page = signed_in(desk, "viewer")
    # Reached from the foot of a page, with the keys off.
    page.locator("footer").get_by_role("link", name="Keyboard help").click()
    assert page.get_attribute("body", "data-keys") != "on"
    script = script_of(page)
    keys, places = bound_keys(script)
    assert {"g", "j", "Escape", "?", "X"} <= keys and len(places) >= 5, (keys, places)
    told, told_places = told_keys(page)
    # Enter on a link is the browser's own.
    assert (told - {"Enter"}, told_places) == (keys, places), (told ^ keys, told_places ^ places)
    # None of them does what cannot be undone.
    text = page.inner_text("tbody").lower()
    assert not re.search(r"cancel|erase|reship|resend", text), text
    # The control: a key that nobody is told of is found.
    more, _ = bound_keys(script.replace('case "g":', 'case "z": break; case "g":'))
    assert more - told == {"z"}, more - told


def test_no_key_does_anything_for_a_new_account(desk):
    office().run("staff", "add", "fresh@example.org", "--role", "staff", text=PASSWORD + "\n")
    page = desk.page(width=1280, height=900)
    page.context.set_default_timeout(60_000)
    page.goto(office().url + "/staff")
    send_password(page, "fresh")
    page.wait_for_url(re.compile(r"/staff/orders"))
    keys, places = bound_keys(script_of(page))
    for path in ("/staff/orders?view=all", f"/staff/orders/{office().zoe}"):
        page.goto(office().url + path)
        before = page.evaluate(STATE)
        for key in sorted(keys | places):
            page.keyboard.press(key)
            assert page.evaluate(STATE) == before, (key, before, page.evaluate(STATE))


@with_keys
def test_keys_are_dead_in_every_kind_of_field(desk, page):
    keys, places = bound_keys(script_of(page))
    order = f"/staff/orders/{office().zoe}"
    for path, field in [
            ("/staff/orders?view=all", "#q"), ("/staff/orders?view=all", "#action"),
            ("/staff/orders?view=all&from=nonsense", "#flag"), ("/staff/orders?view=all&from=nonsense", "#from"),
            (order, "#text"), (order + "/hold", "#reason"), ("/staff/password", "#old"), ("/staff/me", "#rows")]:
        page.goto(office().url + path)
        page.focus(field)
        before = page.evaluate(STATE)
        for key in sorted(keys | places - {"Escape"}, key=lambda one: one == "Escape"):
            if key == "Escape":
                continue
            page.keyboard.press(key)
            now = page.evaluate(STATE)
            assert now[0] == before[0] and now[2:] == before[2:], (field, key, before, now)
            assert page.locator(field).evaluate("e => e === document.activeElement"), (field, key, focused(page))
        # What was typed is in the field, where there is something to type.
        if field in ("#q", "#text", "#reason", "#old"):
            value = page.input_value(field)
            assert all(key in value for key in keys | places if len(key) == 1), (field, value)
    # The control: beside the fields the same keys do something.
    page.goto(office().url + "/staff/orders?view=all")
    page.keyboard.press("g")
    assert page.is_visible("#prefix")
    page.keyboard.press("h")
    page.wait_for_url(re.compile("/staff/keys"))


@with_keys
def test_keys_are_dead_while_a_word_is_being_composed_and_with_a_modifier(desk, page):
    page.goto(office().url + "/staff/orders?view=all")
    first = page.locator("[data-row]").first
    before = page.evaluate(STATE)
    for more in ({"isComposing": True}, {"keyCode": 229}, {"ctrlKey": True}, {"altKey": True}, {"metaKey": True}):
        for key in ("j", "g", "n", "?", "/", "A"):
            page.evaluate(PRESS, [key, more])
            assert page.evaluate(STATE) == before, (key, more)
    # The control: the same key without it.
    page.evaluate(PRESS, ["j", {}])
    assert first.evaluate("e => e === document.activeElement")
