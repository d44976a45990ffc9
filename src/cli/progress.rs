//! What tells that something is going on: a terminal all the time, a log now and then.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use plimsoll_checks::contract::{Observer, Place, Read, ReadDone};
use serde_json::json;

use super::milestones::{Milestone, Milestones};
use crate::scan::Scope;
use crate::terminal::{self, LogFormat, Manner};

/// Tells that something is going on.
pub struct Progress {
    bar: ProgressBar,
    milestones: Option<Milestones>,
}

impl Progress {
    /// Of a scan; `tells_lines` says that stdout tells it already.
    pub fn new(is_recorded: bool, tells_lines: bool, scope: &Scope) -> Self {
        let Manner { quiet, log_format } = terminal::manner();
        let lines_on_terminal = tells_lines && io::stdout().is_terminal();
        let is_log = log_format == LogFormat::Json;
        if is_recorded || lines_on_terminal || quiet || is_log || !io::stderr().is_terminal() {
            let milestones = is_log.then(|| Milestones::beginning(Instant::now()));
            return Self { bar: ProgressBar::hidden(), milestones };
        }
        let bar = ProgressBar::new_spinner();
        match scope {
            Scope::Account(target) => {
                bar.set_message(format!("account {}, {} regions", target.account, target.regions.len()));
            }
            Scope::Accounts(accounts) => bar.set_message(format!("0 of {} accounts", accounts.count)),
        }
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg} · {pos} reads · {elapsed}")
                .expect("the template is tested by every run"),
        );
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, milestones: None }
    }

    /// So many accounts are done.
    pub fn accounts(&self, done: usize, of: usize) {
        self.bar.set_message(format!("{done} of {of} accounts"));
    }

    /// Takes it off the terminal.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress {
    fn done(&self, done: ReadDone<'_>) {
        self.bar.inc(1);
        let unknown = done.loaded.rest.as_ref().map(|unknown| unknown.reason.as_str());
        let (account, region) = (&*done.place.account, &*done.place.region);
        let (of, records) = (done.of, done.loaded.records.len());
        tracing::debug!(kind = done.read.name, account, region, of, records, unknown, "read");
        let milestone = self.milestones.as_ref().and_then(|milestones| milestones.read(Instant::now()));
        if let Some(Milestone { reads, seconds }) = milestone {
            terminal::say_with(&format!("{reads} reads so far"), &json!({"reads": reads, "seconds": seconds}));
        }
    }

    fn released(&self, _: &'static Read, _: &Place) {}
}
