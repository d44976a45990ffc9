//! Tests: whole scans of an account some of whose regions are not to be spoken to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;

use plimsoll_checks::contract::{Others, Partition, Reason, Settings, Status, World};
use plimsoll_checks::live::Clients;
use plimsoll_load::{MANAGEMENT, Options, Server, recorded_at};

use super::pacing::Pacing;
use super::ports::{Ports, refusing};
use super::{LiveSource, Session, Shared};
use crate::scan::{self, Chosen, Ended, Entry, Ledger, Plan, Target};

const REGIONS: [&str; 3] = ["ap-south-1", "eu-west-1", "us-east-1"];

/// A finding, as far as it is looked at: what would make it the same in another scan, how it stands, and why not.
type Told = BTreeMap<String, (String, Status, Option<(Reason, String)>)>;

fn port(server: &Server) -> u16 {
    server.endpoint.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("an address has a port")
}

/// Scans the account in all three regions, with all checks.
async fn scan(ports: Ports) -> (Told, Vec<Entry>) {
    let pacer = ports.pacer();
    let clients = Clients::new(Arc::new(ports));
    let target = Target {
        partition: Partition::Aws,
        account: MANAGEMENT.to_owned(),
        alias: None,
        caller: format!("arn:aws:iam::{MANAGEMENT}:user/test"),
        regions: REGIONS.map(str::to_owned).into(),
        left_out: None,
        started: recorded_at(),
        session: Vec::new(),
    };
    let facts = target.facts(recorded_at(), Arc::new(Settings::default()));
    let session = Session {
        clients: clients.clone(),
        target: target.clone(),
        disabled: std::collections::BTreeSet::new(),
        pacing: Pacing::default(),
        pacer,
    };
    let checks: Vec<Chosen> = plimsoll_checks::checks().iter().map(Chosen::from).collect();
    let plan = Plan::new(&checks, &facts);
    let ledger = Arc::new(Ledger::default());
    let nobody: Option<Arc<dyn Others>> = None;
    let source = Arc::new(LiveSource::new(&session, &Shared::new(&clients)));
    let world = World::among(nobody, facts, source, ledger.clone());
    let mut told = Told::new();
    let take = |finding: scan::Finding| {
        let unknown = finding.answer.as_ref().err().map(|unknown| (unknown.reason, unknown.detail.clone()));
        told.insert(finding.id(), (finding.place.region.to_string(), finding.status(), unknown));
        Ok::<(), Infallible>(())
    };
    let ended = scan::run(&plan, &world, std::future::pending(), take).await;
    assert_eq!(ended, Ok(Ended::Complete));
    (told, ledger.entries(&plan, &target, Ended::Complete))
}

/// What is not seen in regions in trouble is unknown, for that reason in its words; everything else is as without.
async fn judged_as_without(trouble: &[(&'static str, u16, &str)]) {
    let server = Server::start(Options::of(1).in_regions(&REGIONS));
    let (undisturbed, _) = scan(Ports::of(port(&server))).await;
    assert!(undisturbed.values().all(|(_, status, _)| status.is_seen()), "{undisturbed:#?}");
    let usual = Ports::of(port(&server));
    let (told, ledger) = scan(trouble.iter().fold(usual, |ports, (region, port, _)| ports.with(region, *port))).await;

    let mut as_before = 0;
    for (id, (region, status, unknown)) in &told {
        let Some((reason, why)) = unknown else {
            assert_eq!(undisturbed.get(id).map(|before| before.1), Some(*status), "{id} {region}");
            as_before += usize::from(region == "us-east-1");
            continue;
        };
        assert_eq!(*reason, Reason::Unreachable, "{region}: {why}");
        // What takes all regions to judge is unknown for the sake of any of them.
        let is_troubled = trouble.iter().any(|(troubled, ..)| region == troubled);
        let mut reasons = trouble.iter().filter(|(troubled, ..)| !is_troubled || region == troubled);
        assert!(reasons.any(|(.., words)| why.contains(words)), "{region}: {why}");
    }
    let of_region = undisturbed.values().filter(|(region, ..)| region == "us-east-1").count();
    // All but what looks at trails of other regions, too.
    assert!(as_before + 5 > of_region && of_region > 200, "{as_before} of {of_region} are judged as before");
    for (region, ..) in trouble {
        let unseen = told.values().filter(|(at, _, unknown)| at == region && unknown.is_some()).count();
        assert!(unseen > 20, "{region}: only {unseen} are unknown");
        let entries: Vec<&Entry> = ledger.iter().filter(|entry| entry.region == *region).collect();
        assert!(!entries.is_empty() && entries.iter().all(|entry| !entry.missing.is_empty()), "{region}: {entries:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_refuses_is_unknown_and_costs_no_other_a_finding() {
    judged_as_without(&[("eu-west-1", refusing(), "refused")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_never_answers_is_unknown_and_costs_no_other_a_finding() {
    // It takes connections, as far as the system does so by itself, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    judged_as_without(&[("eu-west-1", refusing(), "refused"), ("ap-south-1", port, "no answer")]).await;
}
