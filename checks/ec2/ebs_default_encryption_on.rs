use super::resources::EbsEncryptionByDefault;
use crate::contract::{Answer, Region, fail, pass};

crate::check! {
    /// New volumes are encrypted by default in every region
    ///
    /// A volume cannot be encrypted after the fact, only copied. The default spares every template, script and person
    /// from remembering, and it counts in regions nobody means to use as well.
    ///
    /// # Fix
    /// In every region: `aws ec2 enable-ebs-encryption-by-default`; volumes that exist stay as they are.
    ///
    /// # Source
    /// Amazon EBS User Guide, "Enable Amazon EBS encryption by default"; Security Hub EC2.7
    over: Region,
    reads: [EbsEncryptionByDefault],
    duty: EncryptionAtRest,
    severity: High,
}

async fn judge(region: &Region, cloud: &Cloud) -> Answer {
    let default = cloud.of::<EbsEncryptionByDefault>(region).await?;
    let verdict = if default.ebs_encryption_by_default {
        pass("encrypts new volumes by default")
    } else {
        fail("leaves new volumes unencrypted unless asked otherwise")
    };
    Ok(verdict.showing_of::<EbsEncryptionByDefault>("EbsEncryptionByDefault", default.ebs_encryption_by_default))
}
