//! What holds for every file, so that the next check looks like the last one, and so that nothing but reads is called.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::pace::Limits;
use plimsoll_checks::contract::{DutyId, Model, Owner, Registered, ServiceModel};
use plimsoll_checks::{SERVICES, checks};

use crate::case::{cases_of, path_of};

/// A source file of the workspace.
struct Source {
    /// Its path from the root of the repository, with `/`.
    path: String,
    text: String,
    /// The text with comments blanked.
    code: String,
}

impl Source {
    fn name(&self) -> &str {
        self.path.rsplit('/').next().expect("a path has a last part")
    }

    /// The service whose folder it is in: one with checks, or one that is only read.
    fn service(&self) -> Option<&str> {
        let folder = self.path.strip_prefix("checks/")?.split_once('/')?.0;
        root().join("checks").join(folder).join("collect.rs").is_file().then_some(folder)
    }

    fn is_check(&self) -> bool {
        self.service().is_some() && self.code.contains("crate::check! {")
    }

    fn is_collector(&self) -> bool {
        self.service().is_some() && self.name() == "collect.rs"
    }

    /// Whether it may import the crates of the AWS SDK.
    fn may_know_the_sdk(&self) -> bool {
        self.is_collector() || self.path.starts_with("checks/live/") || self.path.starts_with("src/aws/")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            files(&entry, extension, found);
        } else if entry.extension().is_some_and(|e| e == extension) {
            found.push(entry);
        }
    }
}

fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).expect("inside the repository");
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in ["src", "checks"] {
        files(&root().join(folder), "rs", &mut found);
    }
    let source = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source file");
        Source { path: relative(&path), code: without_comments(&text), text }
    };
    found.into_iter().map(source).collect()
}

/// The text with comments blanked, and the insides of raw strings left alone.
fn without_comments(text: &str) -> String {
    let (mut code, mut rest) = (String::new(), text);
    while let Some(next) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            rest = &rest[end..];
            continue;
        } else if rest.starts_with("r#\"") {
            rest.find("\"#").map_or(rest.len(), |end| end + 2)
        } else if next == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") {
            3
        } else {
            next.len_utf8()
        };
        code.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    code
}

/// The identifier at the start of a text.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// What follows each occurrence of `before`.
fn after<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(before).map(move |(at, found)| &text[at + found.len()..])
}

/// The string literal at the start of a text, blanks aside.
fn literal(text: &str) -> Option<String> {
    let inside = text.trim_start().strip_prefix('"')?;
    let mut escaped = false;
    let end = inside.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    Some(inside[..end].replace("\\\"", "\""))
}

// ---- checks ----

#[test]
fn every_check_file_is_listed_in_its_service() {
    let written: BTreeSet<String> =
        sources().iter().filter(|source| source.is_check()).map(|source| source.path.clone()).collect();
    let listed: BTreeSet<String> = checks()
        .iter()
        .map(|check| {
            let file = path_of(check);
            let name = file.file_stem().expect("a name").to_string_lossy();
            format!("checks/{}/{name}.rs", check.service.id)
        })
        .collect();
    assert_eq!(written, listed, "left: files with a check; right: checks listed in `checks!`");
}

#[test]
fn every_file_of_cases_has_its_check() {
    let mut found = Vec::new();
    files(&root().join("fixtures/checks"), "json", &mut found);
    let known: BTreeSet<PathBuf> = checks().iter().map(path_of).collect();
    let stray: Vec<_> = found.iter().filter(|file| !known.contains(*file)).collect();
    assert!(stray.is_empty(), "cases of no check: {stray:?}");
}

#[test]
fn ids_are_unique_and_plain_and_start_with_their_service() {
    let mut seen = BTreeSet::new();
    for check in checks() {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(check.id.chars().all(plain), "{}", check.id);
        assert!(check.id.starts_with(&format!("{}-", check.service.id)), "{}", check.id);
        assert!(seen.insert(&check.id), "{} is there twice", check.id);
    }
}

#[test]
fn every_check_is_documented() {
    for check in checks() {
        let title = check.check.docs.first().map_or("", |line| line.trim());
        assert!(title.chars().next().is_some_and(char::is_uppercase), "{}: the title starts lower-case", check.id);
        assert!(!title.ends_with('.'), "{}: the title ends in a full stop", check.id);
        assert!(check.title.chars().count() <= 100, "{}: the title is longer than 100 characters", check.id);
        for (what, text) in [("why", &check.why), ("fix", &check.fix), ("source", &check.source)] {
            assert!(text.chars().count() >= 20, "{}: no {what}, or hardly any: {text:?}", check.id);
        }
        for heading in check.check.docs.iter().filter_map(|line| line.trim().strip_prefix("# ")) {
            assert!(["Fix", "Source"].contains(&heading), "{}: nobody shows the section {heading:?}", check.id);
        }
    }
}

/// Lower case, unless it starts with a name; no full stop.
fn ill_written(message: &str) -> Option<&'static str> {
    let mut chars = message.chars();
    let (first, second) = (chars.next(), chars.next());
    match (first, second) {
        (None, _) => return Some("is empty"),
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            return Some("starts upper-case");
        }
        (Some(first), _) if first.is_whitespace() => return Some("starts with a blank"),
        _ => {}
    }
    (message.ends_with('.') && !message.ends_with("..")).then_some("ends in a full stop")
}

#[test]
fn messages_start_lower_case_and_have_no_full_stop() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.service().is_some() && !source.is_collector()) {
        for before in ["pass(", "fail(", "not_applicable("] {
            for text in after(&source.code, before) {
                let text = text.trim_start();
                let Some(message) = literal(text.strip_prefix("format!(").unwrap_or(text)) else { continue };
                wrong.extend(ill_written(&message).map(|why| format!("{}: {message:?} {why}", source.path)));
            }
        }
    }
    for check in checks() {
        for case in cases_of(check) {
            for (id, answer) in &case.expect {
                let Some((_, message)) = answer.split_once(": ") else { continue };
                wrong.extend(ill_written(message).map(|why| format!("{}, {id}: {message:?} {why}", check.id)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// ---- the model ----

#[test]
fn the_model_is_whole_and_consistent() {
    let model = Model::get();
    let ids: Vec<&str> = model.duties.iter().map(|duty| &*duty.id).collect();
    assert_eq!(ids, DutyId::ALL.iter().map(|duty| duty.as_str()).collect::<Vec<_>>(), "`facts` goes by the order");
    let sizes = [model.provider_duties.len(), ids.len(), model.groups.len(), model.domains.len(), model.steps.len()];
    assert_eq!(sizes, [12, 29, 7, 6, 5]);
    for duty in &model.duties {
        assert!(model.group(&duty.group).is_some(), "{}: no group {}", duty.id, duty.group);
        assert!(model.domain(&duty.domain).is_some(), "{}: no domain {}", duty.id, duty.domain);
        let step = model.steps.iter().find(|step| step.step == duty.decision_step).expect("a step");
        assert_eq!(step.yes, duty.owner, "{}: its step hands it to another", duty.id);
        assert_eq!(duty.overlooked, duty.group == "overlooked", "{}", duty.id);
    }
    for duty in &model.provider_duties {
        let step = model.steps.iter().find(|step| step.step == duty.decision_step).expect("a step");
        assert_eq!(step.yes, Owner::Provider, "{}", duty.id);
    }
    for group in &model.groups {
        let size = model.duties.iter().filter(|duty| duty.group == group.id).count();
        assert_eq!(size, if group.id == "overlooked" { 5 } else { 4 }, "{}", group.id);
    }
    let named = model.service_types.iter().flat_map(|kind| &kind.lead_duties);
    let named = named.chain(model.misunderstandings.iter().flat_map(|found| &found.duties));
    for duty in named.chain(&model.model.false_assumption.duties_at_risk) {
        assert!(ids.contains(&duty.as_str()), "no duty {duty}");
    }
    let mut services = BTreeSet::new();
    for service in model.service_types.iter().flat_map(|kind| &kind.services) {
        assert!(services.insert(service), "{service} is of two service models");
    }
}

#[test]
fn who_answers_in_which_model_is_as_the_model_says_elsewhere() {
    let model = Model::get();
    let kinds = [ServiceModel::IaaS, ServiceModel::PaaS, ServiceModel::SaaS];
    for duty in &model.duties {
        let is_shared = kinds.iter().any(|kind| duty.answers_in(*kind) == Owner::Shared);
        assert_eq!(is_shared, duty.shared_part.is_some(), "{}: who does which part, where it is shared", duty.id);
        assert_eq!(duty.answers_in(ServiceModel::IaaS), Owner::Customer, "{}: nobody else has more to do", duty.id);
        for service in duty.arises_in.iter().flatten() {
            assert!(model.service_type(service).is_some(), "{}: the model has no {service}", duty.id);
        }
    }
    let lead = model.service_types.iter().flat_map(|kind| kind.lead_duties.iter().map(move |duty| (kind.id, duty)));
    let neglected = model.misunderstandings.iter().flat_map(|found| {
        let kinds = found.services.iter().filter_map(|service| model.service_type(service));
        kinds.flat_map(|kind| found.duties.iter().map(move |duty| (kind.id, duty)))
    });
    for (kind, duty) in lead.chain(neglected) {
        let answers = model.duty(duty).expect("a duty").answers_in(kind);
        assert_ne!(answers, Owner::Provider, "{duty} matters most for the customer of {}", kind.as_str());
    }
    for check in checks() {
        let answers = check.check.duty.facts().answers_for(check.service.id, check.service_model);
        assert!(matches!(answers, Some(Owner::Customer | Owner::Shared)), "{} judges what is not yours", check.id);
    }
}

#[test]
fn every_duty_of_the_provider_has_reports_and_every_report_a_duty() {
    let model = Model::get();
    let mut named = BTreeSet::new();
    for duty in &model.provider_duties {
        let reports: Vec<&str> = duty.reports().map(|report| &*report.id).collect();
        assert!(!reports.is_empty(), "{}", duty.id);
        named.extend(reports);
    }
    let known: BTreeSet<&str> = model.artifact_reports.iter().map(|report| &*report.id).collect();
    assert_eq!(named, known);
    // An id that is not known would be left out in silence.
    let written = fs::read_to_string(root().join("checks/duties.toml")).expect("a file");
    for line in written.lines().filter_map(|line| line.strip_prefix("reports = [")) {
        for id in line.trim_end_matches(']').split(", ") {
            assert!(known.contains(id.trim_matches('"')), "no report {id}");
        }
    }
}

// ---- arrows ----

const SDK: [&str; 5] = ["aws_sdk_", "aws_config", "aws_smithy_", "aws_types", "aws_credential_types"];

/// Names crates in quotes, to say whose logs are shown; it is built without them, too.
const NAMES_THEIR_LOGS: &str = "src/logging.rs";

#[test]
fn only_collectors_and_sessions_know_the_sdk() {
    let strangers = |source: &&Source| !source.may_know_the_sdk() && source.path != NAMES_THEIR_LOGS;
    for source in sources().iter().filter(strangers) {
        for sdk in SDK {
            assert!(!source.code.contains(sdk), "{} knows {sdk}", source.path);
        }
    }
}

#[test]
fn collectors_know_the_sdk_of_their_own_service_only() {
    // The SDK of a second API with the same IAM prefix, or one that is named after a second version.
    let second = BTreeMap::from([("s3", "s3control"), ("macie", "macie2")]);
    for source in sources().iter().filter(|source| source.is_collector()) {
        let service = source.service().expect("collectors are in services");
        for sdk in after(&source.code, "aws_sdk_").map(identifier) {
            assert!(sdk == service || second.get(service) == Some(&sdk), "{} knows aws_sdk_{sdk}", source.path);
        }
    }
}

#[test]
fn arrows_point_one_way() {
    for source in sources() {
        if source.path.starts_with("checks/") {
            assert!(!source.code.contains("plimsoll::"), "{} knows the program", source.path);
        }
        if source.path.starts_with("checks/contract/") {
            for to in ["live"].into_iter().chain(SERVICES.iter().map(|service| service.id)) {
                assert!(!source.code.contains(&format!("crate::{to}::")), "{} knows {to}", source.path);
            }
        }
        if source.service().is_some() && !source.is_collector() {
            assert!(!source.code.contains("crate::live"), "{} knows the live account", source.path);
        }
        if source.path.starts_with("src/report/") {
            for to in ["aws", "cli"] {
                assert!(!source.code.contains(&format!("crate::{to}::")), "{} knows {to}", source.path);
            }
        }
    }
}

#[test]
fn collectors_are_built_with_the_live_feature_only() {
    for source in sources().iter().filter(|source| source.service().is_some() && source.name() == "mod.rs") {
        assert!(source.code.contains("#[cfg(feature = \"live\")]\npub mod collect;"), "{}", source.path);
    }
}

#[test]
fn every_record_is_named_after_its_service_and_type_and_has_its_collector() {
    let sources = sources();
    for service in sources.iter().filter_map(Source::service).collect::<BTreeSet<_>>() {
        let folder = format!("checks/{service}/");
        let (mut records, mut collected) = (BTreeSet::new(), BTreeSet::new());
        for source in sources.iter().filter(|source| source.path.starts_with(&folder)) {
            for (how, before) in [("list", "resource!("), ("detail", "detail!(")] {
                for text in after(&source.code, before) {
                    let record = identifier(text.trim_start());
                    let told_by_another = text.split('|').next().is_some_and(|head| head.contains("[]"));
                    let name = text.split('"').nth(1).expect("a name");
                    assert_eq!(name, format!("{service}/{record}"), "{}", source.path);
                    if !told_by_another {
                        assert!(records.insert(format!("{how} {record}")), "{}: {record} twice", source.path);
                    }
                }
            }
            if let Some(list) = after(&source.code, "crate::collectors! {").next() {
                let list = list.split('}').next().expect("a list ends");
                let entries = list.split(',').filter_map(|entry| entry.split_once('=')).map(|(what, _)| what.trim());
                collected.extend(entries.map(str::to_owned));
            }
        }
        assert_eq!(records, collected, "{service}: left: records; right: collectors");
    }
}

// ---- nothing but reads ----

/// The verbs of operations that change nothing.
const READING: [&str; 4] = ["Get", "List", "Describe", "BatchGet"];

/// Operations of another verb that change nothing either, with the reason.
const ALSO_READING: [(&str, &str); 3] = [
    ("GenerateCredentialReport", "IAM sums up what it knows; GetCredentialReport has nothing to give before"),
    ("HeadBucket", "S3 tells where a bucket is"),
    ("SimulatePrincipalPolicy", "IAM works out what policies permit; nothing is called"),
];

/// Operations that sound like reading but hand out what is not ours to see: contents, secrets, credentials.
const PRYING: [&str; 24] = [
    "BatchGetItem",
    "BatchGetSecretValue",
    "GetAuthorizationToken",
    "GetClusterCredentials",
    "GetConsoleOutput",
    "GetConsoleScreenshot",
    "GetCredentialsForIdentity",
    "GetDownloadUrlForLayer",
    "GetFederationToken",
    "GetFunction",
    "GetItem",
    "GetLogEvents",
    "GetObject",
    "GetOpenIdToken",
    "GetParameter",
    "GetParameters",
    "GetParametersByPath",
    "GetParameterHistory",
    "GetPasswordData",
    "GetQueryResults",
    "GetRecords",
    "GetRoleCredentials",
    "GetSecretValue",
    "GetSessionToken",
];

fn reads(operation: &str) -> bool {
    // `Get` alone is no verb of `Getaway`.
    let verb = |verb: &&str| operation.strip_prefix(*verb).is_some_and(|rest| rest.starts_with(char::is_uppercase));
    let also = ALSO_READING.iter().any(|(name, _)| *name == operation);
    (READING.iter().any(verb) || also) && !PRYING.contains(&operation)
}

/// Methods without arguments that collectors and sessions call and that are no operations of the SDK. Every operation
/// is a method without arguments of a client, so what is in neither this list nor that of the reading operations stops
/// the build. To add a method here is to say that it asks AWS for nothing.
const NO_OPERATIONS: &[&str] = &[
    "abort",
    "acquire",
    "action",
    "as_bytes",
    "as_connector_error",
    "as_deref",
    "as_mut",
    "as_ref",
    "as_secs",
    "as_slice",
    "as_str",
    "as_u16",
    "asked",
    "boxed",
    "build",
    "calls",
    "chars",
    "clone",
    "cloned",
    "code",
    "collect",
    "config",
    "copied",
    "count",
    "credentials",
    "credentials_provider",
    "dedup",
    "default",
    "each_ref",
    "elapsed",
    "endpoint_region",
    "endpoint_url",
    "enumerate",
    "err",
    "expiry",
    "finish_non_exhaustive",
    "first",
    "flatten",
    "get",
    "global",
    "global_region",
    "headers",
    "host",
    "http_client",
    "iam_action",
    "into",
    "into_builder",
    "into_calls",
    "into_inner",
    "into_iter",
    "into_paginator",
    "into_service_error",
    "ip",
    "is_empty",
    "is_err",
    "is_fifo",
    "is_in_use",
    "is_loopback",
    "is_none",
    "is_ok",
    "is_some",
    "is_timeout",
    "iter",
    "iter_mut",
    "keys",
    "last",
    "len",
    "lines",
    "load",
    "local_addr",
    "lock",
    "log_group",
    "max",
    "message",
    "min",
    "name",
    "next",
    "pop",
    "notified",
    "ok",
    "one_endpoint",
    "pace",
    "parse",
    "peekable",
    "place",
    "pop",
    "port",
    "price",
    "profiles",
    "provide_credentials",
    "raw",
    "raw_response",
    "region",
    "request_id",
    "rev",
    "reveal",
    "reverse",
    "scheme",
    "secs",
    "send",
    "shared",
    "sleep_impl",
    "sort",
    "sort_unstable",
    "source",
    "status",
    "subsec_nanos",
    "sum",
    "take",
    "take_on",
    "to_builder",
    "to_lowercase",
    "to_owned",
    "to_string",
    "to_uppercase",
    "to_vec",
    "transpose",
    "trim",
    "try_collect",
    "turn",
    "unwrap",
    "unwrap_err",
    "unzip",
    "use_dual_stack",
    "use_fips",
    "values",
];

/// Every `Call` that the workspace declares: service and operation.
fn declared_calls() -> BTreeSet<(String, String)> {
    let mut calls = BTreeSet::new();
    for source in sources().iter().filter(|source| source.path != "checks/contract/read.rs") {
        for before in ["api(", "api_as("] {
            for text in after(&source.code, before) {
                let service = literal(text).unwrap_or_else(|| panic!("{}: a call is not literal", source.path));
                let operation = text.split('"').nth(3).expect("an operation").to_owned();
                calls.insert((service, operation));
            }
        }
    }
    calls
}

#[test]
fn every_declared_call_reads() {
    let calls = declared_calls();
    assert!(!calls.is_empty());
    // Made where no collector is; see WRITING.
    let writes = |operation: &str| WRITING.iter().any(|(_, operations)| operations.contains(&operation));
    for (service, operation) in calls.iter().filter(|(_, operation)| !writes(operation)) {
        assert!(reads(operation), "{service}:{operation} is not on the list of reading operations");
    }
    // Nothing reaches the registry beside what the text declares.
    for call in checks().iter().flat_map(Registered::reads).flat_map(|read| read.calls) {
        let declared = (call.service.to_owned(), call.operation.to_owned());
        assert!(calls.contains(&declared), "{} was not found in the text", call.name());
    }
}

#[test]
fn every_declared_call_has_a_limit_of_its_service() {
    for (service, operation) in &declared_calls() {
        assert!(Limits::published().lists(service), "{service}:{operation}: src/pace/limits.toml lacks {service}");
        let (_, limit) = Limits::published().of(service, operation);
        assert!(limit.rate > 0.0, "{service}:{operation}");
    }
}

#[test]
fn every_permission_asked_for_reads() {
    for call in checks().iter().flat_map(Registered::reads).flat_map(|read| read.calls) {
        let action = call.iam_action();
        let (_, name) = action.split_once(':').expect("service:Action");
        assert!(reads(name), "{action} permits more than reading");
    }
}

/// The files that call operations which are no reads, and the operations: each in one file, and none of them what a check
/// asks for. Taking on a role changes nothing. The others write what the user asks for by name: an object for
/// `--output s3://…`, findings for `--security-hub`, what is new for `--notify`.
const WRITING: [(&str, &[&str]); 4] = [
    ("src/aws/credentials.rs", &["AssumeRole"]),
    ("src/aws/import.rs", &["BatchImportFindings"]),
    ("src/aws/topic.rs", &["Publish"]),
    (
        "src/aws/upload.rs",
        &["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"],
    ),
];

fn may_call(source: &Source, operation: &str) -> bool {
    WRITING.iter().any(|(path, operations)| *path == source.path && operations.contains(&operation))
}

#[test]
fn what_writes_does_so_in_one_file_and_is_no_read_of_any_check() {
    let mut files = BTreeSet::new();
    for (path, operations) in WRITING {
        assert!(files.insert(path), "{path} is there twice");
        let text = fs::read_to_string(root().join(path)).expect("the file is there");
        for operation in operations {
            assert!(!reads(operation), "{operation} reads");
            let method: String = operation.chars().fold(String::new(), |method, c| {
                let before = if c.is_uppercase() { "_" } else { "" };
                format!("{method}{before}{}", c.to_ascii_lowercase())
            });
            assert!(text.contains(&format!(".{}()", &method[1..])), "{path} does not call {operation}");
            let named_elsewhere = WRITING.iter().filter(|(_, others)| others.contains(operation)).count();
            assert_eq!(named_elsewhere, 1, "{operation} is called in several files");
            let asked = checks().iter().flat_map(Registered::reads).flat_map(|read| read.calls);
            assert_eq!(asked.filter(|call| call.operation == *operation).count(), 0, "a check asks for {operation}");
        }
    }
}

#[test]
fn every_operation_called_reads() {
    let folded = |name: &str| name.replace('_', "").to_lowercase();
    let declared: BTreeSet<String> = declared_calls().iter().map(|(_, operation)| folded(operation)).collect();
    let mut called = BTreeSet::new();
    for source in sources().iter().filter(|source| source.may_know_the_sdk() && source.code.contains("aws_sdk_")) {
        let code = &source.code;
        // Blanks do not hide a call.
        let squeezed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        for text in after(&squeezed, ".") {
            let method = identifier(text);
            let has_no_arguments = text[method.len()..].starts_with("()");
            if method.is_empty() || !has_no_arguments || NO_OPERATIONS.contains(&method) {
                continue;
            }
            let operation = camel_case(method);
            if may_call(source, &operation) {
                continue;
            }
            assert!(reads(&operation), "{}: .{method}() is not known to read", source.path);
            if source.is_collector() {
                let is_declared = declared.contains(&folded(method));
                assert!(is_declared, "{}: .{method}() has no Call, so no permission is asked for it", source.path);
            }
            called.insert(operation);
        }
        // Nor do other ways to the same operations.
        for text in after(&squeezed, "Client::") {
            let function = identifier(text);
            assert!(["new", "from_conf"].contains(&function), "{}: Client::{function}", source.path);
        }
        assert!(!code.contains("Client as "), "{}: a client under another name", source.path);
        for module in after(&squeezed, "operation::").map(identifier) {
            let is_grouped = module.is_empty();
            assert!(!is_grouped && reads(&camel_case(module)), "{}: operation::{module}", source.path);
        }
    }
    assert!(called.len() > 2, "only {called:?} were found");
}

fn camel_case(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

#[test]
fn the_list_of_reading_operations_is_not_fooled() {
    for operation in ["GetBucketPolicy", "ListKeys", "DescribeDBInstances", "GenerateCredentialReport"] {
        assert!(reads(operation), "{operation}");
    }
    for operation in ["PutBucketPolicy", "Getaway", "GetObject", "DeleteKey", "GenerateDataKey", "AssumeRole", "Get"] {
        assert!(!reads(operation), "{operation}");
    }
    let hidden = "client // .list_keys()\n    .delete_key()\n    .send(\"// no comment\")";
    assert_eq!(without_comments(hidden), "client \n    .delete_key()\n    .send(\"// no comment\")");
}

// ---- style ----

#[test]
fn no_default_stands_in_for_a_missing_answer() {
    for source in sources().iter().filter(|source| source.path.starts_with("checks/")) {
        assert!(!source.code.contains("unwrap_or_default"), "{}: unwrap_or_default", source.path);
        // A tag without a value is all that AWS itself leaves out to say "empty".
        for line in source.code.lines().filter(|line| source.is_collector() && !line.contains("tag.value")) {
            for hidden in ["unwrap_or(", "unwrap_or_else(", "map_or(", ".ok()"] {
                assert!(!line.contains(hidden), "{}: what if the answer is missing? {}", source.path, line.trim());
            }
        }
    }
}

#[test]
fn modules_say_what_they_are_and_are_not_called_helpers() {
    for source in sources() {
        let opens_with_docs = source.text.starts_with("//! ");
        assert!(opens_with_docs || source.is_check(), "{} does not say what it is", source.path);
        let name = source.path.trim_end_matches(".rs");
        for vague in ["util", "utils", "common", "helper", "helpers", "misc"] {
            assert!(name.split('/').all(|part| part != vague), "{}: says nothing", source.path);
        }
    }
}
