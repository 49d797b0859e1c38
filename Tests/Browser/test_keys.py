"""Every stop of a walk with Tab: the readers' pages in both languages, and the staff's list."""
from keys import walk
from office import find, office, signed_in
from reader import BREAST, LUNG, Reader


def test_every_stop_of_the_staffs_list_is_seen_and_in_order(desk):
    def go_all(page):
        page.goto(office().url + "/staff/orders?view=all")

    def go_filtered(page):
        page.goto(office().url + "/staff/orders?status=on_hold&from=nonsense")

    # Some 120 stops a page: one of each kind, not each on every screen.
    for name, width, height, script, go in [
            ("all", 320, 480, True, go_all),
            ("filters", 1280, 900, False, go_filtered),
            ("found", 1280, 900, True, lambda page: find(page, "tester"))]:
        page = signed_in(desk, width=width, height=height, script=script)
        go(page)
        stops, faults = walk(page)
        assert not faults, f"{name} at {width}×{height}: " + "\n".join(faults)
        # Everything is there: the tabs, the search, each row with its box and its link, the pages.
        rows = page.locator("[data-row]").count()
        assert len(stops) >= 2 * rows + 12, (name, rows, len(stops))


def test_every_stop_of_an_orders_page_is_seen_and_in_order(desk):
    page = signed_in(desk)
    page.goto(f"{office().url}/staff/orders/{office().held}?list=view%3Dall")
    _, faults = walk(page)
    assert not faults, "\n".join(faults)


def test_every_stop_of_the_readers_pages_is_seen_and_in_order(desk):
    for language, size in (("en", {"width": 390, "height": 700}), ("es", {"width": 320, "height": 480})):
        reader = Reader(desk, language, **size)
        reader.to_check(BREAST, LUNG)
        for path in ("/", "/order/copies", "/order/address", "/order/contact", "/order/check"):
            reader.go(path)
            stops, faults = walk(reader.page)
            assert not faults and len(stops) > 5, f"{path} ({language}): " + "\n".join(faults)
        reader.go("/order/check")
        reader.press("send")
        _, faults = walk(reader.page)
        assert not faults, f"status ({language}): " + "\n".join(faults)


def test_a_bad_walk_is_seen(desk):
    """The control: each fault of a page is found, and a good page has none."""
    page = desk.page(width=400, height=300)
    start = "<a class='skip' href='#m'>Skip</a>"
    link = "<p><a href='#{0}'>{0}</a></p>"
    for fault, body in [
            (None, start + link.format("one") + link.format("two")),
            ("skip link is not first", link.format("one") + link.format("two")),
            ("no ring on A “bare”", start + "<p><a href='#a' style='outline:0'>bare</a></p>" + link.format("two")),
            ("out of sight: A “under”", start + "<p><a href='#a'>under</a></p>" + link.format("two")
             + "<div style='position:fixed;inset:0 0 50% 0;background:#fff'></div>"),
            ("out of sight: A “away”", start + "<p><a href='#a' style='position:absolute;left:-999px'>away</a></p>"),
            ("1 stops ahead", start + link.format("one") + "<p><a href='#b' tabindex='1'>two</a></p>"),
            ("out of order: A “above”", start + "<div style='display:flex;flex-direction:column-reverse'>"
             + link.format("below") + link.format("above") + "</div>"),
            ("out of order: A “left”", start + "<div style='display:flex;flex-direction:row-reverse;width:200px'>"
             "<a href='#r'>right</a><a href='#l'>left</a></div>")]:
        page.set_content("<html><style>:focus{outline:3px solid #000}</style><body>" + body + "</body></html>")
        _, faults = walk(page)
        assert (faults == []) if fault is None else any(fault in one for one in faults), (fault, faults)
