//! `plimsoll permissions`: the least IAM policy that a scan with some checks needs.

use std::collections::BTreeSet;
use std::io::Write;

use plimsoll_checks::contract::{Call, api};
use serde::Serialize;

use super::Selection;
use super::checks::write_json;
use crate::config::Config;
use crate::scan::Chosen;

/// What a scan asks for besides what its checks read: the enabled regions and the account's alias. Who is asking
/// (`sts:GetCallerIdentity`) needs no permission.
pub const OWN_CALLS: &[Call] = &[api("ec2", "DescribeRegions"), api("iam", "ListAccountAliases")];

/// Which checks the policy is for.
#[derive(Debug, Default, clap::Args)]
pub struct PermissionsArgs {
    /// The checks to permit.
    #[command(flatten)]
    pub selection: Selection,
}

/// Prints the policy as JSON, ready for `aws iam create-policy`.
pub fn run(args: &PermissionsArgs, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    write_json(&Policy::of(&args.selection.resolve(config)?.checks), out)
}

/// An IAM policy document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: BTreeSet<String>,
    resource: &'static str,
}

impl Policy {
    /// The least policy for some checks.
    ///
    /// Lists cannot be confined to resources, and details are read of whatever is listed, so the resource is any. All
    /// actions read; none of them changes anything.
    pub fn of(checks: &[Chosen]) -> Self {
        let calls = checks.iter().flat_map(|check| check.reads()).flat_map(|read| read.calls);
        let action = calls.chain(OWN_CALLS).map(Call::iam_action).collect();
        Self {
            version: "2012-10-17",
            statement: [Statement { sid: "PlimsollReads", effect: "Allow", action, resource: "*" }],
        }
    }

    /// The actions it allows, sorted.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.statement.iter().flat_map(|statement| &statement.action).map(String::as_str)
    }
}
