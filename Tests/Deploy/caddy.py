#!/usr/bin/env python3
"""Runs Deploy/Caddyfile with Debian's caddy before a real server, on loopback, and holds it to what it says: TLS with a
certificate that verifies, private paths closed, bodies limited, and the client's address passed on, not the claimed one.

    caddy.py --program .build/debug/mailroom
"""
import argparse
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Examples"))
from check import Running, Shop, Stopping, free_port, secret, top  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=pathlib.Path)
    program = str(parser.parse_args().program.absolute())
    if not shutil.which("caddy"):
        raise SystemExit("caddy is missing: apt-get install caddy")
    folder = tempfile.mkdtemp(prefix="mailroom-caddy-")
    try:
        with Stopping():
            check(program, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("Deploy/Caddyfile: passed")


def check(program, folder):
    os.environ["MAILROOM_HTTP_TRUSTED_PROXIES"] = "127.0.0.1/32"
    os.environ["MAILROOM_HTTP_RATE_STATUS"] = "5"
    shop = Shop(program, folder, free_port(), secret(), secret())
    https, plain = free_port(), free_port()
    # Other ports, no door for administrators, and a certificate of its own that nobody is asked to trust.
    text = (top / "Deploy" / "Caddyfile").read_text()
    text = text.replace("{\n\tservers", f"{{\n\tadmin off\n\tskip_install_trust\n\thttp_port {plain}\n\tservers", 1)
    (pathlib.Path(folder) / "Caddyfile").write_text(text)
    caddy = Running(
        ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"], folder,
        {"MAILROOM_SITE": f"https://localhost:{https}", "MAILROOM_UPSTREAM": shop.url.removeprefix("http://"),
         "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder, "HOME": folder})
    caddy.line("serving initial configuration")
    root = pathlib.Path(folder) / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    for _ in range(100):
        if root.exists():
            break
        time.sleep(0.1)
    context = ssl.create_default_context(cafile=str(root))

    def ask(method, path, body=None, headers=None):
        connection = http.client.HTTPSConnection("localhost", https, context=context, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    for _ in range(50):  # the certificate is made in the background
        try:
            ask("GET", "/v1/catalog")
            break
        except (ssl.SSLError, ConnectionError):
            time.sleep(0.2)
    status, headers, body = ask("GET", "/v1/catalog")
    assert status == 200 and len(json.loads(body)["data"]) == 62
    assert "Server" not in headers and headers["Strict-Transport-Security"].startswith("max-age=31536000")
    for path in ("/livez", "/readyz", "/metrics"):
        assert ask("GET", path)[0] == 404, path
    # The control: without Caddy the same path answers.
    direct = http.client.HTTPConnection(*shop.url.removeprefix("http://").split(":"))
    direct.request("GET", "/livez")
    assert direct.getresponse().status == 200

    small = b'{"items": [' + b" " * 60_000 + b"]}"
    large = b'{"items": [' + b" " * 200_000 + b"]}"
    json_type = {"Content-Type": "application/json"}
    assert ask("POST", "/v1/quotes", small, json_type)[0] in (400, 422)
    status, headers, body = ask("POST", "/v1/quotes", large, json_type)
    assert status == 413 and json.loads(body)["type"].startswith("/problems/"), (status, body)
    try:
        assert ask("POST", "/v1/quotes", b" " * 20_000_000, json_type)[0] in (413, 502)
    except (ConnectionError, ssl.SSLError):
        pass  # cut off while it was still sending

    # A limit per address must count the real client, whatever it claims: with another name each time it is still one.
    answers = [
        ask("GET", "/v1/orders/4829-1504-75", headers={"X-Forwarded-For": f"203.0.113.{n}"})[0] for n in range(8)]
    assert answers.count(404) == 5 and answers.count(429) == 3, answers

    # A client that sends its head drop by drop is let go.
    slow = context.wrap_socket(socket.create_connection(("localhost", https), timeout=30), server_hostname="localhost")
    slow.sendall(b"GET /v1/catalog HTTP/1.1\r\nHost: local")
    start = time.monotonic()
    try:
        rest = slow.recv(100)
    except OSError:
        rest = b""
    assert time.monotonic() - start < 20 and b"200" not in rest
    caddy.stop()
    shop.server.stop()


if __name__ == "__main__":
    main()
