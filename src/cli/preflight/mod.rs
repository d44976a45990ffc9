//! `plimsoll preflight`: which of the actions that a scan needs these credentials have.

mod document;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use plimsoll_checks::contract::{Call, Unknown, World};

pub use document::{Document, Door};

use super::access::{AccountArgs, Caller, OrganizationArgs, sign_in};
use super::checks::write_json;
use super::fleet::{Fleet, Knock};
use super::interruption::Interruption;
use super::job::INTERRUPTED;
use super::permissions::{ORGANIZATION_CALLS, OWN_CALLS, Policy};
use super::selection::Selected;
use super::stop::{Deadline, Stop};
use super::{Selection, TableOrJson};
use crate::config::Config;
use crate::preflight::{self, Answers, Seen, Standing};
use crate::scan::{ASSUME_ROLE, AccountState, Chosen, Observers, Plan, Shut, Target};
use crate::terminal;

/// For which scan, and how to print what was found out.
#[derive(Debug, clap::Args)]
pub struct PreflightArgs {
    /// Which account.
    #[command(flatten)]
    pub account: AccountArgs,
    /// Which checks.
    #[command(flatten)]
    pub selection: Selection,
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: TableOrJson,
}

/// Something is not permitted, or could not be found out.
const INCOMPLETE: u8 = 3;

/// Lists the accounts of organizational units, which is asked for `--ou` alone.
const OF_UNITS: [&str; 2] = ["organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"];

/// Signs in, finds out what is permitted, and prints it.
pub fn run(args: &PreflightArgs, config: &Config, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let selected = args.selection.resolve(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let looked = runtime.block_on(async {
        let interruption = Interruption::listen().context("listening for signals")?;
        let stop = Stop { interruption, deadline: Deadline::of(args.account.deadline) };
        tokio::select! {
            biased;
            () = stop.came() => Ok(None),
            looked = look(args, selected, config) => looked.map(Some),
        }
    });
    // Calls that an interruption has left behind are not waited for.
    runtime.shutdown_background();
    let Some(looked) = looked? else {
        terminal::warn("stopped before it was found out what is permitted");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let document = Document::of(&looked);
    match args.format {
        TableOrJson::Table => document.table(terminal::width(), out)?,
        TableOrJson::Json => write_json(&document, out)?,
    }
    Ok(if looked.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

/// What was found out.
pub struct Looked {
    /// Who asks, and where.
    pub target: Target,
    /// For which checks.
    pub checks: Vec<Chosen>,
    /// How the actions stand.
    pub answers: Answers,
    /// Whether the accounts of an organization can be got into; `None` for one account.
    pub doors: Option<Vec<Door>>,
    /// What is to be allowed.
    pub policy: Policy,
}

impl Looked {
    /// Whether all is permitted, and every account open.
    pub fn is_complete(&self) -> bool {
        let is_open = |door: &Door| door.shut.is_none();
        self.answers.allowed() == self.answers.found.len() && self.doors.iter().flatten().all(is_open)
    }
}

async fn look(args: &PreflightArgs, selected: Selected, config: &Config) -> anyhow::Result<Looked> {
    let Caller { target, source, simulator, fleet } = sign_in(&args.account).await?;
    let mut seen = Seen::of_session(&target.session);
    let mut doors = None;
    if let Some(fleet) = &fleet {
        seen.add(Seen::of_session(&fleet.membership.accounts.session));
        doors = Some(knock(fleet, &mut seen).await);
    }
    let own_checks: &[Chosen] = if reads_its_own_account(fleet.as_ref(), &target) { &selected.checks } else { &[] };
    let needs = preflight::needs(own_checks, &calls_beside(&args.account.organization, doors.as_deref()));
    let now = args.account.now.unwrap_or(target.started);
    let facts = target.facts(now, config.settings.clone());
    let plan = Plan::new(own_checks, &facts);
    let world = World::new(facts, source, Arc::new(Observers(Vec::new())));
    let answers = preflight::find_out(needs, seen, &*simulator, &plan, &world).await;
    world.forget();
    let policy = policy(&answers, &args.account.organization, doors.as_deref());
    Ok(Looked { target, checks: selected.checks, answers, doors, policy })
}

/// Whether the caller's own account is one of those that are to be looked at.
fn reads_its_own_account(fleet: Option<&Fleet>, target: &Target) -> bool {
    let is_looked_at =
        |fleet: &Fleet| fleet.membership.members.iter().any(|it| it.id == target.account && it.passed_over.is_none());
    fleet.is_none_or(is_looked_at)
}

/// What a scan calls beside what its checks read.
fn calls_beside(asked: &OrganizationArgs, doors: Option<&[Door]>) -> Vec<Call> {
    let is_called = |call: &&Call| asked.org && (!asked.ous.is_empty() || !OF_UNITS.contains(&&*call.name()));
    let takes_on_roles = doors.is_some_and(|doors| doors.iter().any(|door| door.role.is_some()));
    let listing = ORGANIZATION_CALLS.iter().filter(is_called).copied();
    OWN_CALLS.iter().copied().chain(listing).chain(takes_on_roles.then_some(ASSUME_ROLE)).collect()
}

/// Tries every door, and notes whether the caller may take on roles at all.
async fn knock(fleet: &Fleet, seen: &mut Seen) -> Vec<Door> {
    let mut doors = Vec::new();
    for Knock { member, role, shut } in fleet.knock().await {
        if role.is_some() {
            seen.note(ASSUME_ROLE.iam_action(), standing_behind(shut.as_ref()));
        }
        doors.push(Door { account: member.id.clone(), name: member.name.clone(), role, shut });
    }
    doors
}

/// What a door says of the caller's permission to take on roles: nothing, if the role is not there or does not trust
/// the caller.
fn standing_behind(shut: Option<&Shut>) -> Standing {
    match shut {
        None => Standing::Allowed,
        Some(Shut { state: AccountState::Denied, unknown }) if unknown.action == ASSUME_ROLE.iam_action() => {
            Standing::of(unknown, None)
        }
        Some(Shut { unknown: Unknown { reason, .. }, .. }) => {
            Standing::Open(format!("no role let the caller in ({reason})"))
        }
    }
}

/// What is to be allowed: actions that nothing allows, and roles that the caller's own policies keep it from.
fn policy(answers: &Answers, asked: &OrganizationArgs, doors: Option<&[Door]>) -> Policy {
    let take_on = ASSUME_ROLE.iam_action();
    let to_allow = |action: &str| {
        answers.refused().any(|(found, refusal)| found.need.action == action && refusal.is_to_be_allowed)
    };
    let reading = answers.found.iter().map(|found| &found.need.action);
    let reading = reading.filter(|action| **action != take_on && to_allow(action)).cloned().collect();
    let mut policy = Policy::adding(reading);
    if to_allow(&take_on) {
        if asked.org {
            policy.take_on_in_organization(&asked.org_role);
        } else {
            let is_refused = |door: &&Door| door.shut.as_ref().is_some_and(|shut| shut.state == AccountState::Denied);
            let roles = doors.iter().copied().flatten().filter(is_refused).filter_map(|door| door.role.clone());
            policy.take_on(roles.collect());
        }
    }
    policy
}
