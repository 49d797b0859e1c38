"""What staff read of an order: its state in the same word and colour everywhere, and its history in the order of time."""
import datetime
import re
import zoneinfo

from office import office, signed_in
from sight import colour, contrast

STATES = ["placed", "submitted", "backordered", "cancel_requested", "on_hold", "partially_shipped", "exception",
          "returned", "shipped", "cancelled", "delivered"]
NET = "FSAC-NET-EN"
# Each tag with its word and how it looks. An edge counts: it is of the tag's own colour.
TAGS = """[...document.querySelectorAll(".tag")].map(tag => {
    const style = getComputedStyle(tag);
    return [tag.textContent.trim(), [style.color, style.backgroundColor, style.boxShadow === "none" ? "" : "edge"].join(" ")];
})"""
TIMELINE = """[...document.querySelectorAll("ol.timeline > li")].map(entry => {
    const time = entry.querySelector("time");
    return {what: entry.querySelector("strong").textContent, moved: entry.querySelector(".moved")?.textContent || "",
            said: entry.querySelector(".said")?.textContent || "", stamp: time.dateTime, shown: time.textContent};
})"""


def in_each_state():
    """An order of each state, by the state."""
    house, made = office().house, {}
    for state in STATES:
        found = office().staff("GET", f"/v1/staff/orders?status={state}")["data"]
        if found:
            made[state] = found[0]["number"]
    for state in set(STATES) - set(made):
        number = office().place("State Tester", "80 State Way")
        if state == "on_hold":
            office().staff("POST", f"/v1/staff/orders/{number}/hold", {"reason": "Why?"})
        elif state == "cancelled":
            office().staff("POST", f"/v1/staff/orders/{number}/cancel", {"reason": "Why?"})
        elif state != "placed":
            house.says(office(), "order.acknowledged", order_number=number, house_reference="H1")
            if state == "cancel_requested":
                office().staff("POST", f"/v1/staff/orders/{number}/cancel", {"reason": "Why?"})
            elif state == "backordered":
                house.says(office(), "order.backordered", order_number=number, items=[{"sku": NET, "quantity": 2}])
            elif state != "submitted":
                house.ships(office(), number, [(NET, 1 if state == "partially_shipped" else 2)])
                if state in ("exception", "returned", "delivered"):
                    status = "failure" if state == "exception" else state
                    house.ships(office(), number, [(NET, 2)], status=status)
        made[state] = number
    for state, number in made.items():
        assert office().order(number)["status"] == state, (state, office().order(number)["status"])
    return made


def at_odds(looks):
    """Words that look one way here and another way there."""
    ways = {}
    for place, word, look in looks:
        ways.setdefault(word, {}).setdefault(look, place)
    return [f"“{word}” is {seen}" for word, seen in ways.items() if len(seen) > 1]


def test_a_state_has_one_word_and_one_colour_wherever_it_stands(desk):
    orders = in_each_state()
    page = signed_in(desk, "viewer")
    looks, words, told = {"light": [], "dark": []}, {}, set()

    def look(name):
        for scheme, seen in looks.items():
            page.emulate_media(color_scheme=scheme)
            seen += [(name, *tag) for tag in page.evaluate(TAGS)]

    for state, number in orders.items():
        page.goto(f"{office().url}/staff/orders?view=all&status={state}")
        words[state] = page.locator("tbody .tag").first.inner_text()
        assert set(page.locator("tbody .tag").all_inner_texts()) == {words[state]}, state
        look(f"list of {state}")
        page.goto(f"{office().url}/staff/orders/{number}")
        assert page.locator(".head .tag").inner_text() == words[state], (state, page.inner_text(".head"))
        look(f"order {state}")
        told |= {word for entry in page.evaluate(TIMELINE) if "→" in entry["moved"] for word in entry["moved"].split(" → ")}
    for path in ("/staff/deliveries", "/staff/deliveries?view=delivered", "/staff/updates?view=all", "/staff/catalog"):
        page.goto(office().url + path)
        look(path)
    # The timeline calls the states what the tags call them.
    assert len(set(words.values())) == len(STATES), words
    assert len(told) >= 3 and told <= set(words.values()), told - set(words.values())
    for seen in looks.values():
        assert not at_odds(seen), "\n".join(at_odds(seen))
        of_states = {look for _, word, look in seen if word in words.values()}
        assert len({look for *_, look in seen}) <= 8 and len(of_states) >= 4, of_states
        for look in of_states:
            text, fill = re.findall(r"rgb\([^)]*\)", look)
            assert contrast(colour(text), colour(fill)) >= 4.5, look
        # The control: one tag of another colour is found.
        assert at_odds([*seen, ("painted", words["placed"], "rgb(0, 0, 0) rgb(255, 255, 255) ")])


def test_the_reason_stands_beside_on_hold(desk):
    page = signed_in(desk, "viewer")
    page.goto(office().url + "/staff/orders?view=all&status=on_hold")
    cell = page.locator(f"tr:has-text('{office().held}') td:has(.tag)")
    assert cell.inner_text().split("\n")[0].startswith("On hold")
    assert "Is the apartment missing?" in cell.inner_text()
    page.goto(f"{office().url}/staff/orders/{office().held}")
    assert page.inner_text(".head .tag") == "On hold"
    alert = page.locator(".notice:has-text('On hold')")
    assert "Is the apartment missing?" in alert.inner_text()
    tag, why = page.locator(".head .tag").bounding_box(), alert.bounding_box()
    assert 0 <= why["y"] - tag["y"] < 100, (tag, why)


def out_of_order(entries):
    stamps = [datetime.datetime.fromisoformat(entry["stamp"].replace("Z", "+00:00")) for entry in entries]
    return [entries[i + 1]["what"] for i in range(len(stamps) - 1) if stamps[i + 1] > stamps[i]]


def test_the_timeline_says_who_when_and_from_what_to_what_newest_first(desk):
    number = office().place("Timeline Tester", "81 State Way")
    page = signed_in(desk)
    order = f"{office().url}/staff/orders/{number}"
    page.goto(order + "/hold")
    page.fill("#reason", "Look at the street")
    page.click("button:has-text('Hold this order')")
    page.goto(order)
    page.fill("#text", "Called the reader.")
    page.click("text=Save the note")
    page.goto(order + "/release")
    page.click("button:has-text('Release this order')")
    office().house.says(office(), "order.acknowledged", order_number=number, house_reference="H9")
    office().house.ships(office(), number, [(NET, 2)], tracking="9400TIMELINE0001")
    page.goto(order)
    entries = page.evaluate(TIMELINE)
    name = page.inner_text(".who a")
    told = [(entry["what"], entry["moved"], entry["said"] if entry["what"] == "Note" else "",
             entry["shown"].rsplit(", ", 1)[1]) for entry in entries]
    for wanted in [
            ("Put on hold", "To send → On hold", "", name), ("Note", "", "Called the reader.", name),
            ("Released", "On hold → To send", "", name)]:
        assert wanted in told, (wanted, told)
    moves = [moved for _, moved, *_ in told if "→" in moved]
    assert moves[0] == "At the house → On the way" and moves[-1] == "To send → On hold", moves
    assert told[-1][0] == "Order placed", told
    # Each move begins where the one before it ended.
    for newer, older in zip(moves, moves[1:]):
        assert newer.split(" → ")[0] == older.split(" → ")[1], moves
    assert not out_of_order(entries), out_of_order(entries)
    # Exact to the minute, on the clock of the zone that the page names, and exact to the second for programs.
    city = re.search(r"Times are those of (.+?)\.", page.inner_text("footer"))[1]
    zone = zoneinfo.ZoneInfo(next(
        name for name in zoneinfo.available_timezones() if name.split("/")[-1].replace("_", " ") == city and "/" in name))
    for entry in entries:
        at = datetime.datetime.fromisoformat(entry["stamp"].replace("Z", "+00:00"))
        assert at.tzinfo is not None, entry
        here = at.astimezone(zone)
        clock = f"{(here.hour - 1) % 12 + 1}:{here.minute:02} {'a.m.' if here.hour < 12 else 'p.m.'}"
        assert entry["shown"].startswith(f"{here:%b} {here.day}, {here.year}, {clock}, "), (entry, here)
    # The control: what is turned round is found.
    assert out_of_order(entries[::-1])


def test_a_note_is_taken_whatever_happened_meanwhile(desk):
    number = office().place("Meanwhile Tester", "82 State Way")
    page = signed_in(desk)
    page.goto(f"{office().url}/staff/orders/{number}")
    page.fill("#text", "Written for a long time")
    office().staff("POST", f"/v1/staff/orders/{number}/hold", {"reason": "Somebody was faster"})
    page.click("text=Save the note")
    assert "Written for a long time" in page.inner_text(".note")
    assert page.inner_text(".head .tag") == "On hold"
