use super::resources::{ImageBlockPublicAccess, SnapshotBlockPublicAccess};
use crate::contract::{Answer, Region, Unknown, fail, pass};

crate::check! {
    /// Public sharing of snapshots and machine images is blocked per region
    ///
    /// Disks become public by one wrong parameter. With the block on, that parameter is refused, whoever sends it.
    /// For snapshots, `block-new-sharing` is not enough: it leaves public what is public already.
    ///
    /// # Fix
    /// In every region, also those not in use:
    /// `aws ec2 enable-snapshot-block-public-access --state block-all-sharing` and
    /// `aws ec2 enable-image-block-public-access --image-block-public-access-state block-new-sharing`
    ///
    /// # Source
    /// Amazon EBS User Guide, "Block public access for Amazon EBS snapshots"; Amazon EC2 User Guide, "Understand block
    /// public access for AMIs"; Security Hub EC2.182
    over: Region,
    reads: [SnapshotBlockPublicAccess, ImageBlockPublicAccess],
    duty: Authorization,
    severity: High,
}

async fn judge(region: &Region, cloud: &Cloud) -> Answer {
    let snapshots = cloud.of::<SnapshotBlockPublicAccess>(region).await?;
    let images = cloud.of::<ImageBlockPublicAccess>(region).await?;
    let state_of_images = &*images.image_block_public_access_state;
    let verdict = match (&*snapshots.state, state_of_images) {
        ("block-all-sharing", "block-new-sharing") => pass("blocks public sharing of snapshots and images"),
        ("block-all-sharing", "unblocked") => fail("lets images be shared with everyone"),
        ("block-new-sharing", "block-new-sharing") => fail("leaves public what snapshots are public already"),
        ("block-new-sharing", "unblocked") => {
            fail("lets images be shared with everyone, and leaves public what snapshots are public already")
        }
        ("unblocked", "block-new-sharing") => fail("lets snapshots be shared with everyone"),
        ("unblocked", "unblocked") => fail("lets snapshots and images be shared with everyone"),
        ("block-all-sharing" | "block-new-sharing" | "unblocked", state) => {
            let detail = format!("what the state {state} does to the sharing of images is not known to this version");
            return Err(Unknown::undecided::<ImageBlockPublicAccess>(detail));
        }
        (state, _) => {
            let detail =
                format!("what the state {state} does to the sharing of snapshots is not known to this version");
            return Err(Unknown::undecided::<SnapshotBlockPublicAccess>(detail));
        }
    };
    Ok(verdict
        .showing_of::<SnapshotBlockPublicAccess>("State", &*snapshots.state)
        .showing_of::<ImageBlockPublicAccess>("ImageBlockPublicAccessState", state_of_images))
}
