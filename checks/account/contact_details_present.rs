use super::resources::ContactDetails;
use crate::contract::{Account, Answer, fail, pass};

crate::check! {
    /// Primary and alternate contact details are filled in and differ
    ///
    /// AWS writes before it closes an account, limits it or takes it off a service, and calls when it cannot wait. The
    /// word reaches those who can act if billing, operations and security each have their own contact, and reaches
    /// nobody if all four are the one person who is on leave. Whether they are still right, people must say.
    ///
    /// Contacts are the same if they share a mailbox, or the name and the telephone number; names, mailboxes and
    /// numbers are compared and forgotten. To the primary contact AWS writes at root's mailbox, which an account is not
    /// told of its own: that another contact shares it is not seen.
    ///
    /// # Fix
    /// For each of BILLING, OPERATIONS and SECURITY, with a mailbox that a team reads:
    /// `aws account put-alternate-contact --alternate-contact-type BILLING --name NAME --title TITLE --email-address MAIL --phone-number NUMBER`;
    /// for the primary one, `aws account put-contact-information --contact-information file://contact.json`
    ///
    /// # Source
    /// AWS Account Management Reference Guide, "Update the primary contact for your AWS account" and "Update the
    /// alternate contacts for your AWS account"; CIS AWS Foundations Benchmark 6.0, 2.1
    over: Account,
    reads: [ContactDetails],
    duty: Documentation,
    severity: Low,
}

async fn judge(account: &Account, cloud: &Cloud) -> Answer {
    let details = cloud.of::<ContactDetails>(account).await?;
    let missing = details.missing();
    let mut wrong = Vec::new();
    if !missing.is_empty() {
        wrong.push(format!("has no {} contact", missing.join(" and no ")));
    }
    let told = |[one, other]: &[String; 2]| {
        format!("has the same {} and {} contact", one.to_lowercase(), other.to_lowercase())
    };
    wrong.extend(details.same.iter().map(told));
    let verdict = if wrong.is_empty() {
        pass("has a primary, a billing, an operations and a security contact, no two of them the same")
    } else {
        fail(wrong.join(", "))
    };
    Ok(verdict.showing_of::<ContactDetails>("ContactTypes", details.contact_types.clone()))
}
