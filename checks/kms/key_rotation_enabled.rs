use super::resources::{Key, KeyMetadata, KeyRotationStatus};
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// Customer managed symmetric keys rotate automatically
    ///
    /// Rotation bounds how much data one version of the key material protects, and what its compromise would open.
    ///
    /// # Fix
    /// `aws kms enable-key-rotation --key-id ID`; old data stays readable, nothing has to be encrypted anew. For a
    /// multi-Region replica, run it on the primary key, with `--region` of that.
    ///
    /// # Source
    /// AWS KMS Developer Guide, "Rotate AWS KMS keys": only symmetric encryption keys whose material AWS KMS has made
    /// rotate by themselves; a multi-Region replica follows its primary key
    over: Key,
    reads: [KeyMetadata, KeyRotationStatus],
    duty: EncryptionAtRest,
    severity: High,
}

async fn judge(key: &Key, cloud: &Cloud) -> Answer {
    let metadata = cloud.of::<KeyMetadata>(key).await?;
    if !metadata.is_customer_managed() {
        return Ok(not_applicable("is managed by AWS, which rotates it every year"));
    }
    if metadata.key_spec != "SYMMETRIC_DEFAULT" {
        return Ok(not_applicable(format!(
            "has the key spec {}, which cannot rotate automatically",
            metadata.key_spec
        )));
    }
    if metadata.origin != "AWS_KMS" {
        let origin = &metadata.origin;
        return Ok(not_applicable(format!(
            "has key material of origin {origin}, which AWS KMS does not rotate by itself"
        )));
    }
    match &*metadata.key_state {
        "PendingDeletion" | "PendingReplicaDeletion" => return Ok(not_applicable("is waiting to be deleted")),
        // AWS KMS neither uses nor rotates a disabled key, and does not let its rotation be switched on.
        "Disabled" => return Ok(not_applicable("is disabled, and does not rotate until it is enabled")),
        _ => {}
    }
    let status = cloud.of::<KeyRotationStatus>(key).await?;
    // The keys of a multi-Region set share the setting, so a replica tells what is set on its primary key.
    let whose = match metadata.multi_region_key_type.as_deref() {
        Some("REPLICA") => ", as set on its primary key",
        _ => "",
    };
    let verdict = match (status.key_rotation_enabled, status.rotation_period_in_days) {
        (true, Some(days)) => pass(format!("rotates every {days} days{whose}")),
        (true, None) => pass(format!("rotates automatically{whose}")),
        (false, _) => fail(format!("does not rotate automatically{whose}")),
    };
    Ok(verdict.showing_of::<KeyRotationStatus>("KeyRotationEnabled", status.key_rotation_enabled))
}
