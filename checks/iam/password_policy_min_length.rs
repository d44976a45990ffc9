use super::resources::AccountPasswordPolicy;
use crate::contract::{Account, Answer, fail, pass};

/// The number of characters that the CIS benchmark asks for.
const LENGTH: i32 = 14;

crate::check! {
    /// The account password policy asks for at least 14 characters
    ///
    /// Short passwords are guessed; length does more against that than any other rule. An account without a policy of
    /// its own has AWS's, which is content with 8 characters.
    ///
    /// # Fix
    /// The call replaces the whole policy, so repeat the rules it should keep:
    /// `aws iam update-account-password-policy --minimum-password-length 14`
    ///
    /// # Source
    /// IAM User Guide, "Set an account password policy for IAM users"; AWS Security Hub control IAM.15; CIS AWS
    /// Foundations Benchmark 6.0, 2.7
    over: Account,
    reads: [AccountPasswordPolicy],
    duty: UserAuthentication,
    severity: Medium,
}

async fn judge(account: &Account, cloud: &Cloud) -> Answer {
    let answer = cloud.of::<AccountPasswordPolicy>(account).await?;
    let Some(policy) = &answer.password_policy else {
        return Ok(fail("has no password policy of its own, and AWS's asks for 8 characters"));
    };
    let length = policy.minimum_password_length;
    let message = format!("asks for at least {length} characters");
    let verdict = if length >= LENGTH { pass(message) } else { fail(message) };
    Ok(verdict.showing_of::<AccountPasswordPolicy>("MinimumPasswordLength", length))
}
