//! The commands that need no account: `checks`, `explain`, `frameworks`, `permissions`, `duties`, `completions`, `man`.

use std::collections::BTreeSet;

use clap::{CommandFactory, Parser, ValueEnum};
use plimsoll::cli::duties;
use plimsoll::cli::permissions::Policy;
use plimsoll::cli::selection::Selected;
use plimsoll::cli::{Cli, Command, Selection, checks, completions, explain, frameworks, man, permissions};
use plimsoll::config::Config;
use plimsoll::matrix;
use plimsoll_checks::contract::{Call, DutyId, Framework, Model, Registered, Rivals};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// What a person sees who has no colours.
fn plain(write: impl FnOnce(&mut Vec<u8>) -> anyhow::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes it");
    anstream::adapter::strip_str(std::str::from_utf8(&out).expect("text")).to_string()
}

fn selection(args: &[&str]) -> Selection {
    let cli = Cli::try_parse_from([&["plimsoll", "checks"], args].concat()).expect("arguments");
    let Command::Checks(args) = cli.command else { panic!("another command") };
    args.selection
}

fn chosen(args: &[&str]) -> Selected {
    selection(args).resolve(&Config::default()).expect("a selection")
}

fn selected(args: &[&str]) -> Vec<&'static str> {
    chosen(args).checks.into_iter().map(|check| &*check.registered.id).collect()
}

fn refused(args: &[&str]) -> String {
    selection(args).resolve(&Config::default()).map(|_| ()).expect_err("a wrong selection").to_string()
}

fn all() -> Vec<&'static Registered> {
    plimsoll_checks::checks().iter().collect()
}

fn assert_fits(what: &str, text: &str) {
    for line in text.lines() {
        assert!(line.width() <= 80, "{what}: wider than 80 columns: {line}");
        assert_eq!(line, line.trim_end(), "{what}: ends in blanks");
    }
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn no_filter_selects_every_check_in_order() {
    assert!(selection(&[]).is_all());
    assert_eq!(selected(&[]), all().iter().map(|check| &*check.id).collect::<Vec<_>>());
}

#[test]
fn filters_of_one_kind_add_up_and_of_several_kinds_narrow_down() {
    let rotation = "kms-key-rotation-enabled";
    let deletion = "kms-key-not-pending-deletion";
    assert_eq!(selected(&["--check", rotation]), [rotation]);
    assert_eq!(selected(&["--check", rotation, "--check", deletion]).len(), 2);
    assert_eq!(selected(&["--check", &format!("{rotation},{deletion}")]).len(), 2);
    assert_eq!(selected(&["--check", "kms-*-deletion"]), [deletion]);
    assert_eq!(selected(&["--service", "kms", "--duty", "data-lifecycle"]), [deletion]);
    assert_eq!(selected(&["--check", "kms-key-*ion*", "--severity", "critical"]), [deletion]);
    assert!(selected(&["--duty", "data-protection"]).contains(&rotation), "a group stands for its duties");
}

#[test]
fn a_wrong_name_is_told_the_nearest_one() {
    insta::assert_snapshot!(
        [
            refused(&["--check", "kms-key-rotated-enabled"]),
            refused(&["--check", "kms-key-rotation"]),
            refused(&["--check", "what"]),
            refused(&["--check", "nothing-*"]),
            refused(&["--check", "kms-["]),
            refused(&["--service", "kmz"]),
            refused(&["--duty", "encryption-at-rst"]),
            refused(&["--duty", "hypervisor-security"]),
            refused(&["--severity", "hi"]),
            explain::find("kms_key_rotation_enabled").map(|_| ()).expect_err("an underscore").to_string(),
        ]
        .join("\n"),
        @r#"
    there is no check "kms-key-rotated-enabled"; did you mean kms-key-rotation-enabled?
    there is no check "kms-key-rotation"; did you mean kms-key-rotation-enabled?
    there is no check "what"; `plimsoll checks` lists them
    --check "nothing-*" matches no check; `plimsoll checks` lists them
    --check "kms-[" is no pattern: unclosed character class; missing ']'
    there is no service "kmz"; did you mean kms?
    there is no duty "encryption-at-rst"; did you mean encryption-at-rest?
    there is no duty of yours "hypervisor-security": hypervisor security is the provider's, and no check looks at it
    there is no severity "hi"; did you mean high?
    there is no check "kms_key_rotation_enabled"; did you mean kms-key-rotation-enabled?
    "#
    );
}

#[test]
fn an_empty_selection_names_the_filter_that_emptied_it() {
    insta::assert_snapshot!(
        [
            refused(&["--check", "kms-key-rotation-enabled", "--severity", "critical"]),
            refused(&["--check", "kms-key-rotation-enabled,kms-key-not-pending-deletion", "--duty", "cost-allocation"]),
        ]
        .join("\n"),
        @r"
    no check is left: --severity critical excludes kms-key-rotation-enabled, the only one until then
    no check is left: --duty cost-allocation excludes both that were left until then
    "
    );
}

#[test]
fn the_table_of_checks_shows_them_all_within_80_columns() {
    let text = plain(|out| checks::table(&chosen(&[]), 80, out));
    assert_fits("checks", &text);
    for check in all() {
        assert!(text.lines().any(|line| line == check.id), "{} is missing", check.id);
    }
    let two = chosen(&["--check", "kms-key-rotation-enabled,kms-key-not-pending-deletion"]);
    let two = plain(|out| checks::table(&two, 80, out));
    insta::assert_snapshot!(two.rsplit_once("\n\n").expect("a count at the end").0);
}

#[test]
fn the_json_of_checks_says_all_that_is_known() {
    let args = checks::ChecksArgs { format: plimsoll::cli::TableOrJson::Json, ..Default::default() };
    let mut out = Vec::new();
    checks::run(&args, &Config::default(), &mut out).expect("memory takes it");
    let json: Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!(json["schema"], "plimsoll.checks/1");
    let listed = json["checks"].as_array().expect("checks");
    assert_eq!(listed.len(), all().len());
    for (listed, check) in listed.iter().zip(all()) {
        assert_eq!(listed["id"], *check.id);
        assert_eq!(listed["owner"], "customer");
        for field in ["title", "why", "fix", "source", "severity", "duty", "group", "domain", "service_model"] {
            assert!(listed[field].as_str().is_some_and(|text| !text.is_empty()), "{}: no {field}", check.id);
        }
        assert!(!listed["judges"].as_array().expect("kinds").is_empty());
    }
}

#[test]
fn a_check_is_explained_in_full() {
    let name = "kms-key-rotation-enabled";
    insta::assert_snapshot!(plain(|out| explain::text(name, &explain::find(name)?, 80, out)));
    for check in all() {
        let text = plain(|out| explain::text(&check.id, &explain::find(&check.id)?, 80, out));
        for call in check.reads().flat_map(|read| read.calls) {
            assert!(text.contains(&call.name()), "{}: {} is not explained", check.id, call.name());
        }
        for line in text.lines().filter(|line| line.width() > 80) {
            let cannot_break = line.contains('`') || !line.trim().contains(' ');
            assert!(cannot_break, "{}: wider than 80 columns: {line}", check.id);
        }
    }
}

#[test]
fn a_rivals_name_explains_our_checks() {
    let text = plain(|out| explain::text("KMS.4", &explain::find("KMS.4")?, 80, out));
    assert!(
        text.starts_with(
            "KMS.4 is Security Hub's. Here one check looks at the same thing:\n\nkms-key-rotation-enabled"
        )
    );
    let text =
        plain(|out| explain::text("kms_cmk_rotation_enabled", &explain::find("kms_cmk_rotation_enabled")?, 80, out));
    assert!(text.starts_with("kms_cmk_rotation_enabled is Prowler's."), "{text}");
    for check in all() {
        for name in Rivals::of(&check.id).names() {
            let found = explain::find(name).expect("a rival's name");
            assert!(found.iter().any(|found| found.id == check.id), "{name} does not lead to {}", check.id);
        }
    }
}

#[test]
fn the_table_of_frameworks_fits_80_columns() {
    let text = plain(|out| frameworks::table(80, out));
    assert_fits("frameworks", &text);
    for framework in Framework::all() {
        assert!(text.lines().any(|line| line.starts_with(&framework.id)), "{} is missing", framework.id);
    }
}

#[test]
fn a_framework_is_printed_control_by_control() {
    let of = |framework: &str, control: Option<&str>| {
        let framework = frameworks::framework(framework).expect("a framework");
        plain(|out| frameworks::text(framework, &frameworks::controls(framework, control)?, 80, out))
    };
    insta::assert_snapshot!([of("iso27001_2022", Some("A.7")), of("pci_4_0", Some("3.6.1.2"))].join("\n"));
    for framework in Framework::all() {
        let text = of(&framework.id, None);
        assert_fits(&framework.id, &text);
        for control in &framework.controls {
            assert!(text.contains(&format!("\n  {}  ", control.id)), "{} {}", framework.id, control.id);
        }
    }
}

#[test]
fn a_framework_or_control_that_is_none_is_told_the_nearest_one() {
    let cis = Framework::get("cis_7_0").expect("a framework");
    insta::assert_snapshot!(
        [
            frameworks::framework("cis_7").map(|_| ()).expect_err("no framework").to_string(),
            frameworks::framework("bsi").map(|_| ()).expect_err("no framework").to_string(),
            frameworks::controls(cis, Some("2.1.9")).map(|_| ()).expect_err("no control").to_string(),
        ]
        .join("\n")
    );
}

#[test]
fn the_json_of_frameworks_counts_and_lists_controls() {
    let json = |args: frameworks::FrameworksArgs| {
        let mut out = Vec::new();
        frameworks::run(&frameworks::FrameworksArgs { format: plimsoll::cli::TableOrJson::Json, ..args }, &mut out)
            .expect("memory takes it");
        serde_json::from_slice::<Value>(&out).expect("JSON")
    };
    let all = json(frameworks::FrameworksArgs::default());
    assert_eq!(all["schema"], "plimsoll.frameworks/1");
    for (listed, framework) in all["frameworks"].as_array().expect("frameworks").iter().zip(Framework::all()) {
        assert_eq!(listed["id"], *framework.id);
        let counts = listed["decided_by"].as_object().expect("counts").values();
        let sum: u64 = counts.map(|count| count.as_u64().expect("a count")).sum();
        assert_eq!(sum, framework.controls.len() as u64);
    }
    let one = json(frameworks::FrameworksArgs {
        framework: Some("cis_7_0".into()),
        control: Some("2.4".into()),
        ..Default::default()
    });
    let control = &one["frameworks"][0]["controls"][0];
    assert_eq!(control["checks"][0], "iam-root-access-key-absent");
    assert_eq!((&control["decided_by"], &control["level"]), (&"checks".into(), &1.into()));
}

#[test]
fn the_policy_permits_what_the_selected_checks_read_and_nothing_else() {
    let policy = |args: &[&str]| {
        let policy = Policy::of(&chosen(args).checks);
        policy.actions().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        policy(&["--check", "kms-key-not-pending-deletion"]),
        ["ec2:DescribeRegions", "iam:ListAccountAliases", "kms:DescribeKey", "kms:ListKeys"]
    );
    let everything = policy(&[]);
    assert!(everything.is_sorted());
    for call in all().iter().flat_map(|check| check.reads()).flat_map(|read| read.calls) {
        assert!(everything.contains(&call.iam_action()), "{} is not permitted", call.iam_action());
    }
    let mut out = Vec::new();
    permissions::run(&permissions::PermissionsArgs::default(), &Config::default(), &mut out).expect("memory takes it");
    let json: Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!(json["Version"], "2012-10-17");
    assert_eq!(json["Statement"][0]["Effect"], "Allow");
    assert!(permissions::OWN_CALLS.iter().map(Call::iam_action).all(|action| everything.contains(&action)));
}

#[test]
fn whoever_scans_an_organization_lists_accounts_and_takes_on_one_role() {
    let run = |args: &[&str]| {
        let cli = Cli::try_parse_from([&["plimsoll", "permissions"], args].concat()).expect("arguments");
        let Command::Permissions(args) = cli.command else { panic!("another command") };
        let mut out = Vec::new();
        permissions::run(&args, &Config::default(), &mut out).map(|()| out).map_err(|error| error.to_string())
    };
    let policy: Value = serde_json::from_slice(&run(&["--org", "--role-name", "Auditor"]).unwrap()).expect("JSON");
    let [lists, takes_on] = &policy["Statement"].as_array().expect("statements")[..] else { panic!("{policy}") };
    let listing = lists["Action"].as_array().expect("actions").iter().map(|action| action.as_str().unwrap().to_owned());
    let asked = include_str!("../../src/aws/organization.rs").split("api(\"organizations\", \"").skip(1);
    let asked = asked.map(|call| format!("organizations:{}", call.split('"').next().unwrap()));
    assert_eq!(listing.collect::<BTreeSet<_>>(), asked.collect::<BTreeSet<_>>(), "permitted, and asked");
    assert_eq!(
        (&takes_on["Action"][0], &takes_on["Resource"]),
        (&"sts:AssumeRole".into(), &"arn:*:iam::*:role/Auditor".into())
    );
    assert_eq!(takes_on["Condition"]["StringEquals"]["aws:ResourceOrgID"], "${aws:PrincipalOrgID}");
    let template = String::from_utf8(run(&["--format", "cloudformation", "--role-name", "Auditor"]).unwrap()).unwrap();
    assert!(template.contains("    Default: Auditor\n"), "{template}");
    for (args, why) in [
        (&["--org", "--role-name", "a/b"][..], "--role-name \"a/b\""),
        (&["--org", "--role-name", "a\nb"], "--role-name \"a\\nb\""),
        (&["--org", "--format", "cloudformation"], "leave out --format"),
        (&["--org", "--service", "kms"], "the same for all checks"),
        (&["--role-name", "Auditor"], "is for --org and"),
    ] {
        let error = run(args).expect_err(why);
        assert!(error.contains(why), "{args:?}: {error}");
    }
}

/// The number of checks grows from change to change; what else the map says is kept.
fn without_counts(text: &str) -> String {
    let line = |line: &str| match line.rsplit_once(' ') {
        Some((before, count)) if count.parse::<usize>().is_ok() => format!("{} N", before.trim_end()),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_map_shows_every_duty_with_its_owner() {
    let text = plain(|out| Ok(matrix::table::model(80, out)?));
    assert_fits("duties", &text);
    for (line, count) in [("customer", DutyId::ALL.len()), ("provider", Model::get().provider_duties.len())] {
        let rows = text.lines().filter(|text| text.starts_with("  ") && text.contains(&format!("  {line}  ")));
        assert_eq!(rows.count(), count, "{line}");
    }
    insta::assert_snapshot!(without_counts(&text));
}

#[test]
fn the_decision_tree_is_walked_for_a_duty_of_either_side() {
    insta::assert_snapshot!(plain(|out| duties::explain::text("hypervisor-security", 80, out)));
    let text = plain(|out| duties::explain::text("Encryption at rest", 80, out));
    insta::assert_snapshot!(text.split_once("\nOur checks").expect("a list of checks").0);
    for id in DutyId::ALL {
        let text = plain(|out| duties::explain::text(id.as_str(), 80, out));
        let answer = format!("  {}. ", id.facts().decision_step);
        let answered = text.lines().skip_while(|line| !line.starts_with(&answer)).nth(1).expect("an answer");
        assert!(answered.contains("yes → the customer"), "{id}: {answered}");
    }
    for duty in &Model::get().provider_duties {
        let text = plain(|out| duties::explain::text(&duty.id, 80, out));
        assert!(text.contains("yes → the provider"), "{}", duty.id);
    }
}

#[test]
fn a_service_is_explained_by_any_of_its_names() {
    let of = |name: &str| plain(|out| duties::explain::text(name, 80, out));
    insta::assert_snapshot!(of("lambda").split_once("\nOur checks").expect("a list of checks").0);
    for name in ["RDS", "Amazon RDS", "Relational Database Service", "Aurora"] {
        assert_eq!(of(name), of("rds"), "{name}");
    }
    assert_eq!(of("step functions"), of("sfn"));
    for check in all().iter().filter(|check| check.service.id == "kms") {
        assert!(of("AWS KMS").contains(&*check.id));
    }
}

#[test]
fn every_topic_can_be_explained_within_80_columns() {
    let topics = duties::explain::topics();
    assert!(topics.len() > 100);
    for topic in topics {
        assert_fits(&topic, &plain(|out| duties::explain::text(&topic, 80, out)));
    }
    let error =
        duties::explain::text("encription-at-rest", 80, &mut Vec::new()).expect_err("no such topic").to_string();
    assert!(error.contains("did you mean encryption-at-rest?"), "{error}");
}

#[test]
fn shells_are_offered_the_names_of_checks() {
    for shell in clap_complete::Shell::value_variants() {
        let text = plain(|out| completions::run(&completions::CompletionsArgs { shell: *shell }, out));
        assert!(text.contains("plimsoll"), "{shell}");
    }
    let shell = clap_complete::Shell::Bash;
    let text = plain(|out| completions::run(&completions::CompletionsArgs { shell }, out));
    assert!(text.contains("kms-key-rotation-enabled"));
}

#[test]
fn every_command_has_a_manual_page() {
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        let text = plain(|out| man::run(&man::ManArgs { command: Some(name.to_owned()) }, out));
        assert!(text.contains(&format!("plimsoll\\-{name}")), "{name}");
    }
    let text = plain(|out| man::run(&man::ManArgs::default(), out));
    assert!(text.contains("interrupted"), "the exit codes are missing");
}
