#!/usr/bin/env python3
"""Holds the metrics page, the alert rules and the dashboard against Prometheus' own tool and against each other.

    check.py PROGRAM     PROGRAM is the mailroom to ask; a demo of it is started on free ports of 127.0.0.1 and ended

Each judge is first shown something wrong: one that finds nothing there would find nothing anywhere.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "Deploy"
RULES = DEPLOY / "prometheus/mailroom.rules.yml"
RULE_TESTS = [DEPLOY / "prometheus/mailroom.rules.test.yml", DEPLOY / "prometheus/mailroom.week.test.yml"]
PROMTOOL = shutil.which("promtool") or str(REPOSITORY / ".build/prometheus/usr/bin/promtool")
# What Prometheus itself adds, and functions and words that look like names of metrics.
OTHERS = {"up"}
# Written by a house that took something; there when the demo's house did.
NAME = re.compile(r"\b(?:mailroom|http|process)_[a-z0-9_]+|\bup\b")


def promtool(*arguments, text=None):
    run = subprocess.run([PROMTOOL, *arguments], input=text, capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def require(condition, complaint):
    if not condition:
        sys.exit(f"Tests/Monitoring: {complaint}")


def request(url, body=None, headers=None):
    data = body.encode() if body else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers or {}), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


class Demo:
    """A running demo: its address, its metrics' address, its staff token."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "serve", "--demo", "--json", "--http-port", "0", "--metrics-port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.token = None
        for line in self.process.stdout:
            if found := re.match(r"\s*staff token\s+(\S+)", line):
                self.token = found[1]
            if line.startswith('{"ready"'):
                ready = json.loads(line)
                self.url, self.metrics = ready["url"], ready["metrics"]
                return
        sys.exit("Tests/Monitoring: the demo ended before it was ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)


def metrics_page(program):
    order = {"items": [{"sku": "FSAC-NET-EN", "quantity": 1}],
             "ship_to": {"name": "Leona Kessler", "line1": "1 Secret Street", "city": "Springfield", "region": "IL",
                         "postal_code": "62701"}, "email": "leona.kessler@example.org"}
    with Demo(program) as demo:
        typed = {"Content-Type": "application/json"}
        status, _ = request(f"{demo.url}/v1/orders", json.dumps(order), typed)
        require(status == 201, f"an order was answered {status}")
        request(f"{demo.url}/v1/orders", "{}", typed)
        request(f"{demo.url}/nowhere?q=Leona", None)
        request(f"{demo.url}/v1/staff/orders?q=kessler", None, {"Authorization": f"Bearer {demo.token}"})
        for _ in range(100):
            status, page = request(demo.metrics)
            require(status == 200, f"the metrics page was answered {status}")
            if 'mailroom_delivery_attempts_total{outcome="delivered"} 1' in page:
                break
        return page


def check_page(page):
    broken = page.replace("mailroom_refusals_total", "mailroom_refusals")
    require(promtool("check", "metrics", text=broken)[0] != 0, "promtool finds nothing wrong with a badly named counter")
    status, complaints = promtool("check", "metrics", text=page)
    require(status == 0 and not complaints.strip(), f"promtool check metrics: {complaints}")
    for personal in ("Leona", "Kessler", "kessler", "Secret", "example.org"):
        require(personal not in page, f"the metrics page holds personal data: {personal}")
    names = set(re.findall(r"^# TYPE (\S+)", page, re.M))
    series = len([line for line in page.splitlines() if not line.startswith("#")])
    require(series < 1500, f"the metrics page has {series} lines after a handful of requests")
    return names | {f"{name}_{end}" for name in re.findall(r"^# TYPE (\S+) histogram", page, re.M)
                    for end in ("bucket", "sum", "count")} | OTHERS, series


def unknown(expressions, names):
    found = set()
    for expression in expressions:
        # Label names and values are no metrics.
        bare = re.sub(r"\{[^}]*\}|\b(?:by|without|on|ignoring)\s*\([^)]*\)", " ", expression)
        found |= {name for name in NAME.findall(bare) if name not in names}
    return found


def check_rules(names):
    status, complaints = promtool("check", "rules", str(RULES))
    require(status == 0, complaints)
    rules = RULES.read_text()
    expressions = [re.sub(r"\s+", " ", e) for e in re.findall(r"expr: (?:>-\n)?(.*?)\n        (?:for|labels):", rules, re.S)]
    alerts = re.findall(r"- alert: (\w+)", rules)
    require(len(expressions) == len(alerts), "not every rule's expression was found")
    require(unknown(["rate(mailroom_imaginary_total[5m])"], names), "a metric that is not there is not noticed")
    require(not unknown(expressions, names), f"rules name metrics that are not there: {unknown(expressions, names)}")

    for tests in RULE_TESTS:
        status, complaints = promtool("test", "rules", str(tests))
        require(status == 0, complaints)
    with tempfile.TemporaryDirectory() as folder:
        for tests in RULE_TESTS:
            shutil.copy(tests, folder)
        for alert in alerts:
            # A rule that never fires must fail a test; that each is quiet on a quiet day is asked for by its name.
            require(f"alertname: {alert}, exp_alerts: []" in RULE_TESTS[0].read_text(), f"{alert} is not on the quiet day")
            mutant = re.sub(rf"(- alert: {alert}\n(?:        #[^\n]*\n)*        )expr: .*?\n(?=        (?:for|labels):)",
                            r"\1expr: vector(1) == 0\n", rules, flags=re.S)
            require(mutant != rules, f"{alert} could not be changed")
            pathlib.Path(folder, RULES.name).write_text(mutant)
            tests = [tests for tests in RULE_TESTS if f'alertname="{alert}"' in tests.read_text()]
            require(any(promtool("test", "rules", os.path.join(folder, test.name))[0] for test in tests),
                    f"no test notices that {alert} never fires")
    return len(alerts)


def check_dashboard(names):
    dashboard = json.loads((DEPLOY / "grafana/mailroom.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    require(not unknown(expressions, names), f"the dashboard names metrics that are not there: {unknown(expressions, names)}")
    ids = [panel["id"] for panel in dashboard["panels"]]
    require(len(set(ids)) == len(ids), "two panels have one id")
    with tempfile.TemporaryDirectory() as folder:
        # Prometheus' own parser reads every query, as a rule that records it.
        path = pathlib.Path(folder, "queries.yml")

        def reads(queries):
            groups = [{"name": "dashboard", "rules": [
                {"record": f"dashboard:{index}", "expr": query.replace("$__rate_interval", "5m")}
                for index, query in enumerate(queries)]}]
            path.write_text(json.dumps({"groups": groups}))
            return promtool("check", "rules", str(path))

        require(reads(["sum(rate(up[5m])"])[0] != 0, "promtool reads a query that is not closed")
        status, complaints = reads(expressions)
        require(status == 0, complaints)
    return len(expressions)


def main():
    require(len(sys.argv) == 2, "name the program")
    require(os.path.exists(PROMTOOL), "promtool is missing; run .ci/setup prometheus")
    names, series = check_page(metrics_page(sys.argv[1]))
    alerts = check_rules(names)
    queries = check_dashboard(names)
    print(f"metrics page of {series} lines clean; {alerts} alerts, each with a test that notices when it is gone; "
          f"{queries} queries of the dashboard name metrics that exist")


if __name__ == "__main__":
    main()
