"""The detectors must find something where there is something to find."""
from harness import assert_no_sideways, violations


def test_axe_finds_what_is_wrong_on_a_bad_page(desk):
    page = desk.page()
    page.set_content(
        "<html><head></head><body><img src='x.png'><input><p style='color:#aaa;background:#fff'>pale</p>"
        "<button style='width:10px;height:10px;padding:0'>a</button>"
        "<button style='width:10px;height:10px;padding:0'>b</button></body></html>")
    found = " ".join(violations(page))
    for rule in ("image-alt", "label", "color-contrast", "html-has-lang", "document-title", "target-size"):
        assert rule in found, (rule, found)


def test_a_page_that_is_too_wide_is_seen(desk):
    page = desk.page(width=320)
    page.set_content("<div style='width:900px'>wide</div>")
    try:
        assert_no_sideways(page, "control")
    except AssertionError:
        return
    raise AssertionError("900 px fit into 320")


def test_a_blocked_inline_script_is_a_complaint(desk):
    page = desk.page()
    page.goto(desk.site.url + "/")
    page.evaluate(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)")
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in text for text in page.complaints), page.complaints
