//! `scan --security-hub`: what the scan found on its way into Security Hub, and what has become of it there.

use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use serde_json::json;

use super::access::{self, AccountArgs, Way};
use crate::delivery::{Delivery, Depot, HubError, Hubs, Pile, Tally, Whole};
use crate::history::{Collector, History, Side};
use crate::report::asff::AwsFinding;
use crate::report::{Ending, Opening};
use crate::scan::{Finding, Scope, grouped};
use crate::terminal;

/// The series of the scan in a history that nobody else sees.
const THIS: &str = "this";

/// Whether findings can be imported in this build and of this account.
pub fn can_import(account: &AccountArgs) -> anyhow::Result<()> {
    if cfg!(not(feature = "live")) {
        bail!(
            "--security-hub: this build has no AWS SDK in it (feature `live`); write --output report.asff.json, and import \
             it with `aws securityhub batch-import-findings`"
        );
    }
    if account.from.is_some() {
        bail!(
            "--security-hub: a recording is judged without credentials, and may be older than what Security Hub holds; \
             write --output report.asff.json, and import it with `aws securityhub batch-import-findings`"
        );
    }
    Ok(())
}

/// A scan whose findings are imported when it has ended: only then is it known what was read whole.
pub struct Importing {
    hubs: Arc<dyn Hubs>,
    depot: Depot,
    collector: Collector,
    scope: Scope,
    failed: Option<anyhow::Error>,
}

impl Importing {
    /// The scan begins.
    pub fn begin(way: &Way, opening: &Opening) -> anyhow::Result<Self> {
        let hubs = access::hubs(way)?;
        let depot = Depot::new().map_err(HubError::from).context("--security-hub")?;
        let collector = Collector::new(opening).context("--security-hub")?;
        Ok(Self { hubs, depot, collector, scope: opening.scope.clone(), failed: None })
    }

    /// Takes a finding.
    pub fn finding(&mut self, finding: &Finding) {
        if self.failed.is_none() {
            self.failed = self.put_aside(finding).err();
        }
    }

    fn put_aside(&mut self, finding: &Finding) -> anyhow::Result<()> {
        self.collector.finding(finding)?;
        let status = finding.status();
        if status.is_false() || !status.is_seen() {
            let (finding, json) = AwsFinding::of(finding, &self.scope).into_import()?;
            self.depot.add(Pile::Open, &finding, &json)?;
        }
        Ok(())
    }

    /// The scan has ended: imports, archives, and tells what has become of it.
    pub async fn end(self, ending: &Ending<'_>) -> Vec<anyhow::Error> {
        let tally = match self.deliver(ending).await {
            Ok(tally) => tally,
            Err(error) => return vec![error.context("--security-hub")],
        };
        let Tally { imported, archived, places, .. } = &tally;
        let facts = json!({"imported": imported, "archived": archived, "places": places});
        let number = |count: u64| grouped(usize::try_from(count).unwrap_or(usize::MAX));
        let (imported, archived, places) = (number(*imported), number(*archived), number(*places));
        let told =
            format!("Security Hub: {imported} imported, {archived} archived as resolved; regions looked at: {places}");
        terminal::say_with(&told, &facts);
        tally.troubles().into_iter().map(|trouble| anyhow!("--security-hub: {trouble}")).collect()
    }

    async fn deliver(mut self, ending: &Ending<'_>) -> anyhow::Result<Tally> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut history = History::temporary()?;
        let id = self.collector.store(&mut history, Some(THIS), ending)?;
        let scan = history.scan(id)?.context("the scan that was just stored is not there")?;
        let side = Side::of(&history, &scan)?;
        let global = self.scope.partition().global_region();
        let whole = |outcome: &'_ crate::scan::Outcome| {
            let mut regions = outcome.target.as_ref().map_or_else(Vec::new, |target| target.regions.clone());
            if outcome.target.is_some() && !regions.iter().any(|region| region == global) {
                regions.push(global.to_owned());
            }
            regions
        };
        let accounts = ending
            .accounts
            .iter()
            .map(|outcome| Whole { account: &outcome.account, regions: whole(outcome) })
            .collect();
        let delivery = Delivery { depot: &self.depot, history: &history, side, now: jiff::Timestamp::now() };
        Ok(delivery.deliver(&*self.hubs, accounts).await?)
    }
}
