//! `plimsoll config`: what is laid down, and what may be.

use std::io::Write;

use plimsoll_checks::contract::Settings;
use serde_json::Value;

use super::checks::write_json;
use crate::config::{Config, ConfigError, OWNERS_KEYS, SETTINGS, json_schema};
use crate::owners::TAGS;
use crate::report::harmless;

/// What to show.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// What to show.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Subcommand)]
pub enum Action {
    /// Print the configuration in force as a plimsoll.toml, with what is left as the benchmarks have it
    Show,
    /// Print the JSON Schema of plimsoll.toml, for editors
    Schema,
}

/// Shows it.
pub fn run(
    args: &ConfigArgs,
    configured: &dyn Fn() -> Result<Config, ConfigError>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match args.action {
        Action::Show => show(&configured()?, out),
        // Somebody whose file is wrong needs the schema most.
        Action::Schema => write_json(&json_schema(), out),
    }
}

/// Writes a configuration in the form of its own file.
pub fn show(config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    match &config.file {
        Some(file) => writeln!(out, "# {}", harmless(&file.display().to_string(), 400))?,
        None => writeln!(out, "# no plimsoll.toml here or above: everything is as the benchmarks have it")?,
    }
    let defaults = Settings::default();
    let mut table = "";
    for setting in SETTINGS {
        if setting.table != table {
            table = setting.table;
            writeln!(out, "\n[{table}]")?;
        }
        let value = setting.value(&config.settings);
        let note = if value == setting.value(&defaults) { "" } else { " (set)" };
        writeln!(out, "# {}{note}", setting.about)?;
        match value {
            Some(value) => writeln!(out, "{} = {}", setting.key, written(&value))?,
            None => writeln!(out, "# {} = []", setting.key)?,
        }
    }
    writeln!(out, "\n[severity]")?;
    for (check, severity) in &config.severity {
        writeln!(out, "{check} = \"{severity}\"")?;
    }
    writeln!(out, "\n[off]")?;
    for (check, (reason, _)) in &config.off {
        writeln!(out, "{check} = {}", written(&Value::from(&**reason)))?;
    }
    writeln!(out, "\n[owners]")?;
    for (key, _, about) in OWNERS_KEYS {
        let default = (key == "tags").then(|| Value::from(TAGS.to_vec()));
        let set = match key {
            "file" => config.owners.file.as_ref().map(|file| Value::from(file.display().to_string())),
            _ => config.owners.tags.clone().map(Value::from),
        };
        let value = set.or_else(|| default.clone());
        let note = if value == default { "" } else { " (set)" };
        writeln!(out, "# {about}{note}")?;
        match value {
            Some(value) => writeln!(out, "{key} = {}", written(&value))?,
            None => writeln!(out, "# {key} = \"OWNERS\"")?,
        }
    }
    for entry in &config.notify {
        writeln!(out, "\n[[notify]]")?;
        for (key, value) in entry.written() {
            writeln!(out, "{key} = {}", written(&Value::from(value)))?;
        }
    }
    Ok(())
}

/// A value as TOML has it.
fn written(value: &Value) -> String {
    let value = toml::Value::try_from(value).expect("settings are numbers, texts and lists of them");
    value.to_string()
}
