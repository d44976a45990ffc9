use super::resources::{PublicSnapshots, Snapshot, SnapshotBlockPublicAccess, SnapshotPermissions};
use crate::contract::{Answer, Unknown, fail, pass};

crate::check! {
    /// No volume snapshot can be restored by the public
    ///
    /// A public snapshot is a copy of a whole disk for anyone with an AWS account. Searching public snapshots for keys
    /// and customer data is a trade of its own.
    ///
    /// # Fix
    /// `aws ec2 modify-snapshot-attribute --snapshot-id ID --attribute createVolumePermission --operation-type remove --group-names all`
    /// Then see to it that it does not happen again:
    /// `aws ec2 enable-snapshot-block-public-access --state block-all-sharing`
    ///
    /// # Source
    /// Amazon EBS User Guide, "Block public access for Amazon EBS snapshots": with block-all-sharing, snapshots that
    /// were public are treated as private although their permissions stay; Security Hub EC2.1
    over: Snapshot,
    reads: [PublicSnapshots, SnapshotPermissions, SnapshotBlockPublicAccess],
    duty: Authorization,
    severity: Critical,
}

async fn judge(snapshot: &Snapshot, cloud: &Cloud) -> Answer {
    let public = cloud.of::<PublicSnapshots>(&cloud.region()).await?;
    if !public.snapshot_ids.contains(&snapshot.snapshot_id) {
        return Ok(pass("is not listed as public"));
    }
    if !cloud.of::<SnapshotPermissions>(snapshot).await?.include_everyone() {
        return Ok(pass("is not shared with everyone"));
    }
    let block = cloud.of::<SnapshotBlockPublicAccess>(&cloud.region()).await?;
    let verdict = match &*block.state {
        "block-all-sharing" => {
            pass("is shared with everyone, but kept from them as long as the region blocks all sharing")
        }
        "block-new-sharing" | "unblocked" => fail("can be restored by everyone"),
        state => {
            let detail = format!("is shared with everyone, and what the region's state {state} does is not known");
            return Err(Unknown::undecided::<SnapshotBlockPublicAccess>(detail));
        }
    };
    Ok(verdict
        .showing_of::<SnapshotPermissions>("CreateVolumePermissions.Group", "all")
        .showing_of::<SnapshotBlockPublicAccess>("State", &*block.state))
}
