"""The packing slip as it comes out of a printer: pages, rows, header and barcode, read from the printed file."""
import json
import re
import subprocess
import tempfile

from harness import SHOTS
from office import office, signed_in

SIZES = ("Letter", "A4")
HEADER = re.compile(r"Title, order (\d{4}-\d{4}-\d{2})")


def longest_titles(count):
    titles = [one for one in json.loads(office().ask("GET", "/v1/catalog")[1])["data"] if one["available"]]
    return sorted(titles, key=lambda one: -len(one["title"]))[:count]


def place(name, titles, language="en"):
    return office().staff("POST", "/v1/orders", {
        "items": [{"sku": one["sku"], "quantity": 1} for one in titles], "email": None, "language": language,
        "ship_to": {"name": name, "organization": "Clinic of Many Titles", "line1": "90 Paper Way",
                    "line2": "Suite 5", "city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US",
                    "phone": None}})["number"]


def printed(page, name, size, scale=1):
    SHOTS.mkdir(parents=True, exist_ok=True)
    paper = SHOTS / f"paper-{name}-{size.lower()}-{round(scale * 100)}.pdf"
    page.pdf(path=str(paper), format=size, prefer_css_page_size=False, scale=scale)
    return paper


def texts(paper):
    """The text of each page."""
    whole = subprocess.run(["pdftotext", "-layout", str(paper), "-"], capture_output=True, text=True, check=True).stdout
    return whole.split("\f")[:-1]


def scanned(paper, dots=300):
    """What a scanner reads of the first page, printed with so many dots to the inch."""
    with tempfile.TemporaryDirectory() as folder:
        shot = ["pdftoppm", "-r", str(dots), "-gray", "-png", "-singlefile", str(paper), folder + "/page"]
        subprocess.run(shot, check=True)
        read = subprocess.run(["zbarimg", "--quiet", folder + "/page.png"], capture_output=True, text=True)
        return read.stdout.strip()


def faults(pages, number, rows):
    """What is wrong with the pages of one order's slip; a row is its SKU and its title as the slip has it."""
    found, seen = [], {}
    for index, text in enumerate(pages):
        words = text.split()
        here = [sku for sku, _ in rows if sku in words]
        if number not in text:
            found.append(f"page {index + 1} does not say the order's number")
        if here and number not in HEADER.findall(text):
            found.append(f"page {index + 1} has rows without the header")
        for sku, title in rows:
            if sku in here:
                seen.setdefault(sku, []).append(index + 1)
                away = [word for word in title.split() if word not in words]
                if away:
                    found.append(f"the row of {sku} is split: {away} on another page")
        # Each row ends with its language: as many as there are rows, or one lies on the next page.
        if len(re.findall(r"\((?:en|es)\)", text)) != len(here):
            found.append(f"page {index + 1} has a part of a row")
    found += [f"{sku} stands on pages {seen.get(sku)}" for sku, _ in rows if len(seen.get(sku, [])) != 1]
    return found


def rows_of(page, index=0):
    return [(row.locator("td").nth(1).inner_text(), re.sub(r"\s*\(\w\w\)$", "", row.locator("td").nth(2).inner_text()))
            for row in page.locator(".slip").nth(index).locator("tbody tr").all()]


def test_thirty_titles_take_several_sheets_that_each_say_whose_they_are(desk):
    number = place("Thirty Tester", longest_titles(30))
    page = signed_in(desk, "viewer")
    page.goto(f"{office().url}/staff/orders/{number}/slip")
    rows = rows_of(page)
    assert len(rows) == 30, rows
    for size in SIZES:
        pages = texts(printed(page, "thirty", size))
        assert len(pages) >= 2, len(pages)
        assert sum(bool(HEADER.search(text)) for text in pages) >= 2, size
        assert not faults(pages, number, rows), f"{size}: " + "\n".join(faults(pages, number, rows))
    # The next order begins on a sheet of its own.
    page.goto(f"{office().url}/staff/slips?order={number}&order={office().zoe}")
    both = texts(printed(page, "thirty-and-one", "Letter"))
    assert not faults(both[:-1], number, rows), faults(both[:-1], number, rows)
    assert number not in both[-1] and office().zoe in both[-1], both[-1]


def test_twelve_titles_fit_one_sheet_in_the_readers_language(desk):
    page = signed_in(desk, "viewer")
    for language, words in (("en", "For the reader"), ("es", "Para quien abre este paquete")):
        number = place("Twelve Tester", longest_titles(12), language)
        page.goto(f"{office().url}/staff/orders/{number}/slip")
        assert page.get_attribute(".for-reader", "lang") == language
        for size in SIZES:
            pages = texts(printed(page, f"twelve-{language}", size))
            assert len(pages) == 1, (language, size, len(pages))
            assert not faults(pages, number, rows_of(page)), (language, size, faults(pages, number, rows_of(page)))
            ours = " ".join(pages[0][pages[0].index(words):].split())
            assert number in ours
            english, spanish = "They cost nothing" in ours, "No cuestan nada" in ours
            assert (english, spanish) == (language == "en", language == "es"), ours


def test_the_printed_barcode_is_read_at_full_size_and_when_it_is_made_to_fit(desk):
    number = office().zoe
    page = signed_in(desk, "viewer")
    page.goto(f"{office().url}/staff/orders/{number}/slip")
    wanted = "CODE-128:" + number.replace("-", "")
    for size in SIZES:
        # "Fit to page" makes a sheet about 94 % of its size where a printer keeps its margins.
        for scale in (1, 0.94):
            paper = printed(page, "barcode", size, scale)
            for dots in (300, 203):
                assert scanned(paper, dots) == wanted, (size, scale, dots, scanned(paper, dots))
    # The control: one bar too wide, and nothing is read.
    page.evaluate("document.querySelector('.barcode path').setAttribute('d', "
                  "document.querySelector('.barcode path').getAttribute('d').replace(/z/, 'zM14 0h9v36h-9z'))")
    assert scanned(printed(page, "barcode-broken", "Letter")) == ""


def test_a_bad_slip_is_seen(desk):
    """The control: each fault of printed pages is found, and good ones have none."""
    number, rows = "4829-1504-75", [("A-1", "One long title"), ("B-2", "Two")]
    head, one, two = f"SKU  Title, order {number}\n", "A-1  One long title (en)  1\n", "B-2  Two (es)  1\n"
    for fault, pages in [
            (None, [head + one + two]), (None, [head + one, head + two, f"Your order number is {number}."]),
            ("without the header", [head + one, two + number]), ("number", [head + one + two, "Packed by"]),
            ("is split", [head + "A-1  One long\n", head + "title (en)\n" + two]),
            ("part of a row", [head + "A-1 One long title\n", head + "(en)\n" + two]),
            ("B-2 stands on pages None", [head + one]), ("A-1 stands on pages [1, 2]", [head + one + two, head + one])]:
        found = faults(pages, number, rows)
        assert (found == []) if fault is None else any(fault in text for text in found), (fault, found)
