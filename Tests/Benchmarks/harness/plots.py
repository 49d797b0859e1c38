"""The plots of the results, as SVG. Needs matplotlib; run it with the Python of the environment that bench.py makes:

    python -m harness.plots FOLDER      reads FOLDER/results.json and writes the plots beside it
"""

import json
import pathlib
import statistics
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator  # noqa: E402

# The same figures give the same bytes.
plt.rcParams.update({"svg.hashsalt": "mailroom", "font.size": 9, "axes.spines.top": False,
                     "axes.spines.right": False, "figure.constrained_layout.use": True})

OURS, OTHERS, SECOND = "#1f6f8b", "#b9c4c9", "#d98e04"


def _plain(axis, places=None):
    """Numbers as people write them, on a logarithmic axis too; ticks at `places` alone if they are given."""
    write = FuncFormatter(lambda value, _: f"{value:,.10g}")
    axis.set_major_formatter(write)
    axis.set_minor_formatter(NullFormatter() if places else write)
    if places:
        axis.set_major_locator(FixedLocator(places))
        axis.set_minor_locator(NullLocator())


def _save(figure, path):
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def intake(found, path):
    """Bars of orders a second, whiskers from the slowest to the fastest round."""
    named = [("FastAPI + SQLAlchemy", "fastapi"), ("raw C, a commit per order", "bare_1"), ("Mailroom", "mailroom"),
             ("C replay of its statements, 64 a commit", "replay_64"), ("raw C, bare schema, 64 a commit", "bare_64")]
    figure, axes = plt.subplots(figsize=(7.5, 2.6))
    for place, (_, key) in enumerate(named):
        values = [entry[key] for entry in found["rounds"]]
        middle = statistics.median(values)
        axes.barh(place, middle, color=OURS if key == "mailroom" else OTHERS,
                  xerr=[[middle - min(values)], [max(values) - middle]], error_kw={"elinewidth": 1, "capsize": 3})
        axes.text(max(values), place, f"  {middle:,.0f}", va="center")
    axes.set_yticks(range(len(named)), [name for name, _ in named])
    axes.set_xlabel("orders a second, every commit synced to the disk")
    _plain(axes.xaxis)
    axes.margins(x=0.12)
    _save(figure, path)


def latency(found, path):
    """Percentiles second by second, every round's line."""
    figure, axes = plt.subplots(figsize=(7.5, 3))
    for number, entry in enumerate(found["rounds"]):
        seconds = [point["second"] for point in entry["timeline"]]
        for field, color in (("p50", OURS), ("p99", SECOND), ("max", OTHERS)):
            axes.plot(seconds, [point[field] / 1000 for point in entry["timeline"]], color=color, linewidth=1,
                      label=field if number == 0 else None)
    axes.set_yscale("log")
    _plain(axes.yaxis)
    axes.set_xlabel("second of the run")
    axes.set_ylabel("ms from the intended time")
    axes.set_title(f"POST /v1/orders at {found['per_second']:,} a second")
    axes.legend(frameon=False, ncols=3)
    _save(figure, path)


def listing(found, path):
    """p50 (dot) to p99 (end of the line) of every query, a color for each size."""
    sizes = sorted(found["sizes"], key=int)
    labels = list(found["sizes"][sizes[-1]]["labels"])
    figure, axes = plt.subplots(figsize=(7.5, 0.19 * len(labels) + 1))
    for shift, (orders, color) in enumerate(zip(sizes, ("#9fb8c2", SECOND, OURS))):
        for place, label in enumerate(labels):
            entry = found["sizes"][orders]["labels"].get(label)
            if entry is None:
                continue
            height = len(labels) - place + (1 - shift) * 0.22
            axes.plot([entry["p50"] / 1000, entry["p99"] / 1000], [height, height], color=color, linewidth=1)
            axes.plot(entry["p50"] / 1000, height, "o", color=color, markersize=3,
                      label=f"{int(orders):,} orders" if place == 0 else None)
    axes.set_yticks([len(labels) - place for place in range(len(labels))], labels, fontsize=7)
    axes.set_xscale("log")
    _plain(axes.xaxis)
    axes.set_xlabel("ms: p50 (dot) to p99 (end of the line)")
    axes.grid(axis="x", linewidth=0.3)
    axes.set_ylim(0.3, len(labels) + 0.7)
    axes.legend(frameon=False, loc="lower right")
    _save(figure, path)


def _lines_of_list(found):
    """{name: {orders: p50 in ms}} of the two pages and the slowest of each other kind."""
    lines = {}
    for orders, entry in found["sizes"].items():
        for label in ("first page", "deep page"):
            lines.setdefault(label, {})[int(orders)] = entry["labels"][label]["p50"] / 1000
        for kind in ("filter", "search", "combined"):
            slowest = max(each["p50"] for each in entry["labels"].values() if each["kind"] == kind)
            lines.setdefault(f"slowest {kind}", {})[int(orders)] = slowest / 1000
    return lines


def growth(results, path):
    """Four panels against the number of orders: intake, updates, the list, start."""
    panels = []
    if "growth" in results:
        sizes = results["growth"]["sizes"]
        for title, key in (("orders a second", "intake_per_second"), ("updates a second", "inbound_per_second")):
            panels.append((title, {"": {int(orders): entry[key] for orders, entry in sizes.items()}}, "linear"))
    if "list" in results:
        panels.append(("list, p50 in ms", _lines_of_list(results["list"]), "log"))
    if "start" in results:
        sizes = results["start"]["sizes"]
        panels.append(("start, ms", {"": {int(n): statistics.median(each) for n, each in sizes.items()}}, "linear"))
    figure, grid = plt.subplots(1, len(panels), figsize=(3.1 * len(panels), 2.8), squeeze=False)
    for axes, (title, lines, scale) in zip(grid[0], panels):
        for name, points in lines.items():
            orders = sorted(points)
            axes.plot(orders, [points[each] for each in orders], "o-", markersize=3, linewidth=1, label=name or None,
                      color=None if name else OURS)
        axes.set_xscale("log")
        axes.set_yscale(scale)
        if scale == "linear":
            axes.set_ylim(0, 1.15 * max(max(points.values()) for points in lines.values()))
        _plain(axes.xaxis, sorted({orders for points in lines.values() for orders in points}))
        _plain(axes.yaxis)
        axes.set_title(title)
        axes.set_xlabel("orders there are")
        if len(lines) > 1:
            axes.legend(frameon=False, fontsize=6)
    _save(figure, path)


def main():
    folder = pathlib.Path(sys.argv[1])
    results = json.loads((folder / "results.json").read_text())
    for name, draw in (("intake", intake), ("latency", latency), ("list", listing)):
        if name in results:
            draw(results[name], folder / f"{name}.svg")
    if any(name in results for name in ("growth", "start", "list")):
        growth(results, folder / "growth.svg")


if __name__ == "__main__":
    main()
