"""What the JSON report of a scan says, for readers of other formats to compare with."""

import json
import sys
from collections import Counter
from pathlib import Path


class Told:
    """A report to read, and the document of the same scan."""

    def __init__(self):
        report, document = sys.argv[1:]
        self.report = Path(report)
        self.document = json.loads(Path(document).read_text(encoding="utf-8"))
        self.findings = {finding["id"]: finding for finding in self.document["findings"]}
        self.statuses = Counter(finding["status"] for finding in self.findings.values())
        assert len(self.findings) == len(self.document["findings"]) > 0


def same(what, left, right):
    """Says that a fact holds, or ends."""
    assert left == right, f"{what}: {left!r} is not {right!r}"
    print("ok", what)


def true(what, holds):
    """The same of a fact that is true or not."""
    same(what, bool(holds), True)
