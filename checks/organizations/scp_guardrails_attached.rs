use super::guardrails::{Deed, Guardrails};
use super::resources::{Hierarchy, Membership, ServiceControlPolicies};
use crate::contract::{Account, Answer, GLOBAL, Partition, Unknown, Verdict, fail, not_applicable, pass};

/// The type of policy that is looked at, as Organizations names it.
const TYPE: &str = "SERVICE_CONTROL_POLICY";
/// So many accounts are named.
const TOLD: usize = 3;

crate::check! {
    /// Service control policies reach every account and deny root use and leaving the organization
    ///
    /// Whatever an account's administrators allow themselves, a service control policy on the account, on a unit that it
    /// is in or on the root of the organization can deny. Without one, root and administrators of an account can do
    /// everything, and even take the account out of the organization and out of sight.
    ///
    /// Root is held if everything is denied to it; leaving, if it is denied to all but roles that the policy names. A
    /// denial under other conditions may not apply and does not count; nor does one of which a part is left out by
    /// NotAction. What no policy allows at one of these places is denied, too. Only the management account and delegated
    /// administrators see the policies: a member account is judged by what the management account sees, if the scan
    /// looks at it. No such policy holds the management account; it is judged by its members.
    ///
    /// # Fix
    /// In the management account, `aws organizations enable-policy-type --root-id ROOT --policy-type SERVICE_CONTROL_POLICY`,
    /// then `aws organizations create-policy --type SERVICE_CONTROL_POLICY --name guardrails --description "Root and leaving"
    /// --content file://guardrails.json` with the statements
    /// `{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}}`
    /// and `{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}`, try it on a unit with one
    /// account, and attach it to the root: `aws organizations attach-policy --policy-id POLICY --target-id ROOT`
    ///
    /// # Source
    /// Organizations User Guide, "Service control policies (SCPs)", "SCP evaluation" and "General examples"; CIS AWS
    /// Foundations Benchmark 7.0, 2.1.2
    over: Account,
    reads: [Membership, ServiceControlPolicies, Hierarchy],
    duty: PolicyImplementation,
    severity: High,
}

async fn judge(account: &Account, cloud: &Cloud) -> Answer {
    let membership = cloud.of::<Membership>(account).await?;
    let Some(organization) = &membership.organization else {
        return Ok(not_applicable("belongs to no organization that could hold it"));
    };
    let manager = &*organization.master_account_id;
    let what = || format!("which service control policies hold it shows in account {manager} only");
    let there = cloud.elsewhere::<Hierarchy>(manager, GLOBAL, what()).await?;
    let hierarchy = there.of::<Hierarchy>(&there.account()).await?;
    let is_manager = account.id == manager;
    let held: Vec<&str> = if is_manager {
        hierarchy.accounts.iter().map(|child| &*child.id).filter(|id| *id != manager).collect()
    } else {
        vec![&account.id]
    };
    if held.is_empty() {
        return Ok(not_applicable("manages an organization without other accounts"));
    }
    if !hierarchy.policy_types.iter().any(|kind| kind == TYPE) {
        let verdict = fail("service control policies are not in force in the organization");
        return Ok(showing(verdict, manager).showing_of::<Hierarchy>("PolicyTypes", hierarchy.policy_types.clone()));
    }
    let there = cloud.elsewhere::<ServiceControlPolicies>(manager, GLOBAL, what()).await?;
    let policies = there.of::<ServiceControlPolicies>(&there.account()).await?;
    let verdict = judge_accounts(&held, is_manager, &policies, &hierarchy, cloud.place().partition)?;
    let names: Vec<&str> = policies.policies.iter().map(|policy| &*policy.name).collect();
    Ok(showing(verdict, manager).showing_of::<ServiceControlPolicies>("Name", names))
}

fn showing(verdict: Verdict, manager: &str) -> Verdict {
    verdict.showing_of::<Membership>("MasterAccountId", manager)
}

/// One account that nothing holds decides, even if another's policies are not understood.
fn judge_accounts(
    accounts: &[&str],
    are_members: bool,
    policies: &ServiceControlPolicies,
    hierarchy: &Hierarchy,
    partition: Partition,
) -> Answer {
    let (mut free, mut held_by, mut unheard) = (Vec::new(), Vec::new(), None);
    for account in accounts {
        let Some(guardrails) = Guardrails::of(account, policies, hierarchy) else {
            let what = format!("account {account} is not in the organization as its management account sees it");
            unheard = unheard.or_else(|| Some(Unknown::undecided::<Hierarchy>(what)));
            continue;
        };
        let mut lacks = Vec::new();
        for (deed, in_words) in [(Deed::RootUse, "what root does"), (Deed::Leaving, "leaving the organization")] {
            // In China there is no root.
            if deed == Deed::RootUse && partition == Partition::China {
                continue;
            }
            match guardrails.against(deed, partition.name()) {
                Ok(Some(policy)) if held_by.contains(&policy) => {}
                Ok(Some(policy)) => held_by.push(policy),
                Ok(None) => lacks.push(in_words),
                Err(unknown) => unheard = unheard.or(Some(unknown)),
            }
        }
        if !lacks.is_empty() {
            free.push((*account, lacks.join(" or ")));
        }
    }
    match (free.as_slice(), unheard) {
        ([], Some(unknown)) => Err(unknown),
        ([], None) => Ok(pass(format!("held by {}", held_by.join(" and ")))),
        ([(_, lacks), ..], _) if !are_members => Ok(fail(format!("no service control policy denies {lacks}"))),
        (free, _) => {
            let named: Vec<String> = free.iter().take(TOLD).map(|(id, lacks)| format!("{id} ({lacks})")).collect();
            let more = free.len().saturating_sub(TOLD);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let count = format!("{} of {} member accounts", free.len(), accounts.len());
            Ok(fail(format!("no service control policy holds {count}: {}{more}", named.join(", "))))
        }
    }
}
