"""Reads OCSF as others do.

Every event is held against the published schema, of the version it names and of the one that py-ocsf-models has, and
read by py-ocsf-models.
"""

import json
from collections import Counter

import ocsf_json_schema
import py_ocsf_models
from jsonschema import Draft202012Validator
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from py_ocsf_models.objects.cloud import Cloud
from told import Told, same

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
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file] if path.suffix == ".ndjson" else json.load(file)


def validator(version):
    schemas = ocsf_json_schema.OcsfJsonSchemaEmbedded(ocsf_json_schema.get_ocsf_schema(version=version))
    schema = schemas.get_class_schema(class_name="compliance_finding", profiles=["cloud"])
    return Draft202012Validator(schema)


def main():
    told = Told()
    read = events(told.report)
    versions = {event["metadata"]["version"] for event in read}
    same("version", versions, {"1.8.0"})
    validators = [validator(version) for version in versions | {py_ocsf_models.OCSF_VERSION}]
    counted = Counter()
    for event in read:
        for validate in validators:
            errors = [f"{error.json_path}: {error.message[:300]}" for error in validate.iter_errors(event)]
            assert not errors, errors
        model = ComplianceFinding.model_validate(event)
        finding = told.findings[model.finding_info.uid]
        ids = (int(model.status_id), int(model.compliance.status_id))
        assert ids == STATUSES[finding["status"]], (finding["status"], ids)
        assert model.type_uid == model.class_uid * 100 + model.activity_id
        assert model.resources[0].uid == finding["resource"]["arn"]
        assert model.resources[0].type == finding["resource"]["type"]
        assert model.resources[0].region == finding["region"]
        assert len(model.evidences or []) == len(finding["evidence"])
        assert 1_500_000_000_000 < model.time < 5_000_000_000_000, "milliseconds"
        assert Cloud.model_validate(event["cloud"]).account.uid == finding["account"]
        if finding["unknown"]:
            for part in finding["unknown"].values():
                assert part in model.status_detail, (part, model.status_detail)
        counted[finding["status"]] += 1
    print("ok every event fits both published schemas and the models, and says what the document says")
    same("ids", [event["finding_info"]["uid"] for event in read], list(told.findings))
    same("events by status", counted, told.statuses)


main()
