//! Reads Organizations through its SDK.

use aws_sdk_organizations::Client;

use aws_sdk_organizations::types::PolicyType;

use super::resources::{
    AnalyzerAdministrators, Child, DESCRIBE_ORGANIZATION, DESCRIBE_POLICY, DelegatedAdministrator, Hierarchy,
    LIST_ACCOUNTS_FOR_PARENT, LIST_DELEGATED_ADMINISTRATORS, LIST_POLICIES, LIST_ROOTS, LIST_TARGETS_FOR_POLICY,
    LIST_UNITS_FOR_PARENT, Membership, Organization, ServiceControlPolicies, ServiceControlPolicy,
};
use crate::contract::{Account, Call, Reason, Unknown};
use crate::live::{Absent, Failure, Live, missing};
use crate::policy::Document;

crate::collectors! {
    detail Membership = membership,
    detail AnalyzerAdministrators = analyzer_administrators,
    detail ServiceControlPolicies = service_control_policies,
    detail Hierarchy = hierarchy,
}

async fn membership(live: &Live, _: &Account) -> Result<Membership, Unknown> {
    let answer = live.client(Client::new).describe_organization().send().await;
    let answer = live.heard(DESCRIBE_ORGANIZATION, answer).absent(&["AWSOrganizationsNotInUseException"])?;
    let Some(answer) = answer else {
        return Ok(Membership { organization: None });
    };
    let lacks = |field: &str| missing(DESCRIBE_ORGANIZATION, field);
    let organization = answer.organization.ok_or_else(|| lacks("Organization"))?;
    Ok(Membership {
        organization: Some(Organization {
            master_account_id: organization.master_account_id.ok_or_else(|| lacks("Organization.MasterAccountId"))?,
        }),
    })
}

/// What AWS says to accounts that it does not tell, whatever their policies allow; a want of permission is told in other
/// words. Source: Organizations API Reference, `ListDelegatedAdministrators` and others, which only the management account
/// and delegated administrators can call.
const NOT_TOLD: &str = "You don't have permissions to access this resource";

/// Why a call that only some accounts may make was refused.
fn kept_from(call: Call, failure: Failure) -> Unknown {
    if failure.says("AccessDeniedException", NOT_TOLD) {
        let what = "only the management account and delegated administrators are told";
        Unknown::new(Reason::OtherAccount, call.iam_action(), what)
    } else {
        failure.into()
    }
}

/// The name that IAM Access Analyzer goes by in Organizations. Source: Organizations User Guide, "IAM Access Analyzer and
/// AWS Organizations".
const ANALYZER: &str = "access-analyzer.amazonaws.com";

async fn analyzer_administrators(live: &Live, _: &Account) -> Result<AnalyzerAdministrators, Unknown> {
    let client = live.client(Client::new);
    let lacks = |field: &str| missing(LIST_DELEGATED_ADMINISTRATORS, field);
    let mut delegated_administrators = Vec::new();
    let mut token = None;
    loop {
        let page =
            client.list_delegated_administrators().service_principal(ANALYZER).set_next_token(token).send().await;
        let page = live.heard(LIST_DELEGATED_ADMINISTRATORS, page);
        let page = page.map_err(|failure| kept_from(LIST_DELEGATED_ADMINISTRATORS, failure))?;
        for account in page.delegated_administrators.ok_or_else(|| lacks("DelegatedAdministrators"))? {
            delegated_administrators.push(DelegatedAdministrator { id: account.id.ok_or_else(|| lacks("Id"))? });
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(AnalyzerAdministrators { delegated_administrators });
        }
    }
}

async fn service_control_policies(live: &Live, _: &Account) -> Result<ServiceControlPolicies, Unknown> {
    let client = live.client(Client::new);
    let lacks = |field: &str| missing(LIST_POLICIES, field);
    let (mut policies, mut token) = (Vec::new(), None);
    loop {
        let page = client.list_policies().filter(PolicyType::ServiceControlPolicy).set_next_token(token).send().await;
        let page = live.heard(LIST_POLICIES, page).map_err(|failure| kept_from(LIST_POLICIES, failure))?;
        for policy in page.policies.ok_or_else(|| lacks("Policies"))? {
            let id = policy.id.ok_or_else(|| lacks("Id"))?;
            let name = policy.name.ok_or_else(|| lacks("Name"))?;
            let (content, targets) = (content(live, &client, &id).await?, targets(live, &client, &id).await?);
            policies.push(ServiceControlPolicy { id, name, content, targets });
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(ServiceControlPolicies { policies });
        }
    }
}

async fn content(live: &Live, client: &Client, id: &str) -> Result<Document, Unknown> {
    let answer = client.describe_policy().policy_id(id).send().await;
    let answer = live.heard(DESCRIBE_POLICY, answer).map_err(|failure| kept_from(DESCRIBE_POLICY, failure))?;
    let content = answer.policy.and_then(|policy| policy.content);
    content.map(Document::new).ok_or_else(|| missing(DESCRIBE_POLICY, "Policy.Content"))
}

async fn targets(live: &Live, client: &Client, id: &str) -> Result<Vec<String>, Unknown> {
    let lacks = |field: &str| missing(LIST_TARGETS_FOR_POLICY, field);
    let (mut targets, mut token) = (Vec::new(), None);
    loop {
        let page = client.list_targets_for_policy().policy_id(id).set_next_token(token).send().await;
        let page = live.heard(LIST_TARGETS_FOR_POLICY, page);
        let page = page.map_err(|failure| kept_from(LIST_TARGETS_FOR_POLICY, failure))?;
        for target in page.targets.ok_or_else(|| lacks("Targets"))? {
            targets.push(target.target_id.ok_or_else(|| lacks("TargetId"))?);
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(targets);
        }
    }
}

async fn hierarchy(live: &Live, _: &Account) -> Result<Hierarchy, Unknown> {
    let client = live.client(Client::new);
    let (root, policy_types) = root(live, &client).await?;
    let (mut organizational_units, mut accounts) = (Vec::<Child>::new(), Vec::new());
    let mut open = vec![root.clone()];
    while let Some(parent) = open.pop() {
        accounts.extend(accounts_in(live, &client, &parent).await?);
        let units = units_in(live, &client, &parent).await?;
        open.extend(units.iter().map(|unit| unit.id.clone()));
        organizational_units.extend(units);
    }
    Ok(Hierarchy { root, policy_types, organizational_units, accounts })
}

/// The root's id, and the types of policies that are in force. An organization has one root.
async fn root(live: &Live, client: &Client) -> Result<(String, Vec<String>), Unknown> {
    let lacks = |field: &str| missing(LIST_ROOTS, field);
    let (mut roots, mut token) = (Vec::new(), None);
    loop {
        let page = client.list_roots().set_next_token(token).send().await;
        let page = live.heard(LIST_ROOTS, page).map_err(|failure| kept_from(LIST_ROOTS, failure))?;
        roots.extend(page.roots.ok_or_else(|| lacks("Roots"))?);
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    let root = roots.into_iter().next().ok_or_else(|| lacks("a root"))?;
    let mut in_force = Vec::new();
    for of_type in root.policy_types.into_iter().flatten() {
        if of_type.status.ok_or_else(|| lacks("PolicyTypes.Status"))?.as_str() == "ENABLED" {
            in_force.push(of_type.r#type.ok_or_else(|| lacks("PolicyTypes.Type"))?.as_str().to_owned());
        }
    }
    Ok((root.id.ok_or_else(|| lacks("Id"))?, in_force))
}

async fn units_in(live: &Live, client: &Client, parent: &str) -> Result<Vec<Child>, Unknown> {
    let lacks = |field: &str| missing(LIST_UNITS_FOR_PARENT, field);
    let (mut units, mut token) = (Vec::new(), None);
    loop {
        let page = client.list_organizational_units_for_parent().parent_id(parent).set_next_token(token).send().await;
        let page =
            live.heard(LIST_UNITS_FOR_PARENT, page).map_err(|failure| kept_from(LIST_UNITS_FOR_PARENT, failure))?;
        for unit in page.organizational_units.ok_or_else(|| lacks("OrganizationalUnits"))? {
            units.push(Child { id: unit.id.ok_or_else(|| lacks("Id"))?, parent_id: parent.to_owned() });
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(units);
        }
    }
}

/// AWS says how an account stands in `State`, and until 2026 said it in `Status`. Source: Organizations API Reference,
/// `Account`.
async fn accounts_in(live: &Live, client: &Client, parent: &str) -> Result<Vec<Child>, Unknown> {
    let lacks = |field: &str| missing(LIST_ACCOUNTS_FOR_PARENT, field);
    let (mut accounts, mut token) = (Vec::new(), None);
    loop {
        let page = client.list_accounts_for_parent().parent_id(parent).set_next_token(token).send().await;
        let page = live.heard(LIST_ACCOUNTS_FOR_PARENT, page);
        let page = page.map_err(|failure| kept_from(LIST_ACCOUNTS_FOR_PARENT, failure))?;
        for account in page.accounts.ok_or_else(|| lacks("Accounts"))? {
            let state = account.state.map(|state| state.as_str().to_owned());
            let status = account.status.map(|status| status.as_str().to_owned());
            if state.or(status).ok_or_else(|| lacks("State"))? == "ACTIVE" {
                accounts.push(Child { id: account.id.ok_or_else(|| lacks("Id"))?, parent_id: parent.to_owned() });
            }
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(accounts);
        }
    }
}
