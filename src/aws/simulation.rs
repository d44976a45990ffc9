//! What the policies of the caller permit, as IAM works it out without anything being called.

use std::sync::Arc;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{EvaluationResult, PolicyEvaluationDecisionType};
use futures::future::{BoxFuture, FutureExt};
use plimsoll_checks::contract::{Call, Place, Unknown, api};
use plimsoll_checks::live::{Clients, Live, missing};

use super::session::Caller;
use crate::preflight::{Decision, Principal, Ruling, Simulation, Simulator, principal};

/// Works out how the policies of a user or role rule on actions.
const SIMULATE_PRINCIPAL_POLICY: Call = api("iam", "SimulatePrincipalPolicy");
/// Tells the path of a role, which the ARN of its sessions leaves out.
const GET_ROLE: Call = api("iam", "GetRole");

/// Actions in one request; IAM states no limit, and answers in pages.
const ACTIONS_AT_ONCE: usize = 50;

/// Asks IAM about the policies of a caller.
pub struct PolicySimulator {
    clients: Arc<Clients>,
    global: Place,
    caller: String,
}

impl PolicySimulator {
    /// For somebody who has signed in.
    pub fn new(caller: &Caller) -> Self {
        Self { clients: caller.clients.clone(), global: caller.global(), caller: caller.arn.clone() }
    }

    async fn run(&self, actions: &[String]) -> Simulation {
        let mut simulation = Simulation::default();
        let principal = match principal(&self.caller) {
            Ok(principal) => principal,
            Err(why) => return Simulation { unknown: Some(why.to_owned()), ..simulation },
        };
        let live = Live::new(self.clients.clone(), self.global.clone());
        let arn = match principal {
            Principal::User { arn } => arn,
            // A name is unique in its account, whatever the path: without it IAM finds this role or none.
            Principal::Role { name, arn_without_path } => arn_of_role(&live, &name).await.unwrap_or(arn_without_path),
        };
        for batch in actions.chunks(ACTIONS_AT_ONCE) {
            if let Err(unknown) = simulate(&live, &arn, batch, &mut simulation).await {
                simulation.unknown = Some(unknown.to_string());
                break;
            }
        }
        if !simulation.decisions.is_empty() {
            simulation.principal = Some(arn);
        }
        simulation
    }
}

impl Simulator for PolicySimulator {
    fn simulate<'a>(&'a self, actions: &'a [String]) -> BoxFuture<'a, Simulation> {
        self.run(actions).boxed()
    }
}

/// The ARN of a role, if the caller may know it.
async fn arn_of_role(live: &Live, name: &str) -> Option<String> {
    let answer = live.client(Client::new).get_role().role_name(name).send().await;
    let role = live.heard(GET_ROLE, answer).ok()?.role?;
    Some(role.arn).filter(|arn| !arn.is_empty())
}

async fn simulate(live: &Live, arn: &str, actions: &[String], simulation: &mut Simulation) -> Result<(), Unknown> {
    let client = live.client(Client::new);
    let mut marker = None;
    loop {
        let page = client.simulate_principal_policy().policy_source_arn(arn).set_action_names(Some(actions.to_vec()));
        let page = page.set_marker(marker).send().await;
        let page = live.heard(SIMULATE_PRINCIPAL_POLICY, page)?;
        let results = page.evaluation_results.ok_or_else(|| missing(SIMULATE_PRINCIPAL_POLICY, "EvaluationResults"))?;
        for result in results {
            // What was not asked, or is told in other letters, is nothing that is known of an action.
            let asked = actions.iter().find(|action| **action == result.eval_action_name);
            let action = asked.ok_or_else(|| missing(SIMULATE_PRINCIPAL_POLICY, "an EvalActionName that was asked"))?;
            simulation.decisions.insert(action.clone(), decision(result));
        }
        if !page.is_truncated {
            return Ok(());
        }
        marker = Some(page.marker.ok_or_else(|| missing(SIMULATE_PRINCIPAL_POLICY, "Marker"))?);
    }
}

fn decision(result: EvaluationResult) -> Decision {
    let ruling = match result.eval_decision {
        PolicyEvaluationDecisionType::Allowed => Ruling::Allowed,
        PolicyEvaluationDecisionType::ExplicitDeny => Ruling::Denied,
        PolicyEvaluationDecisionType::ImplicitDeny => Ruling::NotAllowed,
        other => Ruling::Other(other.as_str().to_owned()),
    };
    let boundary = result.permissions_boundary_decision_detail;
    Decision {
        ruling,
        boundary: boundary.map(|detail| detail.allowed_by_permissions_boundary),
        organization: result.organizations_decision_detail.map(|detail| detail.allowed_by_organizations),
        missing_keys: result.missing_context_values.into_iter().flatten().collect(),
    }
}
