//! Records of IAM Access Analyzer.

use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, Tags, Unknown, api};
use crate::resource;

/// Lists the account's own analyzers in a region.
pub const LIST_ANALYZERS: Call = api("access-analyzer", "ListAnalyzers");

/// An analyzer that the account has made. One that its organization has made in another account does not show here.
/// Source: IAM Access Analyzer API Reference, `AnalyzerSummary`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Analyzer {
    /// The analyzer's ARN.
    pub arn: String,
    /// The analyzer's name.
    pub name: String,
    /// `ACCOUNT` or `ORGANIZATION` for access from outside of it; `ACCOUNT_UNUSED_ACCESS`, `ACCOUNT_INTERNAL_ACCESS`
    /// and others for other questions.
    pub r#type: String,
    /// `ACTIVE`, `CREATING`, `DISABLED` or `FAILED`.
    pub status: String,
    /// The code of the reason why it is disabled or has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// The analyzer's tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

resource!(
    Analyzer,
    "accessanalyzer/Analyzer",
    "AWS::AccessAnalyzer::Analyzer",
    Regional,
    [LIST_ANALYZERS],
    |this, _place| Identity::new(&this.arn, &this.name).tagged(&this.tags)
);

impl Analyzer {
    /// What access from outside is seen: that of the account, or of its organization; `None` if it looks at something
    /// else. Unknown for a type this program has not heard of.
    pub fn zone(&self) -> Result<Option<&'static str>, Unknown> {
        match &*self.r#type {
            "ACCOUNT" => Ok(Some("account")),
            "ORGANIZATION" => Ok(Some("organization")),
            "ACCOUNT_UNUSED_ACCESS"
            | "ORGANIZATION_UNUSED_ACCESS"
            | "ACCOUNT_INTERNAL_ACCESS"
            | "ORGANIZATION_INTERNAL_ACCESS" => Ok(None),
            kind => Err(Unknown::undecided::<Self>(format!("what an analyzer of type {kind} looks at is not known"))),
        }
    }

    /// Its name and how it stands, in words.
    pub fn standing(&self) -> String {
        let reason = self.status_reason.as_ref().map(|reason| format!(" ({reason})"));
        format!("its analyzer {} is {}{}", self.name, self.status, reason.as_deref().unwrap_or(""))
    }
}
