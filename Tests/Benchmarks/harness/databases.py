"""Databases of many orders: filled once by `mailroom-load fill`, kept, and filled anew when they no longer fit."""

import json

from . import machine, programs
from .machine import require, say

ORDERS_PER_SECOND_AT_LEAST = 200


def _schema(path):
    """The text of everything that the file's migrations made."""
    return programs.query(path, "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")


class Filled:
    """A closed database with `orders` orders; `path` is the file, `samples` values that exist in it."""

    def __init__(self, state, orders, second_events=0, anew=False):
        self.orders, self.events = orders, orders + second_events
        self.path = machine.DATA / f"{state}-{orders}{f'-{second_events}' if second_events else ''}.db"
        parameters = {"state": state, "orders": orders, "second_events": second_events}
        stamp = self.path.with_suffix(".bench.json")
        found = json.loads(stamp.read_text()) if stamp.exists() and self.path.exists() else {}
        if anew or found.get("parameters") != parameters or not self._fits():
            say(f"filling {self.path.name}")
            stamp.unlink(missing_ok=True)
            programs.remove_database(self.path)
            found = {"parameters": parameters, "filled": programs.load(
                "fill", "--database", self.path, "--catalog", machine.CATALOG, "--orders", orders, "--state", state,
                *(["--second-events", second_events] if second_events else []),
                limit_seconds=60 + orders / ORDERS_PER_SECOND_AT_LEAST)}
            stored = programs.count(self.path, "orders")
            require(stored == orders, f"{self.path.name} has {stored} orders")
            stamp.write_text(json.dumps(found, indent=1))
        self.fill_seconds = found["filled"]["seconds"]
        self.samples = found["filled"]["samples"]

    def _fits(self):
        """Whether its schema is today's."""
        template = machine.DATA / "schema.db"
        programs.fresh_database(template)
        same = _schema(template) == _schema(self.path)
        programs.remove_database(template)
        return same

    def copy(self, name):
        """A copy that an experiment may change; whoever takes it removes it."""
        target = machine.DATA / name
        say(f"copying {self.path.name}")
        programs.copy_database(self.path, target)
        return target
