//! Every way into an account: roles, chains, MFA codes, sign-ins that ran out; and that no secret is ever shown.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use plimsoll_load::Request;

use crate::moto::{Moto, python};
use crate::scan::{Ran, User, files_below};
use crate::wire::{Act, Memory, Wire};

/// One quick check, whose kind every account has.
const QUICK: [&str; 6] = ["--region", "us-east-1", "--check", "iam-password-policy-min-length", "--format", "json"];

/// The parameters of each `AssumeRole` that came by, in form encoding.
type Assumed = Arc<Mutex<Vec<String>>>;

/// A wire to the seeded server that notes how roles are taken on.
async fn noting() -> (Wire, Assumed) {
    let memory = Memory::of(Moto::seeded().address);
    let assumed = Assumed::default();
    let notes = assumed.clone();
    let note = move |request: &Request| {
        if request.operation == "AssumeRole" {
            notes.lock().expect("no test panicked").push(String::from_utf8_lossy(&request.body).into_owned());
        }
        Act::Answer
    };
    (Wire::new(&memory, note).await, assumed)
}

fn notes(assumed: &Assumed) -> Vec<String> {
    assumed.lock().expect("no test panicked").clone()
}

async fn run(user: &User, args: &[&str]) -> Ran {
    Ran::of(user.command(args).spawn().expect("the program can be started")).await
}

#[tokio::test]
async fn a_role_is_taken_on_and_its_account_is_scanned() {
    let (wire, assumed) = noting().await;
    let user = User::of(&wire.endpoint);
    let role = ["--role-arn", "arn:aws:iam::444455556666:role/auditor", "--session-name", "nightly"];
    let args = [&["scan", "--profile", "plimsoll", "--external-id", "tango-7"], &role[..], &QUICK].concat();
    let ran = run(&user, &args).await;
    let report = ran.report();
    assert_eq!(report.scan.account, "444455556666");
    assert_eq!(report.scan.caller, "arn:aws:sts::444455556666:assumed-role/auditor/nightly");
    let said = "scanning account 444455556666 in 1 region as arn:aws:sts::444455556666:assumed-role/auditor/nightly";
    assert_eq!(ran.stderr.lines().next(), Some(said), "who it is comes first");
    let [request] = &notes(&assumed)[..] else { panic!("the role is taken on once") };
    assert!(request.contains("ExternalId=tango-7") && request.contains("RoleSessionName=nightly"), "{request}");
}

/// A profile whose role asks for an MFA code and says how long its session is to last, behind another role.
fn chained(endpoint: &str) -> String {
    format!(
        "[profile first]\nrole_arn = arn:aws:iam::123456789012:role/first\nsource_profile = plimsoll\n\
         mfa_serial = arn:aws:iam::123456789012:mfa/alice\nregion = us-east-1\nendpoint_url = {endpoint}\n\
         [profile second]\nrole_arn = arn:aws:iam::444455556666:role/second\nsource_profile = first\n\
         duration_seconds = 1800\nexternal_id = x-ray\nregion = us-east-1\nendpoint_url = {endpoint}\n"
    )
}

#[tokio::test]
async fn a_chain_of_roles_is_walked_with_its_mfa_code_and_its_duration() {
    let (wire, assumed) = noting().await;
    let user = User::with(&wire.endpoint, &chained(&wire.endpoint));
    let ran = run(&user, &[&["scan", "--profile", "second", "--mfa-code", "123456"], &QUICK[..]].concat()).await;
    assert_eq!(ran.report().scan.account, "444455556666", "{}", ran.stderr);
    let requests = notes(&assumed);
    let [first, second] = &requests[..] else { panic!("two roles are taken on: {requests:?}") };
    assert!(first.contains("TokenCode=123456"), "{first}");
    assert!(first.contains("SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Falice"), "{first}");
    assert!(second.contains("DurationSeconds=1800") && second.contains("ExternalId=x-ray"), "{second}");
    assert!(!second.contains("TokenCode"), "{second}");
}

#[tokio::test]
async fn the_profile_of_the_environment_is_asked_for_its_code_as_one_that_is_named() {
    let (wire, assumed) = noting().await;
    let user = User::with(&wire.endpoint, &chained(&wire.endpoint));
    let mut command = user.command(&[&["scan", "--mfa-code", "654321"], &QUICK[..]].concat());
    command.env("AWS_PROFILE", "first");
    let ran = Ran::of(command.spawn().expect("the program can be started")).await;
    assert!(ran.report().scan.caller.contains(":assumed-role/first/"), "{}", ran.stderr);
    assert!(notes(&assumed)[0].contains("TokenCode=654321"));
}

/// Runs a program on a terminal of its own and answers its one question.
const ON_A_TERMINAL: &str = r#"
import os, pty, sys, termios, time
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
while b"MFA code for arn:aws:iam::123456789012:mfa/alice: " not in seen:
    seen += os.read(terminal, 4096)
# Nobody types within the moment between the question and the echo being off.
while termios.tcgetattr(terminal)[3] & termios.ECHO:
    time.sleep(0.01)
os.write(terminal, b"246810\n")
try:
    while chunk := os.read(terminal, 4096):
        seen += chunk
except OSError:
    pass
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

#[tokio::test]
async fn the_code_is_asked_for_on_the_terminal_and_not_shown() {
    let (wire, assumed) = noting().await;
    let user = User::with(&wire.endpoint, &chained(&wire.endpoint));
    let plimsoll = user.command(&[]);
    let environment: Vec<_> =
        plimsoll.as_std().get_envs().map(|(k, v)| (k.to_owned(), v.map(ToOwned::to_owned))).collect();
    let mut command = python();
    for (name, value) in environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let args = [&[env!("CARGO_BIN_EXE_plimsoll"), "scan", "--profile", "first"], &QUICK[..]].concat();
    command.args(["-c", ON_A_TERMINAL]).args(args).stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("it ends").expect("Python starts");
    let seen = String::from_utf8_lossy(&output.stdout);
    assert!(seen.contains(":assumed-role/first/"), "{seen}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(!seen.contains("246810"), "the code is on the terminal: {seen}");
    assert!(notes(&assumed)[0].contains("TokenCode=246810"));
}

#[tokio::test]
async fn a_code_that_cannot_be_asked_for_is_wanted_as_a_flag() {
    let user = User::with("http://127.0.0.1:1", &chained("http://127.0.0.1:1"));
    // Without a terminal: `setsid` leaves it behind.
    let mut command = tokio::process::Command::new("setsid");
    let own = user.command(&[]);
    for (name, value) in own.as_std().get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.arg("--wait").arg(env!("CARGO_BIN_EXE_plimsoll")).args(["scan", "--profile", "first"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let ran = Ran::of(command.spawn().expect("setsid is there")).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("mfa/alice") && ran.stderr.contains("--mfa-code"), "{}", ran.stderr);
}

#[tokio::test]
async fn what_is_wrong_with_a_chain_is_told() {
    let refused = async |more: &str| {
        let user = User::with("http://127.0.0.1:1", more);
        let ran = run(&user, &["scan", "--profile", "a"]).await;
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        ran.stderr
    };
    let role = "role_arn = arn:aws:iam::123456789012:role/r";
    let circle = format!(
        "[profile a]\n{role}\nsource_profile = b\nmfa_serial = m\n[profile b]\n{role}\nsource_profile = a\nmfa_serial = m\n"
    );
    assert!(refused(&circle).await.contains("lead round in a circle"));
    let long = format!("[profile a]\n{role}\nsource_profile = plimsoll\nduration_seconds = forever\n");
    assert!(refused(&long).await.contains("duration_seconds of the profile \"a\" is \"forever\""));
    let nowhere = format!("[profile a]\n{role}\nsource_profile = z\nmfa_serial = m\n");
    assert!(refused(&nowhere).await.contains("there is no source profile \"z\""));
}

#[tokio::test]
async fn a_sign_in_that_ran_out_names_the_command_that_renews_it() {
    let session = "[sso-session dev]\nsso_region = us-east-1\nsso_start_url = https://example.invalid/start\n\
                   [profile a]\nsso_session = dev\nsso_account_id = 123456789012\nsso_role_name = audit\n";
    let ran = run(&User::with("http://127.0.0.1:1", session), &["scan", "--profile", "a"]).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("`aws sso login --sso-session dev`"), "{}", ran.stderr);
    let legacy = "[profile a]\nsso_region = us-east-1\nsso_start_url = https://example.invalid/start\n\
                  sso_account_id = 123456789012\nsso_role_name = audit\n";
    let ran = run(&User::with("http://127.0.0.1:1", legacy), &["scan", "--profile", "a"]).await;
    assert!(ran.stderr.contains("`aws sso login --profile a`"), "{}", ran.stderr);
}

#[tokio::test]
async fn credentials_that_run_out_stop_the_scan_and_it_says_so() {
    let memory = Memory::of(Moto::seeded().address);
    let expire = |request: &Request| if request.service == "kms" { Act::Expire } else { Act::Answer };
    let wire = Wire::new(&memory, expire).await;
    let user = User::of(&wire.endpoint);
    let ran = user.scan(&["--region", "us-east-1", "--service", "kms", "--service", "iam"]).await;
    assert_eq!(ran.code, Some(130), "{}", ran.stderr);
    assert!(ran.stderr.contains("the credentials have run out"), "{}", ran.stderr);
    let report = ran.report();
    assert!(report.scan.partial);
    assert!(report.findings.iter().all(|finding| !finding.check.starts_with("kms-") || finding.status == "unknown"));
}

#[tokio::test]
async fn no_secret_is_shown_or_recorded_however_talkative_the_program_is() {
    let (wire, _) = noting().await;
    let user = User::with(&wire.endpoint, &chained(&wire.endpoint));
    // What moto takes for a key may be anything; what it hands out is its own, and seen on the wire.
    let credentials = "[plimsoll]\naws_access_key_id = AKIASEEDEDKEY0000000\naws_secret_access_key = seeded-secret-zulu\n\
                       aws_session_token = seeded-token-yankee\n";
    std::fs::write(user.path("credentials"), credentials).expect("a new file");
    let recording = user.path("recording");
    let record = ["--record", recording.to_str().expect("UTF-8")];
    let flags = ["--role-arn", "arn:aws:iam::444455556666:role/auditor", "--external-id", "seeded-external-whisky"];
    let args = [&["scan", "--profile", "first", "--mfa-code", "918273"], &flags[..], &record, &QUICK].concat();
    let mut command = user.command(&args);
    command.env("PLIMSOLL_LOG", "trace,aws_smithy_runtime=trace,aws_runtime=trace,aws_sigv4=trace,hyper_util=trace");
    let ran = Ran::of(command.spawn().expect("the program can be started")).await;
    assert_eq!(ran.report().scan.account, "444455556666", "{}", ran.stderr);
    let talkative: Vec<&str> =
        ran.stderr.lines().filter(|line| line.contains(" DEBUG ") || line.contains(" TRACE ")).collect();
    assert!(talkative.iter().any(|line| line.contains("aws_sdk_sts::operation::assume_role: ")), "{}", ran.stderr);
    for line in talkative {
        assert!(line.contains(" aws_sdk_") || line.contains(" plimsoll"), "who let this through? {line}");
    }
    let written = files_below(&recording).into_iter().map(|(_, text)| text).collect::<String>();
    assert!(written.contains("444455556666"));
    for secret in ["seeded-secret-zulu", "seeded-token-yankee", "918273", "seeded-external-whisky", "ASIA"] {
        for (what, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr), ("the recording", &written)] {
            assert!(!text.contains(secret), "{what} shows {secret}");
        }
    }
}
