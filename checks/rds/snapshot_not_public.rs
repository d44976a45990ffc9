use super::resources::{
    DBClusterSnapshot, DBClusterSnapshotAttributes, DBSnapshot, DBSnapshotAttributes, SnapshotAttribute,
};
use crate::contract::{Answer, Record, Verdict, fail, pass};

crate::check! {
    /// No database or cluster snapshot is public
    ///
    /// Anyone with an AWS account can find a public snapshot, restore it and read the whole database at leisure.
    /// Only manual snapshots can be shared at all, so automated ones and those of AWS Backup are not looked at.
    ///
    /// # Fix
    /// Take the snapshot back, then treat its data as published:
    /// `aws rds modify-db-snapshot-attribute --db-snapshot-identifier ID --attribute-name restore --values-to-remove all`
    /// or, for a cluster,
    /// `aws rds modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier ID --attribute-name restore --values-to-remove all`
    ///
    /// # Source
    /// Amazon RDS User Guide, "Sharing a DB snapshot for Amazon RDS"; Amazon RDS API Reference,
    /// `ModifyDBSnapshotAttribute`: an encrypted snapshot can not be shared with all
    over: [DBSnapshot => judge_snapshot, DBClusterSnapshot => judge_cluster_snapshot],
    reads: [DBSnapshotAttributes, DBClusterSnapshotAttributes],
    duty: Authorization,
    severity: Critical,
}

async fn judge_snapshot(snapshot: &DBSnapshot, cloud: &Cloud) -> Answer {
    if snapshot.encrypted {
        return Ok(encrypted().showing("Encrypted", true));
    }
    let attributes = cloud.of::<DBSnapshotAttributes>(snapshot).await?;
    Ok(judge::<DBSnapshotAttributes>(&attributes.db_snapshot_attributes))
}

async fn judge_cluster_snapshot(snapshot: &DBClusterSnapshot, cloud: &Cloud) -> Answer {
    if snapshot.storage_encrypted {
        return Ok(encrypted().showing("StorageEncrypted", true));
    }
    let attributes = cloud.of::<DBClusterSnapshotAttributes>(snapshot).await?;
    Ok(judge::<DBClusterSnapshotAttributes>(&attributes.db_cluster_snapshot_attributes))
}

fn encrypted() -> Verdict {
    pass("is encrypted, and AWS lets only unencrypted snapshots be public")
}

fn judge<R: Record>(attributes: &[SnapshotAttribute]) -> Verdict {
    if attributes.iter().any(SnapshotAttribute::is_for_everyone) {
        return fail("can be restored by every AWS account").showing_of::<R>("restore", "all");
    }
    let accounts: Vec<&str> =
        attributes.iter().flat_map(|attribute| &attribute.attribute_values).map(String::as_str).collect();
    match accounts.len() {
        0 => pass("is not shared"),
        1 => pass("is shared with one account by its id"),
        n => pass(format!("is shared with {n} accounts by their ids")),
    }
    .showing_of::<R>("restore", accounts)
}
