//! `plimsoll permissions`: the least IAM policy that a scan with some checks needs, and the role that has it.

mod member_role;

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::bail;
use plimsoll_checks::contract::{Call, api};
use serde::Serialize;
use serde_json::{Value, json};

use super::Selection;
use super::checks::write_json;
use crate::config::Config;
use crate::scan::Chosen;

/// What a scan asks for besides what its checks read: the enabled regions and the account's alias. Who is asking
/// (`sts:GetCallerIdentity`) needs no permission.
pub const OWN_CALLS: &[Call] = &[api("ec2", "DescribeRegions"), api("iam", "ListAccountAliases")];

/// What a scan of an organization asks its management account, or a delegated administrator, to learn which accounts
/// there are, the last two for `--ou`. Source: AWS Organizations API Reference.
pub const ORGANIZATION_CALLS: &[Call] = &[
    api("organizations", "DescribeOrganization"),
    api("organizations", "ListAccounts"),
    api("organizations", "ListAccountsForParent"),
    api("organizations", "ListOrganizationalUnitsForParent"),
];

/// What the role is called that the template makes in each account, unless it is given another name.
pub const ROLE_NAME: &str = "PlimsollReader";

/// The policy of whom, for which checks, in which form.
#[derive(Debug, Default, clap::Args)]
pub struct PermissionsArgs {
    /// The policy as JSON, or a CloudFormation template of a role that has it, for each account of a StackSet
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// The policy of whoever scans an organization: to list its accounts, and to take on the role in each
    #[arg(long)]
    pub org: bool,
    /// What the role in each account is called [default: PlimsollReader]
    #[arg(long, value_name = "NAME")]
    pub role_name: Option<String>,
    /// Permit, too, what `plimsoll scan --security-hub` does: in a statement of its own, for it writes
    #[arg(long)]
    pub security_hub: bool,
    /// The checks to permit.
    #[command(flatten)]
    pub selection: Selection,
}

/// The form in which permissions are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// A policy document, for `aws iam create-policy`
    #[default]
    Json,
    /// A template, for `aws cloudformation create-stack-set`
    Cloudformation,
}

/// Prints what is to be permitted.
pub fn run(args: &PermissionsArgs, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let role = args.role_name.as_deref().unwrap_or(ROLE_NAME);
    if !is_role_name(role) {
        bail!("--role-name {role:?}: a role's name has 1 to 64 letters, digits and characters of +=,.@_-, and no path");
    }
    if args.org {
        if args.format == Format::Cloudformation {
            bail!("--org prints a policy, for whatever identity scans; leave out --format cloudformation");
        }
        if args.security_hub {
            bail!("--security-hub: each account imports its own findings; print the policy of its role, without --org");
        }
        if !args.selection.is_all() {
            bail!("--org is the same for all checks; print the policy of a selection without it");
        }
        return write_json(&Policy::of_organization(role), out);
    }
    let checks = args.selection.resolve(config)?.checks;
    match args.format {
        Format::Json if args.role_name.is_some() => bail!("--role-name is for --org and --format cloudformation"),
        Format::Json => {
            let mut policy = Policy::of(&checks);
            if args.security_hub {
                policy.statement.extend(importing());
            }
            write_json(&policy, out)
        }
        Format::Cloudformation => {
            let template = member_role::template(role, &checks, args.security_hub)?;
            Ok(out.write_all(template.as_bytes())?)
        }
    }
}

/// Source: IAM API Reference, `CreateRole`, `RoleName`.
fn is_role_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(is_allowed)
}

/// An IAM policy document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: BTreeSet<String>,
    resource: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
}

/// What `scan --security-hub` does beside: it imports for the default product of each account, and reads what it has
/// imported. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Security Hub".
fn importing() -> [Statement; 2] {
    let statement = |sid, action: &str, resource: &str| {
        let action = BTreeSet::from([action.to_owned()]);
        Statement { sid, effect: "Allow", action, resource: resource.into(), condition: None }
    };
    let product = "arn:*:securityhub:*:*:product/*/default";
    [
        statement("PlimsollImportsFindings", "securityhub:BatchImportFindings", product),
        statement("PlimsollReadsWhatItImported", "securityhub:GetFindings", "*"),
    ]
}

impl Policy {
    /// The least policy for some checks.
    pub fn of(checks: &[Chosen]) -> Self {
        let calls = checks.iter().flat_map(|check| check.reads()).flat_map(|read| read.calls);
        Self::reading(calls.chain(OWN_CALLS).map(Call::iam_action).collect())
    }

    /// The policy of whoever scans an organization: beside listing accounts it permits nothing but to take on the role
    /// of that name, and that only in accounts of the same organization, as a role of this name may be anyone's.
    pub fn of_organization(role: &str) -> Self {
        let mut policy = Self::reading(ORGANIZATION_CALLS.iter().map(Call::iam_action).collect());
        policy.statement[0].sid = "PlimsollListsAccounts";
        policy.take_on_in_organization(role);
        policy
    }

    /// A policy to add to one that is too narrow: it has names of its own, and no statement if nothing is to be added.
    pub fn adding(action: BTreeSet<String>) -> Self {
        let mut policy = Self::reading(action);
        policy.statement[0].sid = "PlimsollAlsoReads";
        policy.statement.retain(|statement| !statement.action.is_empty());
        policy
    }

    /// Permits to take on the role of a name in accounts of the caller's organization.
    pub fn take_on_in_organization(&mut self, role: &str) {
        let condition = json!({"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}});
        self.push_role(format!("arn:*:iam::*:role/{role}").into(), Some(condition));
    }

    /// Permits to take on some roles, by ARN.
    pub fn take_on(&mut self, roles: BTreeSet<String>) {
        self.push_role(roles.into_iter().collect(), None);
    }

    fn push_role(&mut self, resource: Value, condition: Option<Value>) {
        let action = BTreeSet::from(["sts:AssumeRole".to_owned()]);
        self.statement.push(Statement { sid: "PlimsollTakesOnItsRole", effect: "Allow", action, resource, condition });
    }

    /// Whether it permits nothing.
    pub fn is_empty(&self) -> bool {
        self.statement.is_empty()
    }

    /// A policy that permits some actions.
    ///
    /// Lists cannot be confined to resources, and details are read of whatever is listed, so the resource is any. All
    /// actions read; none of them changes anything.
    fn reading(action: BTreeSet<String>) -> Self {
        let (sid, effect, resource) = ("PlimsollReads", "Allow", Value::from("*"));
        Self { version: "2012-10-17", statement: vec![Statement { sid, effect, action, resource, condition: None }] }
    }

    /// The actions it allows, sorted.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.statement.iter().flat_map(|statement| &statement.action).map(String::as_str)
    }
}
