//! `plimsoll frameworks`: what each framework asks for, and who decides about it.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use plimsoll_checks::contract::{Assessment, Attestation, Control, DecidedBy, Framework, Model, Section};
use serde::Serialize;

use super::TableOrJson;
use super::checks::write_json;
use super::selection::{SelectionError, Suggested, no_such};
use crate::report::harmless;
use crate::terminal::{self, Column, Columns, HEADING, STRONG, paragraph, styled};

/// Which frameworks, and how to print them.
#[derive(Debug, Default, clap::Args)]
pub struct FrameworksArgs {
    /// The framework whose controls to print, or a file of your own (.toml); without it, all frameworks are listed
    #[arg(value_name = "FRAMEWORK", hide_possible_values = true, value_parser = Suggested(framework_names))]
    pub framework: Option<String>,
    /// Only this control, or the controls of this section
    #[arg(value_name = "CONTROL")]
    pub control: Option<String>,
    /// How to print them
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: TableOrJson,
}

/// Lists the frameworks, or the controls of one.
pub fn run(args: &FrameworksArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let Some(name) = &args.framework else {
        return match args.format {
            TableOrJson::Table => table(terminal::width(), out),
            TableOrJson::Json => {
                write_json(&Document::of(Framework::all().iter().map(|framework| (framework, None))), out)
            }
        };
    };
    let framework = framework(name)?;
    let controls = controls(framework, args.control.as_deref())?;
    match args.format {
        TableOrJson::Table => text(framework, &controls, terminal::width(), out),
        TableOrJson::Json => write_json(&Document::of([(framework, Some(&*controls))].into_iter()), out),
    }
}

/// The framework with an id, or in a file of the user's own.
pub fn framework(name: &str) -> Result<&'static Framework, SelectionError> {
    if Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
        let unreadable =
            |error: io::Error| SelectionError::Unreadable { path: name.to_owned(), problem: error.to_string() };
        let text = fs::read_to_string(name).map_err(unreadable)?;
        // It is there until the program ends, as those that come with it are.
        return Ok(Box::leak(Box::new(Framework::parse(&text, name, plimsoll_checks::checks())?)));
    }
    let ids = || Framework::all().iter().map(|framework| &*framework.id);
    Framework::get(name).ok_or_else(|| {
        let otherwise =
            format!("there are {}, or name a file of your own: FILE.toml", ids().collect::<Vec<_>>().join(", "));
        no_such("framework", name, ids(), &otherwise)
    })
}

/// The control with an id, or those under a section; without an id, all.
pub fn controls<'a>(framework: &'a Framework, id: Option<&str>) -> Result<Vec<&'a Control>, SelectionError> {
    let Some(id) = id else { return Ok(framework.controls.iter().collect()) };
    if let Some(control) = framework.control(id) {
        return Ok(vec![control]);
    }
    let under = |control: &&Control| framework.sections_of(control).any(|section| section.id == id);
    let found: Vec<&Control> = framework.controls.iter().filter(under).collect();
    if found.is_empty() {
        let ids = framework.controls.iter().map(|control| &*control.id);
        let otherwise = format!("`plimsoll frameworks {}` lists them", framework.id);
        return Err(no_such("control", id, ids, &otherwise));
    }
    Ok(found)
}

/// Writes the table of all frameworks.
pub fn table(width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let columns = [
        Column::words("id"),
        Column::sentences("framework"),
        Column::numbers("controls"),
        Column::numbers("checks"),
        Column::numbers("person"),
        Column::numbers("provider"),
        Column::numbers("nobody"),
    ];
    let row = |framework: &Framework| {
        let counts = DecidedBy::ALL.map(|decided| count(&framework.controls, decided).to_string());
        let name = format!("{} {}", framework.name, framework.version);
        [vec![framework.id.clone(), name, framework.controls.len().to_string()], counts.to_vec()].concat()
    };
    let rows: Vec<Vec<String>> = Framework::all().iter().map(row).collect();
    let columns = Columns::fit(&columns, &rows, 0, width);
    columns.head(out)?;
    for row in &rows {
        columns.row(out, row)?;
    }
    writeln!(out)?;
    let note = "Who decides whether a control is met: checks, a person, the provider; or nobody yet, because the checks \
                are still to be written. `plimsoll frameworks FRAMEWORK` prints its controls.";
    paragraph(out, "", note, width)?;
    Ok(())
}

/// Writes controls of a framework under its headings.
pub fn text(framework: &Framework, controls: &[&Control], width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let name = harmless(&format!("{} {}", framework.name, framework.version), usize::MAX);
    writeln!(out, "{}  {name}", styled(STRONG, &harmless(&framework.id, usize::MAX)))?;
    let mut above: Vec<&Section> = Vec::new();
    for control in controls {
        let sections: Vec<&Section> = framework.sections_of(control).collect();
        for (depth, section) in sections.iter().enumerate() {
            if above.get(depth).is_none_or(|above| above.id != section.id) {
                writeln!(
                    out,
                    "\n{}",
                    styled(HEADING, &harmless(&format!("{} {}", section.id, section.title), usize::MAX))
                )?;
            }
        }
        above = sections;
        one(control, width, out)?;
    }
    Ok(())
}

fn one(control: &Control, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let level = control.level.map(|level| format!("level {level}"));
    let severity = control.severity.map(|severity| severity.to_string());
    let grade = level.or(severity).map_or_else(String::new, |grade| format!(" ({grade})"));
    let (id, title) = (harmless(&control.id, usize::MAX), harmless(&control.title, usize::MAX));
    paragraph(out, &format!("  {id}  "), &format!("{title}{grade}"), width)?;
    if !control.checks.is_empty() {
        field(out, "checks", &control.checks.join(", "), width)?;
    }
    for id in &control.attestations {
        let statement = Attestation::get(id).map_or("", |attestation| &attestation.statement);
        field(out, "person", &format!("{statement} ({id})"), width)?;
    }
    if let Some(reason) = &control.manual {
        field(out, "person", reason, width)?;
    }
    for id in &control.provider {
        let duty = Model::get().provider_duty(id).map_or("", |duty| &duty.name);
        field(out, "provider", &format!("{duty} ({id})"), width)?;
    }
    if !control.planned.is_empty() {
        field(out, "planned", &control.planned.join(", "), width)?;
    }
    Ok(())
}

fn field(out: &mut impl Write, name: &str, value: &str, width: usize) -> std::io::Result<()> {
    // A reason may have several lines.
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    paragraph(out, &format!("      {name:<9} "), &harmless(&value, usize::MAX), width)
}

fn count<'a>(controls: impl IntoIterator<Item = &'a Control>, decided: DecidedBy) -> usize {
    controls.into_iter().filter(|control| control.decided_by() == decided).count()
}

/// The ids of the frameworks that come with Plimsoll.
pub fn framework_names() -> Vec<String> {
    Framework::all().iter().map(|framework| framework.id.clone()).collect()
}

/// Frameworks as JSON. The names are a promise; a change that breaks them is a new schema.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// What this is: `plimsoll.frameworks/1`.
    pub schema: &'static str,
    /// The frameworks, by id.
    pub frameworks: Vec<FrameworkOut<'a>>,
}

/// A framework.
#[derive(Debug, Serialize)]
pub struct FrameworkOut<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Which edition of it.
    pub version: &'a str,
    /// How many controls there are, by who decides about them.
    pub decided_by: CountsOut,
    /// Its controls, when it was asked for by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controls: Option<Vec<ControlOut<'a>>>,
}

/// How many controls there are, by who decides about them.
#[derive(Debug, Serialize)]
pub struct CountsOut {
    /// Checks.
    pub checks: usize,
    /// A person.
    pub person: usize,
    /// The provider.
    pub provider: usize,
    /// Nobody yet.
    pub nobody: usize,
}

/// A control.
#[derive(Debug, Serialize)]
pub struct ControlOut<'a> {
    /// Its number in the framework.
    pub id: &'a str,
    /// What it asks for.
    pub title: &'a str,
    /// The ids of the headings it is under, outermost first.
    pub sections: Vec<&'a str>,
    /// CIS: its profile.
    pub level: Option<u8>,
    /// CIS: `automated` or `manual`, as the benchmark says.
    pub assessment: Option<&'static str>,
    /// AWS: how severe a violation is.
    pub severity: Option<&'static str>,
    /// `checks`, `person`, `provider` or `nobody`.
    pub decided_by: &'static str,
    /// The checks that serve it.
    pub checks: &'a [String],
    /// The statements of a person that serve it.
    pub attestations: Vec<AttestationOut<'a>>,
    /// The duties of the provider that serve it.
    pub provider: &'a [String],
    /// Why no check ever will, and what a person has to look at.
    pub manual: Option<&'a str>,
    /// Checks that are yet to be written.
    pub planned: &'a [String],
}

/// A statement that a person makes.
#[derive(Debug, Serialize)]
pub struct AttestationOut<'a> {
    /// Its id.
    pub id: &'a str,
    /// What the person signs.
    pub statement: &'a str,
}

impl<'a> Document<'a> {
    fn of(frameworks: impl Iterator<Item = (&'a Framework, Option<&'a [&'a Control]>)>) -> Self {
        let out = |(framework, controls): (&'a Framework, Option<&'a [&'a Control]>)| FrameworkOut {
            id: &framework.id,
            name: &framework.name,
            version: &framework.version,
            decided_by: CountsOut {
                checks: count(&framework.controls, DecidedBy::Checks),
                person: count(&framework.controls, DecidedBy::Person),
                provider: count(&framework.controls, DecidedBy::Provider),
                nobody: count(&framework.controls, DecidedBy::Nobody),
            },
            controls: controls.map(|all| all.iter().map(|control| ControlOut::of(framework, control)).collect()),
        };
        Self { schema: "plimsoll.frameworks/1", frameworks: frameworks.map(out).collect() }
    }
}

impl<'a> ControlOut<'a> {
    fn of(framework: &'a Framework, control: &'a Control) -> Self {
        let signed = |id: &'a String| AttestationOut {
            id,
            statement: Attestation::get(id).map_or("", |attestation| &attestation.statement),
        };
        Self {
            id: &control.id,
            title: &control.title,
            sections: framework.sections_of(control).map(|section| &*section.id).collect(),
            level: control.level,
            assessment: control.assessment.map(|assessment| match assessment {
                Assessment::Automated => "automated",
                Assessment::Manual => "manual",
            }),
            severity: control.severity.map(plimsoll_checks::contract::Severity::as_str),
            decided_by: control.decided_by().as_str(),
            checks: &control.checks,
            attestations: control.attestations.iter().map(signed).collect(),
            provider: &control.provider,
            manual: control.manual.as_deref(),
            planned: &control.planned,
        }
    }
}
