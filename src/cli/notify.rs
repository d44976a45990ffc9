//! `--notify`: whom a scan tells what is new.

use anyhow::{Context, anyhow, bail};

use super::access::AccountArgs;
use super::selection::severity;
use crate::config::Config;
use crate::notify::Notifier;

/// Whom to tell.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Telling people")]
pub struct NotifyArgs {
    /// Tell what is new: to a [[notify]] of plimsoll.toml by its name, or to slack:VARIABLE, teams:VARIABLE,
    /// webhook:VARIABLE,VARIABLE-OF-KEY (environment variables that hold URL and key) or sns:ARN
    #[arg(long, value_name = "DESTINATION")]
    pub notify: Vec<String>,
    /// Tell only of what is at least so severe, instead of what plimsoll.toml says or else high
    #[arg(long, value_name = "SEVERITY", requires = "notify")]
    pub notify_at_least: Option<String>,
}

impl NotifyArgs {
    /// Understands all destinations, before the scan; `None` if there are none.
    pub fn open(&self, account: &AccountArgs, config: &Config) -> anyhow::Result<Option<Notifier>> {
        let least = self.notify_at_least.as_deref().map(severity).transpose();
        let least = least.context("--notify-at-least takes a severity")?;
        let notifier = Notifier::open(&self.notify, &config.notify, least);
        let notifier = notifier.map_err(|wrong| anyhow!("--notify {wrong}"))?;
        let topic = notifier.as_ref().and_then(Notifier::topic).filter(|_| account.from.is_some());
        if let Some(topic) = topic {
            bail!(
                "--notify {topic}: SNS takes the credentials that a scan began with, and --from has none; scan live, or \
                 notify a webhook"
            );
        }
        Ok(notifier)
    }
}
