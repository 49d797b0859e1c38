"""The staff console: signing in, finding an order among 10,000, acting on it, paper, files, keys, and who may what."""
import csv
import gzip
import io
import json
import os
import re
import subprocess
import tempfile

from harness import SHOTS, focused
from office import PASSWORD, find, form_token, office, rows, sign_in, signed_in

POST = """([path, fields]) => fetch(path, {method: "POST", body: new URLSearchParams(fields)})
          .then(answer => answer.status)"""


def test_an_order_among_ten_thousand_is_found_by_each_kind_of_search(desk):
    page = signed_in(desk, "viewer")
    for term in ["zoe.q@mail", "ZOE quill", "marigold", "quillf peor", "217-555-0142"]:
        assert find(page, term) == [office().zoe], term
    for term in ["9400TESTTRACK0042", "9400testtrack0042"]:
        assert find(page, term) == [office().shipped], term
    assert office().zoe in find(page, "@mail.example")
    assert find(page, "nobody of this name") == []
    assert "Nothing was found" in page.inner_text("main")
    log = office().log_text()
    for word in ["quill", "marigold", "mail.example", office().zoe]:
        assert word.lower() not in log.lower()
    # A whole number opens its order.
    for term in [office().zoe, office().zoe.replace("-", ""), "#" + office().zoe]:
        page.goto(office().url + "/staff/orders?view=all")
        page.fill("#q", term)
        page.press("#q", "Enter")
        page.wait_for_url(f"**/staff/orders/{office().zoe}")


def test_views_filters_and_pages_live_in_the_address(desk):
    page = signed_in(desk)
    page.goto(office().url + "/staff/orders?view=all")
    first = rows(page)
    assert len(first) == 50
    page.click("nav.paging >> text=Older")
    second = rows(page)
    assert not (set(first) & set(second))
    colleague = signed_in(desk, "viewer")
    colleague.goto(page.url)
    assert rows(colleague) == second
    page.click("nav.paging >> text=Newer")
    assert rows(page) == first
    page.click("nav.views >> text=Needs attention")
    assert office().held in rows(page)
    assert "Is the apartment missing?" in page.inner_text(f"tr:has-text('{office().held}') td:nth-child(3)")
    page.click("summary:has-text('Filters')")
    page.check("input[name=status][value=on_hold]")
    page.fill("#from", "2026-01-01")
    page.click("button:has-text('Apply')")
    assert "status=on_hold" in page.url
    assert office().held in rows(page)
    assert set(page.locator("tbody .tag").all_inner_texts()) == {"On hold"}
    page.click("a.badge:has-text('On hold')")
    assert "on_hold" not in page.url


# Acting


def test_an_order_is_held_corrected_and_released_with_a_confirmation_each(desk):
    number = office().place("Action Tester", "20 Test Way")
    page = signed_in(desk)
    page.goto(f"{office().url}/staff/orders/{number}?list=view%3Dall")
    page.click("a.button:has-text('Hold')")
    page.click("button:has-text('Hold this order')")
    page.wait_for_load_state()
    assert page.title().startswith("Error:")
    assert focused(page) == "summary"
    page.fill("#reason", "Check the street")
    page.click("button:has-text('Hold this order')")
    assert "The order is on hold." in page.inner_text("main")
    page.click("text=Correct the address")
    page.fill("#f-city", "Chicago")
    page.fill("#f-postal_code", "60601")
    page.click("button:has-text('Save the address')")
    assert "Chicago, IL 60601" in page.inner_text("address")
    page.fill("#text", "Called the reader.")
    page.click("text=Save the note")
    assert "Called the reader." in page.inner_text(".note")
    page.click("a.button:has-text('Release')")
    page.click("button:has-text('Release this order')")
    timeline = page.inner_text(".timeline")
    for what in ["Released", "Note", "Address corrected", "Put on hold", "Order placed"]:
        assert what in timeline
    page.click("text=Back to the list")
    assert "view=all" in page.url


def test_a_stale_page_is_told_and_loses_nothing(desk):
    number = office().place("Stale Tester", "21 Test Way")
    page = signed_in(desk)
    page.goto(f"{office().url}/staff/orders/{number}/hold")
    page.fill("#reason", "Typed for a long time")
    office().staff("POST", f"/v1/staff/orders/{number}/notes", {"text": "faster"})
    page.click("button:has-text('Hold this order')")
    assert "changed since you looked" in page.inner_text("main")
    assert page.input_value("#reason") == "Typed for a long time"
    page.click("button:has-text('Hold this order')")
    assert "on hold" in page.inner_text("main")


def test_many_are_held_and_released_and_each_is_accounted_for(desk):
    numbers = [office().place(f"Bulk Tester {n}", f"{n} Bulk Way") for n in range(3)]
    page = signed_in(desk)
    find(page, "bulk tester")
    for number in numbers:
        page.check(f"input[value='{number}']")
    assert page.inner_text("[data-chosen]") == "3 selected"
    page.select_option("#action", "hold")
    page.click("button:has-text('Go')")
    page.fill("#reason", "Stock count")
    page.click("button:has-text('Hold 3 orders')")
    assert "3 orders held." in page.inner_text("h1")
    page.click("text=Back to the list")
    assert page.locator(".tag:has-text('On hold')").count() == 3
    page.check("th.tick input")
    page.select_option("#action", "release")
    page.click("button:has-text('Go')")
    page.click("button:has-text('Release 3 orders')")
    assert "3 orders released." in page.inner_text("h1")


def test_everything_works_without_a_script(desk):
    number = office().place("Scriptless Tester", "30 Test Way")
    page = signed_in(desk, script=False)
    find(page, "scriptless")
    page.check(f"input[value='{number}']")
    page.select_option("#action", "hold")
    page.click("button:has-text('Go')")
    page.fill("#reason", "No script")
    page.click("button:has-text('Hold 1 order')")
    assert "1 order held." in page.inner_text("h1")


# Paper and files


def test_the_slips_barcode_is_read_by_a_scanner_and_one_order_fills_one_sheet(desk):
    page = signed_in(desk, "viewer", device_scale_factor=2)
    page.goto(f"{office().url}/staff/slips?order={office().zoe}&order={office().shipped}")
    assert page.locator(".slip").count() == 2
    with tempfile.TemporaryDirectory() as folder:
        for index, number in enumerate([office().zoe, office().shipped]):
            shot = os.path.join(folder, f"{index}.png")
            page.locator(".slip").nth(index).screenshot(path=shot)
            read = subprocess.run(["zbarimg", "--quiet", shot], capture_output=True, text=True).stdout
            assert read.strip() == "CODE-128:" + number.replace("-", "")
        # The control: a slip with one bar painted over reads as nothing.
        page.evaluate("document.querySelector('.barcode path').setAttribute('d', "
                      "document.querySelector('.barcode path').getAttribute('d').replace(/z/, 'zM14 0h9v36h-9z'))")
        broken = os.path.join(folder, "broken.png")
        page.locator(".slip").first.screenshot(path=broken)
        read = subprocess.run(["zbarimg", "--quiet", broken], capture_output=True, text=True).stdout
        assert read.strip() == ""
        SHOTS.mkdir(parents=True, exist_ok=True)
        for size in ["Letter", "A4"]:
            paper = SHOTS / f"slips-{size.lower()}.pdf"
            page.reload()
            page.pdf(path=str(paper), format=size, prefer_css_page_size=False)
            assert sheets(paper) == 2, size


def test_twelve_long_titles_fit_one_sheet_and_a_held_order_says_so_on_paper(desk):
    titles = [one for one in json.loads(office().ask("GET", "/v1/catalog")[1])["data"] if one["available"]]
    longest = sorted(titles, key=lambda one: -len(one["title"]))[:12]
    assert len(longest) == 12
    number = office().staff("POST", "/v1/orders", {
        "items": [{"sku": one["sku"], "quantity": 1} for one in longest], "email": None, "language": "en",
        "ship_to": {"name": "Many Tester", "organization": "Clinic of Many Titles", "line1": "50 Test Way",
                    "line2": "Suite 5", "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US",
                    "phone": None}})["number"]
    office().staff("POST", f"/v1/staff/orders/{number}/hold", {"reason": "Too many?"})
    page = signed_in(desk, "viewer")
    page.goto(f"{office().url}/staff/orders/{number}/slip")
    assert page.locator(".slip.dense tbody tr").count() == 12
    page.emulate_media(media="print")
    assert page.inner_text(".halt") == "DO NOT PACK: on hold"
    assert page.is_visible(".halt")
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size in ["Letter", "A4"]:
        paper = SHOTS / f"slip-twelve-{size.lower()}.pdf"
        page.pdf(path=str(paper), format=size, prefer_css_page_size=False)
        assert sheets(paper) == 1, size


def sheets(paper):
    found = paper.read_bytes()
    return found.count(b"/Type /Page\n") or len(re.findall(rb"/Type\s*/Page[^s]", found))


def test_the_export_holds_what_the_list_shows(desk):
    page = signed_in(desk, "viewer")
    shown = find(page, "tester")
    with page.expect_download() as download:
        page.click("text=Export CSV")
    table = list(csv.reader(io.StringIO(open(download.value.path(), encoding="utf-8", newline="").read())))
    assert [row[0] for row in table[1:]] == shown


# Who may what


def test_a_viewer_sees_no_way_to_act_and_has_none(desk):
    number = office().place("Viewed Tester", "40 Test Way")
    page = signed_in(desk, "viewer")
    page.goto(f"{office().url}/staff/orders/{number}")
    assert page.locator("a.button").all_inner_texts() == ["Packing slip"]
    assert page.locator("textarea").count() == 0
    token = page.input_value("form[action='/staff/sign-out'] input[name=token]")
    status = page.evaluate(
        """([path, token]) => fetch(path, {method: "POST", body: new URLSearchParams({token, reason: "x"})})
           .then(answer => answer.status)""", [f"/staff/orders/{number}/hold", token])
    assert status == 403
    assert office().order(number)["status"] == "placed"


def test_a_forged_token_a_fixed_session_and_an_old_cookie_are_refused(desk):
    number = office().place("Forged Tester", "41 Test Way")
    page = signed_in(desk)
    page.goto(f"{office().url}/staff/orders/{number}")
    path, own = f"/staff/orders/{number}/notes", form_token(page)
    for token in ["", "AAAAAAAAAAAAAAAAAAAAAA"]:
        assert page.evaluate(POST, [path, {"token": token, "text": "forged"}]) == 403
    # The control: its own token is taken.
    assert page.evaluate(POST, [path, {"token": own, "text": "meant"}]) == 200
    # Another site's form, as a browser sends it.
    other = desk.page(width=1280, height=900)
    other.context.add_cookies(page.context.cookies())
    other.set_content(f"""<form method=post action="{office().url}/staff/orders/{number}/notes">
        <input name=token value="{own}"><input name=text value=forged><button>Go</button></form>""")
    other.click("button")
    other.wait_for_load_state()
    assert "/staff/orders/" + number + "?done" not in other.url
    notes = office().order(number)["staff_notes"]
    assert len(notes) == 1
    # A session that somebody else chose.
    fixed = desk.page(width=1280, height=900)
    fixed.context.add_cookies([{"name": "staff", "value": "A" * 43, "url": office().url}])
    sign_in(fixed)
    cookie = {one["name"]: one for one in fixed.context.cookies()}["staff"]
    assert cookie["value"] != "A" * 43
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    # A cookie that was signed out.
    stolen = cookie["value"]
    fixed.click("text=Sign out")
    fixed.wait_for_url(re.compile("sign-in"))
    thief = desk.page(width=1280, height=900)
    thief.context.add_cookies([{"name": "staff", "value": stolen, "url": office().url}])
    thief.goto(office().url + "/staff/orders")
    assert "/staff/sign-in" in thief.url


def test_the_program_disables_and_resets_accounts_while_the_server_runs(desk):
    made = office().run("staff", "add", "once@example.org", "--role", "viewer", "--generate").strip()
    page = desk.page(width=1280, height=900)
    page.goto(office().url + "/staff")
    page.fill("#email", "once@example.org")
    page.fill("#password", made)
    page.press("#password", "Enter")
    page.wait_for_url(re.compile("/staff/password"))
    page.fill("#old", made)
    page.fill("#new", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("button:has-text('Save the password')")
    assert "Your password is changed" in page.inner_text("main")
    office().run("staff", "disable", "once@example.org")
    page.goto(office().url + "/staff/orders")
    assert "/staff/sign-in" in page.url
    assert "disabled" in office().run("staff", "list")
    database = open(office().database, "rb").read() + open(office().database + "-wal", "rb").read()
    for secret in [made, PASSWORD]:
        assert secret.encode() not in database
    # The control: what is meant to be there is found by the same means.
    assert b"once@example.org" in database


# Keys


def test_keys_do_nothing_until_they_are_turned_on(desk):
    page = signed_in(desk)
    page.goto(office().url + "/staff/orders?view=all")
    page.keyboard.press("j")
    assert focused(page) != rows(page)[0]
    page.goto(office().url + "/staff/me")
    page.check("input[name=shortcuts]")
    page.click("text=Save my settings")
    page.goto(office().url + "/staff/orders?view=all")
    first = rows(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert focused(page) == first[1]
    page.keyboard.press("x")
    assert page.inner_text("[data-chosen]") == "1 selected"
    page.keyboard.press("/")
    page.keyboard.type("jxo")
    assert page.input_value("#q") == "jxo"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("[data-row]").nth(1).focus()
    page.keyboard.press("o")
    page.wait_for_url(re.compile("/staff/orders/" + first[1]))
    page.keyboard.press("n")
    page.wait_for_url(re.compile("/staff/orders/" + first[2]))
    page.keyboard.press("u")
    page.wait_for_url(re.compile("/staff/orders\\?"))
    page.keyboard.press("g")
    assert page.is_visible("#prefix")
    page.keyboard.press("d")
    page.wait_for_url(re.compile("/staff/deliveries"))
    page.goto(office().url + "/staff/me")
    page.uncheck("input[name=shortcuts]")
    page.click("text=Save my settings")


# Looking closely


def test_styles_and_scripts_keep_their_budgets(desk):
    """16 kB and 6 kB: the readers' as they are, the console's as they are sent, packed."""
    page = desk.page()
    for name, path, pack in [("readers", "/", bytes), ("console", "/staff/sign-in", gzip.compress)]:
        page.goto(office().url + path)
        for kind, selector, most in [("style", "link[rel=stylesheet]", 16_000), ("script", "script[src]", 6_000)]:
            parts = [page.request.get(office().url + (part.get_attribute("href") or part.get_attribute("src"))).body()
                     for part in page.locator(selector).all()]
            assert len(parts) == 1 and len(parts[0]) > 1000, (name, kind, len(parts))
            size = len(pack(parts[0]))
            print(f"    {name}: {kind} {len(parts[0])} bytes, counted {size}")
            assert size <= most, (name, kind, size)


def test_every_page_is_sound_in_each_of_its_states(desk):
    pages = {"staff": signed_in(desk), "viewer": signed_in(desk, "viewer"),
             None: desk.page(width=1280, height=900)}
    faults = []
    for name, role, go in states():
        page = pages[role]
        go(page)
        try:
            desk.look(page, "staff-" + name)
        except AssertionError as fault:
            faults.append(str(fault))
            page.complaints.clear()
            page.set_viewport_size({"width": 1280, "height": 900})
            page.emulate_media(color_scheme="light")
    assert not faults, "\n".join(faults)


def test_pages_keep_their_shapes_in_forced_colours(desk):
    page = signed_in(desk, forced_colors="active")
    for name, path in [("list", "/staff/orders?view=all"), ("order", f"/staff/orders/{office().held}"),
                       ("overview", "/staff/overview")]:
        page.goto(office().url + path)
        page.screenshot(path=SHOTS / f"staff-{name}-forced.png", full_page=True)
        if name == "list":
            assert shapeless(page) == [], shapeless(page)
            page.evaluate("document.querySelectorAll('.tag').forEach(tag => tag.style.setProperty('border', '0'))")
            assert shapeless(page), "the control: a tag without a border is not noticed"
    # Three kinds of bar that no colour tells apart: full, hollow, hatched.
    looks = page.evaluate("""[...document.querySelectorAll('.key path')].map(part => {
        const style = getComputedStyle(part);
        return [style.fill, style.stroke].join();
    })""")
    assert len(looks) == 3 and len(set(looks)) == 3, looks


def shapeless(page):
    """Tags and buttons whose shape was only a colour."""
    return page.evaluate("""[...document.querySelectorAll('.tag, .button')].filter(one => {
        const style = getComputedStyle(one);
        return style.borderTopStyle === 'none' || parseFloat(style.borderTopWidth) < 1;
    }).map(one => one.textContent.trim())""")


def states():
    """Every page in its states: a name, who looks, and how to get there."""
    site = office()
    zoe, held = f"/staff/orders/{site.zoe}", f"/staff/orders/{site.held}"

    def at(path, *steps):
        def go(page):
            page.goto(site.url + path)
            for selector, value in steps:
                page.click(selector) if value is None else page.fill(selector, value)
        return go

    def searched(term):
        return lambda page: find(page, term)

    def bulk(page):
        find(page, "tester")
        page.check("th.tick input")
        page.select_option("#action", "release")
        page.click("button:has-text('Go')")

    def imported(text):
        def go(page):
            page.goto(site.url + "/staff/catalog/import")
            page.set_input_files("#file", {"name": "c.csv", "mimeType": "text/csv", "buffer": text.encode()})
            page.click("text=Show what changes")
        return go

    header = "sku,title,language,format,description,weight,max_quantity,available,pdf_url\r\n"
    changed = header + "NEW-1,A new booklet,en,booklet,,2 oz,10,true,\r\nFSAC-NET-EN,Renamed,en,booklet,,3 oz,9,true,\r\n"
    return [
        ("list", "staff", at("/staff/orders?view=all")), ("list-attention", "staff", at("/staff/orders?view=attention")),
        ("list-viewer", "viewer", at("/staff/orders?view=to-send")), ("list-found", "staff", searched("zoe quill")),
        ("list-nothing", "staff", searched("nobody of this name")),
        ("list-filters", "staff", at("/staff/orders?status=on_hold&status=placed&flag=near_limit", ("summary", None))),
        ("list-error", "staff", at("/staff/orders?view=all&from=yesterday")), ("bulk", "staff", bulk),
        ("order-new", "staff", at(zoe)), ("order-viewer", "viewer", at(zoe)), ("order-held", "staff", at(held)),
        ("order-shipped", "staff", at(f"/staff/orders/{site.shipped}")),
        ("order-note-error", "staff", at(zoe, ("text=Save the note", None))),
        ("ask-cancel", "staff", at(zoe + "/cancel")), ("ask-address", "staff", at(held + "/address")),
        ("address-error", "staff", at(held + "/address", ("#f-name", ""), ("#f-region", "Illinois"),
                                      ("button:has-text('Save the address')", None))),
        ("ask-refused", "staff", at(zoe + "/reship")), ("forbidden", "viewer", at(zoe + "/hold")),
        ("slip", "viewer", at(zoe + "/slip")), ("updates", "staff", at("/staff/updates")),
        ("updates-all", "viewer", at("/staff/updates?view=all")), ("deliveries", "staff", at("/staff/deliveries")),
        ("deliveries-delivered", "staff", at("/staff/deliveries?view=delivered")),
        ("deliveries-none", "staff", at("/staff/deliveries?view=failed")),
        ("ask-resume", "staff", at("/staff/endpoints/fulfillment/resume")),
        ("overview", "viewer", at("/staff/overview")), ("catalog", "staff", at("/staff/catalog")),
        ("catalog-viewer", "viewer", at("/staff/catalog?q=brain")),
        ("title", "staff", at("/staff/catalog/FSAC-NET-EN")),
        ("title-error", "staff", at("/staff/catalog/new", ("button:has-text('Save the title')", None))),
        ("import", "staff", at("/staff/catalog/import")), ("import-preview", "staff", imported(changed)),
        ("import-refused", "staff", imported("a,b\r\n1,2\r\n")), ("me", "staff", at("/staff/me")),
        ("keys", "staff", at("/staff/keys")), ("password", "staff", at("/staff/password")),
        ("password-error", "staff", at("/staff/password", ("button:has-text('Save the password')", None))),
        ("not-found", "staff", at("/staff/orders/4829-1504-75")), ("sign-in", None, at("/staff/sign-in")),
        ("sign-in-error", None, at("/staff/sign-in", ("button:has-text('Sign in')", None))),
    ]
