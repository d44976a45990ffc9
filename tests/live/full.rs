//! A disk that is full, and outputs that cannot be written: told by name, and nothing that was read is lost.

use std::fs::File;
use std::path::Path;

use plimsoll_load::{Options, Server, recorded_at};
use serde_json::Value;
use tokio::process::Command;

use crate::killed::lasting;
use crate::scan::{Ran, User, files_below};

/// The program with no more room than so many KiB for any one file, as on a disk that is nearly full. Ignoring the
/// signal makes writes fail, as they do there (EFBIG in place of ENOSPC).
fn confined(command: &Command, kib: usize) -> Command {
    let command = command.as_std();
    let mut confined = Command::new("bash");
    confined.args(["-c", &format!(r#"trap '' XFSZ; ulimit -f {kib}; exec "$0" "$@""#)]);
    confined.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => confined.env(name, value),
            None => confined.env_remove(name),
        };
    }
    confined.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).kill_on_drop(true);
    confined.stderr(std::process::Stdio::piped());
    confined
}

struct Scene {
    server: Server,
    user: User,
    now: String,
}

impl Scene {
    fn of(accounts: usize) -> Self {
        let server = Server::start(Options::of(accounts).in_regions(&["eu-west-1", "us-east-1"]));
        Self { user: User::of(&server.endpoint), server, now: recorded_at().to_string() }
    }

    fn command(&self, format: &str, args: &[&str]) -> Command {
        let scan = ["scan", "--profile", "plimsoll", "--format", format, "--fail-on", "never", "--now", &self.now];
        self.user.command(&[&scan[..], args].concat())
    }

    async fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command("json", args).spawn().expect("the program can be started")).await
    }

    fn path(&self, name: &str) -> String {
        self.user.path(name).to_str().expect("UTF-8").to_owned()
    }
}

/// What bears the name of a file of the recording is whole.
fn assert_whole(folder: &Path) {
    let files = files_below(folder);
    let json = files.iter().filter(|(path, _)| path.extension().is_some_and(|it| it == "json"));
    let broken: Vec<_> = json.clone().filter(|(_, text)| serde_json::from_str::<Value>(text).is_err()).collect();
    assert!(broken.is_empty() && json.count() > 20, "{broken:?}");
}

#[tokio::test]
async fn a_disk_that_fills_up_costs_nothing_that_was_read() {
    let scene = Scene::of(1);
    let whole = lasting(&scene.run(&[]).await);
    let (recording, report) = (scene.path("recording"), scene.path("report.ndjson"));
    let command = scene.command("ndjson", &["--record", &recording, "--output", &report]);
    let ran = Ran::of(confined(&command, 8).spawn().expect("bash is there")).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    // What goes elsewhere is complete.
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is whole"));
    let ids: Vec<Value> = lines
        .filter(|line| line["check"].is_string() && line["resource"].is_object())
        .map(|line| line["id"].clone())
        .collect();
    let all: Vec<Value> = whole["findings"].as_array().expect("findings").iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, all);
    for told in [&*report, "File too large", &format!("{recording}/"), &format!("--resume {recording} reads the rest")]
    {
        assert!(ran.stderr.contains(told), "no {told:?} in:\n{}", ran.stderr);
    }
    assert!(!Path::new(&report).exists(), "no half of a report");
    assert_whole(Path::new(&recording));

    let before = scene.server.count();
    let resumed = scene.run(&["--resume", &recording]).await;
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert_eq!(lasting(&resumed)["findings"], whole["findings"]);
    assert_eq!(lasting(&resumed)["ledger"], whole["ledger"]);
    let again = scene.server.count() - before;
    assert!(again < before / 2, "most was recorded: {again} of {before} requests");
    let replayed = scene.user.command(&["scan", "--format", "json", "--from", &recording, "--now", &scene.now]).spawn();
    assert_eq!(lasting(&Ran::of(replayed.expect("it starts")).await)["findings"], whole["findings"]);
}

#[tokio::test]
async fn a_disk_that_fills_up_under_an_organization_costs_nothing_that_was_read() {
    let scene = Scene::of(3);
    let whole = lasting(&scene.run(&["--org"]).await);
    for kib in [8, 64] {
        let recording = scene.path(&format!("recording-{kib}"));
        let command = scene.command("json", &["--org", "--record", &recording]);
        let ran = Ran::of(confined(&command, kib).spawn().expect("bash is there")).await;
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("File too large") && ran.stderr.contains(&format!("--resume {recording}")),
            "{}",
            ran.stderr
        );
        let resumed = scene.run(&["--resume", &recording]).await;
        assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
        assert_eq!(lasting(&resumed)["findings"], whole["findings"], "{kib}");
        assert_eq!(lasting(&resumed)["ledger"], whole["ledger"], "{kib}");
    }
}

#[tokio::test]
async fn stdout_that_is_full_costs_nothing_that_was_read() {
    let scene = Scene::of(1);
    let whole = lasting(&scene.run(&[]).await);
    let (recording, report) = (scene.path("recording"), scene.path("report.json"));
    let mut command = scene.command("json", &["--record", &recording, "--output", &report]);
    command.stdout(File::options().write(true).open("/dev/full").expect("Linux has it"));
    let ran = Ran::of(command.spawn().expect("the program can be started")).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("writing to stdout: No space left on device"), "{}", ran.stderr);
    let written = std::fs::read_to_string(&report).expect("the file is written all the same");
    assert_eq!(lasting(&Ran { stdout: written, ..ran })["findings"], whole["findings"]);
    let again = scene.run(&["--resume", &recording]).await;
    assert!(again.stderr.contains("is finished; judge it with --from"), "{}", again.stderr);
}

#[tokio::test]
async fn what_cannot_be_written_at_all_is_told_before_anything_is_read() {
    let scene = Scene::of(1);
    std::fs::write(scene.user.path("file"), "").expect("a new file");
    for flag in ["--record", "--output"] {
        for (name, why) in [("file/below.json", "Not a directory"), ("/proc/below.json", "No such file or directory")] {
            let path = scene.path(name);
            let ran = scene.run(&[flag, &path]).await;
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{flag} {path}: {}", ran.stderr);
            assert!(ran.stderr.contains(&path) && ran.stderr.contains(why), "{flag} {path}: {}", ran.stderr);
        }
    }
    let reads = scene.server.calls().count(|call| call.api.service == "kms");
    assert_eq!(reads, 0, "nothing is read in vain");
}
