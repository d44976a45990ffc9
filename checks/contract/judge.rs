//! One judgement: a check, a resource, the answer, and the evidence it rests on.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::Shown;
use super::{Answer, Asked, Cloud, Identity, Loaded, Over, Place, Reason, Unknown, World};

/// What a check says of one resource, and what that rests on.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Who was judged.
    pub identity: Identity,
    /// The verdict, or why there is none.
    pub answer: Answer,
    /// The calls it rests on, in the order they were asked for.
    pub evidence: Vec<Evidence>,
}

/// One call that a judgement rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// `service:Operation`.
    pub action: String,
    /// The account that was asked, if that is another one than is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Arc<str>>,
    /// The region that was asked.
    pub region: String,
    /// What AWS calls the request in its own logs.
    pub request_id: Option<String>,
    /// When the answer arrived.
    pub at: jiff::Timestamp,
    /// The values of this answer that decided, by their names in the AWS API.
    pub fields: Map<String, Value>,
}

/// Judges the record at `index` of a list. A check that panics leaves this one judgement unknown.
pub async fn judge(over: &Over, world: &Arc<World>, place: &Place, listed: &Arc<Loaded>, index: usize) -> Judgement {
    let record = &*listed.records[index];
    let identity = over.read.identity(record, place);
    let cloud = Cloud::new(world.clone(), place.clone());
    let answer = AssertUnwindSafe((over.judge)(record, &cloud)).catch_unwind().await.unwrap_or_else(|_| {
        Err(Unknown::new(Reason::Internal, over.read.action(), "the check panicked; please report this"))
    });
    let shown = answer.as_ref().map(|verdict| verdict.shown.as_slice()).unwrap_or(&[]);
    let own = Asked { account: None, of: None, loaded: listed.clone() };
    let evidence = evidence(std::iter::once(&own).chain(&cloud.asked()), shown);
    Judgement { identity, answer, evidence }
}

/// The evidence of a list that could not be read (to its end): the calls that were tried.
pub fn evidence_of_list(listed: &Arc<Loaded>) -> Vec<Evidence> {
    evidence(std::iter::once(&Asked { account: None, of: None, loaded: listed.clone() }), &[])
}

fn evidence<'a>(asked: impl Iterator<Item = &'a Asked>, shown: &[Shown]) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = Vec::new();
    for (position, asked) in asked.enumerate() {
        let own_list = position == 0;
        let mut fields: Map<String, Value> = shown
            .iter()
            .filter(|shown| shown.read.map_or(own_list, |read| read == asked.loaded.read.name))
            .map(|shown| (shown.field.clone(), shown.value.clone()))
            .collect();
        // The deciding call comes last, and has the fields.
        for (call, is_last) in with_last(&asked.loaded.calls) {
            evidence.push(Evidence {
                action: call.action.clone(),
                account: asked.account.clone(),
                region: call.region.clone(),
                request_id: call.request_id.clone(),
                at: call.at,
                fields: if is_last { std::mem::take(&mut fields) } else { Map::new() },
            });
        }
    }
    evidence
}

fn with_last<T>(items: &[T]) -> impl Iterator<Item = (&T, bool)> {
    items.iter().enumerate().map(|(index, item)| (item, index + 1 == items.len()))
}

/// Whether a listed record is judged at the place where it was listed.
///
/// A thing that several regions list is judged once: in its own region, or, if the scan does not look there, in the
/// first region it does look at.
pub fn judged_here(world: &World, identity: &Identity, place: &Place) -> bool {
    let regions = &world.facts().regions;
    match &identity.region {
        Some(own) if !place.is_global() && **own != *place.region => {
            !regions.contains(own) && regions.first().is_some_and(|first| **first == *place.region)
        }
        _ => true,
    }
}
