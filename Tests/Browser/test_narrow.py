"""Long names and long words on the narrowest phone: nothing lies over anything, nothing is cut off, nothing scrolls
sideways."""
from harness import SHOTS, assert_no_sideways
from office import office, signed_in
from reader import ADDRESS, BREAST, KIT, LUNG, Reader

# Sixty characters, one of its words longer than a line of a phone.
NAME = "María Wolfeschlegelsteinhausenbergerdorff-Etxeberrigaray Núñ"
# As in both languages' longest lines of an address.
LONG = {"name": NAME, "organization": "Asociación Latinoamericana de Sobrevivientes de Cáncer de Seno",
        "line1": "12345 Northwest Martin Luther King Junior Boulevard", "line2": "Edificio Norte, apartamento 1204"}

# Lines of text that lie over one another, and boxes to press that do; words that end at the edge of their box.
CROWDED = """(() => {
    const faults = [], words = [], seen = element => {
        // Also what a closed <details> holds.
        if (!element.checkVisibility({checkVisibilityCSS: true})) return false;
        for (let e = element; e; e = e.parentElement) {
            const style = getComputedStyle(e), box = e.getBoundingClientRect();
            if (style.display === "none" || style.visibility === "hidden" || e.matches(".off, .skip, .trap, option, script"))
                return false;
            if (style.clipPath !== "none" && box.width <= 1) return false;
        }
        return true;
    };
    const inBox = element => element.closest(".scroll, .slip");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, text = node.data.trim();
        if (!text || !seen(node.parentElement)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
            if (box.width < 1) continue;
            words.push({node, text: text.slice(0, 40), box});
            if (!inBox(node.parentElement) && (box.right > innerWidth + 1 || box.left < -1))
                faults.push(`beyond the edge: ${text.slice(0, 40)}`);
        }
    }
    const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.4 * Math.min(a.height, b.height);
    for (let i = 0; i < words.length; i++) for (let j = i + 1; j < words.length; j++)
        if (words[i].node !== words[j].node && over(words[i].box, words[j].box))
            faults.push(`“${words[i].text}” lies over “${words[j].text}”`);
    const controls = [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea")].filter(seen)
        .filter(e => !e.matches("[tabindex='-1']"));
    for (let i = 0; i < controls.length; i++) for (let j = i + 1; j < controls.length; j++) {
        if (controls[i].contains(controls[j])) continue;
        for (const a of controls[i].getClientRects()) for (const b of controls[j].getClientRects())
            if (over(a, b)) faults.push(`${controls[i].textContent || controls[i].id} lies over ${controls[j].textContent}`);
    }
    for (const e of document.querySelectorAll("body *")) {
        if (!seen(e) || e.matches("input, select, textarea, .scroll, .slip, svg, svg *") || !e.textContent.trim()) continue;
        const style = getComputedStyle(e), clips = style.overflowX !== "visible" || style.textOverflow === "ellipsis";
        if ((clips || e.matches(".button, label, th, td, .tag")) && !inBox(e) && e.scrollWidth > e.clientWidth + 1
            && style.display !== "inline") faults.push(`cut off: ${e.textContent.trim().slice(0, 40)}`);
    }
    return [...new Set(faults)];
})()"""


def assert_roomy(page, name):
    page.evaluate("scrollTo(0, 0)")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"narrow-{name}.png", full_page=True)
    faults = page.evaluate(CROWDED)
    assert not faults, f"{name}: " + "\n".join(faults)
    assert_no_sideways(page, name)


def test_the_readers_pages_hold_a_name_of_sixty_characters_at_320_pixels(desk):
    assert len(NAME) == 60
    for language in ("es", "en"):
        reader = Reader(desk, language, width=320, height=640)
        page = reader.page

        def look(name):
            assert_roomy(page, f"{name}-{language}")

        reader.go("/")
        look("choose")
        reader.choose(BREAST, LUNG, KIT)
        look("copies")
        page.fill(f'[name="copies.{KIT}"]', "9")
        page.fill(f'[name="copies.{BREAST}"]', "many")
        reader.press("continue")
        look("copies-wrong")
        page.fill(f'[name="copies.{BREAST}"]', "99")
        reader.press("continue")
        look("too-heavy")
        page.fill(f'[name="copies.{KIT}"]', "1")
        page.fill(f'[name="copies.{BREAST}"]', "1")
        reader.press("continue")
        reader.press("continue")
        look("address-empty")
        reader.fill(**{**ADDRESS, **LONG, "region": "Puerto Rico", "postal_code": "00926"})
        reader.press("continue")
        look("puerto-rico")
        reader.fill(region="illinois", postal_code="62701")
        reader.press("continue")
        reader.fill(email="n" * 60 + "@" + "example." * 5, phone="1")
        reader.press("continue")
        look("contact-wrong")
        reader.fill(email="n" * 60 + "@subdomain.of.a.clinic.example.org", phone="")
        reader.press("continue")
        look("check")
        assert NAME in page.inner_text(".address")
        reader.go("/order/clear")
        look("clear")
        reader.go("/order/check")
        reader.press("send")
        reader.on_status()
        look("status")
        for path in ("help", "privacy", "accessibility", "nada"):
            reader.go("/" + path)
            look(path)


def test_the_console_holds_a_name_of_sixty_characters_at_320_pixels(desk):
    number = office().place(NAME, LONG["line1"], organization=LONG["organization"], email="n" * 60 + "@example.org")
    office().staff("POST", f"/v1/staff/orders/{number}/hold", {"reason": "Unaussprechlichkeitsvermutungen " * 6})
    page = signed_in(desk, width=320, height=640)
    for name, path in [
            ("list", "/staff/orders?view=attention"), ("order", f"/staff/orders/{number}"),
            ("address", f"/staff/orders/{number}/address"), ("slip", f"/staff/orders/{number}/slip"),
            ("deliveries", "/staff/deliveries"), ("catalog", "/staff/catalog"), ("me", "/staff/me")]:
        page.goto(office().url + path)
        assert_roomy(page, "staff-" + name)


def test_a_crowded_page_is_seen(desk):
    """The control: each kind of crowding is found, and a roomy page has none."""
    page = desk.page(width=320, height=640)
    for fault, body in [
            (None, "<p>one</p><p>two <button>three</button> <a href='#'>four</a></p>"),
            ("lies over", "<p style='margin:0'>one line</p><p style='margin-top:-1em'>another line</p>"),
            ("lies over", "<a href='#' style='display:inline-block;width:90px'>a</a><a href='#' style='display:inline-block;"
             "margin-left:-60px;width:90px'>b</a>"),
            ("cut off", "<p style='width:60px;overflow:hidden;white-space:nowrap'>a long line of words</p>"),
            ("cut off", "<a class='button' style='display:block;width:60px'>Wolfeschlegelsteinhausen</a>"),
            ("beyond the edge", "<p style='white-space:nowrap'>" + "word " * 30 + "</p>")]:
        page.set_content("<html><body>" + body + "</body></html>")
        faults = page.evaluate(CROWDED)
        assert (faults == []) if fault is None else any(fault in one for one in faults), (fault, faults)
