//! Who answers for which duty in which service, and how it stands: the responsibility matrix, derived from the model,
//! findings and the ledger.

mod agreements;
pub mod csv;
pub mod html;
pub mod json;
pub mod table;

use std::collections::BTreeMap;
use std::io;

use plimsoll_checks::contract::{DutyId, Model, Owner, Reason, Registered, Service, ServiceModel, Status};
use plimsoll_checks::{SERVICES, checks, reads};

pub use self::agreements::Agreements;
use crate::register::Fate;
use crate::report::{Ending, Opening, harmless};
use crate::scan::{Entry, Finding, Standing, Subject, grouped};

/// The models that services are of. Those that govern the use of others have none: what is done with them is the
/// customer's.
pub const MODELS: [ServiceModel; 3] = [ServiceModel::IaaS, ServiceModel::PaaS, ServiceModel::SaaS];

/// Counts findings by duty and service, as they come.
#[derive(Debug, Default)]
pub struct Counts {
    cells: BTreeMap<(DutyId, &'static str), Standing>,
    /// Why something of a service could not be listed: the first reason.
    unlisted: BTreeMap<&'static str, String>,
    /// What is known of each account's agreements.
    agreements: Vec<Agreements>,
}

impl Counts {
    /// Counts a finding: in the row of its check's duty and the column of its check's service, and nowhere else.
    pub fn add(&mut self, finding: &Finding) {
        let (duty, service) = (finding.check.check.duty, finding.check.service.id);
        self.cells.entry((duty, service)).or_default().add(finding.status());
        if finding.check.registered.id == Agreements::CHECK {
            self.agreements.push(Agreements::of(finding));
        }
        // Whoever has signed for it: nobody has seen whether there is anything.
        if finding.subject == Subject::Unlisted
            && finding.judged() == Status::Unknown
            && let Err(unknown) = &finding.answer
        {
            let of_kind = finding.kind.split('/').next().and_then(service_of);
            for service in [Some(finding.check.service), of_kind].into_iter().flatten() {
                let why = || because(unknown.reason, &unknown.action, &finding.place.region);
                self.unlisted.entry(service.id).or_insert_with(why);
            }
        }
    }

    /// The findings of a duty's checks in one service.
    fn cell(&self, duty: DutyId, service: &'static Service) -> Standing {
        self.cells.get(&(duty, service.id)).copied().unwrap_or(Standing::default())
    }

    /// All findings of a service's checks.
    fn of_service(&self, service: &'static Service) -> Standing {
        let own = self.cells.iter().filter(|((_, id), _)| *id == service.id);
        own.fold(Standing::default(), |sum, (_, standing)| sum.plus(*standing))
    }
}

fn service_of(id: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.id == id).copied()
}

fn because(reason: Reason, action: &str, region: &str) -> String {
    format!("{} {action} in {region}", reason.as_str())
}

/// Whether a service is in use, as far as a scan has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InUse {
    /// So many of its resources were listed, and perhaps not all.
    Yes(usize),
    /// Nothing of it was seen, and not everything could be: the first reason.
    Unknown(String),
    /// It is judged by what is set for the account or a region: there are no resources of it to be listed.
    BySettings,
    /// Everything that was looked for was looked for everywhere, and there is nothing.
    No,
    /// This scan looked for nothing of it.
    NotLookedAt,
}

impl InUse {
    /// The word of programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Yes(_) => "yes",
            Self::Unknown(_) => "unknown",
            Self::BySettings => "by-settings",
            Self::No => "no",
            Self::NotLookedAt => "not-looked-at",
        }
    }

    /// The words of people.
    pub fn told(&self) -> String {
        match self {
            Self::Yes(1) => "1 resource listed".to_owned(),
            Self::Yes(records) => format!("{} resources listed", grouped(*records)),
            Self::Unknown(why) => format!("in use: unknown ({})", harmless(why, 200)),
            Self::BySettings => "judged by its settings".to_owned(),
            Self::No => "nothing of it found".to_owned(),
            Self::NotLookedAt => "not looked at".to_owned(),
        }
    }
}

/// What the ledger says of one service.
#[derive(Default)]
struct Seen {
    is_read: bool,
    has_lists: bool,
    listed: usize,
    /// Why lists, or details of settings, are not whole: the first reason.
    unlisted: Option<String>,
    unread: Option<String>,
}

impl Seen {
    fn add(&mut self, entry: &Entry) {
        self.is_read = true;
        let missing = entry.missing.iter().find(|missing| missing.reason != Reason::NotInRegion);
        let why = missing.map(|missing| because(missing.reason, &missing.action, &entry.region));
        if entry.is_detail {
            self.unread = self.unread.take().or(why);
        } else {
            self.has_lists = true;
            self.listed += entry.records;
            self.unlisted = self.unlisted.take().or(why);
        }
    }

    /// A scan that did not get as far as a service's lists has an entry for them all the same.
    fn in_use(&self, unlisted: Option<&String>, is_judged: bool) -> InUse {
        let unseen = self.unlisted.as_ref().or(unlisted).or(self.unread.as_ref().filter(|_| !self.has_lists));
        match unseen {
            _ if self.listed > 0 => InUse::Yes(self.listed),
            Some(why) => InUse::Unknown(why.clone()),
            None if self.has_lists => InUse::No,
            None if self.is_read || is_judged => InUse::BySettings,
            None => InUse::NotLookedAt,
        }
    }
}

/// A service that our checks know, and what a scan saw of it.
#[derive(Clone)]
pub struct Column {
    /// The service.
    pub service: &'static Service,
    /// How far up the stack the provider's part of it reaches.
    pub model: ServiceModel,
    /// Whether it is in use.
    pub in_use: InUse,
    /// All findings of its checks.
    pub standing: Standing,
}

impl Column {
    /// Whether it has a column: something of it is there, or was judged, or may be there unseen.
    pub fn is_shown(&self) -> bool {
        self.standing.total() > 0 || matches!(self.in_use, InUse::Yes(_) | InUse::Unknown(_))
    }
}

/// What a scan saw of every service that our checks know: by service model, and then in the order of the reports.
pub fn services(counts: &Counts, ending: &Ending<'_>) -> io::Result<Vec<Column>> {
    let mut seen: BTreeMap<&'static str, Seen> = BTreeMap::new();
    ending.ledger.each(&mut |entry| {
        let read = reads().iter().find(|read| read.name == entry.read);
        // What was asked for the sake of other accounts says nothing of the account's own use.
        if let Some(read) = read.filter(|_| !entry.beside) {
            seen.entry(read.service()).or_default().add(entry);
        }
        Ok(())
    })?;
    let nothing = Seen::default();
    let column = |service: &'static Service| {
        let standing = counts.of_service(service);
        let seen = seen.get(service.id).unwrap_or(&nothing);
        Column {
            service,
            model: Model::get().service_type(service.id).map_or(ServiceModel::Account, |kind| kind.id),
            in_use: seen.in_use(counts.unlisted.get(service.id), standing.total() > 0),
            standing,
        }
    };
    let mut columns: Vec<Column> = SERVICES.iter().copied().map(column).collect();
    columns.sort_by_key(|column| ServiceModel::ALL.iter().position(|model| *model == column.model));
    Ok(columns)
}

/// How a duty stands in one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Checks have judged something, or could not: the numbers tell.
    Judged,
    /// Its checks were made, and there is nothing that they concern.
    NothingToJudge,
    /// The scan was stopped before its checks were made.
    NotReached,
    /// The user has its checks off.
    Off,
    /// The scan was not asked to make its checks.
    NotAsked,
    /// No check of ours looks at this duty in this service.
    Unexamined,
    /// The model says that this duty is about other services.
    DoesNotArise,
}

impl State {
    /// The word of programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Judged => "judged",
            Self::NothingToJudge => "nothing-to-judge",
            Self::NotReached => "not-reached",
            Self::Off => "off",
            Self::NotAsked => "not-asked",
            Self::Unexamined => "unexamined",
            Self::DoesNotArise => "does-not-arise",
        }
    }

    /// The words of people.
    pub fn told(self) -> &'static str {
        match self {
            Self::Judged => "judged",
            Self::NothingToJudge => "nothing to judge",
            Self::NotReached => "not reached",
            Self::Off => "off by configuration",
            Self::NotAsked => "not asked for",
            Self::Unexamined => "unexamined",
            Self::DoesNotArise => "does not arise",
        }
    }
}

/// One duty in one service.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Who answers for it; `None` where it does not arise.
    pub who: Option<Owner>,
    /// How it stands.
    pub state: State,
    /// The findings of its checks.
    pub standing: Standing,
    /// How many checks of ours look at it.
    pub checks: usize,
    /// How many of them the scan made.
    pub made: usize,
}

impl Cell {
    fn of(duty: DutyId, column: &Column, counts: &Counts, opening: &Opening, ending: &Ending<'_>) -> Self {
        let who = duty.facts().answers_for(column.service.id, column.model);
        let standing = counts.cell(duty, column.service);
        let examined =
            Examined::new(opening, ending, |check| check.check.duty == duty && check.service.id == column.service.id);
        let state = match examined.state(&standing) {
            State::Unexamined if who.is_none() => State::DoesNotArise,
            state => state,
        };
        Self { who, state, standing, checks: examined.checks, made: examined.made }
    }

    /// How it stands, for people; who answers is told beside it.
    pub fn told(&self) -> String {
        if self.state != State::Judged {
            return self.state.told().to_owned();
        }
        match self.checks.saturating_sub(self.made) {
            0 => in_words(&self.standing),
            1 => format!("{}; 1 check not made", in_words(&self.standing)),
            left => format!("{}; {left} checks not made", in_words(&self.standing)),
        }
    }
}

/// What has become of some of our checks in a scan.
struct Examined {
    checks: usize,
    made: usize,
    off: usize,
    is_cut_short: bool,
}

impl Examined {
    fn new(opening: &Opening, ending: &Ending<'_>, is_own: impl Fn(&Registered) -> bool) -> Self {
        let made = || opening.checks.iter().map(|check| check.registered).filter(|check| is_own(check));
        Self {
            checks: checks().iter().filter(|check| is_own(check)).count(),
            made: made().count(),
            off: opening.off.iter().filter(|off| is_own(off.check)).count(),
            is_cut_short: made().any(|check| ending.unreached.contains(&&*check.id)),
        }
    }

    fn state(&self, standing: &Standing) -> State {
        match self {
            _ if standing.total() > 0 => State::Judged,
            Self { checks: 0, .. } => State::Unexamined,
            Self { made: 0, checks, off, .. } if off == checks => State::Off,
            Self { made: 0, .. } => State::NotAsked,
            Self { is_cut_short: true, .. } => State::NotReached,
            _ => State::NothingToJudge,
        }
    }
}

/// Who answers, in the word of every report.
pub fn who(owner: Option<Owner>) -> &'static str {
    owner.map_or("nobody", Owner::as_str)
}

/// What stands in numbers, in the order of the reports; nothing of what is none.
pub fn parts(standing: &Standing) -> impl Iterator<Item = (usize, Status, &'static str)> {
    let parts = [
        (standing.pass, Status::Pass, "verified"),
        (standing.fail, Status::Fail, "failed"),
        (standing.unknown, Status::Unknown, "unknown"),
        (standing.excepted, Status::Excepted, "excepted"),
        (standing.attested, Status::Attested, "attested"),
        (standing.not_applicable, Status::NotApplicable, "not applicable"),
    ];
    parts.into_iter().filter(|(count, ..)| *count > 0)
}

/// The same in words.
pub fn in_words(standing: &Standing) -> String {
    parts(standing).map(|(count, _, word)| format!("{} {word}", grouped(count))).collect::<Vec<_>>().join(", ")
}

/// One duty of the customer.
pub struct Row<'a> {
    /// The duty.
    pub duty: DutyId,
    /// How it stands over all services.
    pub state: State,
    /// Its findings over all services.
    pub total: Standing,
    /// How it stands in each service that has a column, in their order.
    pub cells: Vec<Cell>,
    /// What people attest of the duty as a whole, and what has become of that. It is never a pass.
    pub attestations: Vec<&'a Fate<'a>>,
}

impl Row<'_> {
    /// How it stands over all services, for people.
    pub fn told(&self) -> String {
        match self.state {
            State::Judged => in_words(&self.total),
            State::Unexamined => "no check looks at it yet".to_owned(),
            state => state.told().to_owned(),
        }
    }
}

/// The attestations of a duty as a whole: of itself, or of a statement that comes with Plimsoll and is about it.
pub fn attestations<'a>(duty: DutyId, signed: &'a [Fate<'a>]) -> Vec<&'a Fate<'a>> {
    signed.iter().filter(|fate| fate.whole_duty() == Some(duty)).collect()
}

/// What is attested, by whom and until when; or why it no longer counts.
pub fn attestation_told(fate: &Fate<'_>) -> String {
    let (accepted, words) = (&fate.entry.acceptance, fate.entry.words());
    let told = if fate.state.is_reopened() {
        format!("attestation of {} {}, {}: {words}", accepted.owner, fate.state.as_str(), fate.because)
    } else {
        format!("attested by {} until {}: {words}", accepted.owner, accepted.expires)
    };
    harmless(&told, 600)
}

/// The checks of a duty, whatever service they are of.
pub fn checks_of(duty: DutyId) -> impl Iterator<Item = &'static Registered> {
    checks().iter().filter(move |check| check.check.duty == duty)
}

/// The matrix after a scan.
pub struct Matrix<'a> {
    /// Every service that our checks know.
    pub services: Vec<Column>,
    /// Every duty of the customer, in the model's order.
    pub rows: Vec<Row<'a>>,
    /// What is known of each account's agreements with AWS.
    pub agreements: &'a [Agreements],
    /// What is known of the scan.
    pub opening: &'a Opening,
    /// What came of it.
    pub ending: &'a Ending<'a>,
}

impl<'a> Matrix<'a> {
    /// What the findings of a scan come to.
    pub fn new(counts: &'a Counts, opening: &'a Opening, ending: &'a Ending<'a>) -> io::Result<Self> {
        let services = services(counts, ending)?;
        let row = |duty: &DutyId| {
            let total = ending.summary.duties.get(duty).copied().unwrap_or(Standing::default());
            let shown = services.iter().filter(|column| column.is_shown());
            Row {
                duty: *duty,
                state: Examined::new(opening, ending, |check| check.check.duty == *duty).state(&total),
                total,
                cells: shown.map(|column| Cell::of(*duty, column, counts, opening, ending)).collect(),
                attestations: attestations(*duty, ending.signed),
            }
        };
        let rows = DutyId::ALL.iter().map(row).collect();
        Ok(Self { services, rows, agreements: &counts.agreements, opening, ending })
    }

    /// The services that have a column.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.services.iter().filter(|column| column.is_shown())
    }
}

/// What is to be known of the services without a column, in sentences.
pub fn others(services: &[Column]) -> Vec<String> {
    let named = |wanted: &InUse| {
        let hidden = services.iter().filter(|column| !column.is_shown() && column.in_use == *wanted);
        hidden.map(|column| column.service.name).collect::<Vec<_>>()
    };
    let all: usize = Model::get().service_types.iter().map(|kind| kind.services.len()).sum();
    let rest = all.saturating_sub(SERVICES.len());
    let told = [
        ("Looked for everywhere, and nothing found", named(&InUse::No)),
        ("Read for the checks of others, without a check of their own", named(&InUse::BySettings)),
        ("Not looked at by this scan", named(&InUse::NotLookedAt)),
    ];
    let told = told.into_iter().filter(|(_, names)| !names.is_empty());
    let sentences = told.map(|(what, names)| format!("{what}: {}.", names.join(", ")));
    let unseen = format!(
        "Of {rest} other services of the model no check of ours lists anything: whether they are in use is not known."
    );
    sentences.chain([unseen]).collect()
}

/// Where the reports for the provider's duties are found.
pub fn artifact(opening: Option<&Opening>) -> String {
    let artifact = &Model::get().artifact;
    let there = format!(
        "The reports are in AWS Artifact: {}, or `{}`, `{}` and `{}`.",
        artifact.console, artifact.list, artifact.term, artifact.get
    );
    let partition = opening.map(|opening| opening.scope.partition());
    match partition.filter(|partition| !artifact.is_offered_in(*partition)) {
        None => there,
        Some(partition) => format!(
            "AWS documents AWS Artifact for {}, and not for {}, which this account is in: ask whoever runs AWS there. {there}",
            artifact.partitions().join(" and "),
            partition.name()
        ),
    }
}
