"""What a page looks like, measured: the pixels of a screenshot, and how far two colours stand apart."""
import collections
import struct
import zlib


def contrast(one, two):
    """WCAG's ratio of two colours (red, green, blue), 1 to 21. It counts lightness alone, as grey scale does."""
    def light(colour):
        parts = [value / 255 for value in colour]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    high, low = sorted([light(one), light(two)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def colour(text):
    """What a computed style calls a colour."""
    parts = text[text.index("(") + 1:text.index(")")].replace(",", " ").split()
    assert text.startswith("rgb") and (len(parts) == 3 or parts[-1] != "0"), text
    return tuple(round(float(part)) for part in parts[:3])


def pixels(png):
    """The rows of a screenshot, each a list of colours."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8 and kind in (2, 6), (depth, kind)
    step, packed, at = {2: 3, 6: 4}[kind], b"", 8
    while at < len(png):
        size, name = struct.unpack(">I4s", png[at:at + 8])
        if name == b"IDAT":
            packed += png[at + 8:at + 8 + size]
        at += size + 12
    data, above, rows = zlib.decompress(packed), bytearray(width * step), []
    for index in range(height):
        start = index * (width * step + 1)
        way, row = data[start], bytearray(data[start + 1:start + 1 + width * step])
        for i in range(len(row) if way else 0):
            left, up = row[i - step] if i >= step else 0, above[i]
            corner = above[i - step] if i >= step else 0
            if way == 4:
                far = [abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)]
                guess = left if far[0] <= far[1] and far[0] <= far[2] else up if far[1] <= far[2] else corner
            else:
                guess = {1: left, 2: up, 3: (left + up) // 2}[way]
            row[i] = (row[i] + guess) & 255
        rows.append([tuple(row[i:i + 3]) for i in range(0, len(row), step)])
        above = row
    return rows


# One element of each kind that Tab stops at, and that was not looked at before: marked, so that it is found again.
KINDS = """known => {
    const seen = new Set(known), marks = [];
    for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, " +
            "[tabindex='0']")) {
        if (e.tabIndex < 0 || e.disabled || e.closest(".trap")) continue;
        if (!e.checkVisibility({checkVisibilityCSS: true})) continue;
        const around = [e.parentElement, e.closest("section, nav, header, footer, table, form, details, main, body")];
        const kind = [e, ...around].map(one => one.tagName + one.className).join() + (e.type || "")
            + e.hasAttribute("aria-current") + !!e.checked;
        if (seen.has(kind)) continue;
        seen.add(kind);
        e.setAttribute("data-kind", marks.length);
        const name = (e.textContent.trim() || e.id || e.name || "").replace(/\\s+/g, " ").slice(0, 40);
        marks.push([kind, `${e.tagName} “${name}”`]);
    }
    return marks;
}"""

PLACE = """e => {
    e.focus();
    const box = e.getClientRects()[0], style = getComputedStyle(e);
    return {left: box.left, top: box.top, right: box.right, bottom: box.bottom, style: style.outlineStyle,
            width: parseFloat(style.outlineWidth), offset: parseFloat(style.outlineOffset), innerWidth, innerHeight,
            isRound: style.borderRadius === "50%" || parseFloat(style.borderRadius) >= 10};
}"""


def weak_rings(page, known=()):
    """Of each kind of stop whose ring does not stand out, which and how, as the screen shows it.

    The ring must differ by 3:1 from what is around it, and from the gap that it leaves; where it leaves none, it may
    also be of one piece with the fill. Seen at the stop's upper and left edge, each where the screen has it.
    - known: a set of kinds to leave out, which those of this page join.
    """
    # What a script focuses has a ring only after a key was used.
    page.keyboard.press("Tab")
    faults, kinds = [], page.evaluate(KINDS, list(known))
    for index, (kind, name) in enumerate(kinds):
        at = page.locator(f"[data-kind='{index}']").evaluate(PLACE)
        if at["style"] == "none" or at["width"] < 2:
            faults.append(f"{name}: no ring")
            continue
        looks = ring(page, at)
        if not looks:
            faults.append(f"{name}: its ring is off the screen, at {at}")
        for side, (near, out, line, inside) in looks.items():
            isOnePiece = at["offset"] < 1 and contrast(line, inside) < 1.1
            if max(contrast(line, near), contrast(line, out)) < 3 or (contrast(line, inside) < 3 and not isOnePiece):
                faults.append(f"{name}, {side}: ring {line} within {out}, around {inside}")
    page.evaluate("document.querySelectorAll('[data-kind]').forEach(e => e.removeAttribute('data-kind'))")
    if isinstance(known, set):
        known |= {kind for kind, _ in kinds}
    return faults


def ring(page, at):
    """What is beside a ring, what is around it, the ring, and what it leaves free or lies on, for each of two edges."""
    far = at["offset"] + at["width"]
    x, y = max(0, int(at["left"] - far - 8)), max(0, int(at["top"] - far - 8))
    rows = pixels(page.screenshot(animations="disabled", clip={
        "x": x, "y": y, "width": min(at["innerWidth"] - x, 100), "height": min(at["innerHeight"] - y, 70)}))
    # A thin line nearby, the next button and letters are not what is around: that is what most of a strip is.
    strips = [[far + 1], [far + 1.5, far + 3.5, far + 5.5], [at["offset"] + at["width"] / 2],
              [at["offset"] / 2] if at["offset"] >= 1 else [-0.5 - i for i in range(16)]]

    def middle(start, end, least, most, isInside=False):
        # A round one has its edge only in the middle. What the ring lies on is most of the whole height.
        spare = 1 if isInside else 0.4 * (end - start) if at["isRound"] else 6
        return range(int(max(start + spare, least)), int(min(end - spare, most)))

    def most(points):
        found = [rows[int(b - y)][int(a - x)] for a, b in points
                 if 0 <= b - y < len(rows) and 0 <= a - x < len(rows[0])]
        return collections.Counter(found).most_common(1)[0][0] if len(found) >= 3 else None

    looks = {"above": [], "left": []}
    for strip in strips:
        isInside = strip[0] < 0
        along = middle(at["left"], at["right"], x, x + 100, isInside)
        down = middle(at["top"], at["bottom"], y, y + 70, isInside)
        looks["above"].append(most([(a, at["top"] - one) for one in strip for a in along]))
        looks["left"].append(most([(at["left"] - one, b) for one in strip for b in down]))
    return {side: found for side, found in looks.items() if None not in found}
