use super::resources::{CredentialReportRow, Role, SamlProvider};
use crate::contract::{Account, Answer, List, Unknown, fail, not_applicable, pass};

crate::check! {
    /// People sign in through a central identity provider whose metadata is in date
    ///
    /// Where people have one identity for everything, one act locks out who leaves, and one place decides on MFA. IAM
    /// users are a second set of people that somebody must remember.
    ///
    /// What counts is a way in that works: an identity provider in date that speaks SAML, and a role that trusts it.
    /// IAM Identity Center puts both into every account where it assigns a permission set, member accounts among
    /// them, so that it is seen from there. OpenID Connect providers sign in workloads and do not count. IAM users with
    /// a password beside that are counted in the message, since some may be kept for emergencies.
    ///
    /// # Fix
    /// Assign permission sets in IAM Identity Center, or
    /// `aws iam create-saml-provider --name NAME --saml-metadata-document file://metadata.xml` and a role for it; renew
    /// with `aws iam update-saml-provider --saml-provider-arn ARN --saml-metadata-document file://metadata.xml`. Then
    /// `aws iam delete-login-profile --user-name NAME`
    ///
    /// # Source
    /// IAM User Guide, "Security best practices in IAM" and "SAML 2.0 federation"; IAM Identity Center User Guide,
    /// "Manage AWS accounts with permission sets"; CIS AWS Foundations Benchmark 6.0, 2.20
    over: Account,
    reads: [SamlProvider, Role, CredentialReportRow],
    duty: UserAuthentication,
    severity: Medium,
}

async fn judge(_: &Account, cloud: &Cloud) -> Answer {
    let (providers, roles) = (cloud.list::<SamlProvider>().await?, cloud.list::<Role>().await?);
    let users = match with_password(&cloud.list::<CredentialReportRow>().await?)? {
        0 => None,
        1 => Some("1 IAM user has a password".to_owned()),
        number => Some(format!("{number} IAM users have a password")),
    };
    let (mut used, mut expired, mut not_understood) = (Vec::new(), Vec::new(), None);
    for provider in providers.iter() {
        match is_trusted(provider, &roles) {
            Ok(true) if provider.valid_until > cloud.now() => used.push(named(provider)),
            Ok(true) => expired.push(provider),
            Ok(false) => {}
            Err(unknown) => not_understood = Some(unknown),
        }
    }
    let verdict = if !used.is_empty() {
        let beside = users.map(|users| format!(", and {users}"));
        let through = used.join(" and ");
        pass(format!("people sign in through {through}{}", beside.as_deref().unwrap_or("")))
    } else if let Some(unknown) = not_understood {
        return Err(unknown);
    } else if let [provider, ..] = &*expired {
        let date = provider.valid_until.strftime("%Y-%m-%d");
        fail(format!("the metadata of {} expired on {date}", named(provider)))
    } else {
        match users {
            Some(users) => fail(format!("no role trusts an identity provider for people, and {users}")),
            None => {
                not_applicable("nobody signs in here: no IAM user has a password, no role trusts a provider for people")
            }
        }
    };
    Ok(providers.iter().fold(verdict, |verdict, provider| {
        verdict
            .showing_of::<SamlProvider>(format!("ValidUntil of {}", provider.name()), provider.valid_until.to_string())
    }))
}

fn with_password(report: &List<CredentialReportRow>) -> Result<usize, Unknown> {
    let mut number = 0;
    for row in report.iter().filter(|row| !row.is_root()) {
        number += usize::from(row.password_enabled.told("password_enabled")?);
    }
    Ok(number)
}

/// Whether any role trusts the provider. A trust policy that is not understood leaves that open if no other does.
fn is_trusted(provider: &SamlProvider, roles: &List<Role>) -> Result<bool, Unknown> {
    let mut not_understood = None;
    for role in roles.iter() {
        match role.trusts_saml(&provider.arn) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(unknown) => not_understood = Some(unknown),
        }
    }
    not_understood.map_or(Ok(false), Err)
}

/// The provider that IAM Identity Center makes has a name for machines.
fn named(provider: &SamlProvider) -> &str {
    if provider.name().starts_with("AWSSSO_") { "IAM Identity Center" } else { provider.name() }
}
