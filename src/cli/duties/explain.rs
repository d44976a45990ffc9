//! Who answers for a topic, question by question.

use std::io::{self, Write};

use plimsoll_checks::contract::{
    Domain, Duty, DutyId, Group, Misunderstanding, Model, Owner, ProviderDuty, Registered, ServiceType, Step,
};
use plimsoll_checks::{SERVICES, checks};

use super::products;
use crate::cli::selection::no_such;
use crate::matrix::table::answers;
use crate::matrix::{artifact, checks_of};
use crate::terminal::{Column, Columns, HEADING, STRONG, paragraph, styled};

/// Something that can be explained.
#[derive(Debug, Clone, Copy)]
enum Topic {
    Duty(DutyId),
    ProviderDuty(&'static ProviderDuty),
    Group(&'static Group),
    Domain(&'static Domain),
    Service(&'static str),
    ServiceModel(&'static ServiceType),
    Misunderstanding(&'static Misunderstanding),
}

/// The names of all topics, as shells offer them.
pub fn topics() -> Vec<String> {
    let mut names: Vec<String> = all().into_iter().map(|(name, _)| name).filter(|name| !name.contains(' ')).collect();
    names.sort();
    names.dedup();
    names
}

/// Every name a topic goes by.
fn all() -> Vec<(String, Topic)> {
    let model = Model::get();
    let mut all: Vec<(String, Topic)> = Vec::new();
    let mut add = |names: &[&str], topic: Topic| all.extend(names.iter().map(|name| ((*name).to_owned(), topic)));
    for id in DutyId::ALL {
        add(&[id.as_str(), &id.facts().name], Topic::Duty(*id));
    }
    for duty in &model.provider_duties {
        add(&[&duty.id, &duty.name], Topic::ProviderDuty(duty));
    }
    for group in &model.groups {
        add(&[&group.id, &group.name], Topic::Group(group));
    }
    for domain in &model.domains {
        add(&[&domain.id, &domain.name], Topic::Domain(domain));
    }
    for service in model.service_types.iter().flat_map(|kind| &kind.services) {
        add(&[service, products::name_of(service)], Topic::Service(service));
    }
    for service in SERVICES {
        add(&[service.name], Topic::Service(service.id));
    }
    for (product, service) in products::all() {
        add(&[product], Topic::Service(service));
    }
    for kind in &model.service_types {
        add(&[kind.id.as_str()], Topic::ServiceModel(kind));
        // Examples that are services of AWS are explained as such.
        for example in kind.examples.iter().filter(|example| products::all().all(|(product, _)| product != *example)) {
            add(&[example], Topic::ServiceModel(kind));
        }
    }
    for misunderstanding in &model.misunderstandings {
        add(&[&misunderstanding.id, &misunderstanding.scenario], Topic::Misunderstanding(misunderstanding));
    }
    all
}

/// A name without what people write differently: case, blanks, hyphens, the maker's name.
fn folded(name: &str) -> String {
    let name: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let short = name.strip_prefix("amazon").or_else(|| name.strip_prefix("aws")).filter(|rest| !rest.is_empty());
    short.map_or(name.clone(), str::to_owned)
}

fn find(name: &str) -> anyhow::Result<Vec<Topic>> {
    let all = all();
    let wanted = folded(name);
    let mut found: Vec<(String, Topic)> = Vec::new();
    for (given, topic) in &all {
        let seen = format!("{topic:?}");
        if folded(given) == wanted && found.iter().all(|(before, _)| *before != seen) {
            found.push((seen, *topic));
        }
    }
    if found.is_empty() {
        let names = all.iter().map(|(name, _)| &**name);
        let otherwise = "`plimsoll duties` lists the duties; services go by their AWS names";
        return Err(no_such("duty, domain or service", name, names, otherwise).into());
    }
    Ok(found.into_iter().map(|(_, topic)| topic).collect())
}

/// Writes the explanation of a topic, or of all topics of this name.
pub fn text(name: &str, width: usize, out: &mut impl Write) -> anyhow::Result<()> {
    for (number, topic) in find(name)?.into_iter().enumerate() {
        if number > 0 {
            writeln!(out, "\n{}\n", "─".repeat(width.min(80)))?;
        }
        let mut page = Page { width, out };
        match topic {
            Topic::Duty(id) => page.duty(id)?,
            Topic::ProviderDuty(duty) => page.provider_duty(duty)?,
            Topic::Group(group) => page.group(group)?,
            Topic::Domain(domain) => page.domain(domain)?,
            Topic::Service(service) => page.service(service)?,
            Topic::ServiceModel(kind) => page.service_model(kind)?,
            Topic::Misunderstanding(misunderstanding) => page.misunderstanding(misunderstanding)?,
        }
    }
    Ok(())
}

/// What a question of the decision tree was answered with.
enum Reply {
    No(String),
    /// Yes, and the asking ends.
    Yes(String),
    /// Yes for a part of the topic; the rest is asked on.
    Partly(String),
}

const OF_ONE: &str = "Who answers for it? The first yes decides.";
const OF_MANY: &str = "Who answers for what? Of each thing in it, the first yes decides.";

struct Page<'a, W: Write> {
    width: usize,
    out: &'a mut W,
}

impl<W: Write> Page<'_, W> {
    fn duty(&mut self, id: DutyId) -> io::Result<()> {
        let duty = id.facts();
        self.title(&duty.id, &format!("{}, a duty of the {}", duty.name, duty.owner.as_str()))?;
        self.say(&duty.scope)?;
        self.say(&format!("It holds {}.", listed(&duty.holds)))?;

        self.tree(OF_ONE, |step| step_of_duty(duty, step))?;
        let assessable = match &*duty.api_assessable {
            "full" => "All of it can be seen through the API.",
            "partial" => "A part of it can be seen through the API; for the rest, people have to speak.",
            _ => "None of it can be seen through the API; people have to speak.",
        };
        self.say(&format!("So the {} answers for it. {assessable}", duty.owner.as_str()))?;

        let model = Model::get();
        self.heading("Who does what around it")?;
        if let Some(domain) = model.domain(&duty.domain) {
            self.domain_in_short(domain)?;
        }
        self.item(&format!("In services of each model: {}.", answers(duty)))?;
        if let Some(part) = &duty.shared_part {
            self.item(&format!("Where it is shared: {part}."))?;
        }
        if let Some(only) = &duty.arises_in {
            let names: Vec<String> = only.iter().map(|service| products::name_of(service).to_owned()).collect();
            self.item(&format!("It arises with {} only.", listed(&names)))?;
        }
        let leads = model.service_types.iter().filter(|kind| kind.lead_duties.contains(&duty.id));
        let leads: Vec<String> = leads.map(|kind| kind.id.as_str().to_owned()).collect();
        if !leads.is_empty() {
            self.item(&format!("It is among the duties that matter most for {} services.", listed(&leads)))?;
        }
        if duty.overlooked {
            self.item("It is among the duties that are overlooked most often.")?;
        }
        let misunderstandings = model.misunderstandings.iter().filter(|m| m.duties.contains(&duty.id));
        self.beliefs(misunderstandings, model.model.false_assumption.duties_at_risk.contains(&duty.id))?;
        self.checks(checks_of(id).collect())
    }

    fn provider_duty(&mut self, duty: &ProviderDuty) -> io::Result<()> {
        self.title(&duty.id, &format!("{}, a duty of the provider", duty.name))?;
        self.say(&format!("It holds {}.", listed(&duty.holds)))?;
        self.tree(OF_ONE, |step| match (step.step, duty.decision_step) {
            (1, 1) => Reply::Yes(format!(
                "{} can be touched, and only the provider gets near.",
                first_upper(&listed(&duty.holds))
            )),
            (1, _) => Reply::No("It is made of software, running on the provider's machines.".to_owned()),
            _ => Reply::Yes("It is how AWS builds and runs its services, the same for every customer.".to_owned()),
        })?;
        self.say("So the provider answers for it. You inherit it, and no scan can look there.")?;
        self.heading("Who has looked")?;
        for report in duty.reports() {
            self.item(&format!("{}: {}.", report.name, report.by))?;
        }
        self.item(&artifact(None))?;
        self.heading("What is left to you")?;
        if let Some(domain) = Model::get().domain("compliance") {
            let text = format!("Evidence, where an auditor asks: {}.", domain.shared_part);
            self.item(&text)?;
        }
        self.item("Choosing regions, services and contracts that suit what you keep there.")
    }

    fn group(&mut self, group: &Group) -> io::Result<()> {
        self.title(&group.id, &format!("{}, a group of duties of the customer", group.name))?;
        self.duties("Its duties", DutyId::ALL.iter().copied().filter(|id| id.facts().group == group.id).collect())
    }

    fn domain(&mut self, domain: &Domain) -> io::Result<()> {
        let owner = domain.primary_owner.as_str();
        self.title(&domain.id, &format!("{}, a domain that is mostly the {owner}'s", domain.name))?;
        self.say(&format!("Shared: {}.", domain.shared_part))?;
        let duties: Vec<DutyId> = DutyId::ALL.iter().copied().filter(|id| id.facts().domain == domain.id).collect();
        let providers = domain.primary_owner == Owner::Provider;
        self.tree(OF_MANY, |step| {
            let here: Vec<String> = duties
                .iter()
                .map(|id| id.facts())
                .filter(|duty| duty.decision_step == step.step)
                .map(|duty| first_lower(&duty.name))
                .collect();
            match step.step {
                1 if providers && duties.is_empty() => {
                    Reply::Yes("All of it can be touched, and only the provider gets near.".to_owned())
                }
                1 if providers => Reply::Partly("Sites, cables and machines are not within your reach.".to_owned()),
                1 => Reply::No("Nothing of it can be touched.".to_owned()),
                2 if providers => Reply::Partly("What AWS builds upon them is the same for every customer.".to_owned()),
                2 => Reply::No("AWS supplies the means; what is done with them differs in every account.".to_owned()),
                _ if here.is_empty() => Reply::No(no_customer_part(step.step).to_owned()),
                _ => Reply::Partly(format!("This hands you {}.", listed(&here))),
            }
        })?;
        if duties.is_empty() {
            return self.say("So the provider answers for it; no duty of yours lies in it.");
        }
        self.duties("Your duties in it", duties)
    }

    fn service(&mut self, service: &'static str) -> io::Result<()> {
        let model = Model::get();
        let name = products::name_of(service);
        let Some(kind) = model.service_type(service) else { return Ok(()) };
        let what = match kind.id {
            plimsoll_checks::contract::ServiceModel::Account => "a service that governs the use of others".to_owned(),
            other => format!("{} by its service model", other.as_str()),
        };
        self.title(service, &format!("{name}, {what}"))?;
        self.parts(kind)?;

        let misunderstandings: Vec<_> = model.misunderstandings_of(service).collect();
        let ours: Vec<&'static Registered> = checks().iter().filter(|check| check.service.id == service).collect();
        let concerns = |id: &DutyId| {
            let duty = &id.facts().id;
            kind.lead_duties.contains(duty)
                || misunderstandings.iter().any(|found| found.duties.contains(duty))
                || ours.iter().any(|check| check.check.duty == *id)
        };
        let duties: Vec<DutyId> = DutyId::ALL.iter().copied().filter(concerns).collect();
        self.tree(OF_MANY, |step| {
            let here = |step: u32| {
                let names = duties.iter().map(|id| id.facts()).filter(|duty| duty.decision_step == step);
                listed(&names.map(|duty| first_lower(&duty.name)).collect::<Vec<_>>())
            };
            let built: Vec<String> =
                kind.provider_part.iter().filter(|part| *part != "physical infrastructure").cloned().collect();
            match step.step {
                1 => Reply::Partly("Sites, power, cables and machines, which you never see.".to_owned()),
                2 => Reply::Partly(format!("{}, the same for every customer.", first_upper(&listed(&built)))),
                3 => partly("What you set up, run and connect", &here(3), 3),
                4 => partly("What you keep in it", &here(4), 4),
                _ => partly("Who and what may reach it", &here(5), 5),
            }
        })?;

        self.heading("Who does what around it")?;
        for domain in &model.domains {
            if duties.iter().any(|id| id.facts().domain == domain.id) {
                self.domain_in_short(domain)?;
            }
        }
        self.lead(kind)?;
        self.beliefs(misunderstandings.into_iter(), false)?;
        self.checks(ours)
    }

    fn service_model(&mut self, kind: &ServiceType) -> io::Result<()> {
        self.title(kind.id.as_str(), "a service model: how far up the stack the provider's part reaches")?;
        self.parts(kind)?;
        self.lead(kind)?;
        if !kind.examples.is_empty() {
            self.item(&format!("Well-known examples: {}.", listed(&kind.examples)))?;
        }
        let names: Vec<String> = kind.services.iter().map(|service| products::name_of(service).to_owned()).collect();
        self.item(&format!("On AWS: {}.", names.join(", ")))?;
        let misunderstandings =
            Model::get().misunderstandings.iter().filter(|m| m.services.iter().any(|s| kind.services.contains(s)));
        self.beliefs(misunderstandings, false)
    }

    fn misunderstanding(&mut self, found: &Misunderstanding) -> io::Result<()> {
        self.title(&found.id, &format!("{}, often misunderstood", found.scenario))?;
        self.item(&format!("Believed: {}", found.belief))?;
        self.item(&format!("In truth: {}", found.reality))?;
        self.item(&format!("On AWS: {}.", found.aws_services.join(", ")))?;
        let duties = DutyId::ALL.iter().copied().filter(|id| found.duties.iter().any(|duty| duty == id.as_str()));
        self.duties("The duties that are then neglected", duties.collect())
    }

    fn title(&mut self, id: &str, what: &str) -> io::Result<()> {
        self.say(&format!("{}: {what}", styled(STRONG, id)))
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{}", styled(HEADING, text))
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        paragraph(self.out, "", text, self.width)
    }

    fn item(&mut self, text: &str) -> io::Result<()> {
        paragraph(self.out, "  - ", text, self.width)
    }

    /// The questions in turn, until one ends the asking.
    fn tree(&mut self, heading: &str, reply: impl Fn(&Step) -> Reply) -> io::Result<()> {
        self.heading(heading)?;
        for step in &Model::get().steps {
            writeln!(self.out, "  {}. {}", step.step, step.question)?;
            let (word, because, last) = match reply(step) {
                Reply::No(because) => ("no".to_owned(), because, false),
                Reply::Yes(because) => (format!("yes → the {}", step.yes.as_str()), because, true),
                Reply::Partly(because) => (format!("for a part, yes → the {}", step.yes.as_str()), because, false),
            };
            paragraph(self.out, "     ", &format!("{}: {because}", styled(STRONG, &word)), self.width)?;
            if last {
                break;
            }
        }
        Ok(())
    }

    fn domain_in_short(&mut self, domain: &Domain) -> io::Result<()> {
        let (name, owner, shared) = (&domain.name, domain.primary_owner.as_str(), &domain.shared_part);
        self.item(&format!("{name}: mostly the {owner}'s; shared: {shared}."))
    }

    fn parts(&mut self, kind: &ServiceType) -> io::Result<()> {
        paragraph(self.out, "  - the provider's part: ", &kind.provider_part.join(", "), self.width)?;
        paragraph(self.out, "  - the customer's part: ", &kind.customer_part.join(", "), self.width)
    }

    fn lead(&mut self, kind: &ServiceType) -> io::Result<()> {
        self.item(&format!("The duties that matter most: {}.", listed(&kind.lead_duties)))
    }

    fn beliefs<'m>(
        &mut self,
        misunderstandings: impl Iterator<Item = &'m Misunderstanding>,
        at_risk: bool,
    ) -> io::Result<()> {
        let mut beliefs: Vec<(String, &str, &str)> = misunderstandings
            .map(|found| {
                (format!("{} ({})", found.scenario, found.aws_services.join(", ")), &*found.belief, &*found.reality)
            })
            .collect();
        let model = &Model::get().model;
        if at_risk {
            beliefs.push(("The cloud".to_owned(), &model.false_assumption.claim, &model.principle));
        }
        if !beliefs.is_empty() {
            self.heading("What is often believed")?;
        }
        for (about, belief, reality) in beliefs {
            self.item(&about)?;
            paragraph(self.out, "    believed: ", belief, self.width)?;
            paragraph(self.out, "    in truth: ", reality, self.width)?;
        }
        Ok(())
    }

    fn duties(&mut self, heading: &str, duties: Vec<DutyId>) -> io::Result<()> {
        self.heading(heading)?;
        let columns = [Column::words("duty"), Column::sentences("what it is about"), Column::numbers("checks")];
        let row = |id: &DutyId| vec![id.to_string(), id.facts().scope.clone(), checks_of(*id).count().to_string()];
        let rows: Vec<Vec<String>> = duties.iter().map(row).collect();
        let columns = Columns::fit(&columns, &rows, 2, self.width);
        columns.head(self.out)?;
        rows.iter().try_for_each(|row| columns.row(self.out, row))
    }

    fn checks(&mut self, checks: Vec<&'static Registered>) -> io::Result<()> {
        self.heading(&format!("Our checks ({})", checks.len()))?;
        if checks.is_empty() {
            return self.say("  No check looks at it yet.");
        }
        let columns = [Column::words("check"), Column::words("severity"), Column::sentences("title")];
        let row =
            |check: &&'static Registered| vec![check.id.clone(), check.check.severity.to_string(), check.title.clone()];
        let rows: Vec<Vec<String>> = checks.iter().map(row).collect();
        let columns = Columns::fit(&columns, &rows, 2, self.width);
        rows.iter().try_for_each(|row| columns.row(self.out, row))
    }
}

fn step_of_duty(duty: &Duty, step: &Step) -> Reply {
    let decides = step.step == duty.decision_step;
    match step.step {
        1 => Reply::No(format!("{} cannot be touched.", first_upper(&listed(&duty.holds)))),
        2 => Reply::No("AWS supplies the means; what is done with them differs in every account.".to_owned()),
        3 if decides => Reply::Yes("It follows from how you set up, run and connect what AWS supplies.".to_owned()),
        4 if decides => Reply::Yes("It is about your data, which stays yours wherever it is kept.".to_owned()),
        5 if decides => Reply::Yes("It is about people and programs, and you say which of them come in.".to_owned()),
        3 if duty.decision_step == 4 => {
            Reply::No("It holds for the data itself, whatever service keeps it.".to_owned())
        }
        3 => Reply::No("It holds before any service is used: it says who may use them.".to_owned()),
        _ => Reply::No("It is not about the data but about who gets near it.".to_owned()),
    }
}

fn no_customer_part(step: u32) -> &'static str {
    match step {
        3 => "No duty in it is about how a service is set up.",
        4 => "No duty in it is about the data itself.",
        _ => "No duty in it is about who may come in.",
    }
}

fn partly(part: &str, duties: &str, step: u32) -> Reply {
    if duties.is_empty() {
        return Reply::No(no_customer_part(step).to_owned());
    }
    Reply::Partly(format!("{part}: {duties}."))
}

/// `a`, `a and b`, `a, b and c`.
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `Data lifecycle` as `data lifecycle`; `VPC configuration` stays.
fn first_lower(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
