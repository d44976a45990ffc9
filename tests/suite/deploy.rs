//! What is in `deploy/` for scheduled runs, as far as reading it tells; `tests/live/deploy.rs` and `.ci/run` lint it.

use std::fs;
use std::path::Path;

use clap::Parser;
use plimsoll::cli::{Cli, Command};

fn deploy(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The instructions of the Dockerfile, each on one line: its name and the rest.
fn instructions() -> Vec<(String, String)> {
    let whole = deploy("Dockerfile").replace("\\\n", " ");
    let lines = whole.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, rest)| (name.to_owned(), rest.trim().to_owned()))
        .collect()
}

#[test]
fn images_are_built_on_what_is_pinned_and_run_as_nobody() {
    let instructions = instructions();
    let all = |name: &str| -> Vec<&str> {
        instructions.iter().filter(|(it, _)| it == name).map(|(_, rest)| rest.as_str()).collect()
    };
    let compiler = concat!("rust:", env!("CARGO_PKG_RUST_VERSION"), "-slim-bookworm AS build");
    assert_eq!(all("FROM"), [compiler, "scratch"], "the compiler that Cargo.toml asks for, and nothing to run in");
    let last = instructions.iter().rposition(|(name, _)| name == "FROM").unwrap();
    let users: Vec<&str> =
        instructions[last..].iter().filter(|(name, _)| name == "USER").map(|(_, rest)| rest.as_str()).collect();
    let [user] = users[..] else { panic!("one user: {users:?}") };
    let ids: Vec<u32> = user.split(':').map(|id| id.parse().expect("a number, as there is no /etc/passwd")).collect();
    assert!(ids.len() == 2 && !ids.contains(&0), "{user}");
    assert_eq!(all("ADD"), [""; 0], "what is fetched is fetched by name and version");
    for list in [all("ENTRYPOINT"), all("CMD"), all("VOLUME")].concat() {
        serde_json::from_str::<Vec<String>>(list).expect("a list: there is no shell");
    }
    assert!(all("COPY").iter().any(|copied| copied.ends_with("/etc/ssl/certs/ca-certificates.crt")), "TLS needs roots");
}

/// The command lines that begin with `plimsoll scan` in a file, as a shell splits them.
fn commands(file: &str) -> Vec<Vec<String>> {
    let text = deploy(file).replace("\\\n", " ");
    let commands = text.lines().filter_map(|line| line.rsplit_once("plimsoll scan ")).map(|(_, command)| {
        let end = command.find(['>', '\'', '`']).unwrap_or(command.len());
        command[..end].replace("$(date -u +%Y-%m-%dT%H%M%SZ)", "TIME")
    });
    commands.map(|command| command.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect()).collect()
}

/// The arguments of each scan in a template, where each is an item of a list.
fn listed(file: &str) -> Vec<Vec<String>> {
    let lists = deploy(file);
    let lists = lists.split("- - scan\n").skip(1);
    let items = |list: &str| {
        let items = list.lines().map_while(|line| line.trim_start().strip_prefix("- "));
        // What CloudFormation fills in is some name or ARN.
        items.take_while(|item| *item != "- scan").map(|item| item.replace('!', "filled-in ")).collect()
    };
    lists.map(items).collect()
}

#[test]
fn the_scans_that_are_scheduled_are_ones_the_program_understands() {
    let mut seen = 0;
    for file in ["plimsoll.service", "crontab", "github-action.yml", "fargate.yaml", "../docs/scheduled.md"] {
        for command in commands(file).into_iter().chain(listed(file)) {
            let line = [vec!["plimsoll".to_owned(), "scan".to_owned()], command].concat();
            let cli = Cli::try_parse_from(&line).unwrap_or_else(|error| panic!("{file}: {line:?}\n{error}"));
            let Command::Scan(scan) = cli.command else { panic!("{file}: another command") };
            seen += 1;
            let is_shown = file.starts_with("../docs");
            assert!(is_shown || scan.account.deadline.is_some(), "{file}: nobody is there to stop it");
            assert!(is_shown || !scan.outputs.is_empty(), "{file}: nobody is there to read stdout");
        }
    }
    assert_eq!(seen, 8, "three, the two of the template, and those that are told of");
}

#[test]
fn actions_are_named_by_what_they_are_and_not_by_a_tag() {
    let workflow = deploy("github-action.yml");
    let uses: Vec<&str> = workflow.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, it)| it).collect();
    assert_eq!(uses.len(), 3);
    for action in uses {
        let (_, reference) = action.split_once('@').expect("a version");
        let (commit, version) = reference.split_once(" # v").expect("which version that is, for people");
        assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{action}");
        assert!(version.split('.').all(|part| part.parse::<u32>().is_ok()), "{action}");
    }
    assert!(!workflow.contains("secrets."), "there is nothing secret to keep");
}
