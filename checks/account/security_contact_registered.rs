use super::resources::SecurityContact;
use crate::contract::{Account, Answer, fail, pass};

crate::check! {
    /// AWS knows whom to call about security issues
    ///
    /// When AWS sees keys on the internet or attacks coming out of an account, it writes to the security contact.
    /// Without one, the warning goes to the root user's mailbox, which is seldom the people who can act on it.
    ///
    /// # Fix
    /// Register a mailbox and a telephone number that a team answers, not one person's:
    /// `aws account put-alternate-contact --alternate-contact-type SECURITY --name NAME --title TITLE --email-address MAIL --phone-number NUMBER`
    ///
    /// # Source
    /// AWS Account Management Reference Guide, "Update the alternate contacts for your AWS account"; AWS Security Hub
    /// control Account.1; CIS AWS Foundations Benchmark 6.0, 2.2
    over: Account,
    reads: [SecurityContact],
    duty: RiskManagement,
    severity: Medium,
}

async fn judge(account: &Account, cloud: &Cloud) -> Answer {
    let contact = cloud.of::<SecurityContact>(account).await?;
    Ok(match &contact.alternate_contact_type {
        Some(kind) => {
            pass("has a security contact").showing_of::<SecurityContact>("AlternateContactType", kind.as_str())
        }
        None => fail("has no security contact"),
    })
}
