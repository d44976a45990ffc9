use super::resources::{DBCluster, DBInstance};
use crate::contract::{Answer, Verdict, fail, not_applicable, pass};

crate::check! {
    /// Database instances and clusters encrypt their storage
    ///
    /// Storage, backups, snapshots, logs and replicas are then useless to anyone who comes by them without the key.
    /// It can not be switched on later; the snapshots of an unencrypted database are unencrypted too, and can be made
    /// public.
    ///
    /// # Fix
    /// Copy a snapshot of the instance with a key, and restore the copy as a new instance:
    /// `aws rds copy-db-snapshot --source-db-snapshot-identifier ID --target-db-snapshot-identifier COPY --kms-key-id KEY`
    /// `aws rds restore-db-instance-from-db-snapshot --db-instance-identifier NEW --db-snapshot-identifier COPY`
    /// Clusters are encrypted while a snapshot is restored:
    /// `aws rds restore-db-cluster-from-snapshot --db-cluster-identifier NEW --snapshot-identifier ID --engine ENGINE --kms-key-id KEY`
    ///
    /// # Source
    /// Amazon RDS User Guide, "Encrypting Amazon RDS resources"; Amazon RDS API Reference, `DBCluster`:
    /// `StorageEncrypted` is false under a key that AWS owns, and `StorageEncryptionType` then says `sse-rds`
    over: [DBInstance => judge_instance, DBCluster => judge_cluster],
    duty: EncryptionAtRest,
    severity: High,
}

async fn judge_instance(instance: &DBInstance, _: &Cloud) -> Answer {
    if let Some(cluster) = &instance.db_cluster_identifier {
        return Ok(not_applicable(format!("keeps its data in the storage of cluster {cluster}")));
    }
    if instance.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    Ok(judge(instance.storage_encrypted, instance.storage_encryption_type.as_deref()))
}

async fn judge_cluster(cluster: &DBCluster, _: &Cloud) -> Answer {
    if cluster.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    Ok(judge(cluster.storage_encrypted, cluster.storage_encryption_type.as_deref()))
}

fn judge(storage_encrypted: bool, storage_encryption_type: Option<&str>) -> Verdict {
    match (storage_encrypted, storage_encryption_type) {
        (true, _) => pass("encrypts its storage under a KMS key"),
        (false, Some("sse-rds")) => pass("encrypts its storage under a key that AWS owns"),
        (false, _) => fail("does not encrypt its storage"),
    }
    .showing("StorageEncrypted", storage_encrypted)
    .showing("StorageEncryptionType", storage_encryption_type)
}
