//! Which checks: the filters that `scan`, `checks` and `permissions` share.

use clap::builder::{PossibleValue, TypedValueParser};
use globset::{GlobBuilder, GlobMatcher};
use plimsoll_checks::contract::{DutyId, Framework, FrameworkError, Model, Severity, nearest};
use plimsoll_checks::{SERVICES, checks};

use super::frameworks::{framework, framework_names};
use crate::config::Config;
use crate::scan::{Chosen, Off};

/// Filters over the checks. Values of one filter add up; every filter must let a check through.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Which checks")]
pub struct Selection {
    /// Only this check, or those that a pattern such as 's3-*' matches
    #[arg(long = "check", value_name = "ID", value_delimiter = ',', hide_possible_values = true,
          value_parser = Suggested(check_names))]
    pub checks: Vec<String>,
    /// Only checks of this service
    #[arg(long = "service", value_name = "SERVICE", value_delimiter = ',', hide_possible_values = true,
          value_parser = Suggested(service_names))]
    pub services: Vec<String>,
    /// Only checks of this duty, or of this group of duties
    #[arg(long = "duty", value_name = "DUTY", value_delimiter = ',', hide_possible_values = true,
          value_parser = Suggested(duty_names))]
    pub duties: Vec<String>,
    /// Only checks that a control of this framework names; one that comes with Plimsoll, or a file of your own (.toml)
    #[arg(long = "framework", value_name = "FRAMEWORK", value_delimiter = ',', hide_possible_values = true,
          value_parser = Suggested(framework_names))]
    pub frameworks: Vec<String>,
    /// Only controls of this level of the framework: 1, or 2 for both
    #[arg(long, value_name = "LEVEL", requires = "frameworks", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub level: Option<u8>,
    /// Only checks at least this severe: low, medium, high or critical
    #[arg(long = "severity", value_name = "MIN", hide_possible_values = true, value_parser = Suggested(severity_names))]
    pub severity: Option<String>,
}

type LetsThrough = Box<dyn Fn(&Chosen) -> bool>;

/// The checks of a selection.
#[derive(Clone)]
pub struct Selected {
    /// Those that are made, in the order that reports keep.
    pub checks: Vec<Chosen>,
    /// Those that are not, by configuration.
    pub off: Vec<Off>,
}

/// Why a selection selects nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// A name is nobody's.
    #[error("there is no {kind} {name:?}{hint}")]
    NoSuch {
        /// What it was taken for.
        kind: &'static str,
        /// What was given.
        name: String,
        /// The nearest name, in words; or nothing.
        hint: String,
    },
    /// A pattern is none, or matches nothing.
    #[error("--check {pattern:?} {problem}")]
    Pattern {
        /// What was given.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A level of a framework that has none.
    #[error("--level: {0} has no levels")]
    NoLevels(String),
    /// A framework of the user's own that cannot be read.
    #[error("reading {path}: {problem}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        problem: String,
    },
    /// A framework of the user's own that cannot be understood.
    #[error(transparent)]
    Framework(#[from] FrameworkError),
    /// What is selected is off by configuration.
    #[error("no check is left: what is selected is off by configuration ({file}:{line})")]
    Off {
        /// The file that says so.
        file: String,
        /// The first line of it that does.
        line: usize,
    },
    /// Every name is known, but no check is left.
    #[error("no check is left: {filter} excludes {what}")]
    Empty {
        /// The filter after which none was left, as given.
        filter: String,
        /// What was left before it, in words.
        what: String,
    },
}

impl Selection {
    /// Whether nothing is filtered.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// The least severity, if one is asked for.
    pub fn least_severity(&self) -> Result<Option<Severity>, SelectionError> {
        self.severity.as_deref().map(severity).transpose()
    }

    /// The frameworks that are asked for.
    pub fn frameworks(&self) -> Result<Vec<&'static Framework>, SelectionError> {
        let frameworks: Vec<&'static Framework> =
            self.frameworks.iter().map(|name| framework(name)).collect::<Result<_, _>>()?;
        let flat = |framework: &&&'static Framework| framework.controls.iter().all(|control| control.level.is_none());
        match frameworks.iter().find(flat) {
            Some(flat) if self.level.is_some() => Err(SelectionError::NoLevels(flat.id.clone())),
            _ => Ok(frameworks),
        }
    }

    /// The selected checks.
    pub fn resolve(&self, config: &Config) -> Result<Selected, SelectionError> {
        let patterns = self.checks.iter().map(|pattern| matcher(pattern)).collect::<Result<Vec<_>, _>>()?;
        let services = self.services.iter().map(|name| service(name)).collect::<Result<Vec<_>, _>>()?;
        let duties = self.duties.iter().map(|name| duties(name)).collect::<Result<Vec<_>, _>>()?.concat();
        let least = self.least_severity()?;

        let frameworks = self.frameworks()?;
        let level = self.level;
        let serves = move |check: &Chosen| {
            let mut controls = frameworks.iter().flat_map(|framework| framework.at_level(level.unwrap_or(u8::MAX)));
            frameworks.is_empty() || controls.any(|control| control.checks.contains(&check.id))
        };

        let filters: [(String, LetsThrough); 5] = [
            (written("--check", &self.checks), {
                let all = patterns.is_empty();
                Box::new(move |check| all || patterns.iter().any(|pattern| pattern.is_match(&check.id)))
            }),
            (written("--service", &self.services), {
                Box::new(move |check| services.is_empty() || services.contains(&check.service.id))
            }),
            (written("--duty", &self.duties), {
                Box::new(move |check| duties.is_empty() || duties.contains(&check.check.duty))
            }),
            (written("--framework", &self.frameworks), Box::new(serves)),
            (written("--severity", self.severity.as_slice()), {
                Box::new(move |check| least.is_none_or(|least| check.severity >= least))
            }),
        ];
        let mut selected: Vec<Chosen> = checks().iter().map(|check| config.chosen(check)).collect();
        for (filter, lets_through) in filters {
            let before = selected.len();
            let what = selected.first().map(|first| first.id.clone());
            selected.retain(|check| lets_through(check));
            if selected.is_empty() {
                let what = match (before, what) {
                    (1, Some(id)) => format!("{id}, the only one until then"),
                    (2, _) => "both that were left until then".to_owned(),
                    (all, _) if all == checks().len() => format!("all {all}"),
                    (some, _) => format!("all {some} that were left until then"),
                };
                return Err(SelectionError::Empty { filter, what });
            }
        }
        let (off, checks): (Vec<Chosen>, Vec<Chosen>) =
            selected.into_iter().partition(|check| config.off(check.registered).is_some());
        let off: Vec<Off> = off.into_iter().filter_map(|check| config.off(check.registered)).collect();
        match off.first() {
            Some(first) if checks.is_empty() => Err(SelectionError::Off { file: first.file.clone(), line: first.line }),
            _ => Ok(Selected { checks, off }),
        }
    }
}

fn written(flag: &str, values: &[String]) -> String {
    values.iter().map(|value| format!("{flag} {value}")).collect::<Vec<_>>().join(" ")
}

fn matcher(pattern: &str) -> Result<GlobMatcher, SelectionError> {
    let wrong = |problem: String| SelectionError::Pattern { pattern: pattern.to_owned(), problem };
    let glob = GlobBuilder::new(pattern).build().map_err(|error| wrong(format!("is no pattern: {}", error.kind())))?;
    let matcher = glob.compile_matcher();
    if checks().iter().any(|check| matcher.is_match(&check.id)) {
        return Ok(matcher);
    }
    if pattern.contains(['*', '?', '[', '{']) {
        return Err(wrong("matches no check; `plimsoll checks` lists them".to_owned()));
    }
    Err(no_such_check(pattern))
}

/// The error for a name that is no check's.
pub fn no_such_check(name: &str) -> SelectionError {
    no_such("check", name, checks().iter().map(|check| &*check.id), "`plimsoll checks` lists them")
}

fn service(name: &str) -> Result<&'static str, SelectionError> {
    let ids = || SERVICES.iter().map(|service| service.id);
    ids().find(|id| *id == name).ok_or_else(|| {
        let all = ids().collect::<Vec<_>>().join(", ");
        no_such("service", name, ids(), &format!("there are checks for {all}"))
    })
}

fn duties(name: &str) -> Result<Vec<DutyId>, SelectionError> {
    if let Some(duty) = DutyId::ALL.iter().find(|duty| duty.as_str() == name) {
        return Ok(vec![*duty]);
    }
    let model = Model::get();
    if model.group(name).is_some() {
        return Ok(DutyId::ALL.iter().copied().filter(|duty| duty.facts().group == name).collect());
    }
    if let Some(duty) = model.provider_duty(name) {
        return Err(SelectionError::NoSuch {
            kind: "duty of yours",
            name: name.to_owned(),
            hint: format!(": {} is the provider's, and no check looks at it", duty.name.to_lowercase()),
        });
    }
    let names = DutyId::ALL.iter().map(|duty| duty.as_str()).chain(model.groups.iter().map(|group| &*group.id));
    Err(no_such("duty", name, names, "`plimsoll duties` lists them"))
}

/// The severity with a name.
pub fn severity(name: &str) -> Result<Severity, SelectionError> {
    let all = || Severity::ALL.iter().map(|severity| severity.as_str());
    let list = all().collect::<Vec<_>>().join(", ");
    Severity::from_name(name).ok_or_else(|| no_such("severity", name, all(), &format!("it is one of {list}")))
}

/// The error for a name that is nobody's: with the nearest name, or `otherwise`.
pub fn no_such<'a>(
    kind: &'static str,
    name: &str,
    names: impl Iterator<Item = &'a str>,
    otherwise: &str,
) -> SelectionError {
    let hint = match nearest(name, names) {
        Some(near) => format!("; did you mean {near}?"),
        None => format!("; {otherwise}"),
    };
    SelectionError::NoSuch { kind, name: name.to_owned(), hint }
}

/// Takes any text, and offers names to shells that complete commands; what is wrong is told by [`Selection::resolve`],
/// which knows the nearest name.
#[derive(Clone)]
pub struct Suggested(pub fn() -> Vec<String>);

impl TypedValueParser for Suggested {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        clap::builder::StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

/// The ids of all checks.
pub fn check_names() -> Vec<String> {
    checks().iter().map(|check| check.id.clone()).collect()
}

fn service_names() -> Vec<String> {
    SERVICES.iter().map(|service| service.id.to_owned()).collect()
}

fn duty_names() -> Vec<String> {
    let groups = Model::get().groups.iter().map(|group| group.id.clone());
    DutyId::ALL.iter().map(|duty| duty.as_str().to_owned()).chain(groups).collect()
}

fn severity_names() -> Vec<String> {
    Severity::ALL.iter().map(|severity| severity.as_str().to_owned()).collect()
}
