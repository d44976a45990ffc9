"""OSCAL assessment results are read by compliance-trestle."""

from collections import Counter

from told import Told, same, true
from trestle.oscal.assessment_results import AssessmentResults


def properties(of):
    return {prop.name: prop.value for prop in of.props}


def word(value):
    return str(getattr(value, "value", value))


def main():
    document = Told()
    results = AssessmentResults.oscal_read(document.report)
    same("plan", results.import_ap.href, f"#{results.back_matter.resources[0].uuid}")
    [result] = results.results
    components = {component.uuid: component for component in result.local_definitions.components}
    counted = Counter()
    observed = {}
    for observation in result.observations or []:
        told = properties(observation)
        finding = document.findings[told["finding-id"]]
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
    ids = [properties(observation)["finding-id"] for observation in result.observations or []]
    same("ids", ids, list(document.findings))
    same("observations by status", counted, document.statuses)
    same("UUIDs of observations", len(observed), len(ids))
    reviewed = {
        control.control_id
        for selection in result.reviewed_controls.control_selections
        for control in selection.include_controls
    }
    for finding in result.findings:
        told = properties(finding)
        assert finding.target.target_id in reviewed
        state, reason = word(finding.target.status.state), word(finding.target.status.reason)
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
    print("ok what is satisfied was seen to pass, and what was not seen is not satisfied")
    true("every control has one finding", len({it.uuid for it in result.findings}) == len(result.findings) == len(reviewed))


main()
