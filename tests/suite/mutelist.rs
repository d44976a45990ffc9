//! Prowler's mutelists: what is taken over mutes what Prowler mutes, and never more.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Output;

use jiff::Timestamp;
use plimsoll::mutelist::{self, Signing, Told};
use plimsoll::register::{Register, RegisterArgs, TAGGED};
use plimsoll::scan::{Chosen, Finding, ResourceOwner, Subject};
use plimsoll_checks::checks;
use plimsoll_checks::contract::{Identity, Partition, Place, Rivals, Scope, Status, Tags, fail};
use proptest::prelude::*;
use proptest::sample::select;
use regex_lite::Regex;
use tempfile::TempDir;

use crate::program::{fixture, plimsoll, stderr, stdout};

const NOW: &str = "2026-11-25T12:00:00Z";

fn mutelist(name: &str) -> String {
    format!("{}/fixtures/mutelists/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn import(file: &str, args: &[&str]) -> Output {
    let given = ["import", "prowler-mutelist", file, "--owner", "sec", "--expires", "2027-03-31", "--now", NOW];
    plimsoll(&[&given, args].concat())
}

#[test]
fn everything_that_prowler_documents_is_taken_over_or_told() {
    let file = mutelist("everything.yaml");
    let output = import(&file, &["--global-region", "us-east-1", "--approver", "ciso", "--ticket", "SEC-1"]);
    assert_eq!(output.status.code(), Some(1), "something is left out: {}", stderr(&output));
    let told = |text: String| text.replace(&*file, "everything.yaml");
    insta::assert_snapshot!("mutelist_exceptions", told(stdout(&output)));
    insta::assert_snapshot!("mutelist_told", told(stderr(&output)));
    let folder = TempDir::new().unwrap();
    let exceptions = folder.path().join("exceptions.toml");
    fs::write(&exceptions, stdout(&output)).unwrap();
    let listed = plimsoll(&["attest", "check", "--now", NOW, "--exceptions", exceptions.to_str().unwrap()]);
    assert_eq!(listed.status.code(), Some(0), "{}", stderr(&listed));
}

#[test]
fn a_file_is_written_whole_and_none_is_overwritten_without_being_told() {
    let folder = TempDir::new().unwrap();
    let (list, exceptions) = (folder.path().join("list.yaml"), folder.path().join("exceptions.toml"));
    let text = "Mutelist:\n  Accounts:\n    '*':\n      Checks:\n        kms_cmk_rotation_enabled:\n          \
                Regions: ['*']\n          Resources: ['*']\n          Description: Keys of the old cluster\n";
    fs::write(&list, text).unwrap();
    let (file, to) = (list.to_str().unwrap(), ["--output", exceptions.to_str().unwrap()]);
    let output = import(file, &to);
    assert_eq!(output.status.code(), Some(0), "nothing is left out: {}", stderr(&output));
    assert_eq!(stdout(&output), "");
    let root = fixture("mixed");
    let args = ["--from", root.to_str().unwrap(), "--format", "json", "--now", NOW];
    let scan = plimsoll(&[&["scan", "--exceptions", to[1]], &args[..]].concat());
    let document: serde_json::Value = serde_json::from_slice(&scan.stdout).unwrap();
    let keys = crate::program::findings(&document).iter().filter(|it| it["check"] == "kms-key-rotation-enabled");
    let excepted: Vec<_> = keys.filter(|it| it["status"] == "excepted").collect();
    assert!(!excepted.is_empty());
    assert_eq!(excepted[0]["accepted"]["reason"], "Keys of the old cluster");
    fs::write(&exceptions, "# mine\n").unwrap();
    let refused = import(file, &to);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--overwrite"), "{}", stderr(&refused));
    assert_eq!(fs::read_to_string(&exceptions).unwrap(), "# mine\n");
    assert_eq!(import(file, &[&to[..], &["--overwrite"]].concat()).status.code(), Some(0));
    assert!(fs::read_to_string(&exceptions).unwrap().contains("kms-key-rotation-enabled"));
}

#[test]
fn nothing_is_signed_for_ever_nor_by_nobody() {
    let file = mutelist("everything.yaml");
    let with = |owner: &str, expires: &str| {
        let args = ["import", "prowler-mutelist", &file, "--owner", owner, "--expires", expires, "--now", NOW];
        let output = plimsoll(&args);
        (output.status.code(), stderr(&output))
    };
    let (code, told) = with("sec", "2028-01-01");
    assert!(code == Some(2) && told.contains("in 402 days; somebody should look at it within 366"), "{told}");
    let (code, told) = with("sec", "2026-11-24");
    assert!(code == Some(2) && told.contains("that day is over"), "{told}");
    let (code, told) = with(" ", "2027-03-31");
    assert!(code == Some(2) && told.contains("--owner is empty"), "{told}");
    assert_eq!(plimsoll(&["import", "prowler-mutelist", &file, "--owner", "sec"]).status.code(), Some(2));
}

#[test]
fn hostile_files_are_refused_with_a_line_or_taken_for_what_they_are() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("list.yaml");
    let told = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let output = import(path.to_str().unwrap(), &[]);
        (output.status.code(), stderr(&output).replace(&path.display().to_string(), "list.yaml"), stdout(&output))
    };
    let wrong = |bytes: &[u8], expected: &str| {
        let (code, told, _) = told(bytes);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(expected), "{expected:?} is not in {told}");
        assert!(!told.contains('\u{1b}') && told.len() < 5_000, "{told}");
    };
    wrong(b"", "list.yaml:1:1: the file is empty");
    wrong(b"Mutelist:\n\tAccounts: {}\n", "list.yaml:2");
    wrong(b"Mutelist:\n  Accounts:\n    '*': \xff\n", "list.yaml:3: is not UTF-8");
    wrong(&[&b"#"[..], &vec![b'x'; 5 << 20]].concat(), "larger than 4 MiB");
    wrong("[".repeat(100_000).as_bytes(), "list.yaml:1:");
    wrong("a:\n ".repeat(100_000).as_bytes(), "list.yaml:");
    wrong(b"Mutelist: !!python/object/apply:os.system ['id']\n", "list.yaml:1:");
    wrong("Mutelist:\n  \"\\e[31m\": 1\n".as_bytes(), "Mutelist has no");
    let mut bomb = String::from("l0: &l0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let _ = writeln!(bomb, "l{level}: &l{level} [{}]", vec![format!("*l{}", level - 1); 9].join(", "));
    }
    wrong(bomb.as_bytes(), "there is no Mutelist");
    let many: String = (0..3_000).fold("Mutelist: {Accounts: {}}\nbase: &b\n".to_owned(), |mut text, key| {
        let _ = writeln!(text, "  k{key}: 1");
        text
    });
    let merges: String = (0..3_000).fold(many, |mut text, key| {
        let _ = writeln!(text, "m{key}: {{<<: *b}}");
        text
    });
    wrong(merges.as_bytes(), "more than 400000 values");
    // Text that would break out of a comment, a string or a terminal stays text.
    let nasty = "Mutelist:\n  Accounts:\n    \"*\":\n      Checks:\n        \"kms_cmk_rotation_enabled\":\n          \
                 Regions: [\"*\", \"(\\n[[exception]]\\n\\e[2J\"]\n          Resources: [\"x\", \"a'''\\\"\\n\"]\n          \
                 Description: \"'''\\n\\\"\\\"\\\"\\n[[exception]]\\ncheck = \\\"*\\\"\\n\"\n";
    let (code, told, text) = told(nasty.as_bytes());
    assert_eq!(code, Some(1), "{told}");
    assert!(!told.contains('\u{1b}') && !text.contains('\u{1b}'), "{told}");
    let document: toml::Table = toml::from_str(&text).unwrap();
    assert_eq!(document["exception"].as_array().unwrap().len(), 1, "{text}");
}

// ---- Prowler's rules once more, by themselves ----

/// A check of a mutelist.
#[derive(Debug, Clone)]
struct Mute {
    check: String,
    regions: Vec<String>,
    resources: Vec<String>,
    tags: Vec<String>,
    except: Option<[Vec<String>; 4]>,
}

/// Accounts, each with its checks, every key once.
type List = Vec<(String, Vec<Mute>)>;

/// A finding as Prowler has it.
struct Theirs<'a> {
    account: &'a str,
    region: &'a str,
    id: String,
    tags: String,
}

/// How Prowler takes an expression that this test's engine does not take: Python takes some of them, and at one that it
/// does not take either Prowler gives up the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strange {
    IsNotFound,
    GivesUp,
}

struct Rules(Strange);

impl Rules {
    /// Whether an expression is found; `None` if Prowler gives up.
    fn found(&self, expression: &str, text: &str) -> Option<bool> {
        let python = expression.strip_prefix('*').map_or(expression.to_owned(), |rest| format!(".*{rest}"));
        match Regex::new(&python) {
            Ok(regex) => Some(regex.is_match(text)),
            Err(_) => (self.0 == Strange::IsNotFound).then_some(false),
        }
    }

    fn one_found(&self, list: &[String], text: &str) -> bool {
        for item in list {
            match self.found(item, text) {
                Some(false) => {}
                found => return found == Some(true),
            }
        }
        false
    }

    fn all_found(&self, list: &[String], text: &str) -> bool {
        !list.is_empty() && list.iter().all(|item| self.found(item, text) == Some(true))
    }

    fn is_excepted(&self, mute: &Mute, it: &Theirs<'_>) -> bool {
        let Some([accounts, regions, resources, tags]) = &mute.except else { return false };
        let fits = [
            self.one_found(accounts, it.account),
            self.one_found(regions, it.region),
            self.one_found(resources, &it.id),
            self.all_found(tags, &it.tags),
        ];
        let given = [accounts, regions, resources, tags].map(|list| !list.is_empty());
        fits.contains(&true) && fits.iter().zip(given).all(|(fits, given)| *fits || !given)
    }

    fn is_met(&self, mute: &Mute, it: &Theirs<'_>) -> bool {
        self.one_found(&mute.regions, it.region)
            && self.one_found(&mute.resources, &it.id)
            && (mute.tags.is_empty() || self.all_found(&mute.tags, &it.tags))
    }

    /// Whether Prowler mutes a finding of a check of its own.
    fn is_muted(&self, list: &List, check: &str, it: &Theirs<'_>) -> bool {
        list.iter().filter(|(id, _)| id == "*" || id == it.account).any(|(_, mutes)| {
            let mut is_muted = false;
            let is_about = |mute: &&Mute| mute.check == check || self.found(&mute.check, check) == Some(true);
            for mute in mutes.iter().filter(is_about) {
                if self.is_excepted(mute, it) {
                    break;
                }
                is_muted |= self.is_met(mute, it);
            }
            is_muted
        })
    }
}

fn yaml(list: &List) -> String {
    let flow = |items: &[String]| serde_json::to_string(items).unwrap();
    let mut text = String::from("Mutelist:\n  Accounts:\n");
    for (id, mutes) in list {
        let _ = writeln!(text, "    {id:?}:\n      Checks:");
        for Mute { check, regions, resources, tags, except } in mutes {
            let check = serde_json::to_string(check).unwrap();
            let (regions, resources, tags) = (flow(regions), flow(resources), flow(tags));
            let _ = writeln!(
                text,
                "        {check}:\n          Regions: {regions}\n          Resources: {resources}\n          Tags: {tags}"
            );
            if let Some(lists) = except {
                let [accounts, regions, resources, tags] = lists.each_ref().map(|list| flow(list));
                let _ = writeln!(
                    text,
                    "          Exceptions: {{Accounts: {accounts}, Regions: {regions}, Resources: {resources}, Tags: {tags}}}"
                );
            }
        }
    }
    text
}

fn some_of(texts: &'static [&'static str], sizes: std::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(select(texts).prop_map(str::to_owned), sizes)
}

const CHECKS: &[&str] = &[
    "*",
    "ec2_*",
    "ec2_ebs_volume_encryption",
    "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
    "s3_bucket",
    "s3_bucket_secure_transport_policy",
    "iam_user_*",
    "iam_user_console_access_unused",
    "iam_user_accesskey_unused",
    "rds_.*",
    "rds|documentdb|neptune",
    "kms_cmk_rotation_enabled",
    "cloudtrail_",
    "guardduty_is_enabled",
    "(?i)ec2",
    "^lambda",
    "vpc_*",
];
const ACCOUNTS: &[&str] = &["111122223333", "444455556666"];
const REGIONS: &[&str] = &["*", "*", ".*", "eu-west-1", "us-east-1", "us-*", "eu-(west|south)-1", "^eu", "(?!x)eu"];
const IDS: &[&str] = &[
    "*", "*", "a", "^a", "b$", "a.*b", "[ab]-", "(a|b)p", "a+b", "^ab?$", ".+p", "a{2}", "a**", "*-b", "arn:", "^arn:",
];
const TAGS: &[&str] = &["*", "s=p", "s=p|t=a", ".*=p", "^s", "p$", "s=.*a", "s", "=", "s=(p|q)", " s=p", "t=a \\| s"];

fn mutes() -> impl Strategy<Value = Vec<Mute>> {
    let except = (
        some_of(&["111122223333", "4444", "*"], 0..2),
        some_of(REGIONS, 0..2),
        some_of(IDS, 0..3),
        some_of(TAGS, 0..2),
    );
    let except = except.prop_map(|(accounts, regions, resources, tags)| [accounts, regions, resources, tags]);
    let except = proptest::option::weighted(0.4, except);
    let rest = (some_of(REGIONS, 1..3), some_of(IDS, 1..4), some_of(TAGS, 0..3), except);
    let mute = (select(CHECKS), rest).prop_map(|(check, (regions, resources, tags, except))| Mute {
        check: check.to_owned(),
        regions,
        resources,
        tags,
        except,
    });
    proptest::collection::vec(mute, 1..5).prop_map(|mutes| {
        let mut once: Vec<Mute> = Vec::new();
        for mute in mutes {
            if !once.iter().any(|known| known.check == mute.check) {
                once.push(mute);
            }
        }
        once
    })
}

fn lists() -> impl Strategy<Value = List> {
    let list = |(here, everywhere)| vec![("111122223333".to_owned(), here), ("*".to_owned(), everywhere)];
    (mutes(), mutes()).prop_map(list)
}

/// A finding of ours, and what Prowler may have for it: where a kind is told otherwise, anything.
#[derive(Debug, Clone)]
struct Pair {
    check: usize,
    account: String,
    regions: [String; 2],
    ids: [String; 2],
    tags: [Tags; 2],
}

fn pairs() -> impl Strategy<Value = Pair> {
    let region = || select(&["eu-west-1", "us-east-1", "eu-south-1", "ap-east-1"][..]).prop_map(str::to_owned);
    let tags = || proptest::collection::btree_map("[st]", "[apq]{0,2}", 0..3);
    (
        any::<proptest::sample::Index>(),
        select(ACCOUNTS),
        [region(), region()],
        ["[abp-]{1,4}", "[abp-]{1,4}"],
        [tags(), tags()],
    )
        .prop_map(|(check, account, regions, ids, tags)| Pair {
            check: check.index(checks().len()),
            account: account.to_owned(),
            regions,
            ids,
            tags,
        })
}

/// The kinds of which Prowler tells by the same id and in the same region.
fn is_alike(kind: &str) -> bool {
    let services = ["ec2/", "rds/", "efs/", "s3/Bucket", "kms/Key", "guardduty/Detector"];
    services.iter().any(|service| kind.starts_with(service))
        && !kind.contains("Option")
        && !kind.contains("Parameter")
        && kind != "rds/DBProxy"
}

impl Pair {
    fn ours(&self) -> Finding {
        let check = Chosen::from(&checks()[self.check]);
        let read = check.check.over[0].read;
        let account = Place::global(Partition::Aws, &self.account);
        let is_global = read.scope == Scope::Global && read.name != "s3/Bucket";
        let place = if is_global { account } else { account.at(&self.regions[0]) };
        let arn = format!("arn:aws:logs:{}:{}:a/{}", self.regions[0], self.account, self.ids[0]);
        let mut identity = Identity::new(arn, &self.ids[0]);
        if TAGGED.contains(&read.name) {
            identity.tags.clone_from(&self.tags[0]);
        }
        Finding {
            check,
            owner: ResourceOwner::of(&place),
            place,
            resource_type: "",
            kind: read.name,
            subject: Subject::Resource(identity),
            answer: Ok(fail("is not so")),
            evidence: Vec::new(),
            accepted: None,
        }
    }

    fn theirs<'a>(&'a self, finding: &Finding) -> Theirs<'a> {
        let alike = is_alike(finding.kind);
        let region = match finding.place.is_global() {
            true => "us-east-1",
            false if alike || finding.kind == "account/Region" => &self.regions[0],
            false => &self.regions[1],
        };
        let tags = if TAGGED.contains(&finding.kind) { &self.tags[0] } else { &self.tags[1] };
        let told: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let id = match finding.kind {
            // With the key or the policy that it is about.
            "iam/User" => format!("{}/{}", self.ids[0], self.ids[1]),
            _ => self.ids[usize::from(!alike)].clone(),
        };
        Theirs { account: &self.account, region, id, tags: told.join(" | ") }
    }
}

fn register_of(text: &str) -> Register {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("exceptions.toml");
    fs::write(&path, text).unwrap();
    let args = RegisterArgs { attestations: Vec::new(), exceptions: vec![path] };
    Register::load(&args).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn signing() -> Signing {
    Signing {
        owner: "sec".to_owned(),
        approver: None,
        ticket: None,
        date: "2026-11-25".parse().unwrap(),
        expires: "2027-03-31".parse().unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// What is accepted here, Prowler mutes under every name that it has for the check; and where nothing was left out,
    /// what Prowler mutes is accepted.
    #[test]
    fn what_is_accepted_is_what_prowler_mutes_and_never_more(
        list in lists(),
        global in any::<bool>(),
        pairs in proptest::collection::vec(pairs(), 60),
    ) {
        let text = yaml(&list);
        let read = mutelist::read(&text).unwrap_or_else(|wrong| panic!("{wrong:?}\n{text}"));
        let (entries, remarks) = mutelist::convert(&read, global.then_some("us-east-1"));
        let exceptions = mutelist::write(&entries, &remarks, &signing(), "list.yaml").unwrap();
        let register = register_of(&exceptions).at(NOW.parse::<Timestamp>().unwrap());
        let is_whole = !remarks.iter().any(|remark| remark.told == Told::LeftOut);
        for pair in pairs {
            let mut finding = pair.ours();
            register.sign(&mut finding);
            let is_accepted = finding.status() == Status::Excepted;
            let names = &Rivals::of(&finding.check.registered.id).prowler;
            let theirs = pair.theirs(&finding);
            for strange in [Strange::IsNotFound, Strange::GivesUp] {
                let rules = Rules(strange);
                let is_muted = !names.is_empty() && names.iter().all(|name| rules.is_muted(&list, name, &theirs));
                let said = || format!("{} {strange:?} {pair:?}\n{text}\n{exceptions}", finding.check.id);
                prop_assert!(is_muted || !is_accepted, "{}", said());
                let is_exact = is_whole && finding.kind != "iam/User";
                prop_assert!(!is_exact || is_accepted == is_muted, "{}", said());
            }
        }
    }
}

#[test]
fn tags_are_known_of_the_kinds_whose_lists_tell_them() {
    let mut tagged = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks");
    for service in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().join("resources.rs")) {
        let Ok(text) = fs::read_to_string(service) else { continue };
        for declared in text.split("\nresource!(").skip(1) {
            let end = declared.find("\n);").into_iter().chain(declared.find("\n});")).min().unwrap();
            if declared[..end].contains(".tagged(") {
                tagged.push(declared.split('"').nth(1).unwrap().to_owned());
            }
        }
    }
    tagged.sort();
    assert_eq!(tagged, TAGGED);
}
