#!/usr/bin/env python3
"""Checks Config/catalog.csv and Config/sample-orders.jsonl against each other, without a server.

Every expected weight is computed again from the catalog with exact fractions, independently of the Swift code. Run it
after changing either file: it says what each expectation has to be. Exits 0 when nothing is wrong, else 1.
"""

import csv
import json
import math
import pathlib
import re
import sys
from fractions import Fraction

CONFIG = pathlib.Path(__file__).resolve().parents[2] / "Config"
HEADER = "sku,title,language,format,description,weight,max_quantity,available,pdf_url".split(",")
GRAMS_PER_POUND = Fraction("453.59237")
POUNDS = {"lb": Fraction(1), "oz": Fraction(1, 16), "g": 1 / GRAMS_PER_POUND, "kg": 1000 / GRAMS_PER_POUND}
LIMIT = Fraction(20)
ORDERS = 200


def read_catalog(found):
    with open(CONFIG / "catalog.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    if rows[0] != HEADER:
        found.append("catalog.csv: the header is not as agreed")
    titles = {}
    for number, row in enumerate(rows[1:], 2):
        title = dict(zip(HEADER, row))
        weight = re.fullmatch(r"(\d{1,7}(?:\.\d{1,6})?) (oz|lb|g|kg)", title["weight"], re.ASCII)
        right = (
            len(row) == len(HEADER)
            and re.fullmatch(r"[A-Z0-9-]{1,40}", title["sku"], re.ASCII)
            and title["sku"] not in titles
            and title["title"] and title["language"] in ("en", "es") and 0 < len(title["format"]) <= 40
            and weight and title["available"] in ("true", "false")
            and re.fullmatch(r"[1-9]\d{0,6}", title["max_quantity"], re.ASCII)
            and re.fullmatch(r"(https://www\.example\.org/\S+)?", title["pdf_url"])
        )
        if not right:
            found.append(f"catalog.csv, line {number}: {','.join(row)}")
            continue
        title["pounds"] = Fraction(weight[1]) * POUNDS[weight[2]]
        titles[title["sku"]] = title
    return titles


def rounded_up(pounds):
    return {"value": Fraction(math.ceil(pounds * 10**6), 10**6), "unit": "lb"}


def weighed(items, titles):
    """What the weights of these items have to be; None when an item cannot be ordered at all."""
    total = Fraction(0)
    for item in items:
        title = titles.get(item["sku"])
        if not title or title["available"] == "false" or not 1 <= item["quantity"] <= int(title["max_quantity"]):
            return None
        total += title["pounds"] * item["quantity"]
    if total <= LIMIT:
        return {"status": 201, "total_weight": rounded_up(total)}
    fits = {}
    for place, item in enumerate(items):
        title = titles[item["sku"]]
        room = LIMIT - (total - title["pounds"] * item["quantity"])
        fits[f"/items/{place}/quantity"] = min(max(0, room // title["pounds"]), int(title["max_quantity"]))
    return {"status": 422, "total_weight": rounded_up(total), "excess_weight": rounded_up(total - LIMIT),
            "quantity_that_fits": fits}


def check_order(order, titles):
    expect = order["expect"]
    if ("raw" in order) == ("request" in order):
        return ["give either request or raw"]
    if expect["status"] != 201 and expect.get("type") != "/problems/weight-limit-exceeded":
        return [] if expect["status"] in (400, 422) and "type" in expect else ["a refusal needs its type"]
    request = order["request"] if "request" in order else json.loads(order["raw"])
    right = weighed(request["items"], titles)
    if right is None:
        return ["an item cannot be ordered: SKU, availability or quantity"]
    return [f"{name}: {shown(expect.get(name))} has to be {shown(value)}"
            for name, value in right.items() if exact(expect.get(name)) != value]


def exact(weight):
    """A weight with its value as a fraction of the decimal it was written as; anything else unchanged."""
    if isinstance(weight, dict) and "unit" in weight:
        return weight | {"value": Fraction(str(weight["value"]))}
    return weight


def shown(value):
    return json.dumps(value, default=float)


def main():
    found = []
    titles = read_catalog(found)
    names = set()
    with open(CONFIG / "sample-orders.jsonl", encoding="utf-8", newline="\n") as file:
        orders = [json.loads(line) for line in file]
    for number, order in enumerate(orders, 1):
        problems = check_order(order, titles)
        if order["name"] in names:
            problems.append("the name is taken already")
        names.add(order["name"])
        found += [f"sample-orders.jsonl, line {number}, {order['name']}: {problem}" for problem in problems]
    if len(orders) != ORDERS:
        found.append(f"sample-orders.jsonl: {len(orders)} orders instead of {ORDERS}")
    accepted = sum(order["expect"]["status"] == 201 for order in orders)
    summary = f"{len(titles)} titles; {len(orders)} orders, {accepted} to be accepted, {len(orders) - accepted} refused"
    print("\n".join(found) or summary)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
