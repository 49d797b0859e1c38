"""The public pages' words are easy to read: measured on what a browser shows, page by page, in both languages."""
import json
import re

from harness import ROOT
from readability import english_syllables, long_sentences, measure, sentences, spanish_syllables
from reader import ADDRESS, BREAST, KIT, Reader

TEMPLATES = ROOT / "Sources" / "Web" / "Pages" / "Templates"

# The words of a page by block, without what is not ours: titles of the catalog, what the reader typed, the settings'
# texts, numbers to copy, words for another language's readers, and what nobody sees.
BLOCKS = """(() => {
    const foreign = ".titles b, .titles .about > span, .line h2, .address, .part ul, .packages ul, " +
        ".tel, .number, .name, a[href^='mailto:'], .off, .skip, .trap, .language, option, script, time";
    const page = document.documentElement.lang, blocks = [];
    let last = null;
    const walk = (node, block) => {
        for (const child of node.childNodes) {
            if (child.nodeType === 3 && child.data.trim()) {
                if (last !== block) blocks.push("");
                last = block;
                blocks[blocks.length - 1] += " " + child.data;
            } else if (child.nodeType === 1) {
                if (child.tagName === "BR") { last = null; continue; }
                const style = getComputedStyle(child);
                if (style.display === "none" || style.visibility === "hidden" || child.matches(foreign)) continue;
                if (child.lang && child.lang !== page) continue;
                walk(child, style.display.startsWith("inline") ? block : child);
            }
        }
    };
    walk(document.body, document.body);
    return blocks.map(text => text.replace(/\\s+/g, " ").trim());
})()"""


# Text of the main part that is too small, in lines that are too long, or justified; pictures, which could hide text.
PRINT = """(() => {
    const faults = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, element = node.parentElement, style = getComputedStyle(element);
        if (!node.data.trim() || !element.checkVisibility() || element.closest(".off, .trap, option, script")) continue;
        const said = node.data.trim().slice(0, 40);
        if (parseFloat(style.fontSize) < 19) faults.push(`${style.fontSize}: ${said}`);
        if (style.textAlign === "justify") faults.push(`justified: ${said}`);
        const lines = new Map(), range = document.createRange();
        for (const word of node.data.matchAll(/\\S+\\s*/g)) {
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].trimEnd().length);
            const top = Math.round(range.getBoundingClientRect().top);
            lines.set(top, (lines.get(top) || 0) + word[0].length);
        }
        const longest = Math.max(...lines.values());
        if (longest > 76) faults.push(`${longest} characters in a line: ${said}`);
    }
    if (document.querySelector("main img, main canvas, main svg text")) faults.push("a picture that may hold text");
    return faults;
})()"""


def blocks(page, titles):
    """Titles inside our sentences count as one word: they are as long as the catalog makes them."""
    texts = []
    for text in page.evaluate(BLOCKS):
        for title in titles:
            text = text.replace(title, "it")
        texts.append(text)
    # What a page says of every title counts once.
    return list(dict.fromkeys(texts))


def faults(texts, language, name):
    found = [f"{name}: more than 20 words: {sentence}" for sentence in long_sentences(texts)]
    # Names of fields and places are a list, not a text: the text is what ends like a sentence.
    prose = [sentence for text in texts for sentence in sentences(text) if re.search(r"[.?!][”\")]*$", sentence)]
    whole, text = measure(texts, language), measure(prose, language)
    if language == "en":
        print(f"    {name}: grade {text.grade:.1f}, with names {whole.grade:.1f}")
        found += [f"{name}: grade {part.grade:.1f}" for part in (text, whole) if part.grade > 6]
    else:
        print(f"    {name}: IFSZ {text.ifsz:.0f}, with names {whole.ifsz:.0f}")
        if text.ifsz < 65:
            found.append(f"{name}: IFSZ {text.ifsz:.0f}")
        if whole.ifsz < 55:
            found.append(f"{name}: IFSZ {whole.ifsz:.0f} with its names")
    return found


def pages(desk, language, site):
    """Every page and notice of the way: a name, and the page as it is shown."""
    reader = Reader(desk, language, site=site)
    page = reader.page

    def copies(sku):
        return f'[name="copies.{sku}"]'

    reader.go("/")
    yield "choose", page
    reader.press("continue")
    yield "choose nothing", page
    page.fill("#words", "nothing like this")
    page.press("#words", "Enter")
    page.wait_for_url("**/#booklets")
    yield "choose, no match", page
    page.locator("main [name=all]").click()
    reader.choose(BREAST, KIT)
    yield "copies", page
    page.fill(copies(KIT), "5")
    reader.press("continue")
    yield "too heavy", page
    page.fill(copies(KIT), "many")
    page.fill(copies(BREAST), "900")
    reader.press("continue")
    yield "copies wrong", page
    page.fill(copies(KIT), "1")
    page.fill(copies(BREAST), "1")
    reader.press("continue")
    yield "address", page
    reader.press("continue")
    yield "address empty", page
    reader.fill(**{**ADDRESS, "region": "Narnia", "postal_code": "123"})
    reader.press("continue")
    yield "address wrong", page
    reader.fill(region="TX", postal_code="62701")
    reader.press("continue")
    yield "ZIP code of another state", page
    reader.fill(region="Ontario", postal_code="K1A 0B1")
    reader.press("continue")
    yield "address abroad", page
    reader.fill(region="Puerto Rico", postal_code="00926")
    reader.press("continue")
    yield "Puerto Rico", page
    reader.fill(region="illinois", postal_code="62701")
    reader.press("continue")
    yield "contact", page
    reader.fill(email="ana at example", phone="12")
    reader.press("continue")
    yield "contact wrong", page
    reader.fill(email="", phone="")
    reader.press("continue")
    yield "check", page
    site.set_available(BREAST, False)
    try:
        reader.press("send")
        yield "check, none left", page
    finally:
        site.set_available(BREAST, True)
    reader.go("/order/clear")
    yield "clear", page
    reader.go("/order/check")
    with site.locked():
        reader.press("send")
        yield "send failed", page
    reader.go("/order/check")
    reader.press("send")
    page.wait_for_url("**/s/*")
    yield "status, new", page
    status = page.url
    number = reader.number()
    reader.go("/order/check")
    yield "already sent", page
    for name, say in states(site, number):
        say()
        page.context.clear_cookies()
        page.goto(status)
        yield "status, " + name, page
    page.goto(status + "/cancel")
    yield "too late to cancel", page
    for path in ("help", "privacy", "accessibility", "nothing/here", "s/" + "A" * 32):
        reader.go("/" + path)
        yield path.split("/")[0], page
    page.context.add_cookies([{"name": "draft", "value": "A" * 22, "url": site.url}])
    reader.go("/order/address")
    yield "expired", page
    reader.choose(BREAST)
    reader.go("/order/clear")
    reader.press("clear")
    yield "cleared", page
    reader.go("/")
    with site.locked():
        page.check("#pick-" + BREAST)
        reader.press("continue")
        yield "busy", page


def states(site, number):
    house = site.house
    both = [(BREAST, 1), (KIT, 1)]
    second = {"package": "P2", "tracking": "9400100000000000000002"}
    return [
        ("packing", lambda: house.says(site, "order.acknowledged", order_number=number, house_reference="H1")),
        ("waiting", lambda: house.says(
            site, "order.backordered", order_number=number, items=[{"sku": KIT, "quantity": 1}])),
        ("part", lambda: house.ships(site, number, [(BREAST, 1)])),
        ("on the way", lambda: house.ships(site, number, [(KIT, 1)], **second)),
        ("late", lambda: house.ships(site, number, both[:1], status="exception")),
        ("attempted", lambda: house.ships(site, number, both[:1], status="delivery_attempted")),
        ("to pick up", lambda: house.ships(site, number, both[:1], status="available_for_pickup")),
        ("delay", lambda: [house.ships(site, number, both[:1], status="failure"),
                           house.ships(site, number, both[1:], status="failure", **second)]),
        ("returned", lambda: [house.ships(site, number, both[:1], status="returned"),
                              house.ships(site, number, both[1:], status="returned", **second)]),
    ]


def reads_easily(desk, language):
    # A site of its own: of its titles one runs out.
    site = desk.own_site()
    titles = [one["title"] for one in json.loads(site.ask("GET", "/v1/catalog")[1])["data"]]
    titles = sorted(titles, key=len, reverse=True)
    found = []
    for name, page in pages(desk, language, site):
        found += faults(blocks(page, titles), language, f"{name} ({language})")
    assert not found, "\n".join(found)


def test_english_is_of_the_sixth_grade_at_most(desk):
    reads_easily(desk, "en")


def test_spanish_is_easy_too(desk):
    reads_easily(desk, "es")


def test_text_is_large_and_its_lines_are_short(desk):
    for language in ("en", "es"):
        reader = Reader(desk, language, width=1280, height=900)
        page = reader.page

        def look(name):
            assert not page.evaluate(PRINT), f"{name} ({language}): " + "\n".join(page.evaluate(PRINT))

        reader.to_check()
        for path in ("/", "/order/copies", "/order/address", "/order/contact", "/order/check", "/privacy",
                     "/accessibility", "/help", "/order/clear"):
            reader.go(path)
            look(path)
        reader.go("/order/address")
        page.fill("#region", "Ontario")
        reader.press("continue")
        look("address abroad")
        reader.fill(region="IL", postal_code="62701")
        # What is changed leads straight back to where it is checked.
        reader.press("continue")
        reader.press("send")
        look("status")
    # The control: each fault is found. In a page of its own, since ours allow no inline style.
    page = desk.page(width=1280)
    page.set_content("<html><body><main><p style='font-size:16px'>small</p><p style='font-size:20px;text-align:justify'>even"
                     "</p><p style='font-size:20px'>" + "long words " * 20 + "</p><img alt='' src='data:,'></main></body>")
    found = " ".join(page.evaluate(PRINT))
    for fault in ("16px: small", "justified: even", "characters in a line: long", "a picture"):
        assert fault in found, (fault, found)


def test_no_phrase_has_a_long_sentence(desk):
    """Also those that no page above shows."""
    for language in ("en", "es"):
        lines = (TEMPLATES / f"{language}.phrases").read_text().splitlines()
        texts = [line.split(" = ", 1)[1] for line in lines if line and not line.startswith("#")]
        assert len(texts) > 200 and not long_sentences(texts), long_sentences(texts)


def test_the_measure_knows_easy_from_hard(desk):
    # As the design measured its own messages with another program.
    for language, score, text in [
            ("en", 2.8, "We deleted your answers. We keep them for 24 hours, and then we delete them to protect your "
                        "privacy. This order was not sent. Please start again."),
            ("en", 0.9, "Your order is 1.3 pounds too heavy. Free mail stops at 20 pounds. Lower the number of copies "
                        "below. Do you need more? Call us and we will help you."),
            ("es", 79, "Borramos sus respuestas. Las guardamos por 24 horas y luego las borramos para proteger su "
                       "privacidad. Este pedido no se envió. Empiece otra vez."),
            ("es", 91, "Recibimos su pedido. Su número de pedido es 4829-1504-75. Guárdelo por si nos llama. Preparamos "
                       "casi todos los pedidos en 3 días de trabajo. Casi todos los paquetes llegan de 7 a 10 días de "
                       "trabajo después. No tiene que hacer nada más. No le vamos a cobrar.")]:
        measured = measure([text], language)
        assert abs((measured.grade - score) if language == "en" else (measured.ifsz - score) / 5) < 0.6, (text, measured)
    for word, count in [("create", 2), ("phones", 1), ("organization", 5), ("mailed", 1), ("wanted", 2), ("title", 2)]:
        assert english_syllables(word) == count, word
    for word, count in [("envío", 3), ("quien", 1), ("país", 2), ("ahora", 3), ("siguiente", 3), ("muy", 1)]:
        assert spanish_syllables(word) == count, word
    # The control: what an office would write is refused, in both languages and by each rule.
    page = desk.page()
    for language, text in [
            ("en", "Applicants requesting complimentary educational publications must provide comprehensive "
                   "documentation regarding organizational affiliation, anticipated distribution quantities, and "
                   "applicable delivery specifications prior to submission."),
            ("es", "Los solicitantes de publicaciones educativas gratuitas deberán proporcionar documentación exhaustiva "
                   "sobre su afiliación institucional, las cantidades de distribución previstas y las especificaciones "
                   "de entrega correspondientes antes de la presentación.")]:
        page.set_content(f"<html lang='{language}'><body><p>{text}</p><p hidden>Easy. Short.</p></body></html>")
        found = faults(blocks(page, []), language, "control")
        assert any("20 words" in fault for fault in found) and len(found) >= 2, found
