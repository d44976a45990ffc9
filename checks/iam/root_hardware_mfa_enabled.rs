use super::resources::{AccountSummary, VirtualMfaDevice, root_cannot_sign_in};
use crate::contract::{Account, Answer, List, fail, not_applicable, pass};

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
    if let Some(why) = root_cannot_sign_in(cloud.place().partition) {
        return Ok(not_applicable(why));
    }
    let summary = cloud.of::<AccountSummary>(account).await?;
    let verdict = if summary.root_has_no_password() || !summary.root_has_a_second_factor() {
        summary.root_lacks_a_second_factor()?
    } else {
        judge_factors(&cloud.list::<VirtualMfaDevice>().await?, &cloud.place().account_arn())?
    };
    Ok(verdict.showing_of::<AccountSummary>("AccountMFAEnabled", summary.account_mfa_enabled))
}

/// Judges the second factors of a root that has some: only the virtual ones are listed.
fn judge_factors(devices: &List<VirtualMfaDevice>, root: &str) -> Answer {
    let (mut of_root, mut of_somebody) = (Vec::new(), None);
    for device in devices.iter() {
        match device.is_of_root(root) {
            Ok(true) => of_root.push(device.serial_number.clone()),
            Ok(false) => {}
            Err(unknown) => of_somebody = Some(unknown),
        }
    }
    match of_somebody {
        _ if !of_root.is_empty() => {
            let verdict = fail(format!("root can sign in with the virtual device {}", of_root.join(" or ")));
            Ok(verdict.showing_of::<VirtualMfaDevice>("SerialNumber", of_root))
        }
        Some(unknown) => Err(unknown),
        None => {
            Ok(pass("root signs in with a hardware device, a security key or a passkey, and has no virtual device"))
        }
    }
}
