//! What was found out before a scan: as JSON, and for people.

use std::collections::BTreeSet;
use std::io::Write;

use serde::Serialize;

use super::Looked;
use crate::cli::permissions::Policy;
use crate::preflight::{By, Found, Standing};
use crate::report::harmless;
use crate::scan::{Shut, grouped};
use crate::terminal::{Column, Columns, HEADING, STRONG, paragraph, styled};

/// What a simulation of policies leaves out. Source: IAM User Guide, "IAM policy testing with the IAM policy simulator".
const NOT_SIMULATED: &str = "resource-based policies, session policies, VPC endpoint policies, resource control \
                             policies, service control policies that have conditions, and what is denied on some \
                             resources only";

/// The longest text of others that is shown, in columns.
const LONGEST: usize = 400;

/// An account of several, and whether it can be got into.
pub struct Door {
    /// Its id.
    pub account: String,
    /// Its name.
    pub name: Option<String>,
    /// The ARN of the role that is taken on there; `None` in the caller's own.
    pub role: Option<String>,
    /// What keeps the caller out.
    pub shut: Option<Shut>,
}

/// What was found out, as JSON. The names are a promise; a change that breaks them is a new schema.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// What this is: `plimsoll.preflight/1`.
    schema: &'static str,
    account: &'a str,
    alias: Option<&'a str>,
    caller: &'a str,
    checks: usize,
    simulation: SimulationOut<'a>,
    /// The region in which calls were made to find out; `null` if a simulation told all.
    tried_in: Option<&'a str>,
    summary: SummaryOut,
    actions: Vec<ActionOut<'a>>,
    /// A policy that allows what nothing allows yet; `null` if there is none that would help.
    policy: Option<&'a Policy>,
    /// The accounts that are to be looked at; absent for one account.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<Vec<DoorOut<'a>>>,
}

#[derive(Debug, Serialize)]
struct SimulationOut<'a> {
    /// Whose policies; `null` if none were simulated.
    principal: Option<&'a str>,
    /// Why none were, or not for all actions.
    unknown: Option<&'a str>,
    /// What it knows nothing of.
    leaves_out: &'static str,
}

#[derive(Debug, Serialize)]
struct SummaryOut {
    allowed: usize,
    refused: usize,
    unknown: usize,
    /// Checks that need an action that is refused.
    checks_blind: usize,
    /// Further checks that need one of which it is not known.
    checks_perhaps_blind: usize,
}

#[derive(Debug, Serialize)]
struct ActionOut<'a> {
    action: &'a str,
    /// `allowed`, `refused` or `unknown`.
    state: &'static str,
    /// `simulation` or `call`.
    by: &'static str,
    /// Why it is refused or unknown.
    because: Option<&'a str>,
    /// The resource that was asked about.
    asked_about: Option<&'a str>,
    /// The checks that need it.
    checks: &'a [&'static str],
}

#[derive(Debug, Serialize)]
struct DoorOut<'a> {
    account: &'a str,
    name: Option<&'a str>,
    role: Option<&'a str>,
    is_open: bool,
    state: Option<&'static str>,
    because: Option<String>,
}

impl<'a> ActionOut<'a> {
    fn of(found: &'a Found) -> Self {
        let (state, because, asked_about) = match &found.standing {
            Standing::Allowed => ("allowed", None, None),
            Standing::Refused(refusal) => ("refused", Some(&*refusal.because), refusal.asked_about.as_deref()),
            Standing::Open(why) => ("unknown", Some(&**why), None),
        };
        let by = match found.by {
            By::Simulation => "simulation",
            By::Call => "call",
        };
        Self { action: &found.need.action, state, by, because, asked_about, checks: &found.need.checks }
    }
}

impl<'a> DoorOut<'a> {
    fn of(door: &'a Door) -> Self {
        let shut = door.shut.as_ref();
        Self {
            account: &door.account,
            name: door.name.as_deref(),
            role: door.role.as_deref(),
            is_open: shut.is_none(),
            state: shut.map(|shut| shut.state.as_str()),
            because: shut.map(|shut| shut.unknown.to_string()),
        }
    }
}

impl<'a> Document<'a> {
    /// The document of what was found out.
    pub fn of(looked: &'a Looked) -> Self {
        let Looked { target, checks, answers, doors, policy } = looked;
        let blind: BTreeSet<&str> =
            answers.refused().flat_map(|(found, _)| found.need.checks.iter().copied()).collect();
        let perhaps: BTreeSet<&str> = answers.open().flat_map(|(found, _)| found.need.checks.iter().copied()).collect();
        Self {
            schema: "plimsoll.preflight/1",
            account: &target.account,
            alias: target.alias.as_deref(),
            caller: &target.caller,
            checks: checks.len(),
            simulation: SimulationOut {
                principal: answers.principal.as_deref(),
                unknown: answers.not_simulated.as_deref(),
                leaves_out: NOT_SIMULATED,
            },
            tried_in: answers.tried_in.as_deref(),
            summary: SummaryOut {
                allowed: answers.allowed(),
                refused: answers.refused().count(),
                unknown: answers.open().count(),
                checks_blind: blind.len(),
                checks_perhaps_blind: perhaps.difference(&blind).count(),
            },
            actions: answers.found.iter().map(ActionOut::of).collect(),
            policy: (!policy.is_empty()).then_some(policy),
            accounts: doors.as_ref().map(|doors| doors.iter().map(DoorOut::of).collect()),
        }
    }

    /// Writes it for people.
    pub fn table(&self, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
        self.head(width, out)?;
        self.actions_that_are("refused", "NOT PERMITTED", width, out)?;
        self.actions_that_are("unknown", "NOT FOUND OUT", width, out)?;
        self.doors(width, out)?;
        if let Some(policy) = self.policy {
            writeln!(out, "\n{}", styled(HEADING, "POLICY TO ADD"))?;
            writeln!(out, "{}", serde_json::to_string_pretty(policy)?)?;
        }
        self.summary(width, out)
    }

    fn head(&self, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
        let alias = self.alias.map_or_else(String::new, |alias| format!(" ({})", harmless(alias, 40)));
        writeln!(out, "{}", styled(STRONG, &format!("Account {}{alias}, {} checks", self.account, self.checks)))?;
        paragraph(out, "  read by    ", &harmless(self.caller, LONGEST), width)?;
        if let Some(principal) = self.simulation.principal {
            let told = format!("the policies of {}", harmless(principal, LONGEST));
            paragraph(out, "  simulated  ", &told, width)?;
            paragraph(out, "             ", &format!("a simulation leaves out {NOT_SIMULATED}"), width)?;
        }
        if let Some(unknown) = self.simulation.unknown {
            let what = if self.simulation.principal.is_some() { "not all" } else { "nothing" };
            paragraph(out, "  simulated  ", &format!("{what}: {}", harmless(unknown, LONGEST)), width)?;
        }
        if let Some(region) = self.tried_in {
            let what =
                if self.simulation.principal.is_some() { "what that did not permit, by calls" } else { "by calls" };
            paragraph(out, "  tried      ", &format!("{what} in {region} and to global services"), width)?;
        }
        Ok(())
    }

    fn actions_that_are(&self, state: &str, heading: &str, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
        let actions: Vec<&ActionOut<'_>> = self.actions.iter().filter(|action| action.state == state).collect();
        if actions.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", styled(HEADING, heading))?;
        for ActionOut { action, because, asked_about, checks, .. } in actions {
            let about = asked_about.map_or_else(String::new, |id| format!(" (asked about {})", harmless(id, 100)));
            let because = harmless(because.unwrap_or(""), LONGEST);
            paragraph(out, &format!("  {action}  "), &format!("{because}{about}"), width)?;
            let blind = if checks.is_empty() { without(action).to_owned() } else { checks.join(", ") };
            let label = if state == "refused" { "      blind  " } else { "      blind, if not  " };
            paragraph(out, label, &blind, width)?;
        }
        Ok(())
    }

    fn doors(&self, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
        let doors = || self.accounts.iter().flatten();
        let row = |door: &DoorOut<'_>| {
            let name = door.name.map_or_else(String::new, |name| harmless(name, 30));
            let because = door.because.as_deref().map_or_else(String::new, |because| harmless(because, LONGEST));
            vec![door.account.to_owned(), name, door.state.unwrap_or("").to_owned(), because]
        };
        let rows: Vec<Vec<String>> = doors().filter(|door| !door.is_open).map(row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", styled(HEADING, "ACCOUNTS THAT ARE SHUT"))?;
        let columns =
            [Column::words("account"), Column::words("name"), Column::words("state"), Column::sentences("because")];
        let columns = Columns::fit(&columns, &rows, 2, width);
        columns.head(out)?;
        rows.iter().try_for_each(|row| columns.row(out, row))?;
        Ok(())
    }

    fn summary(&self, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
        let SummaryOut { allowed, refused, unknown, checks_blind, checks_perhaps_blind } = &self.summary;
        writeln!(out, "\n{}", styled(HEADING, "SUMMARY"))?;
        if refused + unknown == 0 {
            paragraph(out, "  actions   ", &format!("all {allowed} are permitted; nothing is missing"), width)?;
        } else {
            let told = format!("{allowed} permitted · {refused} not permitted · {unknown} not found out");
            paragraph(out, "  actions   ", &told, width)?;
        }
        if checks_blind + checks_perhaps_blind > 0 {
            let told = format!("{checks_blind} of {} would be blind, wholly or in part", self.checks);
            let more =
                if *checks_perhaps_blind > 0 { format!("; {checks_perhaps_blind} more may be") } else { String::new() };
            paragraph(out, "  checks    ", &format!("{told}{more}"), width)?;
        }
        let beyond_a_policy = *refused > 0 && self.policy.is_none();
        if beyond_a_policy {
            let told = "none would help: what is refused is denied, or left out by policies that have to allow it too";
            paragraph(out, "  policy    ", told, width)?;
        }
        if let Some(accounts) = &self.accounts {
            let open = accounts.iter().filter(|door| door.is_open).count();
            let told = format!(
                "{} of {} can be got into; what the roles there permit was not asked: --role-arn ARN looks at one",
                grouped(open),
                grouped(accounts.len())
            );
            paragraph(out, "  accounts  ", &told, width)?;
        }
        Ok(())
    }
}

/// What is lost without an action that no check needs.
fn without(action: &str) -> &'static str {
    match action {
        "ec2:DescribeRegions" => "no check, if regions are named with --region; otherwise no scan begins",
        "iam:ListAccountAliases" => "no check; the account's alias is not told",
        "organizations:DescribeOrganization" => "no check; the organization's id is not told",
        "sts:AssumeRole" => "all checks, in accounts whose role cannot be taken on",
        _ => "no check",
    }
}
