//! What credentials are permitted, found out from a simulation and from calls, both of them scripted.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;
use plimsoll::cli::permissions::{OWN_CALLS, Policy};
use plimsoll::cli::preflight::{Document, Door, Looked};
use plimsoll::preflight::{Answers, Decision, Found, Ruling, Seen, Simulation, Simulator, Standing, find_out, needs};
use plimsoll::recording::Recording;
use plimsoll::scan::{AccountState, Chosen, Observers, Plan, SessionRead, Shut, Target};
use plimsoll_checks::checks;
use plimsoll_checks::contract::{Call, CallMade, Fetched, Place, Read, Reason, Registered, Source, Unknown, World};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::program::{fixture, plimsoll, stderr};

/// A recorded account of which some calls are refused, in words of one's own, and which notes what it is asked.
struct Scripted {
    account: Arc<Recording>,
    refuses: Vec<String>,
    words: &'static str,
    is_empty: bool,
    asked: Mutex<BTreeSet<&'static str>>,
}

const PLAIN: &str =
    "AccessDenied: User: arn:aws:iam::111122223333:user/a is not authorized because no identity-based policy allows it";

impl Scripted {
    fn refusing(actions: &[&str]) -> Self {
        Self {
            account: Arc::new(Recording::open(&fixture("mixed")).unwrap()),
            refuses: actions.iter().map(|action| (*action).to_owned()).collect(),
            words: PLAIN,
            is_empty: false,
            asked: Mutex::default(),
        }
    }

    fn answer(&self, read: &'static Read, answer: Fetched) -> Fetched {
        self.asked.lock().unwrap().insert(read.name);
        let calls = |upto: usize| read.calls[..upto].iter().map(made).collect();
        match read.calls.iter().position(|call| self.refuses.contains(&call.iam_action())) {
            Some(at) => {
                let refused = Unknown::new(Reason::Denied, read.calls[at].iam_action(), self.words);
                Fetched { rest: Some(refused), calls: calls(at + 1), ..Fetched::default() }
            }
            None if self.is_empty => Fetched { calls: calls(read.calls.len()), ..Fetched::default() },
            None => answer,
        }
    }
}

fn made(call: &Call) -> CallMade {
    let region = "eu-west-1".to_owned();
    CallMade { action: call.name(), region, request_id: None, at: jiff::Timestamp::UNIX_EPOCH, requests: 1 }
}

impl Source for Scripted {
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched> {
        async move { self.answer(read, self.account.list(read, place).await) }.boxed()
    }

    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        id: &'a str,
        record: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched> {
        async move { self.answer(read, self.account.detail(read, place, id, record).await) }.boxed()
    }
}

/// A simulation that says the same of every action but some.
#[derive(Default)]
struct Says {
    of_all: Option<Ruling>,
    of_some: BTreeMap<&'static str, Decision>,
}

fn ruled(ruling: Ruling) -> Decision {
    Decision { ruling, boundary: None, organization: None, missing_keys: Vec::new() }
}

impl Simulator for Says {
    fn simulate<'a>(&'a self, actions: &'a [String]) -> BoxFuture<'a, Simulation> {
        let Some(ruling) = &self.of_all else {
            let unknown = Some("denied: iam:SimulatePrincipalPolicy: no".to_owned());
            return std::future::ready(Simulation { unknown, ..Simulation::default() }).boxed();
        };
        let decision = |action: &String| self.of_some.get(&**action).cloned().unwrap_or_else(|| ruled(ruling.clone()));
        let decisions = actions.iter().map(|action| (action.clone(), decision(action))).collect();
        let principal = Some("arn:aws:iam::111122223333:role/path/audit".to_owned());
        std::future::ready(Simulation { principal, decisions, unknown: None }).boxed()
    }
}

fn target() -> Target {
    Recording::open(&fixture("mixed")).unwrap().target()
}

fn chosen(fits: impl Fn(&Registered) -> bool) -> Vec<Chosen> {
    checks().iter().filter(|check| fits(check)).map(Chosen::from).collect()
}

fn answers(checks: &[Chosen], source: Arc<Scripted>, simulator: &Says) -> Answers {
    let target = target();
    let facts = target.facts(target.started, Arc::default());
    let plan = Plan::new(checks, &facts);
    let world = World::new(facts, source, Arc::new(Observers(Vec::new())));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(find_out(needs(checks, &[]), Seen::default(), simulator, &plan, &world))
}

fn standing<'a>(answers: &'a Answers, action: &str) -> &'a Standing {
    let found = answers.found.iter().find(|found| found.need.action == action);
    &found.unwrap_or_else(|| panic!("{action} is not needed")).standing
}

fn why_open<'a>(answers: &'a Answers, action: &str) -> &'a str {
    let Standing::Open(why) = standing(answers, action) else { panic!("{action}: {:?}", standing(answers, action)) };
    why
}

#[test]
fn an_action_is_needed_by_every_check_one_of_whose_reads_needs_it() {
    let all = chosen(|_| true);
    let needs = needs(&all, OWN_CALLS);
    assert!(needs.is_sorted_by_key(|need| &need.action));
    for need in &needs {
        let needs_it = |check: &&Chosen| {
            let reads: Vec<_> = check.reads().collect();
            reads.iter().any(|read| read.calls.iter().any(|call| call.iam_action() == need.action))
        };
        let expected: Vec<&str> = all.iter().filter(needs_it).map(|check| &*check.registered.id).collect();
        assert_eq!(need.checks, expected, "{}", need.action);
    }
    let actions: BTreeSet<&str> = needs.iter().map(|need| &*need.action).collect();
    let policy = Policy::of(&all);
    assert_eq!(actions, policy.actions().collect(), "needed, and permitted by `plimsoll permissions`");
    assert!(!actions.contains("iam:SimulatePrincipalPolicy"));
}

/// A trial lists what a detail is about, and must not need a permission for it that a scan does not.
#[test]
fn whoever_reads_a_detail_lists_what_it_is_about() {
    for check in checks() {
        let reads: Vec<_> = check.reads().collect();
        for kind in reads.iter().filter_map(|read| read.of).filter(|kind| kind.is_call()) {
            assert!(reads.contains(&kind), "{} does not list {}", check.id, kind.name);
        }
    }
}

#[test]
fn what_a_simulation_permits_is_not_tried() {
    let source = Arc::new(Scripted::refusing(&[]));
    let says = Says { of_all: Some(Ruling::Allowed), ..Says::default() };
    let answers = answers(&chosen(|_| true), source.clone(), &says);
    assert!(source.asked.lock().unwrap().is_empty());
    assert_eq!((answers.tried_in.as_deref(), answers.allowed()), (None, answers.found.len()));
    assert_eq!(answers.principal.as_deref(), Some("arn:aws:iam::111122223333:role/path/audit"));
}

/// The simulation's word and the call's, for one action of a key.
fn both(decision: Decision, call_is_refused: bool, there_is_a_key: bool) -> (Standing, BTreeSet<&'static str>) {
    let refused: &[&str] = if call_is_refused { &["kms:GetKeyPolicy"] } else { &[] };
    let source = Arc::new(Scripted { is_empty: !there_is_a_key, ..Scripted::refusing(refused) });
    let mut says = Says { of_all: Some(Ruling::Allowed), ..Says::default() };
    says.of_some.insert("kms:GetKeyPolicy", decision);
    let answers = answers(&chosen(|_| true), source.clone(), &says);
    assert_eq!(answers.tried_in.as_deref(), Some("eu-west-1"));
    let asked = source.asked.lock().unwrap().clone();
    (standing(&answers, "kms:GetKeyPolicy").clone(), asked)
}

#[test]
fn what_a_simulation_does_not_permit_is_tried_and_nothing_else() {
    let unsure = Decision { missing_keys: vec!["aws:SourceIp".to_owned()], ..ruled(Ruling::NotAllowed) };
    let (standing, asked) = both(unsure.clone(), false, true);
    assert_eq!((standing, asked), (Standing::Allowed, BTreeSet::from(["kms/Key", "kms/KeyPolicy"])));
    let (Standing::Open(why), _) = both(unsure, false, false) else { panic!("neither knows") };
    assert!(why.contains("aws:SourceIp") && why.ends_with("and not tried: no kms/Key in eu-west-1"), "{why}");
}

#[test]
fn where_a_simulation_and_a_call_disagree_nobody_is_believed() {
    let (Standing::Open(why), _) = both(ruled(Ruling::NotAllowed), false, true) else { panic!("they disagree") };
    assert_eq!(why, "simulated, no policy of the caller allows it on any resource; yet a call was answered");
}

#[test]
fn what_both_refuse_is_refused_by_the_policy_that_the_simulation_names() {
    let by_organization = Decision { organization: Some(false), ..ruled(Ruling::NotAllowed) };
    for (decision, call_is_refused, there_is_a_key, is_to_be_allowed) in [
        (ruled(Ruling::NotAllowed), true, true, true),
        (ruled(Ruling::NotAllowed), false, false, true),
        (ruled(Ruling::Denied), true, true, false),
        (by_organization.clone(), true, true, false),
        (by_organization, false, false, false),
    ] {
        let (standing, _) = both(decision, call_is_refused, there_is_a_key);
        let Standing::Refused(refusal) = standing else { panic!("both refuse it: {standing:?}") };
        assert_eq!(refusal.is_to_be_allowed, is_to_be_allowed, "{refusal:?}");
        assert_eq!(refusal.asked_about.is_some(), call_is_refused, "{refusal:?}");
    }
}

/// Whatever is refused, it is told of the action that was refused and of no other, and nothing that no call has shown
/// counts as permitted.
#[test]
fn each_refused_action_is_found_refused_and_none_is_permitted_unseen() {
    let all = chosen(|_| true);
    let sound = answers(&all, Arc::new(Scripted::refusing(&[])), &Says::default());
    assert_eq!(sound.refused().count(), 0, "{:?}", sound.refused().next());
    assert!(sound.allowed() > 40, "{}", sound.allowed());
    let not_seen: BTreeSet<&str> = sound.open().map(|(found, _)| &*found.need.action).collect();
    for need in needs(&all, &[]) {
        let action = &*need.action;
        let spoilt = answers(&all, Arc::new(Scripted::refusing(&[action])), &Says::default());
        let refused: Vec<&str> = spoilt.refused().map(|(found, _)| &*found.need.action).collect();
        if not_seen.contains(action) {
            // What cannot be asked about cannot be refused; but a list can, also of nothing.
            assert!(refused.is_empty() || refused == [action], "{action}: {refused:?}");
        } else {
            assert_eq!(refused, [action]);
        }
        for found in spoilt.found.iter().filter(|found| found.standing == Standing::Allowed) {
            assert_eq!(standing(&sound, &found.need.action), &Standing::Allowed, "{action} refused");
        }
    }
}

#[test]
fn what_there_is_nothing_to_ask_about_is_never_permitted() {
    let keys = chosen(|check| check.service.id == "kms" || check.id == "iam-access-key-rotated");
    let empty = Scripted { is_empty: true, ..Scripted::refusing(&[]) };
    let answers_of = |source| answers(&keys, Arc::new(source), &Says::default());
    let none = answers_of(empty);
    assert_eq!(standing(&none, "kms:ListKeys"), &Standing::Allowed);
    assert_eq!(why_open(&none, "kms:GetKeyPolicy"), "not tried: no kms/Key in eu-west-1");
    let unlisted = answers_of(Scripted::refusing(&["kms:ListKeys", "iam:GenerateCredentialReport"]));
    assert_eq!(
        why_open(&unlisted, "kms:GetKeyPolicy"),
        "not tried: no kms/Key is known, as kms:ListKeys failed (denied)"
    );
    assert_eq!(
        why_open(&unlisted, "iam:GetCredentialReport"),
        "not tried: iam:GenerateCredentialReport comes first and failed (denied)"
    );
}

#[test]
fn a_refusal_names_the_policy_and_the_resource_and_is_mended_only_where_that_helps() {
    let keys = chosen(|check| check.id == "kms-key-policy-not-public");
    let refused = |words| {
        let source = Scripted { words, ..Scripted::refusing(&["kms:GetKeyPolicy"]) };
        let answers = answers(&keys, Arc::new(source), &Says::default());
        let (_, refusal) = answers.refused().next().expect("it is refused");
        assert!(refusal.asked_about.is_some());
        (refusal.because.clone(), refusal.is_to_be_allowed)
    };
    for (words, because, is_to_be_allowed) in [
        (
            "x is not authorized to perform: a because no identity-based policy allows the a action",
            "no policy of the caller allows it",
            true,
        ),
        ("x because no resource-based policy allows the a action", "no resource-based policy allows it", false),
        ("x with an explicit deny in a service control policy", "explicit deny in a service control policy", false),
        ("AccessDenied: Access Denied", "AccessDenied: Access Denied", true),
    ] {
        assert_eq!(refused(words), (because.to_owned(), is_to_be_allowed));
    }
}

#[test]
fn what_opened_the_account_is_not_asked_again() {
    let refused = Unknown::new(Reason::Denied, "iam:ListAccountAliases", PLAIN);
    let throttled = Unknown::new(Reason::Throttled, "ec2:DescribeRegions", "slow down");
    let read = |call: &Call, unknown| SessionRead { read: "session/X".to_owned(), calls: vec![made(call)], unknown };
    let session = [read(&OWN_CALLS[0], Some(throttled)), read(&OWN_CALLS[1], Some(refused))];
    let target = target();
    let facts = target.facts(target.started, Arc::default());
    let plan = Plan::new(&[], &facts);
    let source = Arc::new(Scripted::refusing(&[]));
    let world = World::new(facts, source.clone(), Arc::new(Observers(Vec::new())));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let says = Says { of_all: Some(Ruling::Allowed), ..Says::default() };
    let answers = runtime.block_on(find_out(needs(&[], OWN_CALLS), Seen::of_session(&session), &says, &plan, &world));
    assert_eq!(why_open(&answers, "ec2:DescribeRegions"), "throttled: slow down");
    assert!(matches!(standing(&answers, "iam:ListAccountAliases"), Standing::Refused(_)));
    assert!(source.asked.lock().unwrap().is_empty());
}

fn looked(answers: Answers, doors: Option<Vec<Door>>) -> Looked {
    let to_allow = answers.refused().filter(|(_, refusal)| refusal.is_to_be_allowed);
    let policy = Policy::adding(to_allow.map(|(found, _)| found.need.action.clone()).collect());
    Looked { target: target(), checks: chosen(|_| true), answers, doors, policy }
}

fn table(looked: &Looked) -> String {
    let mut out = Vec::new();
    Document::of(looked).table(80, &mut out).expect("memory takes it");
    anstream::adapter::strip_str(std::str::from_utf8(&out).expect("text")).to_string()
}

/// The number of checks grows from change to change, and so does what they need.
fn without_counts(text: &str) -> String {
    let checks = checks().len();
    let actions = needs(&chosen(|_| true), &[]).len();
    text.replace(&format!("{checks} checks"), "N checks")
        .replace(&format!("of {checks} would"), "of N would")
        .replace(&format!("all {actions} are"), "all N are")
}

#[test]
fn people_are_told_what_is_missing_and_what_to_add_within_80_columns() {
    let source = Scripted::refusing(&["kms:GetKeyPolicy", "s3:GetBucketPolicy", "ec2:DescribeSubnets"]);
    let answers =
        answers(&chosen(|check| ["kms", "s3", "efs"].contains(&check.service.id)), Arc::new(source), &Says::default());
    let unknown = Unknown::new(Reason::Denied, "sts:AssumeRole", "AccessDenied: \u{1b}[31mno");
    let door = |account: &str, name: &str, shut| Door {
        account: account.to_owned(),
        name: Some(name.to_owned()),
        role: Some(format!("arn:aws:iam::{account}:role/R")),
        shut,
    };
    let shut = Some(Shut { state: AccountState::RoleMissing, unknown });
    let doors = vec![door("111122223333", "one", None), door("222233334444", "two\u{202e}", shut)];
    let looked = looked(answers, Some(doors));
    assert!(!looked.is_complete());
    let text = table(&looked);
    for line in text.lines() {
        assert!(line.width() <= 80, "wider than 80 columns: {line}");
        assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line:?}");
    }
    let pasted = text.split_once("POLICY TO ADD\n").and_then(|(_, rest)| rest.split_once("\n\nSUMMARY")).unwrap().0;
    let policy: Value = serde_json::from_str(pasted).expect("what is to be pasted is JSON");
    assert_eq!(policy["Statement"][0]["Action"], serde_json::json!(["kms:GetKeyPolicy", "s3:GetBucketPolicy"]));
    insta::assert_snapshot!(without_counts(&text));
    let json = serde_json::to_value(Document::of(&looked)).unwrap();
    assert_eq!((&json["schema"], &json["policy"]), (&"plimsoll.preflight/1".into(), &policy));
    assert_eq!(json["accounts"][1]["state"], "role missing");
    let refused = json["actions"].as_array().unwrap().iter().filter(|action| action["state"] == "refused");
    assert_eq!(refused.count(), 2);
}

#[test]
fn where_nothing_is_missing_that_is_all_that_is_said() {
    let says = Says { of_all: Some(Ruling::Allowed), ..Says::default() };
    let all = looked(answers(&chosen(|_| true), Arc::new(Scripted::refusing(&[])), &says), None);
    assert!(all.is_complete());
    insta::assert_snapshot!(without_counts(&table(&all)));
    assert_eq!(serde_json::to_value(Document::of(&all)).unwrap()["policy"], Value::Null);
}

#[test]
fn where_a_policy_would_not_help_none_is_given() {
    let mut says = Says { of_all: Some(Ruling::Allowed), ..Says::default() };
    says.of_some.insert("kms:GetKeyPolicy", Decision { boundary: Some(false), ..ruled(Ruling::NotAllowed) });
    let source = Arc::new(Scripted::refusing(&["kms:GetKeyPolicy"]));
    let looked = looked(answers(&chosen(|_| true), source, &says), None);
    let Found { standing, .. } = looked.answers.refused().next().expect("it is refused").0;
    assert!(matches!(standing, Standing::Refused(refusal) if refusal.because.contains("permissions boundary")));
    let text = table(&looked);
    assert!(!text.contains("POLICY TO ADD") && text.contains("none would help"), "{text}");
}

#[test]
fn a_recording_has_no_credentials_to_look_at() {
    let root = fixture("mixed");
    let ran = plimsoll(&["preflight", "--from", root.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(stderr(&ran).contains("a recording is judged without credentials"), "{}", stderr(&ran));
}
