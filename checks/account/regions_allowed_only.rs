use crate::contract::{Answer, Asks, Region, Resource, Unknown, fail, not_applicable, pass};
use crate::ec2::resources::{Image, Instance, Snapshot, Volume};
use crate::efs::resources::FileSystem;
use crate::kms::resources::{Key, KeyMetadata};
use crate::rds::resources::{DBCluster, DBInstance};
use crate::s3::resources::Bucket;

/// The ids of what was seen of a kind.
type Seen = Result<Vec<String>, Unknown>;

crate::check! {
    /// Resources live only in the regions the organization allows
    ///
    /// Laws, contracts and the organization's own rules say where data may be. A region nobody works in is also where
    /// an intruder works undisturbed: nobody looks there, and logs and alarms are often missing.
    ///
    /// Which regions are allowed is for the organization to lay down (`regions.allowed`). In all others there are to be
    /// no instances, volumes, databases, file systems, buckets, snapshots, machine images or keys of the account. What
    /// AWS puts into each region by itself (default VPCs, keys of its own) does not count. The first kind that is found
    /// settles it, so no more is read than that takes.
    ///
    /// # Fix
    /// Move or delete what is there, then keep the region closed with a service control policy that denies requests
    /// where `aws:RequestedRegion` is another one, or with the region deny control of AWS Control Tower.
    ///
    /// # Source
    /// NIST SP 800-53 Rev. 5, SA-9(5), "Processing, storage, and service location"; AWS Control Tower Controls Reference
    /// Guide, "Region deny control"
    over: Region,
    reads: [Instance, Volume, DBInstance, DBCluster, FileSystem, Bucket, Snapshot, Image, Key, KeyMetadata],
    duty: PolicyImplementation,
    severity: Medium,
}

async fn judge(region: &Region, cloud: &Cloud) -> Answer {
    let Some(allowed) = &cloud.settings().regions.allowed else {
        return Ok(not_applicable("no regions are laid down as allowed"));
    };
    if allowed.contains(&region.name) {
        return Ok(pass("is an allowed region"));
    }
    Ok(match what_is_there(region, cloud).await? {
        Some(what) => fail(format!("is not an allowed region, but holds {what}")),
        None => pass("is not an allowed region, and holds nothing of what was looked for"),
    })
}

/// The first kind of which there is anything: how many, and the first few. A kind that cannot be read leaves it open only
/// if there is nothing of the others.
async fn what_is_there(region: &Region, cloud: &Cloud) -> Result<Option<String>, Unknown> {
    let mut unread = None;
    let ids = ids_of::<Instance>(cloud, |instance| !instance.is_gone()).await;
    if let Some(what) = some("instance", "instances", ids, &mut unread) {
        return Ok(Some(what));
    }
    let ids = ids_of::<Volume>(cloud, |_| true).await;
    if let Some(what) = some("volume", "volumes", ids, &mut unread) {
        return Ok(Some(what));
    }
    let ids = ids_of::<DBCluster>(cloud, |cluster| !cluster.is_being_deleted()).await;
    let ids = both(ids, ids_of::<DBInstance>(cloud, |instance| !instance.is_being_deleted()).await);
    if let Some(what) = some("database instance or cluster", "database instances and clusters", ids, &mut unread) {
        return Ok(Some(what));
    }
    let ids = ids_of::<FileSystem>(cloud, |file_system| !file_system.is_being_deleted()).await;
    if let Some(what) = some("file system", "file systems", ids, &mut unread) {
        return Ok(Some(what));
    }
    let ids = ids_of::<Bucket>(cloud, |bucket| bucket.bucket_region == region.name).await;
    if let Some(what) = some("bucket", "buckets", ids, &mut unread) {
        return Ok(Some(what));
    }
    let ids = both(ids_of::<Snapshot>(cloud, |_| true).await, ids_of::<Image>(cloud, |_| true).await);
    if let Some(what) = some("snapshot or machine image", "snapshots and machine images", ids, &mut unread) {
        return Ok(Some(what));
    }
    let what = some("key", "keys", keys(cloud).await, &mut unread);
    match (what, unread) {
        (None, Some(unknown)) => Err(unknown),
        (what, _) => Ok(what),
    }
}

/// So many of a kind, and which; nothing if there are none, or if that is not known: the first reason is kept.
fn some(one: &str, many: &str, ids: Seen, unread: &mut Option<Unknown>) -> Option<String> {
    const TOLD: usize = 3;
    let ids = match ids {
        Ok(ids) => ids,
        Err(unknown) => {
            unread.get_or_insert(unknown);
            return None;
        }
    };
    let told = ids.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    Some(match ids.len() {
        0 => return None,
        1 => format!("1 {one}: {told}"),
        number if number <= TOLD => format!("{number} {many}: {told}"),
        number => format!("{number} {many}, among them {told}"),
    })
}

fn both(one: Seen, other: Seen) -> Seen {
    let (mut all, other) = (one?, other?);
    all.extend(other);
    Ok(all)
}

async fn ids_of<R: Resource>(cloud: &Cloud, counts: impl Fn(&R) -> bool) -> Seen
where
    Declared: Asks<R>,
{
    let all = cloud.list::<R>().await?;
    Ok(all.iter().filter(|one| counts(one)).map(|one| one.identity(cloud.place()).id).collect())
}

/// The account's own keys, except for those on their way out. One of which nothing is known leaves it open only if no
/// other counts.
async fn keys(cloud: &Cloud) -> Seen {
    let (mut ids, mut unread) = (Vec::new(), None);
    for key in cloud.list::<Key>().await?.iter() {
        match cloud.of::<KeyMetadata>(key).await {
            Ok(metadata) => {
                let is_leaving = matches!(&*metadata.key_state, "PendingDeletion" | "PendingReplicaDeletion");
                if metadata.is_customer_managed() && !is_leaving {
                    ids.push(key.key_id.clone());
                }
            }
            Err(unknown) => unread = unread.or(Some(unknown)),
        }
    }
    match unread {
        Some(unknown) if ids.is_empty() => Err(unknown),
        _ => Ok(ids),
    }
}
