//! What the credentials are permitted of what a scan needs, found out before it begins.
//!
//! An action counts as permitted only if IAM says so in a simulation or if a call that needs it was answered. What
//! neither settles is not found out, and says why.

mod decision;
mod principal;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::BoxFuture;
use plimsoll_checks::contract::{Call, Reason, Unknown, World};

pub use decision::{Decision, Ruling, Simulation};
pub use principal::{Principal, principal};

use crate::scan::{Chosen, Plan, SessionRead};

/// An IAM action that a scan needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The action.
    pub action: String,
    /// The checks, by id, of which a read needs the action: without it they are blind, wholly or in part.
    pub checks: Vec<&'static str>,
}

/// What some checks need, and what else is called, by action.
pub fn needs(checks: &[Chosen], beside: &[Call]) -> Vec<Need> {
    let mut needs: BTreeMap<String, Vec<&'static str>> =
        beside.iter().map(|call| (call.iam_action(), Vec::new())).collect();
    for check in checks {
        for call in check.reads().flat_map(|read| read.calls) {
            let checks = needs.entry(call.iam_action()).or_default();
            if checks.last() != Some(&&*check.registered.id) {
                checks.push(&check.registered.id);
            }
        }
    }
    needs.into_iter().map(|(action, checks)| Need { action, checks }).collect()
}

/// How an action stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is permitted.
    Allowed,
    /// It is not.
    Refused(Refusal),
    /// It could not be found out; why not.
    Open(String),
}

/// Why an action is not permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In words.
    pub because: String,
    /// The id of the resource that was asked about, if it was one.
    pub asked_about: Option<String>,
    /// Whether a policy that allows the action would help, as far as is known. It does not where another policy denies
    /// it, or leaves it out that has to allow it as well.
    pub is_to_be_allowed: bool,
}

impl Standing {
    /// How the action of a call stands that told nothing.
    pub fn of(unknown: &Unknown, asked_about: Option<&str>) -> Self {
        if unknown.reason != Reason::Denied {
            return Self::Open(format!("{}: {}", unknown.reason, unknown.detail));
        }
        let forbidden_by = unknown.denied_by();
        let is_to_be_allowed = forbidden_by.is_none();
        let because = forbidden_by.unwrap_or_else(|| {
            // Source: IAM User Guide, "Troubleshoot access denied error messages".
            let is_plain = unknown.detail.contains(" because no identity-based policy allows ");
            if is_plain { "no policy of the caller allows it".to_owned() } else { unknown.detail.clone() }
        });
        Self::Refused(Refusal { because, asked_about: asked_about.map(str::to_owned), is_to_be_allowed })
    }

    /// How much is known: what was refused once is refused, whatever else was answered.
    fn weight(&self) -> u8 {
        match self {
            Self::Open(_) => 0,
            Self::Allowed => 1,
            Self::Refused(_) => 2,
        }
    }
}

/// What was found out by calls that were made, by action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen(pub(crate) BTreeMap<String, Standing>);

impl Seen {
    /// What the reads tell that were made to open the account.
    pub fn of_session<'a>(reads: impl IntoIterator<Item = &'a SessionRead>) -> Self {
        let mut seen = Self::default();
        for read in reads {
            for call in &read.calls {
                let standing = match &read.unknown {
                    Some(unknown) if unknown.action == call.action => Standing::of(unknown, None),
                    Some(_) | None => Standing::Allowed,
                };
                seen.note(call.action.clone(), standing);
            }
        }
        seen
    }

    /// Adds what was seen elsewhere.
    pub fn add(&mut self, other: Self) {
        for (action, standing) in other.0 {
            self.note(action, standing);
        }
    }

    /// Notes how an action stood in one call.
    pub fn note(&mut self, action: String, standing: Standing) {
        let known = self.0.entry(action).or_insert_with(|| standing.clone());
        if standing.weight() > known.weight() {
            *known = standing;
        }
    }
}

/// Whoever works out what the policies of the caller permit.
pub trait Simulator: Send + Sync {
    /// Works it out for some actions, on any resource.
    fn simulate<'a>(&'a self, actions: &'a [String]) -> BoxFuture<'a, Simulation>;
}

/// How an action was found out about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By a simulation.
    Simulation,
    /// By a call that needs it.
    Call,
}

/// An action and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The action, and who needs it.
    pub need: Need,
    /// How it stands.
    pub standing: Standing,
    /// By what that is known, or would have been.
    pub by: By,
}

/// How all actions stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Each, by action.
    pub found: Vec<Found>,
    /// Whose policies were simulated.
    pub principal: Option<String>,
    /// Why none were, or not all.
    pub not_simulated: Option<String>,
    /// Where calls were made to find out, if any had to be.
    pub tried_in: Option<String>,
}

impl Answers {
    /// What is not permitted.
    pub fn refused(&self) -> impl Iterator<Item = (&Found, &Refusal)> {
        self.found.iter().filter_map(|found| match &found.standing {
            Standing::Refused(refusal) => Some((found, refusal)),
            Standing::Allowed | Standing::Open(_) => None,
        })
    }

    /// What could not be found out, and why not.
    pub fn open(&self) -> impl Iterator<Item = (&Found, &str)> {
        self.found.iter().filter_map(|found| match &found.standing {
            Standing::Open(why) => Some((found, &**why)),
            Standing::Allowed | Standing::Refused(_) => None,
        })
    }

    /// How many are permitted.
    pub fn allowed(&self) -> usize {
        self.found.iter().filter(|found| found.standing == Standing::Allowed).count()
    }
}

/// Finds out how the actions stand: by what is seen already, then by simulation, then by trying what that does not
/// permit. A simulation is of any resource whatever, so what it refuses may yet be permitted on those there are.
pub async fn find_out(
    needs: Vec<Need>,
    seen: Seen,
    simulator: &dyn Simulator,
    plan: &Plan,
    world: &Arc<World>,
) -> Answers {
    let open: Vec<String> =
        needs.iter().map(|need| &need.action).filter(|action| !seen.0.contains_key(*action)).cloned().collect();
    let simulation = if open.is_empty() { Simulation::default() } else { simulator.simulate(&open).await };
    let simulated: BTreeMap<&String, Standing> =
        simulation.decisions.iter().map(|(action, decision)| (action, decision.standing())).collect();
    let is_permitted = |action: &String| simulated.get(action) == Some(&Standing::Allowed);
    let to_try: BTreeSet<String> = open.iter().filter(|action| !is_permitted(action)).cloned().collect();
    let tried = if to_try.is_empty() { Seen::default() } else { trial::of(&to_try, plan, world).await };
    let found = needs.into_iter().map(|need| {
        let (standing, by) = match seen.0.get(&need.action) {
            Some(standing) => (standing.clone(), By::Call),
            None => settled(simulated.get(&need.action), tried.0.get(&need.action)),
        };
        Found { need, standing, by }
    });
    Answers {
        found: found.collect(),
        principal: simulation.principal,
        not_simulated: simulation.unknown,
        tried_in: (!to_try.is_empty()).then(|| trial::region(world)),
    }
}

/// What a simulation and a call come to together.
fn settled(simulated: Option<&Standing>, tried: Option<&Standing>) -> (Standing, By) {
    match (simulated, tried) {
        (Some(Standing::Refused(ruled)), Some(Standing::Refused(met))) if !ruled.is_to_be_allowed => {
            // The simulation names the policy; the call may have been refused without a word.
            let asked_about = met.asked_about.clone();
            (Standing::Refused(Refusal { asked_about, ..ruled.clone() }), By::Call)
        }
        (Some(Standing::Refused(ruled)), Some(Standing::Allowed)) => {
            (Standing::Open(format!("simulated, {}; yet a call was answered", ruled.because)), By::Call)
        }
        (Some(Standing::Open(doubt)), Some(Standing::Open(why))) => {
            (Standing::Open(format!("{doubt}, and {why}")), By::Call)
        }
        (Some(standing), None | Some(Standing::Open(_))) => (standing.clone(), By::Simulation),
        (_, Some(standing)) => (standing.clone(), By::Call),
        (None, None) => (Standing::Open("no read of this scan needs it".to_owned()), By::Call),
    }
}
