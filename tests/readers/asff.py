"""Reads ASFF as AWS's own client does.

botocore validates every batch of 100 as it would before it sends them; what its model says in words alone (lengths,
values) is checked here.
"""

import json
from collections import Counter

import botocore.session
from botocore.validate import ParamValidator
from told import Told, same

# Our word: compliance, workflow, and how the code of the reason begins.
STATUSES = {
    "pass": ("PASSED", "RESOLVED", None),
    "fail": ("FAILED", "NEW", None),
    "not-applicable": ("NOT_AVAILABLE", "RESOLVED", "PLIMSOLL_NOT_APPLICABLE"),
    "unknown": ("NOT_AVAILABLE", "NEW", "PLIMSOLL_UNKNOWN_"),
    "excepted": ("FAILED", "SUPPRESSED", None),
    "attested": ("NOT_AVAILABLE", "SUPPRESSED", "PLIMSOLL_ATTESTED"),
}


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for part in value.items() for text in strings(part[0]))
        yield from (text for part in value.values() for text in strings(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in strings(part))


def lengths(finding):
    compliance, resource = finding["Compliance"], finding["Resources"][0]
    yield finding["Id"], 512
    yield finding["GeneratorId"], 512
    yield finding["Title"], 256
    yield finding["Description"], 1024
    yield finding["Remediation"]["Recommendation"]["Text"], 512
    yield finding["ProductFields"], 50
    yield from ((key, 128) for key in finding["ProductFields"])
    yield from ((value, 2048) for value in finding["ProductFields"].values())
    yield compliance.get("RelatedRequirements", []), 32
    yield from ((requirement, 64) for requirement in compliance.get("RelatedRequirements", []))
    yield resource["Id"], 512
    yield resource["Region"], 16
    yield resource.get("Tags", {}), 50
    yield from ((key, 128) for key in resource.get("Tags", {}))
    yield from ((value, 256) for value in resource.get("Tags", {}).values())


def main():
    told = Told()
    read = json.loads(told.report.read_text(encoding="utf-8"))
    model = botocore.session.get_session().get_service_model("securityhub")
    request = model.operation_model("BatchImportFindings").input_shape
    for start in range(0, len(read), 100):
        errors = ParamValidator().validate({"Findings": read[start : start + 100]}, request)
        assert not errors.has_errors(), errors.generate_report()
    print("ok botocore would send it")
    types = {*model.shape_for("ResourceDetails").members, "AwsAccount"}
    counted = Counter()
    for finding in read:
        of = told.findings[finding["Id"].removeprefix("plimsoll/")]
        status, workflow, code = STATUSES[of["status"]]
        assert finding["Compliance"]["Status"] == status
        assert finding["Workflow"]["Status"] == workflow
        assert finding["RecordState"] == "ACTIVE"
        reasons = finding["Compliance"].get("StatusReasons", [])
        assert bool(reasons) == bool(code) and all(reason["ReasonCode"].startswith(code) for reason in reasons)
        if of["unknown"]:
            assert reasons[0]["Description"].startswith(f"{of['unknown']['reason']}: {of['unknown']['action']}"[:1000])
        quiet = of["status"] in ("pass", "not-applicable")
        assert finding["Severity"]["Label"] == ("INFORMATIONAL" if quiet else of["severity"].upper())
        region, account = finding["Region"], of["account"]
        arn = f"arn:{of['partition']}:securityhub:{region}:{account}:product/{account}/default"
        assert finding["ProductArn"] == arn and finding["AwsAccountId"] == account
        assert region == of["region"] or of["region"] == "global"
        assert finding["Resources"][0]["Type"] in types, finding["Resources"][0]["Type"]
        for text, most in lengths(finding):
            assert 0 < len(text) <= most or text == {} or text == [], (most, text[:3000])
        assert all(strings(finding)), "AWS takes no empty string"
        assert len(json.dumps(finding, ensure_ascii=False).encode()) <= 245_760, "240 KB"
        counted[of["status"]] += 1
    print("ok AWS would take every finding, and it says what the document says")
    same("ids", [finding["Id"].removeprefix("plimsoll/") for finding in read], list(told.findings))
    same("findings by status", counted, told.statuses)


main()
