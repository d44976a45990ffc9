//! What tells on a terminal that something is going on.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use plimsoll_checks::contract::{Observer, Place, Read, ReadDone};

use crate::scan::Scope;

/// Tells on a terminal that something is going on.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Of a scan; `tells_lines` says that stdout tells it already.
    pub fn new(is_recorded: bool, tells_lines: bool, scope: &Scope) -> Self {
        let lines_on_terminal = tells_lines && io::stdout().is_terminal();
        if is_recorded || lines_on_terminal || !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
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
        Self { bar }
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
    fn done(&self, _: ReadDone<'_>) {
        self.bar.inc(1);
    }

    fn released(&self, _: &'static Read, _: &Place) {}
}
