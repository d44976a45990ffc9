use super::resources::{AccountSummary, root_cannot_sign_in};
use crate::contract::{Account, Answer, not_applicable, pass};

crate::check! {
    /// Root sign-in is guarded by a second factor
    ///
    /// Root can do everything, and no policy holds it back. With a password alone, whoever gets hold of it, or of the
    /// mailbox that can reset it, has the account.
    ///
    /// # Fix
    /// Sign in as root and register a passkey or a hardware device on the page "My security credentials". For a member
    /// account, the organization can take root's password away altogether. In its management account, once:
    /// `aws organizations enable-aws-service-access --service-principal iam.amazonaws.com` and
    /// `aws iam enable-organizations-root-credentials-management`; then, for each account,
    /// `aws sts assume-root --target-principal ACCOUNT --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials`
    /// and, with the credentials that gives, `aws iam delete-login-profile`
    ///
    /// # Source
    /// IAM User Guide, "Multi-factor authentication for AWS account root user" and "Centrally manage root access for
    /// member accounts"; AWS GovCloud (US) User Guide, "AWS Identity and Access Management": root has neither console
    /// access nor MFA there; Amazon Web Services in China User Guide, "Amazon Identity and Access Management": there is no
    /// root there; AWS Security Hub control IAM.9; CIS AWS Foundations Benchmark 6.0, 2.4
    over: Account,
    reads: [AccountSummary],
    duty: UserAuthentication,
    severity: Critical,
}

async fn judge(account: &Account, cloud: &Cloud) -> Answer {
    if let Some(why) = root_cannot_sign_in(cloud.place().partition) {
        return Ok(not_applicable(why));
    }
    let summary = cloud.of::<AccountSummary>(account).await?;
    let verdict = if summary.root_has_a_second_factor() {
        pass("root signs in with a second factor")
    } else {
        summary.root_lacks_a_second_factor()?
    };
    let verdict = verdict.showing_of::<AccountSummary>("AccountMFAEnabled", summary.account_mfa_enabled);
    Ok(match summary.account_password_present {
        Some(present) => verdict.showing_of::<AccountSummary>("AccountPasswordPresent", present),
        None => verdict,
    })
}
