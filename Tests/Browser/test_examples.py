"""Deploy/examples/web in the browser it is for: another site's page orders with fetch."""
import functools
import http.server
import pathlib
import shutil
import tempfile
import threading

from harness import ROOT

WEB = ROOT / "Deploy" / "examples" / "web"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_another_sites_page_orders_with_fetch(desk):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mailroom-browser-"))
    shutil.copytree(WEB, folder, dirs_exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        theirs = f"http://127.0.0.1:{server.server_address[1]}"
        site = desk.own_site(MAILROOM_HTTP_CORS_ORIGINS=theirs)
        page = desk.page()
        # The example names the port of a default installation.
        example = (WEB / "order.html").read_text()
        assert example.count("http://127.0.0.1:8080") == 1
        (folder / "order.html").write_text(example.replace("http://127.0.0.1:8080", site.url))
        page.goto(theirs + "/order.html")
        for name, value in {"quantity": "3", "name": "Fetch Tester", "line1": "5 Other Site Rd", "city": "Peoria",
                            "region": "IL", "postal_code": "6160"}.items():
            page.fill(f"[name={name}]", value)
        # What is wrong is said in the page, and nothing is ordered.
        page.click("button")
        page.wait_for_function("document.getElementById('result').textContent !== ''")
        assert page.locator("#result a").count() == 0, page.inner_text("#result")
        page.fill("[name=postal_code]", "61602")
        page.click("button")
        page.locator("#result a").wait_for()
        number = page.inner_text("#result a")
        assert page.get_attribute("#result a", "href").startswith(site.url + "/s/")
        order = site.staff("GET", f"/v1/staff/orders/{number}")
        assert order["ship_to"]["name"] == "Fetch Tester" and order["items"][0]["quantity"] == 3, order
        assert site.staff("GET", "/v1/staff/orders")["count"]["value"] == 1
        # The control: a service that does not know this site is out of its reach.
        reached = "url => fetch(url + '/v1/catalog').then(answer => answer.status, () => 'blocked')"
        assert page.evaluate(reached, site.url) == 200
        assert page.evaluate(reached, desk.site.url) == "blocked"
    finally:
        server.shutdown()
        shutil.rmtree(folder)
