//! Text that is made from the checks is as the checks are. `INSTA_UPDATE=always cargo test` writes it anew.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use plimsoll::cli::permissions::{self, Format, PermissionsArgs, Policy};
use plimsoll::config::{Config, OWNERS_KEYS, SETTINGS, Setting};
use plimsoll::scan::Chosen;
use plimsoll_checks::checks;
use plimsoll_checks::contract::{Call, DutyId, Framework, Model, Registered, Rivals, Settings, controls_of};

#[test]
fn the_list_of_checks_is_up_to_date() {
    is_up_to_date("docs/checks.md", &list_of_checks());
}

#[test]
fn the_list_of_settings_is_up_to_date() {
    is_up_to_date("docs/configuration.md", &list_of_settings());
}

#[test]
fn the_template_of_the_role_is_up_to_date() {
    let args = PermissionsArgs { format: Format::Cloudformation, ..PermissionsArgs::default() };
    let mut out = Vec::new();
    permissions::run(&args, &Config::default(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let lists = text.split("            Action:\n").skip(1);
    let actions = lists.flat_map(|list| list.lines().map_while(|line| line.strip_prefix("              - ")));
    let all: Vec<Chosen> = checks().iter().map(Chosen::from).collect();
    assert_eq!(actions.collect::<Vec<_>>(), Policy::of(&all).actions().collect::<Vec<_>>());
    // Source: AWS CloudFormation User Guide, "Understand CloudFormation quotas".
    assert!(text.len() < 51_200, "a StackSet takes no template of {} bytes from the command line", text.len());
    is_up_to_date("deploy/member-role.yaml", &text);
}

#[test]
fn the_readme_counts_the_checks() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(&format!("the {} checks there are", checks().len())));
}

fn is_up_to_date(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        fs::write(&path, text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let differs = written.lines().zip(text.lines()).position(|(left, right)| left != right);
    let line = differs.map_or(written.lines().count().min(text.lines().count()), |line| line) + 1;
    assert!(written == text, "{file}:{line} is not what the checks say; INSTA_UPDATE=always writes it anew");
}

fn list_of_settings() -> String {
    let mut out = String::from(
        "# Configuration\n\n\
         `plimsoll.toml` is looked for in the working directory and above it; `--config FILE` names another. Everything in \
         it may be left\nout. What it says that has no meaning is an error with line, column and the nearest name; \
         `plimsoll config schema` prints a\nJSON Schema for editors, `plimsoll config show` what is in force.\n\n\
         | setting | takes | by default | |\n|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        let default =
            setting.value(&Settings::default()).map_or("nothing laid down".to_owned(), |it| format!("`{it}`"));
        let Setting { table, key, kind, about } = setting;
        writeln!(out, "| `[{table}]` `{key}` | {} | {default} | {about} |", kind.wanted()).unwrap();
    }
    out.push_str(
        "\nTwo tables have the ids of checks as keys (`plimsoll checks` lists them):\n\n\
         - `[severity]`: `\"low\"`, `\"medium\"`, `\"high\"` or `\"critical\"`, instead of the check's own. It counts for \
         `--severity`,\n  `--fail-on` and every report.\n\
         - `[off]`: the reason why a check is not made, in quotes. Such a check costs no call and needs no permission. It \
         is in the\n  ledger as *not examined by configuration*, and a control that names it is incomplete.\n\n\
         `[owners]` says whom resources belong to ([owners](owners.md)):\n\n",
    );
    for (key, wanted, about) in OWNERS_KEYS {
        writeln!(out, "- `{key}`: {wanted}. {about}.").unwrap();
    }
    out.push_str(
        "\n`[[notify]]`, several times if need be, is whom `plimsoll scan --notify NAME` tells what is new \
         ([notifications](notifications.md)).\n",
    );
    out
}

fn list_of_checks() -> String {
    let mut out = String::from("# Checks\n\nMade from the checks' own documentation; by duty.\n");
    for duty in DutyId::ALL {
        let of_duty: Vec<&Registered> = checks().iter().filter(|check| check.check.duty == *duty).collect();
        if of_duty.is_empty() {
            continue;
        }
        let facts = duty.facts();
        let group = Model::get().group(&facts.group).map_or(&*facts.group, |group| &*group.name);
        write!(out, "\n## {} ({group})\n", facts.name).unwrap();
        for check in of_duty {
            out.push_str(&section(check));
        }
    }
    out
}

fn section(check: &Registered) -> String {
    let mut out =
        format!("\n### {}\n\n**{}.** {}, {}.", check.id, check.title, check.check.severity, check.service.name);
    write!(out, "\n\n{}\n\n*Fix.* {}\n\n*Source.* {}\n", check.why, check.fix, check.source).unwrap();
    let mut calls: Vec<String> = check.reads().flat_map(|read| read.calls.iter().map(Call::name)).collect();
    calls.sort_unstable();
    calls.dedup();
    let calls = if calls.is_empty() { "none".to_owned() } else { calls.join(", ") };
    write!(out, "\n*Calls.* {calls}\n").unwrap();
    let controls: Vec<String> = controls_of(&check.id)
        .iter()
        .map(|(id, controls)| {
            let framework = Framework::get(id).expect("controls are a framework's");
            format!("{} {}: {}", framework.name, framework.version, controls.join(" "))
        })
        .collect();
    if !controls.is_empty() {
        write!(out, "\n*Controls.* {}\n", controls.join(" · ")).unwrap();
    }
    let rivals = Rivals::of(&check.id);
    for (name, ids) in [("Prowler", &rivals.prowler), ("Security Hub", &rivals.security_hub)] {
        if !ids.is_empty() {
            write!(out, "\n*{name}.* {}\n", ids.join(", ")).unwrap();
        }
    }
    out
}
