#!/usr/bin/env python3
"""Sends Config/sample-orders.jsonl to a running Mailroom and reports expected against got.

    send.py --url http://127.0.0.1:8080     sends every line, in order; exits 0 when all are as expected, else 1
    send.py --self-test                     no server: proves that the comparison notices every kind of difference

The format of a line is described in Config/README.md.
"""

import argparse
import copy
import http.client
import json
import pathlib
import re
import sys
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "Config" / "sample-orders.jsonl"
RETRIES_PER_ORDER = 8
LONGEST_PAUSE_SECONDS = 65


@dataclass
class Answer:
    status: int
    headers: dict = field(default_factory=dict)
    body: object = None


class Impossible(Exception):
    """The run cannot go on: nobody answers, or the server stays busy."""


def read_json(text):
    """Numbers come as Decimal: a weight is compared digit by digit, never as floating point."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def read_lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return [read_json(line) for line in file]


# --- Sending ------------------------------------------------------------------------------------------------


def body_text(line):
    """The request's text; Decimal came from integer literals only, so int() restores them."""
    return line["raw"] if "raw" in line else json.dumps(line["request"], ensure_ascii=False, default=int)


class Server:
    """One server, reached without any proxy; `patience_seconds` bounds all pauses of the run together."""

    def __init__(self, url, timeout_seconds, patience_seconds):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Impossible(f"{url} is no http or https address")
        self.connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.netloc = parts.netloc
        self.path = parts.path.rstrip("/") + "/v1/orders"
        self.timeout_seconds = timeout_seconds
        self.patience_seconds = patience_seconds

    def post(self, text, key):
        """Sends once, and again as often as 429 or 503 asks for it, within bounds."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        for _ in range(RETRIES_PER_ORDER):
            answer = self.exchange(text.encode("utf-8"), headers)
            if answer.status not in (429, 503):
                return answer
            self.pause(answer)
        raise Impossible(f"the server answered {answer.status} {RETRIES_PER_ORDER} times in a row")

    def exchange(self, body, headers):
        connection = self.connect(self.netloc, timeout=self.timeout_seconds)
        try:
            connection.request("POST", self.path, body, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Impossible(f"no answer from {self.netloc}: {error}; is the server running?") from error
        finally:
            connection.close()
        try:
            content = read_json(text)
        except ValueError:
            content = None
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def pause(self, answer):
        asked = answer.headers.get("retry-after", "")
        if not asked.isdecimal():
            raise Impossible(f"{answer.status} without a Retry-After in seconds")
        seconds = max(1, int(asked))
        if seconds > LONGEST_PAUSE_SECONDS or seconds > self.patience_seconds:
            raise Impossible(f"{answer.status} asks to wait {seconds} s, longer than this run may take")
        self.patience_seconds -= seconds
        print(f"{answer.status}: waiting {seconds} s as asked", file=sys.stderr)
        time.sleep(seconds)


# --- Comparing ----------------------------------------------------------------------------------------------


class Comparison:
    """Holds answers against expectations, and remembers what a replay must repeat."""

    def __init__(self):
        self.numbers = set()
        self.first_answers = {}

    def differences(self, line, answer):
        """What differs, one sentence each; empty when the answer is as expected."""
        expect = line["expect"]
        if answer.status != expect["status"]:
            problem = answer.body.get("type") if isinstance(answer.body, dict) else None
            told = f" ({problem}: {pointers_and_codes(answer.body)})" if problem else ""
            return [f"status: expected {expect['status']}, got {answer.status}{told}"]
        if not isinstance(answer.body, dict):
            return ["body: expected a JSON object"]
        found = self.accepted(line, answer) if expect["status"] == 201 else self.refused(expect, answer)
        for name in ("total_weight", "excess_weight"):
            if name in expect:
                found += unequal(name, expect[name], answer.body.get(name))
        return found

    def accepted(self, line, answer):
        body, request = answer.body, read_json(body_text(line))
        wanted = [(item["sku"], item["quantity"]) for item in request["items"]]
        got = [(item.get("sku"), item.get("quantity")) for item in body.get("items", [])]
        number, token = str(body.get("number")), str(body.get("status_token"))
        page = "/es/s/" if request.get("language") == "es" else "/s/"
        found = unequal("items", wanted, got) + unequal("order status", "placed", body.get("status"))
        found += unequal("Location", f"/v1/orders/{number}", answer.headers.get("location"))
        if not is_order_number(number):
            found.append(f"number: {number} is no order number")
        link = str(body.get("status_url"))
        if not link.endswith(page + token) or (page == "/s/" and link.endswith("/es/s/" + token)):
            found.append(f"status_url: expected to end in {page} and the status token")
        return found + self.replay(line, answer, number)

    def replay(self, line, answer, number):
        expected = line["expect"].get("replayed", False)
        key = line.get("idempotency_key", "").strip('"')
        found = unequal("Idempotency-Replayed", "true" if expected else None,
                        answer.headers.get("idempotency-replayed"))
        if expected:
            return found + unequal("replayed body", self.first_answers.get(key), answer.body)
        if number in self.numbers:
            found.append(f"number: {number} was given to an earlier order")
        self.numbers.add(number)
        if key:
            self.first_answers[key] = answer.body
        return found

    @staticmethod
    def refused(expect, answer):
        body = answer.body
        errors = body.get("errors", [])
        pointers = {error.get("pointer") for error in errors}
        media_type = answer.headers.get("content-type", "").split(";")[0]
        found = unequal("Content-Type", "application/problem+json", media_type)
        found += unequal("status in the body", expect["status"], body.get("status"))
        found += unequal("type", expect["type"], body.get("type"))
        if "pointers" in expect:
            found += unequal("pointers", sorted(expect["pointers"]), sorted(pointers, key=str))
        if missing := set(expect.get("pointers_include", [])) - pointers:
            found.append(f"pointers: expected {sorted(missing)} among {sorted(pointers, key=str)}")
        if "codes" in expect:
            codes = {error.get("code") for error in errors}
            found += unequal("codes", sorted(expect["codes"]), sorted(codes, key=str))
        if "quantity_that_fits" in expect:
            fits = {error.get("pointer"): error.get("quantity_that_fits") for error in errors}
            found += unequal("quantity_that_fits", expect["quantity_that_fits"], fits)
        return found


def unequal(name, expected, got):
    return [] if expected == got else [f"{name}: expected {plain(expected)}, got {plain(got)}"]


def plain(value):
    return json.dumps(value, ensure_ascii=False, default=lambda number: float(number) if number % 1 else int(number))


def pointers_and_codes(problem):
    return ", ".join(f"{e.get('pointer')} {e.get('code')}" for e in problem.get("errors", [])) or "no errors listed"


def is_order_number(text):
    """Ten digits as 4829-1504-75, the last a Luhn check digit."""
    if not re.fullmatch(r"\d{4}-\d{4}-\d{2}", text, re.ASCII):
        return False
    digits = [int(c) for c in text if c != "-"]
    doubled = [d if place % 2 == 0 else sum(divmod(2 * d, 10)) for place, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def run(path, server):
    lines, comparison, wrong = read_lines(path), Comparison(), 0
    # Keys are remembered for days: each run has its own, so that a second run places its own orders.
    run_id = str(uuid.uuid4())
    for number, line in enumerate(lines, 1):
        key = line.get("idempotency_key", "").replace("{run}", run_id)
        found = comparison.differences(line, server.post(body_text(line), key))
        wrong += bool(found)
        for difference in found:
            print(f"line {number}, {line['name']}: {difference}")
    print(f"{len(lines) - wrong} of {len(lines)} as expected")
    return wrong == 0 and bool(lines)


# --- The failing control --------------------------------------------------------------------------------------


def ideal_answer(line, serial, first_answers):
    """What a faultless server would answer, made up from the expectation."""
    expect = line["expect"]
    key = line.get("idempotency_key", "").strip('"')
    if expect["status"] != 201:
        return ideal_refusal(expect)
    request = read_json(body_text(line))
    digits = next(t for d in range(10) if is_order_number(t := f"{serial:04d}-0000-0{d}"))
    page = "/es/s/" if request.get("language") == "es" else "/s/"
    body = {"number": digits, "status": "placed", "items": copy.deepcopy(request["items"]), "status_token": "token",
            "status_url": f"http://127.0.0.1:8080{page}token", "total_weight": expect["total_weight"]}
    headers = {}
    if expect.get("replayed"):
        body, headers = copy.deepcopy(first_answers[key]), {"idempotency-replayed": "true"}
    elif key:
        first_answers[key] = body
    return Answer(201, headers | {"location": f"/v1/orders/{body['number']}"}, body)


def ideal_refusal(expect):
    pointers = expect.get("pointers", []) + expect.get("pointers_include", [])
    codes = expect.get("codes", ["some_code"])
    fits = expect.get("quantity_that_fits", {})
    errors = [{"pointer": pointer, "code": codes[min(place, len(codes) - 1)]} for place, pointer in enumerate(pointers)]
    for error in errors:
        if error["pointer"] in fits:
            error["quantity_that_fits"] = fits[error["pointer"]]
    body = {name: expect[name] for name in ("type", "status", "total_weight", "excess_weight") if name in expect}
    return Answer(expect["status"], {"content-type": "application/problem+json"}, body | {"errors": errors})


ALTERATIONS = {
    "status": lambda e: e.update(status=e["status"] + 1),
    "type": lambda e: e.update(type=e["type"] + "x"),
    "pointers": lambda e: e.update(pointers=e["pointers"] + ["/nowhere"]),
    "pointers_include": lambda e: e.update(pointers_include=["/nowhere"]),
    "codes": lambda e: e.update(codes=["no_such_code"]),
    "total_weight": lambda e: e["total_weight"].update(value=e["total_weight"]["value"] + Decimal("0.000001")),
    "excess_weight": lambda e: e["excess_weight"].update(unit="oz"),
    "quantity_that_fits": lambda e: e["quantity_that_fits"].update({"/items/0/quantity": -1}),
    "replayed": lambda e: e.update(replayed=not e["replayed"]),
}

DAMAGES = {
    "items": lambda a: a.body["items"].pop(),
    "number": lambda a: a.body.update(number="0000-0000-01"),
    "order status": lambda a: a.body.update(status="shipped"),
    "Location": lambda a: a.headers.update(location="/v1/orders"),
    "status_url": lambda a: a.body.update(status_url="http://127.0.0.1:8080/s/other"),
}


def self_test(path):
    """Every line passes with the ideal answer; no altered expectation does, and no damaged answer."""
    comparison, first_answers, failures = Comparison(), {}, []
    noticed = dict.fromkeys([*ALTERATIONS, *DAMAGES], 0)
    for number, line in enumerate(read_lines(path), 1):
        answer = ideal_answer(line, number, first_answers)
        for name in [name for name in ALTERATIONS if name in line["expect"]]:
            altered = copy.deepcopy(line)
            ALTERATIONS[name](altered["expect"])
            if copy.deepcopy(comparison).differences(altered, answer):
                noticed[name] += 1
            else:
                failures.append(f"line {number}: an altered {name} went unnoticed")
        for name in DAMAGES if answer.status == 201 else ():
            damaged = copy.deepcopy(answer)
            DAMAGES[name](damaged)
            if copy.deepcopy(comparison).differences(line, damaged):
                noticed[name] += 1
            else:
                failures.append(f"line {number}: a damaged {name} went unnoticed")
        failures += [f"line {number}: {found}" for found in comparison.differences(line, answer)]
    failures += [f"no line exercises {name}" for name, times in noticed.items() if times == 0]
    print("\n".join(failures) or f"self-test passed: {sum(noticed.values())} wrong answers, all noticed")
    return not failures


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--url", help="the server's address, as http://127.0.0.1:8080")
    arguments.add_argument("--file", default=SAMPLES, help="the orders (default: Config/sample-orders.jsonl)")
    arguments.add_argument("--timeout", type=float, default=20, help="seconds for one answer (default 20)")
    arguments.add_argument("--patience", type=int, default=900,
                           help="seconds to spend on 429 and 503 in the whole run (default 900)")
    arguments.add_argument("--self-test", action="store_true", help="check the comparison itself, without a server")
    options = arguments.parse_args()
    if options.self_test:
        return 0 if self_test(options.file) else 1
    if not options.url:
        arguments.error("give --url or --self-test")
    try:
        return 0 if run(options.file, Server(options.url, options.timeout, options.patience)) else 1
    except Impossible as reason:
        print(reason, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
