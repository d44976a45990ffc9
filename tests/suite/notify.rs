//! Telling people what is new: the whole program against a server on this machine.

use std::fs;
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;

use crate::hostile::hostile;
use crate::program::{account_file, copy_of, stderr, stdout};
use crate::receiver::{Act, Message, Receiver, SECRET};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ROTATION: &str = "kms-key-rotation-enabled";

/// An account that changes between scans, and the history of them.
struct Account {
    recording: TempDir,
    place: TempDir,
    hour: u32,
}

impl Account {
    fn new() -> Self {
        Self { recording: copy_of("mixed"), place: TempDir::new().unwrap(), hour: 0 }
    }

    /// An account with nothing new since its first scan.
    fn known() -> Self {
        let mut account = Self::new();
        account.scan(&["--check", ROTATION], &[]);
        account
    }

    /// Scans it, an hour later.
    fn scan(&mut self, args: &[&str], env: &[(&str, &str)]) -> Output {
        self.hour += 1;
        let manifest = account_file(self.recording.path(), "../manifest.json");
        let mut text: Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
        text["Started"] = json!(format!("2026-11-26T{:02}:00:00Z", self.hour));
        fs::write(&manifest, text.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.current_dir(self.place.path()).env_clear().envs(env.iter().copied());
        command.args(["scan", "--history", "history", "--format", "ndjson", "--from"]).arg(self.recording.path());
        command.args(args).output().unwrap()
    }

    /// The first key, edited.
    fn rotate(&self, rotates: bool) {
        let file = account_file(self.recording.path(), "eu-west-1/kms/KeyRotationStatus.json");
        let text = fs::read_to_string(&file).unwrap();
        let (from, to) = if rotates { ("false", "true") } else { ("true", "false") };
        fs::write(&file, text.replace(from, to)).unwrap();
    }
}

/// The arguments that tell one destination of everything.
fn telling<'a>(destination: &'a str, also: &[&'a str]) -> Vec<&'a str> {
    [&["--check", ROTATION, "--notify-at-least", "low", "--notify", destination], also].concat()
}

fn body(message: &Message) -> Value {
    serde_json::from_str(&message.body).unwrap_or_else(|error| panic!("{error}: {}", message.body))
}

/// The signature that a receiver works out by the standard's words.
fn signature(message: &Message) -> String {
    let key = STANDARD.decode(KEY.trim_start_matches("whsec_")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let (id, at) = (message.header("webhook-id"), message.header("webhook-timestamp"));
    mac.update([id, at, &message.body].join(".").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn new(message: &Message) -> u64 {
    let counts = body(message)["data"]["new"].clone();
    counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

#[test]
fn each_scan_tells_what_is_new_in_it_and_nothing_else() {
    let receiver = Receiver::new(&[]);
    let (url, mut account) = (receiver.url(), Account::new());
    let env = [("URL", &*url), ("KEY", KEY)];
    let args = telling("webhook:URL,KEY", &[]);
    // The first: everything that fails is new, and that is said.
    let first = account.scan(&args, &env);
    let [message] = &receiver.messages()[..] else { panic!("one message: {}", stderr(&first)) };
    let failing = stdout(&first).lines().filter(|line| line.contains("\"status\":\"fail\"")).count() as u64;
    assert!(failing > 0);
    assert_eq!((new(message), &body(message)["data"]["since"]), (failing, &Value::Null));
    assert!(stderr(&first).contains(&format!("told webhook:URL,KEY: {failing} new\n")), "{}", stderr(&first));
    assert_eq!(
        (&*message.line, message.header("content-type")),
        ("POST /services/T0/B0/SeededSecretZulu HTTP/1.1", "application/json")
    );
    assert_eq!(message.header("webhook-signature"), signature(message));
    // The second: nothing.
    let second = account.scan(&args, &env);
    assert_eq!(receiver.messages().len(), 0);
    assert!(
        stderr(&second).contains("nothing new at low or above for webhook:URL,KEY: nothing was sent"),
        "{}",
        stderr(&second)
    );
    // Mended: no news either.
    account.rotate(true);
    account.scan(&args, &env);
    assert_eq!(receiver.messages().len(), 0);
    // And broken again.
    account.rotate(false);
    let broken = account.scan(&args, &env);
    let [message] = &receiver.messages()[..] else { panic!("one message: {}", stderr(&broken)) };
    let data = &body(message)["data"];
    assert!(new(message) > 0 && data["since"] == "2026-11-26T03:00:00Z", "{data}");
    assert_eq!(data["owners"][0]["findings"][0]["change"], "new");
    assert_eq!(data["owners"][0]["name"], "account acme-prod");
    // The exit code is that of the scan all the time.
    assert_eq!([first, second, broken].map(|output| output.status.code()), [Some(1); 3]);
}

#[test]
fn what_became_worse_is_told_and_what_is_less_severe_than_asked_is_not() {
    let receiver = Receiver::new(&[]);
    let (url, mut account) = (receiver.url(), Account::known());
    let env = [("URL", &*url), ("KEY", KEY)];
    account.scan(&["--check", ROTATION, "--notify", "webhook:URL,KEY"], &env);
    assert_eq!(receiver.messages().len(), 0);
    fs::write(account.place.path().join("plimsoll.toml"), format!("[severity]\n{ROTATION} = \"critical\"\n")).unwrap();
    account.scan(&["--check", ROTATION, "--notify", "webhook:URL,KEY"], &env);
    let [message] = &receiver.messages()[..] else { panic!("one message") };
    let data = &body(message)["data"];
    assert_eq!(
        (data["at_least"].as_str(), data["owners"][0]["findings"][0]["severity"].as_str()),
        (Some("high"), Some("critical"))
    );
    assert!(data["new"]["critical"].as_u64() > Some(0));
}

#[test]
fn what_failed_and_cannot_be_seen_any_more_is_told_and_not_taken_for_fixed() {
    let receiver = Receiver::new(&[]);
    let (url, mut account) = (receiver.url(), Account::known());
    fs::remove_file(account_file(account.recording.path(), "eu-west-1/kms/KeyRotationStatus.json")).unwrap();
    let output = account.scan(&telling("webhook:URL,KEY", &[]), &[("URL", &*url), ("KEY", KEY)]);
    let [message] = &receiver.messages()[..] else { panic!("one message: {}", stderr(&output)) };
    let data = &body(message)["data"];
    assert_eq!((data["new"].clone(), new(message)), (json!({}), 0));
    let hidden: u64 =
        data["no_longer_visible"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert!(hidden > 0, "{data}");
    assert!(stderr(&output).contains(&format!("0 new, {hidden} out of sight")), "{}", stderr(&output));
}

#[test]
fn what_may_pass_is_tried_again_with_the_same_id_and_a_signature_of_its_time() {
    let acts = [Act::Answer(500, "x-is: ill", ""), Act::Reset, Act::Answer(429, "retry-after: 1", "")];
    let receiver = Receiver::new(&acts);
    let (url, mut account) = (receiver.url(), Account::new());
    let output = account.scan(&telling("webhook:URL,KEY", &["--log-format", "json"]), &[("URL", &*url), ("KEY", KEY)]);
    let messages = receiver.messages();
    assert_eq!(messages.len(), 4, "{}", stderr(&output));
    for message in &messages {
        assert_eq!(message.header("webhook-id"), messages[0].header("webhook-id"));
        assert_eq!(message.body, messages[0].body);
        assert_eq!(message.header("webhook-signature"), signature(message));
    }
    let line: Value = serde_json::from_str(stderr(&output).lines().last().unwrap()).unwrap();
    assert_eq!((&line["notify"], &line["sent"], &line["tries"]), (&json!("webhook:URL,KEY"), &json!(true), &json!(4)));
    assert_eq!(line["new"], new(&messages[0]));
}

#[test]
fn who_refuses_is_asked_once_and_the_result_of_the_scan_stands() {
    for (status, header) in [(404, "x-is: gone"), (307, "location: http://127.0.0.1:1/")] {
        let receiver = Receiver::new(&[Act::Answer(status, header, "no_service")]);
        let (url, mut account) = (receiver.url(), Account::new());
        let output = account.scan(&telling("slack:URL", &["--quiet"]), &[("URL", &*url)]);
        assert_eq!(receiver.messages().len(), 1);
        assert_eq!(output.status.code(), Some(1), "as without anybody to tell");
        let told = format!("error: slack:URL was not told what is new: the answer was {status} (no_service)");
        assert!(stderr(&output).starts_with(&told), "{}", stderr(&output));
        assert!(stderr(&output).ends_with("(tried once); the result of the scan stands\n"), "{}", stderr(&output));
        // It is remembered all the same.
        let next = account.scan(&telling("slack:URL", &[]), &[("URL", &*url)]);
        assert!(stderr(&next).contains("nothing new"), "{}", stderr(&next));
    }
}

#[test]
fn nobody_is_waited_for_as_long_as_they_ask() {
    let receiver = Receiver::new(&[Act::Answer(429, "retry-after: 86400", "")]);
    let (url, mut account) = (receiver.url(), Account::new());
    let output = account.scan(&telling("teams:URL", &[]), &[("URL", &*url)]);
    assert_eq!(receiver.messages().len(), 1);
    assert!(stderr(&output).contains("the answer was 429, and asks to wait for 86400 s"), "{}", stderr(&output));
}

#[test]
fn destinations_of_the_file_are_told_by_their_names_each_in_its_own_form() {
    let (chat, team, program) = (Receiver::new(&[]), Receiver::new(&[]), Receiver::new(&[]));
    let [chat_url, team_url, program_url] = [&chat, &team, &program].map(Receiver::url);
    let mut account = Account::new();
    let config = format!(
        "[[notify]]\nname = \"chat\"\nkind = \"slack\"\nurl-env = \"CHAT\"\nat-least = \"low\"\n\
         [[notify]]\nname = \"team\"\nkind = \"teams\"\nurl-env = \"TEAM\"\nat-least = \"medium\"\n\
         [[notify]]\nname = \"siem\"\nkind = \"webhook\"\nurl = \"{program_url}\"\nsecret-env = \"KEY\"\nat-least = \"low\"\n\
         [[notify]]\nname = \"unused\"\nkind = \"sns\"\ntopic = \"arn:aws:sns:eu-west-1:111122223333:alerts\"\n"
    );
    fs::write(account.place.path().join("plimsoll.toml"), config).unwrap();
    let env = [("CHAT", &*chat_url), ("TEAM", &*team_url), ("KEY", KEY)];
    let all = ["--check", ROTATION, "--notify", "chat", "--notify", "team", "--notify", "siem"];
    let output = account.scan(&all, &env);
    let [slack] = &chat.messages()[..] else { panic!("{}", stderr(&output)) };
    let [teams] = &team.messages()[..] else { panic!("{}", stderr(&output)) };
    let [webhook] = &program.messages()[..] else { panic!("{}", stderr(&output)) };
    assert_eq!(body(slack)["blocks"][0]["type"], "header");
    assert_eq!(body(teams)["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
    assert_eq!(webhook.header("webhook-signature"), signature(webhook));
    assert_eq!((slack.header("webhook-signature"), teams.header("webhook-signature")), ("", ""));
    for told in ["told chat (slack): ", "told team (teams): ", "told siem (webhook): "] {
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
    // Who is not named is not told, and what is not needed need not be there.
    let output = account.scan(&["--check", ROTATION], &[]);
    assert!(!stderr(&output).contains("told"), "{}", stderr(&output));
}

#[test]
fn no_secret_is_shown_however_talkative_the_program_is() {
    let receiver = Receiver::new(&[Act::Answer(404, "x-is: gone", "/services/T0/B0/SeededSecretZulu")]);
    let (url, mut account) = (receiver.url(), Account::new());
    let dead = format!("http://127.0.0.1:1/services/{SECRET}");
    let distrusted = format!("https://{}/services/{SECRET}", receiver.address());
    let env = [
        ("URL", &*url),
        ("KEY", KEY),
        ("DEAD", &*dead),
        ("TLS", &*distrusted),
        ("BAD", "ftp://SeededSecretZulu/x"),
        ("PLIMSOLL_LOG", "trace"),
        ("HTTPS_PROXY", "http://user:SeededSecretZulu@127.0.0.1:1"),
    ];
    let args = [
        "--notify",
        "slack:URL",
        "--notify",
        "webhook:DEAD,KEY",
        "--notify",
        "teams:TLS",
        "--output",
        "report.html",
        "--output",
        "report.json",
    ];
    let output = account.scan(&telling("slack:URL", &args), &env);
    assert!(stderr(&output).contains("webhook:DEAD,KEY was not told what is new: "), "{}", stderr(&output));
    let bad = account.scan(&telling("slack:BAD", &[]), &env);
    assert_eq!(bad.status.code(), Some(2));
    assert!(stderr(&bad).contains("the URL in BAD does not begin with https://"), "{}", stderr(&bad));
    let wrong_key = account.scan(&telling("webhook:URL,URL", &[]), &env);
    assert!(stderr(&wrong_key).contains("the key in URL is not whsec_"), "{}", stderr(&wrong_key));
    let literal = account.scan(&telling(&format!("slack:{url}"), &[]), &env);
    assert_eq!(literal.status.code(), Some(2));
    for output in [output, bad, wrong_key, literal] {
        for text in [stdout(&output), stderr(&output)] {
            assert!(!text.contains(SECRET) && !text.contains("MfKQ9r8G"), "{text}");
        }
    }
    for file in ["history", "report.html", "report.json"] {
        let bytes = fs::read(account.place.path().join(file)).unwrap();
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{file}");
    }
}

#[test]
fn what_cannot_be_known_to_be_new_is_not_told_and_what_is_missing_is_said_before_the_scan() {
    let wrong = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        let output =
            command.args(["scan", "--from", "nowhere"]).args(args).env_clear().envs(env.iter().copied()).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2));
        stderr(&output)
    };
    let env = [("URL", "https://hooks.example.com/x"), ("KEY", KEY)];
    let told = wrong(&["--notify", "slack:URL"], &env);
    assert_eq!(
        told,
        "error: --notify: new since when? give --history FILE, or --baseline with a document or recording\n"
    );
    let told = wrong(&["--notify", "sns:arn:aws:sns:eu-west-1:111122223333:alerts", "--history", "x"], &env);
    assert!(told.contains("SNS takes the credentials that a scan began with, and --from has none"), "{told}");
    let told = wrong(&["--notify", "slack:NONE", "--history", "x"], &env);
    assert!(told.contains("--notify the environment variable NONE is not set: it is to hold the URL"), "{told}");
    assert!(wrong(&["--notify-at-least", "high"], &env).contains("--notify"));
}

#[test]
fn mistakes_in_the_list_of_destinations_are_told_with_their_places_and_without_what_may_be_a_secret() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("plimsoll.toml");
    let text = format!(
        "[[notify]]\nname = \"a\"\nkind = \"slack\"\nurl = \"https://hooks.slack.com/{SECRET}\"\n\
         [[notify]]\nname = \"a b\"\nkind = \"chat\"\n\
         [[notify]]\nname = \"c\"\nkind = \"webhook\"\nurl-env = \"URL\"\nsecret = \"{SECRET}\"\n\
         [[notify]]\nname = \"d\"\nkind = \"sns\"\ntopic = \"alerts\"\nat-least = \"hihg\"\nurl-env = \"X\"\n"
    );
    fs::write(&config, text).unwrap();
    let output = crate::program::plimsoll(&["config", "show", "--config", config.to_str().unwrap()]);
    let told = stderr(&output).replace(&format!("{}:", config.display()), "");
    assert!(!told.contains(SECRET), "{told}");
    insta::assert_snapshot!(told);
}

#[test]
fn a_hostile_account_sends_no_markup_to_slack() {
    let receiver = Receiver::new(&[]);
    let (url, mut account) = (receiver.url(), Account::new());
    account.recording = hostile();
    let output =
        account.scan(&["--service", "s3", "--notify-at-least", "low", "--notify", "slack:URL"], &[("URL", &*url)]);
    let [message] = &receiver.messages()[..] else { panic!("{}", stderr(&output)) };
    let message = body(message);
    let blocks = message["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50 && blocks.len() > 2);
    for block in &blocks[1..] {
        let text = block["text"]["text"].as_str().unwrap();
        assert!(!text.contains(['<', '>', '\u{1b}', '\u{202e}']) && text.chars().count() <= 3000, "{text}");
    }
}
