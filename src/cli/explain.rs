//! `plimsoll explain`: everything about a check.

use std::io::Write;

use plimsoll_checks::checks;
use plimsoll_checks::contract::{Framework, Model, Registered, Rivals};

use super::checks::{CheckOut, Document, write_json};
use super::selection::{Suggested, check_names, no_such_check};
use crate::scan::Chosen;
use crate::terminal::{self, HEADING, STRONG, paragraph, prose, styled};

/// Which check, and how to print it.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The check's id; or what Prowler or Security Hub calls what it looks at
    #[arg(value_name = "CHECK", hide_possible_values = true, value_parser = Suggested(check_names))]
    pub check: String,
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: TextOrJson,
}

/// How an explanation is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum TextOrJson {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Explains the check, or the checks that look at what the rival's check looks at.
pub fn run(args: &ExplainArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let found = find(&args.check)?;
    match args.format {
        TextOrJson::Json => {
            let found: Vec<Chosen> = found.into_iter().map(Chosen::from).collect();
            write_json(&Document::of(&found), out)
        }
        TextOrJson::Text => text(&args.check, &found, terminal::width(), out),
    }
}

/// The check with an id, or those that a rival has this name for.
pub fn find(name: &str) -> anyhow::Result<Vec<&'static Registered>> {
    let with_id = |id: &str| checks().iter().find(|check| check.id == id);
    if let Some(check) = with_id(name) {
        return Ok(vec![check]);
    }
    let ours: Vec<&Registered> = Rivals::checks_named(name).filter_map(with_id).collect();
    if ours.is_empty() { Err(no_such_check(name).into()) } else { Ok(ours) }
}

/// Writes the explanation of each check found under a name.
pub fn text(name: &str, found: &[&Registered], width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    if found.iter().any(|check| check.id != name) {
        let whose = if found.iter().any(|check| Rivals::of(&check.id).prowler.iter().any(|p| p == name)) {
            "Prowler"
        } else {
            "Security Hub"
        };
        let count = match found {
            [_] => "one check looks".to_owned(),
            more => format!("{} checks look", more.len()),
        };
        paragraph(out, "", &format!("{name} is {whose}'s. Here {count} at the same thing:"), width)?;
        writeln!(out)?;
    }
    for (number, check) in found.iter().enumerate() {
        if number > 0 {
            writeln!(out, "\n{}\n", "─".repeat(width.min(80)))?;
        }
        one(check, width, out)?;
    }
    Ok(())
}

fn one(check: &Registered, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let known = CheckOut::of(check, check.check.severity);
    writeln!(out, "{}  {}", styled(STRONG, known.id), known.severity)?;
    prose(out, 0, known.title, width)?;
    for (heading, text) in [("Why", known.why), ("Fix", known.fix), ("Source", known.source)] {
        if !text.is_empty() {
            writeln!(out, "\n{}", styled(HEADING, heading))?;
            prose(out, 2, text, width)?;
        }
    }

    writeln!(out, "\n{}", styled(HEADING, "Duty"))?;
    let duty = check.check.duty.facts();
    let model = Model::get();
    let group = model.group(&duty.group).map_or("", |group| &group.name);
    field(out, "duty", &format!("{} ({})", duty.id, duty.name), width)?;
    field(out, "group", &format!("{} ({group})", duty.group), width)?;
    field(out, "owner", known.owner, width)?;
    if let Some(domain) = model.domain(&duty.domain) {
        field(out, "domain", &format!("{}, shared: {}", domain.id, domain.shared_part), width)?;
    }
    field(out, "service", &format!("{} ({}), {}", known.service, known.service_name, known.service_model), width)?;
    if let Some(line) = model.service_type(known.service) {
        field(out, "provider", &line.provider_part.join(", "), width)?;
        field(out, "customer", &line.customer_part.join(", "), width)?;
    }

    writeln!(out, "\n{}", styled(HEADING, "What it looks at"))?;
    let judges: Vec<_> = known.judges.iter().map(|kind| format!("{} ({})", kind.kind, kind.r#type)).collect();
    field(out, "judges", &judges.join(", "), width)?;
    field(out, "reads", &listed(known.reads.iter().copied()), width)?;
    field(out, "calls", &listed(known.calls.iter().map(String::as_str)), width)?;
    if known.permissions != known.calls {
        field(out, "needs", &listed(known.permissions.iter().map(String::as_str)), width)?;
    }

    if !known.controls.is_empty() {
        writeln!(out, "\n{}", styled(HEADING, "Controls it serves"))?;
        for framework in Framework::all() {
            if let Some(controls) = known.controls.get(&*framework.id) {
                writeln!(out, "  {}  {} {}", framework.id, framework.name, framework.version)?;
                paragraph(out, "    ", &controls.join(", "), width)?;
            }
        }
    }
    if known.rivals.prowler.len() + known.rivals.security_hub.len() > 0 {
        writeln!(out, "\n{}", styled(HEADING, "What others call it"))?;
        for (who, names) in [("Prowler", known.rivals.prowler), ("Security Hub", known.rivals.security_hub)] {
            if !names.is_empty() {
                writeln!(out, "  {who}")?;
                paragraph(out, "    ", &names.join(" "), width)?;
            }
        }
    }
    Ok(())
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "nothing else".to_owned() } else { names.join(", ") }
}

fn field(out: &mut impl Write, name: &str, value: &str, width: usize) -> std::io::Result<()> {
    paragraph(out, &format!("  {name:<9} "), value, width)
}
