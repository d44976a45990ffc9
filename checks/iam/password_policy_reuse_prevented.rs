use super::resources::AccountPasswordPolicy;
use crate::contract::{Account, Answer, fail, pass};

/// The number of passwords that the CIS benchmark asks for, which is as many as IAM can remember.
const PASSWORDS: i32 = 24;

crate::check! {
    /// The account password policy remembers the last 24 passwords
    ///
    /// A password that leaked once stays on the lists that attackers try. Whoever must change a password and may go
    /// back to it at once has not changed it. AWS's own policy, which holds where an account has none, remembers none.
    ///
    /// # Fix
    /// The call replaces the whole policy, so repeat the rules it should keep:
    /// `aws iam update-account-password-policy --password-reuse-prevention 24 --minimum-password-length 14`
    ///
    /// # Source
    /// IAM User Guide, "Set an account password policy for IAM users"; AWS Security Hub control IAM.16; CIS AWS
    /// Foundations Benchmark 6.0, 2.8
    over: Account,
    reads: [AccountPasswordPolicy],
    duty: UserAuthentication,
    severity: Low,
}

async fn judge(account: &Account, cloud: &Cloud) -> Answer {
    let answer = cloud.of::<AccountPasswordPolicy>(account).await?;
    let Some(policy) = &answer.password_policy else {
        return Ok(fail("has no password policy of its own, and AWS's remembers no passwords"));
    };
    let Some(remembered @ 1..) = policy.password_reuse_prevention else {
        return Ok(fail("lets users set any earlier password again"));
    };
    let message = match remembered {
        1 => "remembers the last password".to_owned(),
        number => format!("remembers the last {number} passwords"),
    };
    let verdict = if remembered >= PASSWORDS { pass(message) } else { fail(message) };
    Ok(verdict.showing_of::<AccountPasswordPolicy>("PasswordReusePrevention", remembered))
}
