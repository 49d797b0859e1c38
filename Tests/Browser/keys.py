"""Going through a page with Tab: what has the focus is seen, has a ring, and comes in the order of reading."""

# What has the focus, where it is, and whether it is seen: on the screen, and nothing lies over it. A place higher than
# the screen, as a region that scrolls can be, is seen when a part of it is (browsers bring its middle into sight); so
# is a box for several lines, of which they show the line with the caret.
STOP = """(() => {
    const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const isTall = box.height > innerHeight || e.tagName === "TEXTAREA";
    const x = Math.max(box.left, 0) + Math.min(box.width / 2, 20);
    const y = isTall ? Math.max(box.top, 0) + 5 : box.top + box.height / 2;
    const top = document.elementFromPoint(x, y);
    const before = window.stopBefore;
    window.stopBefore = e;
    // Where columns stand side by side, the next one begins higher than the last one ended.
    let common = before;
    while (common && !common.contains(e)) common = common.parentElement;
    const around = common && getComputedStyle(common);
    return {
        id: e.id, name: e.getAttribute("name"), text: e.textContent.trim().slice(0, 400), tag: e.tagName,
        skip: e.className === "skip",
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: (isTall ? box.top < innerHeight - 5 && box.bottom > 5 : box.top >= -1 && box.bottom <= innerHeight + 1)
            && box.left < innerWidth && box.right > 0 && !!top && (e === top || e.contains(top) || top.contains(e)),
        top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left + scrollX,
        box: [box.left, box.top, box.right, box.bottom].map(Math.round),
        isSame: before === e, holds: !!before && before.contains(e),
        isBeside: !!around && (around.columnWidth !== "auto" || around.columnCount !== "auto"
            || (around.display === "flex" && around.flexDirection === "row")),
    };
})()"""


def tab_to(page, want, most=400, key="Tab"):
    """Presses Tab until what has the focus is the one; every stop must be seen and have a ring."""
    for _ in range(most):
        page.keyboard.press(key)
        stop = page.evaluate(STOP)
        if stop["tag"] == "BODY":
            continue
        assert stop["ring"], f"no ring on {stop}"
        assert stop["seen"], f"out of sight: {stop}"
        if want(stop):
            return
    raise AssertionError("not reached with Tab")


def walk(page, most=400):
    """Every stop of a page, from its beginning to its end; says what is wrong with one."""
    # Where a focused element was taken away, there Tab goes on: at the very beginning, wherever the page put the focus.
    page.evaluate("""(() => {
        const start = document.createElement("button");
        document.body.prepend(start);
        start.focus();
        start.remove();
        scrollTo(0, 0);
        window.stopBefore = null;
    })()""")
    # Such a stop would come before all others, wherever it stands.
    early = page.evaluate("[...document.querySelectorAll('[tabindex]')].filter(e => e.tabIndex > 0).length")
    stops, faults = [], [f"{early} stops ahead of their place"] if early else []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop["tag"] == "BODY" or (stops and stop["skip"]):
            break
        said = f"{stop['tag']} “{' '.join(stop['text'].split())[:50] or stop['id'] or stop['name']}”"
        if not stops and not stop["skip"]:
            faults.append(f"the skip link is not first, but {said}")
        # A date has several stops in it, of the browser's own making.
        if not stop["ring"] and not stop["isSame"]:
            faults.append(f"no ring on {said}")
        if not stop["seen"]:
            faults.append(f"out of sight: {said} at {stop['box']}")
        if stops and not stop["isSame"] and not reads_after(stops[-1], stop):
            faults.append(f"out of order: {said}")
        stops.append(stop)
    else:
        faults.append("the walk does not end")
    return stops, faults


def reads_after(one, two):
    """Lower than the one before, or in the same row and to its right, or in the column beside it."""
    if one["skip"] or two["holds"] or (two["isBeside"] and two["left"] > one["left"] + 1):
        return True
    isSameRow = two["top"] < one["bottom"] - 2 and one["top"] < two["bottom"] - 2
    return two["left"] >= one["left"] - 1 or two["top"] > one["top"] + 8 if isSameRow else two["top"] >= one["top"]
