//! Records of AWS Artifact.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, api};
use crate::resource;

/// Lists the agreements with AWS that hold for the caller's account.
pub const LIST_CUSTOMER_AGREEMENTS: Call = api("artifact", "ListCustomerAgreements");

/// An agreement with AWS that the account has accepted, or its organization for it. Source: AWS Artifact API Reference,
/// `CustomerAgreementSummary`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CustomerAgreement {
    /// Its id, `customer-agreement-` and sixteen letters and digits.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// What was agreed to (`AWS Business Associate Addendum`).
    pub name: String,
    /// `ACTIVE`, `CUSTOMER_TERMINATED` or `AWS_TERMINATED`.
    pub state: String,
    /// `DEFAULT`, or `CUSTOM` or `MODIFIED` where AWS and the customer have agreed on words of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// Since when it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_start: Option<Timestamp>,
    /// Since when it does no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_end: Option<Timestamp>,
    /// The organization whose management account has accepted it for all accounts; left out if the account has itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_arn: Option<String>,
}

resource!(
    CustomerAgreement,
    "artifact/CustomerAgreement",
    "AWS::Artifact::CustomerAgreement",
    Global,
    [LIST_CUSTOMER_AGREEMENTS],
    |this, _place| Identity::new(&this.arn, &this.id)
);

impl CustomerAgreement {
    /// Whether it holds.
    pub fn is_active(&self) -> bool {
        self.state == "ACTIVE"
    }

    /// Whether it held once and does no more. A state that is neither is one that this version does not know.
    pub fn is_terminated(&self) -> bool {
        matches!(&*self.state, "CUSTOMER_TERMINATED" | "AWS_TERMINATED")
    }

    /// Whether it is the one of a name. People write names in their own case.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.trim().eq_ignore_ascii_case(name.trim())
    }
}
