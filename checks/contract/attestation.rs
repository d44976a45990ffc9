//! Attestations: what no API shows, stated and signed by a person.
//!
//! The data is `attestations.toml`.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use super::DutyId;

/// A statement that only a person can make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// Its id.
    pub id: String,
    /// The duty that is kept if it is true.
    #[serde(deserialize_with = "duty")]
    pub duty: DutyId,
    /// What the person signs.
    pub statement: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    attestation: Vec<Attestation>,
}

static ATTESTATIONS: LazyLock<Vec<Attestation>> = LazyLock::new(|| {
    let file: Result<File, _> = toml::from_str(include_str!("../attestations.toml"));
    file.expect("attestations.toml is part of the program and tested with it").attestation
});

impl Attestation {
    /// Every attestation, in the order of the duties.
    pub fn all() -> &'static [Self] {
        &ATTESTATIONS
    }

    /// The attestation with an id.
    pub fn get(id: &str) -> Option<&'static Self> {
        Self::all().iter().find(|attestation| attestation.id == id)
    }
}

fn duty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DutyId, D::Error> {
    let name = String::deserialize(deserializer)?;
    let duty = DutyId::ALL.iter().find(|duty| duty.as_str() == name);
    duty.copied().ok_or_else(|| serde::de::Error::custom(format!("{name} is no duty")))
}
