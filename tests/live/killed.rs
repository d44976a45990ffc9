//! A scan that is killed at any moment, as by a loss of power, is gone on with: in the end everything is as if nothing had
//! happened, and nothing that was read is read again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use plimsoll_load::{Call, Calls, Faults, Options, Server, draw, recorded_at};
use serde_json::{Map, Value};

use crate::scan::{Ran, User, files_below};

/// The two seeded regions, and one as most are.
const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];
/// How often each kind of scan is killed, and what the moments are drawn from.
const KILLS: usize = 20;
const SEED: u64 = 20_261_125;

/// What kind of scan, and the server that it asks.
struct Scene {
    server: Server,
    user: User,
    flags: Vec<&'static str>,
    now: String,
    /// What an undisturbed scan says, and the calls that it makes.
    whole: Value,
    calls: Calls,
}

impl Scene {
    /// Scans once, undisturbed.
    async fn of(accounts: usize, regions: &[&str], flags: &[&'static str]) -> Self {
        // So slow that some of each moment's requests are under way.
        let faults = Faults { latency: Duration::from_millis(3), ..Faults::default() };
        let server = Server::start(Options::of(accounts).in_regions(regions).with(faults));
        let (user, now) = (User::of(&server.endpoint), recorded_at().to_string());
        let flags = [flags, &["--fail-on", "never"]].concat();
        let ran = user.scan(&[&flags[..], &["--now", &now]].concat()).await;
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(server.missed(), Vec::<String>::new());
        let (whole, calls) = (lasting(&ran), server.calls());
        Self { server, user, flags, now, whole, calls }
    }

    /// How often an undisturbed scan makes a request.
    fn times(&self, of: &Call) -> usize {
        self.calls.count(|call| call.request == of.request)
    }

    /// The moments to kill at, in requests that the server has had: anywhere between the first and the last.
    fn moments(&self) -> Vec<usize> {
        #[expect(clippy::cast_precision_loss, reason = "requests are counted in hundreds")]
        let total = self.calls.len() as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and the total")]
        let moment = |kill: usize| (draw(&[SEED, kill as u64]) * (total - 1.0)) as usize + 1;
        (0..KILLS).map(moment).collect()
    }

    /// Starts a scan that records or goes on with a recording, and kills it (SIGKILL) when the server has had so many
    /// requests of it; says whether it was alive until then.
    async fn kill(&self, recording: &[&str], after: usize) -> bool {
        let before = self.server.count();
        let going_on = recording.contains(&"--resume");
        let flags = self.flags.iter().filter(|flag| !going_on || **flag != "--org").copied();
        let args =
            ["scan", "--profile", "plimsoll", "--quiet"].into_iter().chain(flags).chain(recording.iter().copied());
        let args: Vec<&str> = args.chain(["--now", &self.now]).collect();
        // Nobody reads what it prints: a full pipe would hold it up.
        let mut child =
            self.user.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        while self.server.count() < before + after {
            if child.try_wait().expect("it is ours").is_some() {
                return false;
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        child.kill().await.is_ok()
    }

    /// Goes on to the end, or judges what is finished already.
    async fn go_on(&self, folder: &str) -> Ran {
        let flags: Vec<&str> = self.flags.iter().filter(|flag| **flag != "--org").copied().collect();
        let with = async |how: &str| self.user.scan(&[&flags[..], &[how, folder, "--now", &self.now]].concat()).await;
        let ran = with("--resume").await;
        if ran.code == Some(2) && ran.stderr.contains("is finished; judge it with --from") {
            return Ran::of(User::nobody().command(&self.from(folder)).spawn().expect("it starts")).await;
        }
        ran
    }

    fn from<'a>(&'a self, folder: &'a str) -> Vec<&'a str> {
        let flags = self.flags.iter().filter(|flag| **flag != "--org").copied();
        let args = ["scan", "--format", "json"].into_iter().chain(flags);
        args.chain(["--from", folder, "--now", &self.now]).collect()
    }

    /// What went wrong in a recording that was killed and gone on with. `held` are the requests that it held whole before.
    async fn wrongs(&self, folder: &str, ran: &Ran, held: &BTreeSet<u64>, since: usize) -> Vec<String> {
        let mut wrong = Vec::new();
        if ran.code != Some(0) {
            wrong.push(format!("the exit code is {:?}: {}", ran.code, ran.stderr));
            return wrong;
        }
        let (is, whole) = (lasting(ran), &self.whole);
        for part in ["findings", "ledger", "accounts", "summary", "coverage"] {
            if is[part] != whole[part] {
                wrong.push(format!("{part} differ: {}", first_difference(&is[part], &whole[part])));
            }
        }
        let replayed = Ran::of(User::nobody().command(&self.from(folder)).spawn().expect("it starts")).await;
        if lasting(&replayed)["findings"] != whole["findings"] {
            wrong.push(format!("replayed it differs: {}", replayed.stderr));
        }
        let again = self.server.calls().after(since);
        let is_of_one_read = |call: &&Call| self.times(call) == 1;
        for call in again.iter().filter(|call| held.contains(&call.request)).filter(is_of_one_read) {
            wrong.push(format!("asked again: {:?}", call.api));
        }
        wrong
    }
}

/// What is to be the same in any two scans of the same account: not who asked when, nor which request told it.
pub fn lasting(ran: &Ran) -> Value {
    let mut report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    forget(&mut report);
    // Each run asks who it is.
    let ledger = report["ledger"].as_array_mut().expect("a ledger");
    ledger.retain(|entry| !entry["read"].as_str().expect("it is named").starts_with("session/"));
    report
}

fn forget(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let times = ["at", "request_id", "started", "finished", "requests"];
            for volatile in times {
                fields.remove(volatile);
            }
            fields.values_mut().for_each(forget);
        }
        Value::Array(values) => values.iter_mut().for_each(forget),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn first_difference(is: &Value, was: &Value) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let (is, was) = (list(is), list(was));
    let differs = is.iter().zip(&was).find(|(is, was)| is != was);
    differs
        .map_or_else(|| format!("{} instead of {}", is.len(), was.len()), |(is, was)| format!("{is} instead of {was}"))
}

/// The requests, as the server tells them apart, of all reads that a recording holds whole: what is to be asked no more.
fn held(folder: &Path, calls: &Calls) -> BTreeSet<u64> {
    let by_answer: BTreeMap<&str, &Call> = calls.iter().map(|call| (call.answer.as_str(), call)).collect();
    let mut ids = BTreeSet::new();
    if !folder.exists() {
        return BTreeSet::new();
    }
    for (path, text) in files_below(folder) {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let is_of_reads = !["manifest.json", "organization.json", "ledger.json"].contains(&&*name);
        let extension = path.extension().and_then(|extension| extension.to_str());
        if extension == Some("json") && is_of_reads {
            whole_reads(&serde_json::from_str(&text).expect("what has its name is whole"), &mut ids);
        } else if extension == Some("journal") {
            // A last line without its end was being written.
            let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            lines.for_each(|line| whole_reads(&serde_json::from_str(line).expect("a line is whole"), &mut ids));
        }
    }
    let asked = |id: &String| by_answer.get(id.as_str()).unwrap_or_else(|| panic!("{id} was never answered")).request;
    ids.iter().map(asked).collect()
}

/// The ids of the requests of every read below a value that saw everything.
fn whole_reads(value: &Value, ids: &mut BTreeSet<String>) {
    let Some(fields) = value.as_object() else { return };
    if let (Some(calls), None) = (fields.get("Calls").and_then(Value::as_array), fields.get("Unknown")) {
        ids.extend(calls.iter().filter_map(|call| Some(call["RequestId"].as_str()?.to_owned())));
        return;
    }
    let is_of_records = |fields: &Map<String, Value>| fields.contains_key("Calls");
    if !is_of_records(fields) {
        fields.values().for_each(|value| whole_reads(value, ids));
    }
}

/// Kills scans at moments all over their course; each is then gone on with, and compared.
async fn killed_at_any_moment(scene: &Scene) {
    let (mut wrong, mut alive, mut recorded) = (Vec::new(), 0, 0);
    for moment in scene.moments() {
        let folder = scene.user.path(&format!("killed-at-{moment}"));
        let recording = folder.to_str().expect("UTF-8");
        alive += usize::from(scene.kill(&["--record", recording], moment).await);
        let (held, since) = (held(&folder, &scene.server.calls()), scene.server.count());
        recorded += held.len();
        // Killed before anything was there, it is begun anew.
        let ran = if folder.join("manifest.json").exists() || folder.join("organization.json").exists() {
            scene.go_on(recording).await
        } else {
            scene.user.scan(&[&scene.flags[..], &["--record", recording, "--now", &scene.now]].concat()).await
        };
        let found = scene.wrongs(recording, &ran, &held, since).await;
        wrong.extend(found.into_iter().map(|wrong| format!("killed at request {moment}: {wrong}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(alive >= KILLS - 2, "only {alive} were killed before they came to their end");
    assert!(recorded > scene.calls.len(), "only {recorded} requests were recorded when it was killed");
}

#[tokio::test]
async fn a_scan_that_is_killed_at_any_moment_goes_on_as_if_nothing_had_happened() {
    let scene = Scene::of(1, &REGIONS, &[]).await;
    // But for who asks, each request is made once, so that one that is made again is one too many; only the contact for
    // security is part of two reads.
    let again = scene.calls.iter().filter(|call| call.api.service != "sts" && scene.times(call) > 1);
    let again: BTreeSet<&str> = again.map(|call| call.api.operation.as_str()).collect();
    assert_eq!(again, BTreeSet::from(["GetAlternateContact"]));
    killed_at_any_moment(&scene).await;
}

#[tokio::test]
async fn a_scan_of_an_organization_that_is_killed_at_any_moment_goes_on_as_if_nothing_had_happened() {
    let scene = Scene::of(4, &["eu-west-1", "us-east-1"], &["--org", "--service", "iam", "--service", "kms"]).await;
    killed_at_any_moment(&scene).await;
}

#[tokio::test]
async fn a_scan_that_is_killed_over_and_over_comes_to_its_end() {
    let scene = Scene::of(3, &["eu-west-1", "us-east-1"], &["--org", "--service", "kms", "--service", "ec2"]).await;
    let folder = scene.user.path("killed-over-and-over");
    let recording = folder.to_str().expect("UTF-8");
    let mut kills = 0;
    let step = scene.calls.len() / 5;
    let mut how = "--record";
    while scene.kill(&[how, recording], step).await {
        kills += 1;
        assert!(kills < 50, "it does not come nearer to its end");
        how = "--resume";
    }
    assert!(kills >= 3, "it was killed only {kills} times");
    let held = held(&folder, &scene.server.calls());
    let since = scene.server.count();
    let ran = scene.go_on(recording).await;
    let wrong = scene.wrongs(recording, &ran, &held, since).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
