"""Reads OCSF as others do: `ocsf.py EVENTS REPORT`, where the second is the JSON report of the same scan.

Every event is held against the published schema, of the version it names and of the one that py-ocsf-models has, and
read by py-ocsf-models.
"""

import collections
import json
import sys

import ocsf_json_schema
import py_ocsf_models
from jsonschema import Draft202012Validator
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from py_ocsf_models.objects.cloud import Cloud

# Our word: the id of the event's status, and of the check's.
STATUSES = {
    "pass": (99, 1),
    "fail": (1, 3),
    "not-applicable": (99, 99),
    "unknown": (0, 0),
    "excepted": (3, 3),
    "attested": (99, 99),
}


def events(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file] if path.endswith("ndjson") else json.load(file)


def validator(version):
    schemas = ocsf_json_schema.OcsfJsonSchemaEmbedded(ocsf_json_schema.get_ocsf_schema(version=version))
    schema = schemas.get_class_schema(class_name="compliance_finding", profiles=["cloud"])
    return Draft202012Validator(schema)


def main(path, report):
    with open(report, encoding="utf-8") as file:
        findings = {finding["id"]: finding for finding in json.load(file)["findings"]}
    read = events(path)
    versions = {event["metadata"]["version"] for event in read}
    assert len(versions) == 1, versions
    validators = [validator(version) for version in versions | {py_ocsf_models.OCSF_VERSION}]
    counted = collections.Counter()
    for event in read:
        for validate in validators:
            errors = [f"{error.json_path}: {error.message[:300]}" for error in validate.iter_errors(event)]
            assert not errors, errors
        told = ComplianceFinding.model_validate(event)
        finding = findings[told.finding_info.uid]
        ids = (int(told.status_id), int(told.compliance.status_id))
        assert ids == STATUSES[finding["status"]], (finding["status"], ids)
        assert told.type_uid == told.class_uid * 100 + told.activity_id
        assert told.resources[0].uid == finding["resource"]["arn"]
        assert told.resources[0].type == finding["resource"]["type"]
        assert told.resources[0].region == finding["region"]
        assert len(told.evidences or []) == len(finding["evidence"])
        assert 1_500_000_000_000 < told.time < 5_000_000_000_000, "milliseconds"
        assert Cloud.model_validate(event["cloud"]).account.uid == finding["account"]
        if finding["unknown"]:
            for part in finding["unknown"].values():
                assert part in told.status_detail, (part, told.status_detail)
        counted[finding["status"]] += 1
    assert len({event["finding_info"]["uid"] for event in read}) == len(read) == len(findings)
    print(dict(counted))


main(*sys.argv[1:])
