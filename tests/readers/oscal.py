"""Reads OSCAL assessment results with compliance-trestle: `oscal.py RESULTS REPORT`, where the second is the JSON report
of the same scan."""

import collections
import json
import pathlib
import sys

from trestle.oscal.assessment_results import AssessmentResults


def properties(of):
    return {prop.name: prop.value for prop in of.props}


def main(path, report):
    with open(report, encoding="utf-8") as file:
        findings = {finding["id"]: finding for finding in json.load(file)["findings"]}
    results = AssessmentResults.oscal_read(pathlib.Path(path))
    assert results.import_ap.href == f"#{results.back_matter.resources[0].uuid}"
    [result] = results.results
    components = {component.uuid: component for component in result.local_definitions.components}
    counted = collections.Counter()
    observed = {}
    for observation in result.observations or []:
        told = properties(observation)
        finding = findings[told["finding-id"]]
        assert (told["check"], told["status"]) == (finding["check"], finding["status"])
        [subject] = observation.subjects
        account = properties(components[subject.subject_uuid])["account"]
        assert account == finding["account"] == properties(subject)["account"]
        assert properties(subject)["arn"] == " ".join(finding["resource"]["arn"].split())
        assert len(observation.relevant_evidence or []) == len(finding["evidence"])
        if finding["unknown"]:
            assert "Nothing is known of this" in observation.remarks
        observed[observation.uuid] = finding
        counted[finding["status"]] += 1
    assert len(observed) == len(result.observations or []) == len(findings)
    reviewed = {
        control.control_id
        for selection in result.reviewed_controls.control_selections
        for control in selection.include_controls
    }
    stands = collections.Counter()
    for finding in result.findings:
        told = properties(finding)
        assert finding.target.target_id in reviewed
        state = str(getattr(finding.target.status.state, "value", finding.target.status.state))
        reason = str(getattr(finding.target.status.reason, "value", finding.target.status.reason))
        statuses = [observed[it.observation_uuid]["status"] for it in finding.related_observations or []]
        if state == "satisfied":
            assert told["status"] == "pass" and set(statuses) <= {"pass", "not-applicable"} and "pass" in statuses
        if reason == "fail":
            assert statuses[0] == "fail"
        if "fail" in statuses or "unknown" in statuses:
            assert state == "not-satisfied"
        for it in finding.related_observations or []:
            controls = observed[it.observation_uuid]["controls"]
            assert told["control"] in controls[told["framework"]]
        stands[told["status"], state, reason] += 1
    assert len({finding.uuid for finding in result.findings}) == len(result.findings) == len(reviewed)
    print(dict(counted), dict(stands))


main(*sys.argv[1:])
