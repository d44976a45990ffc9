//! The loop over resources. Checks have none, so that none of them can leave a resource out.

use std::sync::Arc;

use futures::stream::{self, StreamExt};
use plimsoll_checks::contract::{
    Evidence, Judgement, Loaded, Place, Reason, Record, Region, Unknown, World, evidence_of_list, judge, judged_here,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{Chosen, Finding, Plan, ResourceOwner, Subject, Unit};

/// Kinds × regions that are read and judged at the same time.
const UNITS_AT_ONCE: usize = 256;
/// Resources of one unit that are judged at the same time.
const RESOURCES_AT_ONCE: usize = 64;
/// Findings of one unit that may wait for their turn.
const FINDINGS_AHEAD: usize = 512;

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Everything planned was judged.
    Complete,
    /// It was told to stop first.
    Stopped,
}

/// Judges everything planned and hands the findings to `emit`, in plan order, as they are reached.
///
/// `stop` ends the scan early; what units further down the line have judged by then is handed on, too. An error of `emit` ends it too, and is returned.
pub async fn run<E>(
    plan: &Arc<Plan>,
    world: &Arc<World>,
    stop: impl Future<Output = ()>,
    mut emit: impl FnMut(Finding) -> Result<(), E>,
) -> Result<Ended, E> {
    let (queue, mut queued) = mpsc::channel::<(usize, mpsc::Receiver<Finding>, JoinHandle<()>)>(UNITS_AT_ONCE);
    let feeder = tokio::spawn({
        let (plan, world) = (plan.clone(), world.clone());
        async move {
            for index in 0..plan.units.len() {
                let Ok(place_in_line) = queue.reserve().await else { return };
                let (findings, reader) = mpsc::channel(FINDINGS_AHEAD);
                let task = tokio::spawn(judge_unit(plan.clone(), index, world.clone(), findings));
                place_in_line.send((index, reader, task));
            }
        }
    });
    let mut stop = std::pin::pin!(stop);
    let mut under_way = None;
    let outcome = loop {
        let (index, reader, task) = tokio::select! {
            biased;
            () = &mut stop => break Ok(Ended::Stopped),
            next = queued.recv() => match next {
                Some(next) => next,
                None => break Ok(Ended::Complete),
            },
        };
        let (reader, task) = under_way.insert((reader, task));
        let drained = loop {
            tokio::select! {
                biased;
                () = &mut stop => break Ok(false),
                finding = reader.recv() => match finding {
                    Some(finding) => if let Err(error) = emit(finding) { break Err(error) },
                    None => break Ok(true),
                },
            }
        };
        let outcome = match drained {
            Ok(true) if task.await.is_ok() => Ok(()),
            Ok(true) => lost(&plan.units[index]).try_for_each(&mut emit),
            Ok(false) => break Ok(Ended::Stopped),
            Err(error) => break Err(error),
        };
        under_way = None;
        if let Err(error) = outcome {
            break Err(error);
        }
    };
    // Whoever hears of reads is not to hear of more once this function has returned: nothing is left running.
    feeder.abort();
    feeder.await.ok();
    let mut left: Vec<(mpsc::Receiver<Finding>, JoinHandle<()>)> = under_way.into_iter().collect();
    while let Some((_, reader, task)) = queued.recv().await {
        left.push((reader, task));
    }
    for (_, task) in &left {
        task.abort();
    }
    for (mut reader, task) in left {
        task.await.ok();
        while let (Ok(Ended::Stopped), Ok(finding)) = (&outcome, reader.try_recv()) {
            emit(finding)?;
        }
    }
    outcome
}

/// What is said of a unit whose task has panicked: for each check, that not everything was judged.
fn lost(unit: &Unit) -> impl Iterator<Item = Finding> {
    let unknown = Unknown::new(Reason::Internal, unit.read.action(), "judging stopped; please report this");
    unit.checks.iter().map(move |(check, _)| unlisted(*check, unit, unknown.clone(), Vec::new()))
}

async fn judge_unit(plan: Arc<Plan>, index: usize, world: Arc<World>, findings: mpsc::Sender<Finding>) {
    let unit = &plan.units[index];
    let listed = world.list(unit.read, &unit.place).await;
    {
        let mut judged = stream::iter(0..listed.records.len())
            .map(|record| judge_resource(&plan, unit, &world, &listed, record))
            .buffered(RESOURCES_AT_ONCE);
        while let Some(judgements) = judged.next().await {
            for finding in judgements {
                if findings.send(finding).await.is_err() {
                    return;
                }
            }
        }
    }
    if let Some(unknown) = listed.rest.as_ref().filter(|unknown| !is_not_offered(unit, unknown)) {
        for (check, _) in &unit.checks {
            let finding = unlisted(*check, unit, unknown.clone(), evidence_of_list(&listed));
            if findings.send(finding).await.is_err() {
                return;
            }
        }
    }
    drop(listed);
    plan.finished(index, &world);
}

/// One resource, by every check of the unit.
async fn judge_resource(
    plan: &Plan,
    unit: &Unit,
    world: &Arc<World>,
    listed: &Arc<Loaded>,
    index: usize,
) -> Vec<Finding> {
    let identity = unit.read.identity(&*listed.records[index], &unit.place);
    if !judged_here(world, &identity, &unit.place) {
        return Vec::new();
    }
    let judgements = unit
        .checks
        .iter()
        .map(|(check, over)| async move { (*check, judge(over, world, &unit.place, listed, index).await) });
    let judgements = futures::future::join_all(judgements).await;
    for detail in plan.private_details(unit) {
        world.release_detail(detail, &detail.place_of(&identity, &unit.place), &identity.id);
    }
    let place = home(&unit.place, identity.region.as_deref());
    let is_offered = |judgement: &Judgement| match &judgement.answer {
        // Of a resource that is there it is still not known what was asked.
        Err(unknown) => unit.read != Region::READ || !is_not_offered(unit, unknown),
        Ok(_) => true,
    };
    judgements
        .into_iter()
        .filter(|(_, judgement)| is_offered(judgement))
        .map(|(check, judgement)| Finding {
            check,
            place: place.clone(),
            resource_type: resource_type(unit),
            kind: unit.read.name,
            subject: Subject::Resource(judgement.identity),
            answer: judgement.answer,
            evidence: judgement.evidence,
            owner: ResourceOwner::of(&place),
            accepted: None,
        })
        .collect()
}

/// Whether there is nothing to judge because AWS does not offer the service in the region. That is no gap: it stands in
/// the ledger, and is no finding. What is global is offered everywhere, and answers so for another reason.
fn is_not_offered(unit: &Unit, unknown: &Unknown) -> bool {
    unknown.reason == Reason::NotInRegion && !unit.place.is_global()
}

fn unlisted(check: Chosen, unit: &Unit, unknown: Unknown, evidence: Vec<Evidence>) -> Finding {
    Finding {
        check,
        place: unit.place.clone(),
        resource_type: resource_type(unit),
        kind: unit.read.name,
        subject: Subject::Unlisted,
        answer: Err(unknown),
        evidence,
        owner: ResourceOwner::of(&unit.place),
        accepted: None,
    }
}

fn resource_type(unit: &Unit) -> &'static str {
    unit.read.resource_type.expect("a check judges resources, and each has a type")
}

fn home(listed_at: &Place, region: Option<&str>) -> Place {
    region.map_or_else(|| listed_at.clone(), |region| listed_at.at(region))
}
