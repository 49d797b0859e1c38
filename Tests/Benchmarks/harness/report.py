"""Writes what was measured: a table for people (README.md), everything (results.json), and the plots."""

import importlib.util
import json
import statistics

from . import judge


def _number(value):
    """Three significant digits or whole numbers, as one would say it."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _spread(values):
    """`median [min–max]`; one value stands alone."""
    middle = _number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} [{_number(min(values))}–{_number(max(values))}]"


def _table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def _targets(results):
    rows = []
    for row in judge.rows(results):
        how = row.how + (f" ({row.note})" if row.note else "")
        rows.append([row.what, how, row.target, _spread(row.values) + row.unit, "yes" if row.is_met else "**no**"])
    return _table(["what", "how", "to reach", "measured: median [min–max]", "reached"], rows)


def _intake(found):
    rounds = found["rounds"]
    named = [
        ("Mailroom over HTTP: validation, key, order, history, outbox, search", "mailroom"),
        ("raw SQLite in C, bare schema, one commit per order", "bare_1"),
        ("raw SQLite in C, bare schema, 64 orders a commit", "bare_64"),
        ("C replaying the service's own statements, 64 orders a commit", "replay_64"),
        (f"FastAPI + SQLAlchemy + uvicorn, {found['fastapi_workers']} worker(s), over HTTP", "fastapi"),
    ]
    rows = []
    for name, key in named:
        ratios = "" if key == "mailroom" else _spread([entry[f"ratio_{key}"] for entry in rounds]) + " ×"
        rows.append([name, _spread([entry[key] for entry in rounds]), ratios])
    lines = _table(["orders a second, durable", "median [min–max]", "Mailroom / it, same round"], rows)
    orders = _spread([entry["orders"] for entry in rounds])
    rates = ", ".join(f"{value:,.0f}/s with {workers}" for workers, value in found["fastapi_rates"].items())
    tried = f" uvicorn's workers, tried once each: {rates}." if rates else ""
    lines += ["", f"Each C peer wrote as many orders as Mailroom accepted in its round ({orders}); all databases lay "
              f"in one folder.{tried}"]
    shortest = min(entry["replay_orders"] / entry["orders"] for entry in rounds)
    if shortest < 1:
        lines[-1] += f" The tape was shorter than the longest round: the replay wrote {shortest:.0%} of it."
    commits = [each for entry in rounds for each in entry["commit_us"]]
    lines[-1] += (f" A synced append of 4 KiB took {min(commits):.0f} to {max(commits):.0f} µs before and after the "
                  "parts of these rounds.")
    if found["set_aside"]:
        lines[-1] += (f" {len(found['set_aside'])} more rounds were set aside (results.json has them), because the "
                      "disk changed its speed within them.")
    return lines


def _list(found):
    sizes = sorted(found["sizes"], key=int)
    rows = []
    for label in found["sizes"][sizes[-1]]["labels"]:
        figures = [found["sizes"][orders]["labels"].get(label) for orders in sizes]
        rows.append([label] + [f"{_number(each['p50'] / 1000)} / {_number(each['p99'] / 1000)}" if each else ""
                               for each in figures])
    return _table(["query, p50 / p99 in ms"] + [f"{int(orders):,} orders" for orders in sizes], rows)


def _growth(results):
    sizes = sorted({orders for name in ("growth", "start") if name in results
                    for orders in results[name]["sizes"]}, key=int)
    rows = []
    if "growth" in results:
        for what, key in (("orders a second", "intake_per_second"), ("updates a second", "inbound_per_second")):
            rows.append([what] + [_number(results["growth"]["sizes"][orders][key]) for orders in sizes
                                  if orders in results["growth"]["sizes"]])
    if "start" in results:
        rows.append(["start, ms"] + [_spread(results["start"]["sizes"][orders]) for orders in sizes
                                     if orders in results["start"]["sizes"]])
    return _table(["beside this many orders"] + [f"{int(orders):,}" for orders in sizes], rows)


def _size(found):
    rows = [[name, _number(each)] for name, each in found["tables"].items() if each >= 1]
    return _table(["table or index", "bytes per order"], rows)


def _notes(results):
    lines = []
    if results.get("disturbed"):
        lines.append("- Something else used the machine when these parts began: "
                     f"{', '.join(sorted(set(results['disturbed'])))}.")
    if "with_house" in results:
        found = results["with_house"]
        lines.append(f"- With a house that answers at once during the intake: {found['per_second']:,.0f} orders/s "
                     f"({found['delivered']:,} of {found['orders']:,} announced meanwhile). In the table the house is "
                     "down.")
    if "latency" in results:
        entries = results["latency"]["rounds"]
        over = sum(entry["over_150ms"] for entry in entries)
        lines.append(f"- Latency under a fixed rate: {over} of {sum(entry['sent'] for entry in entries):,} requests "
                     "took over 150 ms; the WAL was checkpointed all the while, as always.")
    if "announce" in results:
        entries = results["announce"]["rounds"]
        lines.append(f"- Announcements: {sum(entry['arrived'] for entry in entries):,} arrived, "
                     f"{sum(entry['duplicates'] for entry in entries):,} of them twice.")
    if "deliveries" in results:
        entries = results["deliveries"]["rounds"]
        lines.append(f"- Deliveries: {sum(entry['duplicates'] for entry in entries):,} duplicates, no order's events "
                     "out of sequence, every delivery settled in the file.")
    if "csv" in results:
        for pair in results["csv"]["intake"]:
            lines.append(f"- CSV: intake p99 {pair['alone']['p99'] / 1000:.1f} ms alone, "
                         f"{pair['meanwhile']['p99'] / 1000:.1f} ms during {pair['downloads']} downloads in a row.")
    return lines


def _facts(results):
    facts = results["facts"]
    lines = [f"- {name.replace('_', ' ')}: {value}" for name, value in facts.items()]
    older = {name: found["measured"] for name, found in results.items()
             if isinstance(found, dict) and "measured" in found and found["measured"] != _measured(facts)}
    lines += [f"- {name}: measured {text}" for name, text in sorted(older.items())]
    return lines


def _measured(facts):
    return f"{facts['date'][:10]} at {facts['commit']}"


def stamp(results, names):
    """Notes at each experiment when and of which commit it is."""
    for name in names:
        results[name]["measured"] = _measured(results["facts"])


def text(results, command):
    """The whole README of the results."""
    lines = ["# Measured", "", f"Written by `{command}`; do not edit. [NOTES.md](../NOTES.md) tells how it came to be.",
             "Client, server and peers share one machine and speak over loopback.", ""]
    lines += _targets(results)
    for name, title, write in (
            ("intake", "Intake", _intake), ("list", "The staff's list", _list), ("size", "Bytes", _size)):
        if name in results:
            lines += ["", f"## {title}", "", *write(results[name])]
            if name in PLOTS_OF and importlib.util.find_spec("matplotlib"):
                lines += ["", f"![{title}]({PLOTS_OF[name]})"]
    if "growth" in results or "start" in results:
        lines += ["", "## As the data grows", "", *_growth(results), "", "![As the data grows](growth.svg)"]
    if "latency" in results:
        lines += ["", "## Latency over time", "", "![Latency over time](latency.svg)"]
    lines += ["", "## More", "", *_notes(results), "", "## Machine", "", *_facts(results), ""]
    return "\n".join(lines)


def summary(results):
    """The table for a terminal, a line for each target."""
    lines = []
    for row in judge.rows(results):
        sign = "ok " if row.is_met else "NOT"
        lines.append(f"{sign} {row.what}: {_spread(row.values)}{row.unit}, {row.target}")
    return lines


PLOTS_OF = {"intake": "intake.svg", "list": "list.svg"}


def write(results, folder, command):
    """README.md and results.json into `folder`, and the plots if matplotlib is there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / "README.md").write_text(text(results, command))
