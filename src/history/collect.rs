//! The findings of a scan on their way into a history: they wait on disk, so that the history is locked for as long as
//! writing takes and not for as long as the scan does.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use serde_json::Value;

use super::row::hash;
use super::{History, HistoryError, Intake, Read, Row, ScanFacts};
use crate::report::{Ending, Opening};
use crate::scan::{Entry, Finding, Outcome, Scope};

/// The read under which a history keeps how an account came through.
pub(super) const ACCOUNT: &str = "account";

/// Takes the findings of a scan, and puts them into a history when it has ended.
pub struct Collector {
    waiting: BufWriter<File>,
    opening: Opening,
}

impl Collector {
    /// For a scan that begins.
    pub fn new(opening: &Opening) -> io::Result<Self> {
        Ok(Self { waiting: BufWriter::new(tempfile::tempfile()?), opening: opening.clone() })
    }

    /// Takes a finding.
    pub fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        serde_json::to_writer(&mut self.waiting, &Row::of(finding))?;
        self.waiting.write_all(b"\n")
    }

    /// Adds the scan to a history, under the name of its accounts or under `series`; returns its id there.
    pub fn store(
        &mut self,
        history: &mut History,
        series: Option<&str>,
        ending: &Ending<'_>,
    ) -> Result<i64, HistoryError> {
        let mut facts = opened_scan(&self.opening);
        facts.finished = ending.finished;
        facts.partial = ending.summary.stopped;
        facts.series = series.map_or(facts.series, str::to_owned);
        let mut intake = history.add(&facts)?;
        checks(&mut intake, &self.opening, &ending.unreached)?;
        for outcome in ending.accounts {
            intake.read(&account(outcome))?;
        }
        let mut failed = Ok(());
        ending.ledger.each(&mut |entry| {
            if failed.is_ok() && !entry.is_of_session() && !entry.beside {
                failed = intake.read(&read(entry));
            }
            Ok(())
        })?;
        failed?;
        self.waiting.flush()?;
        let mut waiting = self.waiting.get_ref().try_clone()?;
        waiting.rewind()?;
        for line in BufReader::new(waiting).lines() {
            intake.finding(&serde_json::from_str(&line?).map_err(io::Error::from)?)?;
        }
        intake.commit()
    }
}

/// What is known of a scan before its first finding.
pub fn opened_scan(opening: &Opening) -> ScanFacts {
    let series = match &opening.scope {
        Scope::Account(target) => format!("account {}", target.account),
        Scope::Accounts(accounts) => match &accounts.organization {
            Some(organization) => format!("organization {organization}"),
            None => format!("accounts seen from {}", accounts.account),
        },
    };
    let settings = serde_json::to_value(&*opening.settings).expect("settings have a JSON form");
    ScanFacts {
        series,
        started: opening.scope.started(),
        finished: None,
        partial: false,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        settings: Value::to_string(&settings),
        caller: opening.scope.caller().to_owned(),
    }
}

fn checks(intake: &mut Intake<'_>, opening: &Opening, unreached: &[&str]) -> Result<(), HistoryError> {
    for check in &opening.checks {
        let state = if unreached.contains(&&*check.id) { "unreached" } else { "made" };
        intake.check(&check.id, state, Some(&fingerprint(&check.title, check.check.duty.as_str())))?;
    }
    opening.off.iter().try_for_each(|off| intake.check(&off.check.id, "off", None))
}

/// What tells the rule of a check from that of another version, beside the version itself and the settings.
pub(super) fn fingerprint(title: &str, duty: &str) -> String {
    hash(&format!("{title}\n{duty}"))
}

fn account(outcome: &Outcome) -> Read {
    let regions = outcome.target.as_ref().map_or_else(String::new, |target| target.regions.join(" "));
    Read {
        account: outcome.account.clone(),
        read: ACCOUNT.to_owned(),
        region: plimsoll_checks::contract::GLOBAL.to_owned(),
        state: outcome.state.as_str().to_owned(),
        why: regions,
    }
}

fn read(entry: &Entry) -> Read {
    Read {
        account: entry.account.clone(),
        read: entry.read.clone(),
        region: entry.region.clone(),
        state: entry.state().to_owned(),
        why: why(entry.missing.iter().map(|missing| (missing.reason.as_str(), &*missing.action))),
    }
}

/// Reasons and actions in words: "3 denied kms:GetKeyPolicy".
pub(super) fn why<'a>(missing: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for each in missing {
        *counts.entry(each).or_insert(0) += 1;
    }
    let words: Vec<String> = counts
        .into_iter()
        .map(
            |((reason, action), count)| {
                if count == 1 { format!("{reason} {action}") } else { format!("{count} {reason} {action}") }
            },
        )
        .collect();
    words.join(", ")
}
