use super::resources::{AccountSummary, NO_ROOT_IN_CHINA};
use crate::contract::{Account, Answer, Partition, Unknown, fail, not_applicable, pass};

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
    if cloud.place().partition == Partition::China {
        return Ok(not_applicable(NO_ROOT_IN_CHINA));
    }
    if cloud.place().partition == Partition::GovCloud {
        return Ok(not_applicable("root cannot sign in to the console in AWS GovCloud (US), nor have MFA there"));
    }
    let summary = cloud.of::<AccountSummary>(account).await?;
    let verdict = match (summary.account_mfa_enabled, summary.account_password_present) {
        (0, Some(0)) => not_applicable("root has no password that a second factor would guard"),
        (0, Some(_)) => fail("root signs in without a second factor"),
        (0, None) => {
            let detail = "root has no second factor, and AWS does not tell whether it has a password";
            return Err(Unknown::undecided::<AccountSummary>(detail));
        }
        _ => pass("root signs in with a second factor"),
    };
    let verdict = verdict.showing_of::<AccountSummary>("AccountMFAEnabled", summary.account_mfa_enabled);
    Ok(match summary.account_password_present {
        Some(present) => verdict.showing_of::<AccountSummary>("AccountPasswordPresent", present),
        None => verdict,
    })
}
