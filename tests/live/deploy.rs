//! The templates and the workflow in `deploy/`, linted and read by programs that are not ours.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::moto::python;

const TEMPLATES: [&str; 2] = ["fargate.yaml", "member-role.yaml"];

/// One region of each partition, as not every type of resource is everywhere.
const PARTITIONS: [&str; 3] = ["us-east-1", "cn-north-1", "us-gov-west-1"];

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file)
}

#[test]
fn every_template_passes_cfn_lint_in_every_partition() {
    let mut command = python();
    let program = "import sys; from cfnlint.runner import main; sys.exit(main())";
    command.args(["-c", program, "--regions"]).args(PARTITIONS).arg("--template");
    let output = command.args(TEMPLATES.map(deploy)).output().expect("Python starts");
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{told}", output.status);
}

/// What a Python program prints as JSON, given a file of `deploy/`.
fn read(program: &str, file: &str) -> Value {
    let output = python().args(["-c", program]).arg(deploy(file)).output().expect("Python starts");
    assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A template, its short functions written out.
fn template(file: &str) -> Value {
    read("import json, sys; from cfnlint.decode import cfn_yaml; print(json.dumps(cfn_yaml.load(sys.argv[1])))", file)
}

#[test]
fn the_task_takes_no_connections_and_keeps_its_findings_to_itself() {
    let resources = &template("fargate.yaml")["Resources"];
    let group = &resources["SecurityGroup"]["Properties"];
    assert!(group["SecurityGroupIngress"].is_null());
    for rule in group["SecurityGroupEgress"].as_array().expect("without any, everything may go out") {
        assert_eq!((&rule["FromPort"], &rule["ToPort"]), (&443.into(), &443.into()));
    }
    let bucket = &resources["Bucket"]["Properties"];
    let blocks = bucket["PublicAccessBlockConfiguration"].as_object().expect("public access is blocked");
    assert!(blocks.len() == 4 && blocks.values().all(|blocked| blocked == true), "{blocks:?}");
    assert!(bucket["BucketEncryption"].is_object());
    let denial = &resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][0];
    assert_eq!(
        (&denial["Effect"], &denial["Principal"], &denial["Action"]),
        (&"Deny".into(), &"*".into(), &"s3:*".into())
    );
    assert_eq!(denial["Condition"]["Bool"]["aws:SecureTransport"], "false");
    assert!(resources["LogGroup"]["Properties"]["RetentionInDays"].is_object());
    for container in resources["Task"]["Properties"]["ContainerDefinitions"].as_array().expect("containers") {
        assert_eq!(container["ReadonlyRootFilesystem"], true, "{}", container["Name"]);
        assert_eq!(container["User"], "65532:65532", "{}", container["Name"]);
        assert_eq!(container["LinuxParameters"]["Capabilities"]["Drop"][0], "ALL", "{}", container["Name"]);
    }
}

/// Every statement of every policy of an identity.
fn statements(resources: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    collect(resources, &mut found);
    found.retain(|statement| statement["Effect"] == "Allow" && statement["Principal"].is_null());
    found
}

fn collect(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("Statement").and_then(Value::as_array).into_iter().flatten().cloned());
            object.values().for_each(|value| collect(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

#[test]
fn nothing_is_allowed_on_everything_but_what_names_no_resource() {
    let statements = statements(&template("fargate.yaml")["Resources"]);
    assert!(statements.len() > 5, "{statements:?}");
    for statement in statements {
        let actions = match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            action => vec![action.clone()],
        };
        for action in actions.iter().map(|action| action.as_str().expect("an action")) {
            assert!(!action.contains('*'), "{statement}");
            let names_none = action == "ecr:GetAuthorizationToken" || action.starts_with("organizations:");
            assert_eq!(statement["Resource"] == "*", names_none, "{statement}");
        }
    }
}

#[test]
fn the_workflow_has_no_right_but_to_be_known_to_aws() {
    // YAML 1.1 takes `on` for a truth.
    let workflow =
        read("import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))", "github-action.yml");
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    let jobs = workflow["jobs"].as_object().expect("jobs");
    let [job] = jobs.values().collect::<Vec<_>>()[..] else { panic!("one job: {jobs:?}") };
    assert_eq!(job["permissions"], serde_json::json!({"contents": "read", "id-token": "write"}));
    let keeps = job["steps"].as_array().expect("steps").last().expect("a last one");
    assert!(keeps["if"].as_str().expect("a condition").contains("github.event.repository.private"), "{keeps}");
}
