"""Suites are read by junitparser, and by an XML parser that takes nothing but XML 1.0."""

from collections import Counter
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped
from told import Told, same, true

STATUSES = {Failure: "fail", Error: "unknown", Skipped: "not-applicable"}

told = Told()
root = ElementTree.parse(told.report).getroot()
suites = JUnitXml.fromfile(str(told.report))
cases = [case for suite in suites for case in suite]


def status(case):
    """What a case says, by the one thing that is in it."""
    kinds = [type(result) for result in case.result]
    assert len(kinds) <= 1, kinds
    if case.result and case.result[0].type in ("excepted", "attested"):
        return case.result[0].type
    return STATUSES[kinds[0]] if kinds else "pass"


same("cases by status", Counter(map(status, cases)), told.statuses)
counted = {"pass": suites.tests - suites.failures - suites.errors - suites.skipped}
counted |= {"fail": suites.failures, "unknown": suites.errors, "skipped": suites.skipped}
skipped = sum(told.statuses[status] for status in ("not-applicable", "excepted", "attested"))
expected = {status: told.statuses[status] for status in ("pass", "fail", "unknown")} | {"skipped": skipped}
same("what is counted above all of them", counted, expected)
same("one suite for each account", [suite.name for suite in suites], [row["account"] for row in told.document["accounts"]])
for suite in suites:
    own = Counter(map(status, suite))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (
        own.total(), own["fail"], own["unknown"], own["not-applicable"] + own["excepted"] + own["attested"]), suite.name
print("ok what is counted above each of them")
for case, element in zip(cases, root.iter("testcase"), strict=True):
    properties = {prop.get("name"): prop.get("value") for prop in element.iter("property")}
    finding = told.findings[properties["finding"]]
    assert properties["status"] == finding["status"] == status(case), properties
    assert case.classname == f"{finding['service']}.{finding['check']}", case.classname
    assert len(case.name) < 400
    if finding["status"] in ("fail", "unknown"):
        assert case.result[0].message, case.name
same("ids", len({p.get("value") for p in root.iter("property") if p.get("name") == "finding"}), len(cases))
true("nothing of a name became an element", {e.tag for e in root.iter()} <= {
    "testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped", "system-out"})
