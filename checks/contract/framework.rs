//! Frameworks: which checks serve which control of CIS, PCI DSS and the like; and what other scanners call our checks.
//!
//! The data is `frameworks/*.toml` and `rivals.toml`. A control without checks is kept, so that what a framework asks
//! for and no check shows yet stays visible.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use super::Severity;

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
    /// What it asks for, in its own order.
    pub controls: Vec<Control>,
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
    /// Why no check ever will.
    pub note: Option<String>,
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

    /// The controls of a level and those below it; of frameworks without levels, all.
    pub fn at_level(&self, level: u8) -> impl Iterator<Item = &Control> {
        self.controls.iter().filter(move |control| control.level.is_none_or(|own| own <= level))
    }

    /// The framework with an id.
    pub fn get(id: &str) -> Option<&'static Self> {
        Self::all().iter().find(|framework| framework.id == id)
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
    fn a_rivals_name_leads_to_our_checks() {
        assert_eq!(Rivals::of("s3-bucket-tls-required").prowler, ["s3_bucket_secure_transport_policy"]);
        assert_eq!(Rivals::checks_named("s3.5").collect::<Vec<_>>(), ["s3-bucket-tls-required"]);
        assert_eq!(Rivals::checks_named("EC2.53").count(), 2);
        assert_eq!(Rivals::checks_named("nothing").count(), 0);
    }
}
