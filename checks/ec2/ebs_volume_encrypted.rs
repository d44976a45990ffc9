use super::resources::Volume;
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// Attached volumes are encrypted
    ///
    /// Without encryption, access to the volume or to any snapshot of it is access to the data. With it, the key's
    /// policy is asked too, and destroying the key destroys the data.
    ///
    /// # Fix
    /// A volume cannot be encrypted in place. Take a snapshot, copy it with `aws ec2 copy-snapshot --encrypted
    /// --source-region REGION --source-snapshot-id ID`, create a volume from the copy and attach that one instead.
    ///
    /// # Source
    /// Amazon EBS User Guide, "Amazon EBS encryption"; Security Hub EC2.3
    over: Volume,
    duty: EncryptionAtRest,
    severity: High,
}

async fn judge(volume: &Volume, _: &Cloud) -> Answer {
    if !volume.is_attached() {
        return Ok(not_applicable("is attached to nothing"));
    }
    let verdict = if volume.encrypted { pass("is encrypted") } else { fail("is not encrypted") };
    Ok(verdict.showing("Encrypted", volume.encrypted))
}
