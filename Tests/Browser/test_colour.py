"""Nothing is told by colour alone: in grey, in forced colours, and for who looks for the focus."""
import re

from harness import SHOTS
from office import office, signed_in
from reader import ADDRESS, BREAST, KIT, LUNG, Reader
from sight import colour, contrast, pixels, weak_rings

# Fields that are wrong, and what tells them from the others without a colour.
UNLIKE = """(() => {
    const thick = e => parseFloat(getComputedStyle(e).borderTopWidth), faults = [];
    const fields = [...document.querySelectorAll("input[type=text], input[type=email], input[type=tel], " +
        "input[type=password], input[type=date], input[type=search], select, textarea")]
        .filter(e => e.checkVisibility() && !e.closest(".trap"));
    const right = Math.max(0, ...fields.filter(e => !e.closest(".wrong")).map(thick));
    const wrong = fields.filter(e => e.getAttribute("aria-invalid") === "true");
    for (const e of wrong) {
        const said = document.getElementById(e.getAttribute("aria-describedby").split(" ").find(id => /-error$/.test(id)));
        const isSeen = said && said.checkVisibility() && said.getBoundingClientRect().height >= 10;
        if (thick(e) < right + 2) faults.push(`${e.id} is not thicker: ${thick(e)} and ${right}`);
        if (!isSeen || said.textContent.trim().length < 8) faults.push(`${e.id} has no words`);
    }
    return [wrong.map(e => e.id), faults];
})()"""
METER = {
    "en": {"room": "You have room for", "almost": "Almost full.", "over": "too heavy"},
    "es": {"room": "Le quedan", "almost": "Casi lleno.", "over": "de más"},
}
# Edges of what is only an edge: how thick, and what colour it has on what.
EDGES = """(() => {
    const faults = [];
    const behind = e => {
        for (; e; e = e.parentElement) {
            const fill = getComputedStyle(e).backgroundColor;
            if (!/, 0\\)$|transparent/.test(fill)) return fill;
        }
        return "rgb(255, 255, 255)";
    };
    const edges = [];
    for (const e of document.querySelectorAll(".button, .tag, .badge, .meter, .panel, .notice, .summary, .packages > li, " +
            "input:not([type=hidden]), select, textarea")) {
        if (!e.checkVisibility() || e.closest(".trap, .off") || e.type === "file") continue;
        const style = getComputedStyle(e);
        const name = `${e.tagName}.${e.className} “${e.textContent.trim().slice(0, 30) || e.id}”`;
        if ((e.type === "checkbox" || e.type === "radio") && style.appearance !== "none") continue;
        const side = ["Top", "Left"].find(one =>
            style[`border${one}Style`] !== "none" && parseFloat(style[`border${one}Width`]) >= 1);
        edges.push([name, side ? style[`border${side}Color`] : null, behind(e.parentElement)]);
    }
    return edges;
})()"""


def assert_unlike(page, fields):
    wrong, faults = page.evaluate(UNLIKE)
    assert set(fields) <= set(wrong) and wrong, (fields, wrong)
    assert not faults, "\n".join(faults)


def test_a_wrong_field_differs_by_its_edge_and_its_words(desk):
    reader = Reader(desk)
    page = reader.page
    reader.choose(BREAST, LUNG)
    page.fill(f'[name="copies.{LUNG}"]', "a few")
    reader.press("continue")
    assert_unlike(page, [page.locator(f'[name="copies.{LUNG}"]').get_attribute("id")])
    page.fill(f'[name="copies.{LUNG}"]', "1")
    reader.press("continue")
    reader.fill(**{**ADDRESS, "name": "", "postal_code": "123"})
    reader.press("continue")
    assert_unlike(page, ["name", "postal_code"])
    reader.fill(**ADDRESS)
    reader.press("continue")
    reader.fill(email="ana at example", phone="12")
    reader.press("continue")
    assert_unlike(page, ["email", "phone"])
    # The control: the same edge as the others, or no words, is not enough.
    page.evaluate("document.querySelector('#email').style.setProperty('border-width', '2px', 'important')")
    page.evaluate("document.querySelector('#phone-error').textContent = ''")
    # Beside both stands one that is right.
    page.evaluate("document.querySelector('#email').closest('.field').before(document.createElement('textarea'))")
    faults = page.evaluate(UNLIKE)[1]
    assert len(faults) == 2 and "email is not thicker" in faults[0] and "phone has no words" in faults[1], faults


def test_a_wrong_field_of_the_console_differs_too(desk):
    page = signed_in(desk)
    zoe, held = (f"{office().url}/staff/orders/{number}" for number in (office().zoe, office().held))
    for path, steps, fields in [
            (zoe, [("click", "text=Save the note")], ["text"]),
            (zoe + "/hold", [("click", "button:has-text('Hold this order')")], ["reason"]),
            (held + "/address", [("fill", "#f-city"), ("click", "button:has-text('Save the address')")], ["f-city"]),
            (office().url + "/staff/orders?view=all&from=yesterday&to=today", [], ["from", "to"]),
            (office().url + "/staff/catalog/new", [("click", "button:has-text('Save the title')")], []),
            (office().url + "/staff/password", [("click", "button:has-text('Save the password')")], [])]:
        page.goto(path)
        for way, selector in steps:
            page.click(selector) if way == "click" else page.fill(selector, "")
        assert page.title().startswith("Error:") or "yesterday" in path, path
        assert_unlike(page, fields)


def test_the_meter_is_read_without_its_bar_and_without_colour(desk):
    for language, script in (("en", True), ("es", True), ("en", False)):
        reader = Reader(desk, language, script=script)
        page = reader.page
        reader.choose(KIT)
        looks = []
        for state, copies in (("room", "1"), ("almost", "4"), ("over", "5")):
            page.fill(f'[name="copies.{KIT}"]', copies)
            if not script:
                page.locator("[name=update]").click()
            page.locator(f".meter.{state}").wait_for()
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                fills = [page.locator(part).evaluate("e => getComputedStyle(e).fill") for part in (".level", ".track")]
                assert contrast(*map(colour, fills)) >= 3, (state, scheme, fills)
            page.evaluate("document.querySelector('.meter svg').style.visibility = 'hidden'")
            words = page.locator(".meter p:visible").first.inner_text()
            assert METER[language][state] in words, (state, words)
            assert [other for other, said in METER[language].items() if said in words and other != state] in (
                [], ["room"]), words
            looks.append((re.sub(r"[\d.,]+", "", words),
                          page.locator(".meter").evaluate("e => getComputedStyle(e).borderTopWidth")))
            page.evaluate("document.querySelector('.meter svg').style.visibility = ''")
        assert len({words for words, _ in looks}) == 3, looks
        # Too heavy is also seen at the edge.
        assert [edge for _, edge in looks] == ["2px", "2px", "4px"], looks


# The ring


def public_pages(reader):
    """Each page of the way, one with mistakes among them."""
    page = reader.page
    reader.go("/")
    yield "choose"
    reader.choose(BREAST, KIT)
    page.fill(f'[name="copies.{KIT}"]', "9")
    reader.press("continue")
    yield "too heavy"
    page.fill(f'[name="copies.{KIT}"]', "1")
    reader.press("continue")
    reader.press("continue")
    yield "address"
    reader.fill(**ADDRESS)
    reader.press("continue")
    yield "contact"
    reader.press("continue")
    yield "check"
    reader.press("send")
    reader.on_status()
    yield "status"


def staff_pages(page):
    for name, path in [
            ("list", "/staff/orders?view=all&status=on_hold&from=nonsense"),
            ("order", f"/staff/orders/{office().held}"),
            ("cancel", f"/staff/orders/{office().zoe}/cancel"), ("settings", "/staff/me"), ("catalog", "/staff/catalog")]:
        page.goto(office().url + path)
        yield name


def assert_rings(page, names):
    faults, known = [], {"light": set(), "dark": set()}
    for name in names:
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            faults += [f"{name} in {scheme}: {fault}" for fault in weak_rings(page, known[scheme])]
    assert not faults, "\n".join(faults)
    print(f"    rings looked at: {len(known['light'])}")
    assert len(known["light"]) > 20, known


def test_the_ring_stands_out_on_the_readers_pages(desk):
    reader = Reader(desk, width=1000, height=800)
    assert_rings(reader.page, public_pages(reader))


def test_the_ring_stands_out_in_the_console(desk):
    page = signed_in(desk)
    assert_rings(page, staff_pages(page))


def test_a_weak_ring_is_seen(desk):
    """The control: each kind of weakness is found, and a good ring is not."""
    page = desk.page(width=400, height=300)
    for fault, style in [
            (None, "outline:3px solid #1a2022;outline-offset:2px"),
            (None, "outline:3px solid #1a2022;outline-offset:0;background:#ffce3a"),
            (None, "outline:3px solid #1a2022;outline-offset:0;background:#1a2022"),
            ("no ring", "outline:0"), ("no ring", "outline:1px solid #000"),
            ("ring (255, 206, 58) within", "outline:3px solid #ffce3a;outline-offset:2px"),
            ("ring (118, 118, 118) within", "outline:3px solid #767676;outline-offset:0;background:#999"),
            ("ring (255, 255, 255) within", "outline:3px solid #000;outline-offset:2px;clip-path:inset(0)")]:
        page.set_content("<html><style>body{margin:60px;background:#fff} a{display:inline-block;padding:9px 30px}"
                         "a:focus-visible{" + style + "}</style><body><a href='#a'>here</a></body></html>")
        faults = weak_rings(page)
        assert (faults == []) if fault is None else any(fault in one for one in faults), (style, faults)


# Forced colours


def edgeless(page):
    """What has no edge that is seen."""
    found = page.evaluate(EDGES)
    assert found
    return [name for name, edge, behind in found if edge is None or contrast(colour(edge), colour(behind)) < 3]


def forced_faults(page, name, known):
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"forced-{name.replace(' ', '-')}.png", full_page=True)
    return [f"{name}: no edge: {one}" for one in edgeless(page)] + [f"{name}: {one}" for one in weak_rings(page, known)]


def test_forced_colours_keep_every_edge_and_the_ring_of_the_readers_pages(desk):
    reader, faults, known = Reader(desk, width=1000, height=800, forced_colors="active"), [], set()
    page = reader.page
    for name in public_pages(reader):
        faults += forced_faults(page, name, known)
        if name == "too heavy":
            # The bar is told from its track by more than their colours' names.
            page.fill(f'[name="copies.{KIT}"]', "2")
            page.evaluate("scrollTo(0, 0)")
            bar = page.locator(".meter svg").bounding_box()
            row = pixels(page.screenshot(clip={
                "x": int(bar["x"]), "y": int(bar["y"] + bar["height"] / 2), "width": int(bar["width"]), "height": 2}))[0]
            full, rest = row[len(row) // 4], row[len(row) * 9 // 10]
            if contrast(full, rest) < 3:
                faults.append(f"the bar {full} on its track {rest}")
            page.fill(f'[name="copies.{KIT}"]', "9")
    assert not faults, "\n".join(faults)
    # The control: what has no edge is named.
    page.evaluate("document.querySelector('.button').style.setProperty('border', '0', 'important')")
    assert len(edgeless(page)) == 1, edgeless(page)


def test_forced_colours_keep_every_edge_and_the_ring_of_the_console(desk):
    page, faults, known = signed_in(desk, forced_colors="active"), [], set()
    for name in staff_pages(page):
        faults += forced_faults(page, "staff " + name, known)
    assert not faults, "\n".join(faults)
