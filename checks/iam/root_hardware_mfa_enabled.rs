use super::resources::{AccountSummary, NO_ROOT_IN_CHINA, VirtualMfaDevice};
use crate::contract::{Account, Answer, Partition, Unknown, fail, not_applicable, pass};

crate::check! {
    /// Root's second factor is a physical device rather than a virtual one
    ///
    /// The secret of an authenticator app can be copied: with the phone's backup, or with the picture that somebody
    /// kept of its QR code. A device that holds its secret cannot. Root may have eight devices, any of which lets it
    /// in, so that one virtual device beside a physical one is what an attacker will go for.
    ///
    /// AWS lists virtual devices only. A second factor that is not among them is a hardware token, a security key or a
    /// passkey; a passkey that a phone keeps in sync with others cannot be told from a security key, and passes.
    ///
    /// # Fix
    /// Sign in as root, register two security keys on the page "My security credentials", then remove the virtual
    /// device there. For a member account, better let the organization take root's password away.
    ///
    /// # Source
    /// IAM User Guide, "Multi-factor authentication for AWS account root user"; IAM API Reference,
    /// `ListVirtualMFADevices`; AWS Security Hub control IAM.6; CIS AWS Foundations Benchmark 6.0, 2.5
    over: Account,
    reads: [AccountSummary, VirtualMfaDevice],
    duty: UserAuthentication,
    severity: High,
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
        (_, Some(0)) => not_applicable("root has no password that a second factor would guard"),
        (0, Some(_)) => fail("root signs in without a second factor"),
        (0, None) => {
            let detail = "root has no second factor, and AWS does not tell whether it has a password";
            return Err(Unknown::undecided::<AccountSummary>(detail));
        }
        _ => {
            let root = cloud.place().account_arn();
            let (mut of_root, mut of_somebody) = (Vec::new(), None);
            for device in cloud.list::<VirtualMfaDevice>().await?.iter() {
                match device.is_of_root(&root) {
                    Ok(true) => of_root.push(device.serial_number.clone()),
                    Ok(false) => {}
                    Err(unknown) => of_somebody = Some(unknown),
                }
            }
            if !of_root.is_empty() {
                fail(format!("root can sign in with the virtual device {}", of_root.join(" or ")))
                    .showing_of::<VirtualMfaDevice>("SerialNumber", of_root)
            } else if let Some(unknown) = of_somebody {
                return Err(unknown);
            } else {
                pass("root signs in with a hardware device, a security key or a passkey, and has no virtual device")
            }
        }
    };
    Ok(verdict.showing_of::<AccountSummary>("AccountMFAEnabled", summary.account_mfa_enabled))
}
