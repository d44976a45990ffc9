use super::resources::{Key, KeyMetadata};
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// No customer managed key is waiting to be deleted
    ///
    /// Once the waiting period is over, everything encrypted under the key is lost for good, and nobody can help:
    /// not the owner, not AWS. A scheduled deletion is the last moment to notice a mistake or an attack.
    ///
    /// # Fix
    /// Unless the deletion is meant and nothing is encrypted under the key any more, take it back and enable the key:
    /// `aws kms cancel-key-deletion --key-id ID` and `aws kms enable-key --key-id ID`
    ///
    /// # Source
    /// AWS KMS Developer Guide, "Deleting AWS KMS keys"; "Key states of AWS KMS keys"
    over: Key,
    reads: [KeyMetadata],
    duty: DataLifecycle,
    severity: Critical,
}

async fn judge(key: &Key, cloud: &Cloud) -> Answer {
    let metadata = cloud.of::<KeyMetadata>(key).await?;
    if !metadata.is_customer_managed() {
        return Ok(not_applicable("is managed by AWS"));
    }
    let verdict = match (&*metadata.key_state, metadata.deletion_date) {
        ("PendingDeletion", Some(date)) => fail(format!("will be deleted on {}", date.strftime("%Y-%m-%d"))),
        ("PendingDeletion", None) => fail("is waiting to be deleted"),
        ("PendingReplicaDeletion", _) => fail("will be deleted once its replica keys are gone"),
        _ => pass("is not scheduled for deletion"),
    };
    Ok(verdict.showing_of::<KeyMetadata>("KeyState", &*metadata.key_state))
}
