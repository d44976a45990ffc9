"""Numbers pass promtool, and are read by Prometheus's own client."""

import subprocess
from collections import Counter

from prometheus_client.parser import text_string_to_metric_families
from told import Told, same, true

told = Told()
text = told.report.read_bytes()
check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
same("what promtool says", (check.returncode, check.stdout.decode(), check.stderr.decode()), (0, "", ""))

families = {family.name: family for family in text_string_to_metric_families(text.decode())}
true("all are gauges with a help", all(f.type == "gauge" and f.documentation for f in families.values()))


def by(name, *labels):
    """Values of a metric, summed by these labels."""
    sums = Counter()
    for sample in families[name].samples:
        sums[tuple(sample.labels[label] for label in labels)] += sample.value
    return {key if len(key) != 1 else key[0]: value for key, value in sums.items()}


findings = told.document["findings"]
same("findings by status", by("plimsoll_findings", "status"), dict(told.statuses))
same(
    "findings by account, check, duty, severity and status",
    by("plimsoll_findings", "account", "check", "duty", "severity", "status"),
    dict(Counter((f["account"], f["check"], f["duty"], f["severity"], f["status"]) for f in findings)),
)
unknown = Counter(f["unknown"]["reason"] for f in findings if f["status"] == "unknown")
same("unknown by reason", by("plimsoll_unknown_findings", "reason") if unknown else {}, dict(unknown))
summary = told.document["summary"]
ratio = by("plimsoll_coverage_ratio", "account")
true("coverage", len(ratio) == 1 and 0 <= summary["reached"] / summary["judgements"] - min(ratio.values()) < 0.0001)
same("whether it came to its end", by("plimsoll_scan_complete")[()], 0.0 if summary["partial"] else 1.0)
bounded = {"account", "check", "duty", "severity", "status", "reason", "state", "version"}
labels = {label for family in families.values() for sample in family.samples for label in sample.labels}
same("labels that could grow with the account", labels - bounded, set())
states = by("plimsoll_account_state", "state")
same("each account is in one state", sum(states.values()), float(len(told.document["accounts"])))
