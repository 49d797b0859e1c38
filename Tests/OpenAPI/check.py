#!/usr/bin/env python3
"""Holds a running demo against the interface's description: openapi-spec-validator reads the document, its examples fit
its schemas, and schemathesis sends what the document allows and what it forbids.

    check.py PROGRAM              a bounded run, for every day
    check.py PROGRAM --deep N     N cases an operation, with another seed each time, for the night

The demo listens on free ports of 127.0.0.1 and is ended. Each judge is first shown something wrong.
"""
import argparse
import copy
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
VENV = REPOSITORY / ".build/openapi"


def in_venv():
    """The judges live in a place of their own; this script runs there."""
    python = VENV / "bin/python"
    if pathlib.Path(sys.prefix) != VENV and python.exists():
        os.execv(python, [str(python), *sys.argv])


def require(condition, complaint):
    if not condition:
        sys.exit(f"Tests/OpenAPI: {complaint}")


class Demo:
    """A running demo, whose house answers but sends nothing by itself."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "serve", "--demo", "--json", "--http-port", "0", "--metrics-port", "0", "--log-level", "error"],
            stdout=subprocess.PIPE, text=True)
        facts = {}
        for line in self.process.stdout:
            if found := re.match(r"\s*(staff token|inbound\.secrets)\s+(\S+)", line):
                facts[found[1]] = found[2]
            if line.startswith('{"ready"'):
                self.url = json.loads(line)["url"]
                self.staff_token, self.house_secret = facts["staff token"], facts["inbound.secrets"]
                # Its house goes on talking; nobody must wait for a reader.
                self.drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)
                return
        sys.exit("Tests/OpenAPI: the demo ended before it was ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
        self.drain.wait(10)


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def check_document(document, validate, error):
    broken = copy.deepcopy(document)
    del broken["paths"]["/v1/orders"]["post"]["responses"]
    broken["paths"]["/v1/orders"]["post"]["answers"] = {}
    try:
        validate(broken)
    except error:
        pass
    else:
        require(False, "openapi-spec-validator finds nothing wrong with an operation of unknown members")
    validate(document)


def examples(document):
    """Every example with its schema and where it stands."""
    resolve = lambda part: document_part(document, part)
    places = {**document["paths"], **document["webhooks"]}
    for path, item in places.items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            where = f"{method.upper()} {path}"
            bodies = [("request", operation.get("requestBody", {}))] + [
                (status, resolve(answer)) for status, answer in operation["responses"].items()]
            for status, body in bodies:
                for media, content in body.get("content", {}).items():
                    require("example" in content, f"{where} {status} has no example")
                    if "json" in media:
                        yield f"{where} {status}", content["schema"], content["example"]
            for parameter in map(resolve, item.get("parameters", []) + operation.get("parameters", [])):
                require("example" in parameter or parameter["name"] == "cursor",
                        f"{where}: {parameter['name']} has no example")
                if "example" in parameter:
                    yield f"{where} {parameter['name']}", parameter["schema"], parameter["example"]


def document_part(document, part):
    while "$ref" in part:
        target = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        part = target
    return part


def check_examples(document, validator_class):
    count = 0
    for where, schema, example in examples(document):
        whole = {**schema, "components": document["components"]}
        problems = [problem.message for problem in validator_class(whole).iter_errors(example)]
        require(not problems, f"the example of {where} does not fit its schema: {problems}")
        count += 1
    wrong = {"$ref": "#/components/schemas/Count", "components": document["components"]}
    require(list(validator_class(wrong).iter_errors({"value": "many"})), "a wrong example is not noticed")
    return count


def schemathesis(url, demo, *, cases, seed, phases, workers, schema=None, more=()):
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "NO_COLOR": "1",
                   "MAILROOM_STAFF_TOKEN": demo.staff_token, "MAILROOM_HOUSE_SECRET": demo.house_secret}
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [VENV / "bin/st", "--config-file", str(HERE / "schemathesis.toml"), "run", schema or f"{url}/openapi.json", "--url", url, "--checks", "all",
             "--exclude-checks", "positive_data_acceptance", "--phases", phases, "--max-examples", str(cases),
             "--seed", str(seed), "--workers", str(workers), "--request-timeout", "15", "--max-response-time", "10",
             "--warnings", "off", "--suppress-health-check", "all", *more],
            cwd=folder, env=environment, capture_output=True, text=True)
    # A case may be a body of 60 KB.
    return run.returncode, "\n".join(line[:500] for line in (run.stdout + run.stderr).splitlines())


def check_that_it_can_fail(document, demo):
    """A document that promises what the server does not do must be found out, promise by promise."""
    with tempfile.TemporaryDirectory() as folder:
        def lies(change, operation, check):
            lying = copy.deepcopy(document)
            change(lying)
            path = pathlib.Path(folder, "lying.json")
            path.write_text(json.dumps(lying))
            status, output = schemathesis(
                demo.url, demo, cases=10, seed=1, phases="examples,coverage,fuzzing", workers=1, schema=str(path),
                more=("--include-operation-id", operation))
            require(status == 1 and check in output, f"schemathesis does not notice: {check}\n{output[-3000:]}")

        def answer(lying, path, method, status):
            return lying["paths"][path][method]["responses"][status]["content"]["application/json"]

        lies(lambda d: answer(d, "/v1/catalog", "get", "200").update(schema={"type": "array"}), "getCatalog",
             "Response violates schema")
        lies(lambda d: d["paths"]["/livez"]["get"].update(responses={"202": {"description": "never"}}), "getLiveness",
             "ST103 ")
        lies(lambda d: d["paths"]["/v1/quotes"]["post"]["requestBody"]["content"]["application/json"].update(
            schema={"type": "object", "required": ["items", "colour"], "properties": {
                "items": {"$ref": "#/components/schemas/RequestedItems"}, "colour": {"type": "string"}}},
            example={"items": [{"sku": "FSAC-NET-EN", "quantity": 5}], "colour": "red"}),
             "quote", "ST201 ")
        lies(lambda d: d["paths"]["/readyz"]["get"].update(security=[{"staffToken": []}]), "getReadiness",
             "ST401")


def main():
    in_venv()
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--deep", type=int, default=0)
    arguments.add_argument("--seed", type=int)
    arguments = arguments.parse_args()
    require((VENV / "bin/st").exists(), "schemathesis is missing; run .ci/setup openapi")

    import yaml
    from jsonschema import Draft202012Validator
    from openapi_spec_validator import validate
    from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

    with Demo(arguments.program) as demo:
        document = json.loads(fetch(f"{demo.url}/openapi.json"))
        require(document == yaml.safe_load(fetch(f"{demo.url}/openapi.yaml")), "the two forms of the document differ")
        check_document(document, validate, OpenAPIValidationError)
        count = check_examples(document, Draft202012Validator)
        print(f"document valid; {count} examples fit their schemas", flush=True)
        if not arguments.deep:
            check_that_it_can_fail(document, demo)
            print("schemathesis notices a wrong schema, status, acceptance and lock", flush=True)
    seed = arguments.seed if arguments.seed is not None else random.randrange(1 << 30) if arguments.deep else 7
    with Demo(arguments.program) as demo:
        status, output = schemathesis(
            demo.url, demo, cases=arguments.deep or 12, seed=seed, phases="examples,coverage,fuzzing,stateful",
            workers=1)
        require(status == 0, f"schemathesis found something (seed {seed}):\n{output[-20000:]}")
        summary = re.search(r"\d+ generated.*", output)
        print(f"schemathesis finds nothing (seed {seed}): {summary[0] if summary else ''}")


if __name__ == "__main__":
    main()
