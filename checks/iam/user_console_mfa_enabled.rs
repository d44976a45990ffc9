use super::resources::{CredentialReportRow, User};
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// Every IAM user with a console password, administrators first, also has MFA
    ///
    /// A password that is phished, guessed or leaked is then not enough to act as the user.
    ///
    /// # Fix
    /// Have the user register a passkey or a device, or take the password away and let people sign in through IAM
    /// Identity Center: `aws iam delete-login-profile --user-name NAME`
    ///
    /// # Source
    /// IAM User Guide, "AWS multi-factor authentication in IAM"; AWS Security Hub controls IAM.5 and IAM.19; CIS AWS
    /// Foundations Benchmark 6.0, 2.9
    over: User,
    reads: [CredentialReportRow],
    duty: UserAuthentication,
    severity: High,
}

async fn judge(user: &User, cloud: &Cloud) -> Answer {
    let report = cloud.list::<CredentialReportRow>().await?;
    let row = user.row(&report)?;
    if !row.password_enabled.told("password_enabled")? {
        return Ok(
            not_applicable("has no console password").showing_of::<CredentialReportRow>("password_enabled", false)
        );
    }
    let has_mfa = row.mfa_active.told("mfa_active")?;
    let verdict = match (has_mfa, user.is_administrator()) {
        (true, _) => pass("signs in with a password and MFA"),
        (false, true) => fail("is an administrator and signs in with a password alone"),
        (false, false) => fail("signs in with a password alone"),
    };
    Ok(verdict
        .showing_of::<CredentialReportRow>("password_enabled", true)
        .showing_of::<CredentialReportRow>("mfa_active", has_mfa))
}
