//! Frameworks: which checks serve which control of CIS, PCI DSS and the like; and what other scanners call our checks.
//!
//! The data is `frameworks/*.toml` and `rivals.toml`. Every control says who decides about it: checks, a person, the
//! provider, or checks that are yet to come; so that what a framework asks for and nobody has looked at stays visible.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use super::{Registered, Severity};

/// A standard: a list of controls that point at checks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// Its id (`cis_7_0`).
    pub id: String,
    /// Its name.
    pub name: String,
    /// Which edition of it.
    pub version: String,
    /// Its headings, outermost first; a control is under those that its id begins with.
    #[serde(default)]
    pub sections: Vec<Section>,
    /// What it asks for, in its own order.
    pub controls: Vec<Control>,
}

/// A heading of a framework.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What the ids under it begin with.
    pub id: String,
    /// What it is about, in our words.
    pub title: String,
}

/// One thing that a framework asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Its number in the framework.
    pub id: String,
    /// What it asks for, in our words.
    pub title: String,
    /// CIS: 1 for every account, 2 where more is at stake.
    pub level: Option<u8>,
    /// CIS: whether the benchmark itself calls it measurable.
    pub assessment: Option<Assessment>,
    /// AWS: how severe a violation is.
    #[serde(default, deserialize_with = "severity")]
    pub severity: Option<Severity>,
    /// The checks that serve it, by id.
    #[serde(default)]
    pub checks: Vec<String>,
    /// The statements of a person that serve it, by id.
    #[serde(default)]
    pub attestations: Vec<String>,
    /// The duties of the provider that serve it, by id.
    #[serde(default)]
    pub provider: Vec<String>,
    /// Why no check ever will, and what a person has to look at.
    pub manual: Option<String>,
    /// Checks that are yet to be written: nothing has looked at what they would.
    #[serde(default)]
    pub planned: Vec<String>,
}

/// Who decides first whether a control is met. The others named in it have their part too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecidedBy {
    /// Checks do, at least for a part.
    Checks,
    /// A person does.
    Person,
    /// It is on the provider's side.
    Provider,
    /// Nobody yet: the checks are yet to be written.
    Nobody,
}

impl DecidedBy {
    /// All, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Checks, Self::Person, Self::Provider, Self::Nobody];

    /// The word used in every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::Person => "person",
            Self::Provider => "provider",
            Self::Nobody => "nobody",
        }
    }
}

impl Control {
    /// Who decides whether it is met.
    pub fn decided_by(&self) -> DecidedBy {
        if !self.checks.is_empty() {
            DecidedBy::Checks
        } else if !self.attestations.is_empty() || (self.manual.is_some() && self.provider.is_empty()) {
            DecidedBy::Person
        } else if !self.provider.is_empty() {
            DecidedBy::Provider
        } else {
            DecidedBy::Nobody
        }
    }

    /// Whether it names nobody and nothing.
    pub fn is_bare(&self) -> bool {
        self.manual.is_none() && self.planned.is_empty() && self.decided_by() == DecidedBy::Nobody
    }
}

/// Whether a benchmark calls a control measurable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assessment {
    /// By a program.
    Automated,
    /// By a person.
    Manual,
}

/// What other scanners call what a check looks at.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rivals {
    /// The ids of Prowler's checks.
    #[serde(default)]
    pub prowler: Vec<String>,
    /// The ids of Security Hub's controls.
    #[serde(default)]
    pub security_hub: Vec<String>,
}

/// Framework to the ids of its controls.
pub type Controls = BTreeMap<&'static str, Vec<&'static str>>;

const FILES: &[&str] = &[
    include_str!("../frameworks/cis_3_0.toml"),
    include_str!("../frameworks/cis_5_0.toml"),
    include_str!("../frameworks/cis_6_0.toml"),
    include_str!("../frameworks/cis_7_0.toml"),
    include_str!("../frameworks/fsbp.toml"),
    include_str!("../frameworks/hipaa.toml"),
    include_str!("../frameworks/iso27001_2022.toml"),
    include_str!("../frameworks/nist_800_53_r5.toml"),
    include_str!("../frameworks/pci_4_0.toml"),
    include_str!("../frameworks/soc2.toml"),
];

static FRAMEWORKS: LazyLock<Vec<Framework>> = LazyLock::new(|| {
    let read = |file: &&str| toml::from_str(file).expect("the frameworks are part of the program and tested with it");
    FILES.iter().map(read).collect()
});

static CONTROLS: LazyLock<BTreeMap<&'static str, Controls>> = LazyLock::new(|| {
    let mut controls: BTreeMap<&str, Controls> = BTreeMap::new();
    for framework in Framework::all() {
        for control in &framework.controls {
            for check in &control.checks {
                controls.entry(check).or_default().entry(&*framework.id).or_default().push(&*control.id);
            }
        }
    }
    for ids in controls.values_mut().flat_map(BTreeMap::values_mut) {
        ids.sort_by(|a, b| natural(a, b));
        ids.dedup();
    }
    controls
});

static RIVALS: LazyLock<BTreeMap<String, Rivals>> = LazyLock::new(|| {
    toml::from_str(include_str!("../rivals.toml")).expect("rivals.toml is part of the program and tested with it")
});

impl Framework {
    /// Every framework, by id.
    pub fn all() -> &'static [Self] {
        &FRAMEWORKS
    }

    /// The framework with an id.
    pub fn get(id: &str) -> Option<&'static Self> {
        Self::all().iter().find(|framework| framework.id == id)
    }

    /// The control with an id.
    pub fn control(&self, id: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.id == id)
    }

    /// The checks that its controls name, each once, in the order of `registry`.
    pub fn checks<'a>(&self, registry: &'a [Registered]) -> impl Iterator<Item = &'a Registered> {
        let named: BTreeSet<String> = self.controls.iter().flat_map(|control| &control.checks).cloned().collect();
        registry.iter().filter(move |check| named.contains(&check.id))
    }

    /// The controls of a profile: those of this level and of the levels below; a control without level is in each.
    pub fn at_level(&self, level: u8) -> impl Iterator<Item = &Control> {
        self.controls.iter().filter(move |control| control.level.is_none_or(|own| own <= level))
    }

    /// The headings that a control is under, outermost first.
    pub fn sections_of(&self, control: &Control) -> impl Iterator<Item = &Section> {
        let begins = |id: &str, with: &str| {
            id.strip_prefix(with).is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()))
        };
        self.sections.iter().filter(move |section| begins(&control.id, &section.id))
    }
}

/// The controls that a check serves.
pub fn controls_of(check: &str) -> &'static Controls {
    static NONE: Controls = Controls::new();
    CONTROLS.get(check).unwrap_or(&NONE)
}

impl Rivals {
    /// What other scanners call what a check looks at.
    pub fn of(check: &str) -> &'static Self {
        static NONE: Rivals = Rivals { prowler: Vec::new(), security_hub: Vec::new() };
        RIVALS.get(check).unwrap_or(&NONE)
    }

    /// Every check that other scanners have a name for, by id.
    pub fn all() -> impl Iterator<Item = (&'static str, &'static Self)> {
        RIVALS.iter().map(|(check, rivals)| (&**check, rivals))
    }

    /// The names, whoever gave them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.prowler.iter().chain(&self.security_hub).map(String::as_str)
    }

    /// Our checks of what another scanner calls `name`, by id.
    pub fn checks_named(name: &str) -> impl Iterator<Item = &'static str> {
        Self::all()
            .filter(move |(_, rivals)| rivals.names().any(|given| given.eq_ignore_ascii_case(name)))
            .map(|(check, _)| check)
    }
}

/// Orders ids as people do: numbers in them by value, so that `1.10` comes after `1.9`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (in_left, in_right) = (digits(left), digits(right));
        let order = if in_left > 0 && in_right > 0 {
            let (number, other) = (&left[..in_left], &right[..in_right]);
            (left, right) = (&left[in_left..], &right[in_right..]);
            let (number, other) = (number.trim_start_matches('0'), other.trim_start_matches('0'));
            number.len().cmp(&other.len()).then_with(|| number.cmp(other))
        } else {
            (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]);
            x.cmp(&y)
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Severity>, D::Error> {
    let name = String::deserialize(deserializer)?;
    let severity = Severity::from_name(&name);
    severity.map(Some).ok_or_else(|| serde::de::Error::custom(format!("{name} is no severity")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_by_the_value_of_their_numbers() {
        let mut ids = ["1.10", "1.9", "AC-2(10)", "AC-2", "AC-2(1)", "A.8.5", "A.5.15", "1.1", "10.2", "2.1.1", "2.1"];
        ids.sort_by(|a, b| natural(a, b));
        assert_eq!(
            ids,
            ["1.1", "1.9", "1.10", "2.1", "2.1.1", "10.2", "A.5.15", "A.8.5", "AC-2", "AC-2(1)", "AC-2(10)"]
        );
    }

    #[test]
    fn the_order_tells_different_ids_apart() {
        assert_eq!(natural("1.1", "1.1"), Ordering::Equal);
        assert_ne!(natural("1.01", "1.1"), Ordering::Equal);
        assert_eq!(natural("1.9", "1.10"), Ordering::Less);
        assert_eq!(natural("a", ""), Ordering::Greater);
    }

    #[test]
    fn a_check_knows_its_controls_in_natural_order() {
        let controls = controls_of("iam-root-access-key-absent");
        assert_eq!(controls["cis_7_0"], ["2.4"]);
        assert_eq!(controls["nist_800_53_r5"][..2], ["AC-2(1)", "AC-3(7)"]);
        assert!(controls_of("no-such-check").is_empty());
    }

    #[test]
    fn a_control_is_under_the_headings_its_id_begins_with() {
        let under = |framework: &str, control: &str| {
            let framework = Framework::get(framework).expect("a framework");
            let control = framework.control(control).expect("a control");
            framework.sections_of(control).map(|section| &*section.id).collect::<Vec<_>>()
        };
        assert_eq!(under("cis_7_0", "2.1.1"), ["2", "2.1"]);
        assert_eq!(under("cis_7_0", "2.10"), ["2"]);
        assert_eq!(under("pci_4_0", "10.2.1"), ["10"]);
        assert_eq!(under("soc2", "CC6.1"), ["CC6"]);
        assert_eq!(under("nist_800_53_r5", "AC-2(1)"), ["AC"]);
        assert_eq!(under("hipaa", "164.308(a)(8)"), ["164.308"]);
    }

    #[test]
    fn a_profile_holds_the_levels_below_it() {
        let cis = Framework::get("cis_7_0").expect("a framework");
        assert_eq!(cis.at_level(2).count(), cis.controls.len());
        assert!(cis.at_level(1).all(|control| control.level == Some(1)));
        let pci = Framework::get("pci_4_0").expect("a framework");
        assert_eq!(pci.at_level(1).count(), pci.controls.len());
    }

    #[test]
    fn who_decides_first_is_told() {
        let decided = |framework: &str, control: &str| {
            Framework::get(framework).and_then(|framework| framework.control(control)).expect("a control").decided_by()
        };
        assert_eq!(decided("cis_7_0", "2.4"), DecidedBy::Checks);
        assert_eq!(decided("iso27001_2022", "A.6.1"), DecidedBy::Person);
        assert_eq!(decided("iso27001_2022", "A.7.1"), DecidedBy::Provider);
        assert_eq!(decided("fsbp", "Transfer.2"), DecidedBy::Nobody);
    }

    #[test]
    fn a_rivals_name_leads_to_our_checks() {
        assert_eq!(Rivals::of("s3-bucket-tls-required").prowler, ["s3_bucket_secure_transport_policy"]);
        assert_eq!(Rivals::checks_named("s3.5").collect::<Vec<_>>(), ["s3-bucket-tls-required"]);
        assert_eq!(Rivals::checks_named("EC2.53").count(), 2);
        assert_eq!(Rivals::checks_named("nothing").count(), 0);
    }
}
