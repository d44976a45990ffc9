use super::resources::{CiTrust, Pinning, Role};
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// Roles trusting GitHub Actions and other CI issuers pin repository and branch
    ///
    /// Everybody's pipelines get their tokens from the same issuer. A trust policy that does not say whose pipeline may
    /// assume the role lets in every stranger's; one that does not say from which branch lets in whoever can push any.
    /// Where an issuer's subjects have no branch, the repository, workspace or service connection is what counts. An
    /// issuer on a host of one's own has only one's own pipelines, and cannot be told from other issuers by its name.
    ///
    /// # Fix
    /// Require the exact subject, with `StringEquals` and without wildcards, such as
    /// `"token.actions.githubusercontent.com:sub": "repo:OWNER/NAME:ref:refs/heads/main"` or
    /// `"repo:OWNER/NAME:environment:production"`:
    /// `aws iam update-assume-role-policy --role-name NAME --policy-document file://trust.json`
    ///
    /// # Source
    /// IAM User Guide, "Create a role for OpenID Connect federation" and "Available keys for AWS OIDC federation";
    /// GitHub, "Configuring OpenID Connect in Amazon Web Services"
    over: Role,
    duty: ServiceIdentities,
    severity: Critical,
}

async fn judge(role: &Role, _: &Cloud) -> Answer {
    let policy = role.trust_policy()?;
    let trusts = CiTrust::all_of(&policy);
    let mut services: Vec<&str> = trusts.iter().map(CiTrust::service).collect();
    services.dedup();
    if trusts.is_empty() {
        return Ok(match CiTrust::unknown_issuer(&policy) {
            Some(issuer) => not_applicable(format!("trusts {issuer}, which is not known to be a CI service")),
            None => not_applicable("trusts no issuer of a CI service"),
        });
    }
    let loose = trusts.iter().find_map(|trust| {
        let ci = trust.service();
        match trust.pinning() {
            Pinning::Pinned => None,
            Pinning::Open { what, subject } => Some(format!("lets {ci} in from any {what} that fits {subject}")),
            Pinning::NoSubject => Some(format!("lets {ci} in for anyone, without a condition on the subject")),
            Pinning::OptionalSubject => {
                Some(format!("lets {ci} in for anyone, with a condition on the subject that also holds without one"))
            }
        }
    });
    let verdict = match loose {
        Some(message) => fail(message),
        None => pass(format!("pins the subject of {}", services.join(" and "))),
    };
    let subjects: Vec<&str> = trusts.iter().flat_map(CiTrust::subjects).collect();
    Ok(verdict.showing("AssumeRolePolicyDocument.Statement.Condition", subjects))
}
