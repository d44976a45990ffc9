use super::resources::FileSystem;
use crate::contract::{Answer, Unknown, fail, not_applicable, pass};

crate::check! {
    /// File systems are encrypted
    ///
    /// Files, their names and the backups made of them are then useless to anyone who comes by the storage without the
    /// key, and who may read them can be seen and withdrawn at one place, the key's policy. Encryption can only be
    /// chosen when a file system is made. One that receives a replica is judged too: it holds the same files.
    ///
    /// # Fix
    /// Make an encrypted file system and copy the files over, by replicating to it or with a copying service:
    /// `aws efs create-file-system --encrypted --kms-key-id KEY`
    /// To have no new ones without encryption, deny `elasticfilesystem:CreateFileSystem` where the condition key
    /// `elasticfilesystem:Encrypted` is false.
    ///
    /// # Source
    /// Amazon EFS User Guide, "Encrypting data at rest"; CIS Amazon Web Services Foundations Benchmark, "Ensure that
    /// encryption is enabled for EFS file systems"; Security Hub EFS.1
    over: FileSystem,
    duty: EncryptionAtRest,
    severity: Medium,
}

async fn judge(file_system: &FileSystem, _: &Cloud) -> Answer {
    if file_system.is_being_deleted() {
        let gone = file_system.life_cycle_state == "deleted";
        return Ok(not_applicable(if gone { "is deleted" } else { "is being deleted" }));
    }
    let Some(encrypted) = file_system.encrypted else {
        return Err(Unknown::undecided::<FileSystem>("AWS did not tell whether the file system is encrypted"));
    };
    let verdict = if encrypted { pass("is encrypted under a KMS key") } else { fail("is not encrypted") };
    Ok(verdict.showing("Encrypted", encrypted).showing("KmsKeyId", file_system.kms_key_id.clone()))
}
