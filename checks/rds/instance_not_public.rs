use super::resources::DBInstance;
use crate::contract::{Answer, Unknown, fail, not_applicable, pass};

crate::check! {
    /// No database instance has a public address
    ///
    /// A database with a public address is one mistake in a security group away from everyone who scans the internet
    /// for it. Whether its groups are open now is for other checks to say.
    ///
    /// # Fix
    /// `aws rds modify-db-instance --db-instance-identifier ID --no-publicly-accessible --apply-immediately`; reach it
    /// from inside the VPC, through a VPN, or through AWS Systems Manager port forwarding.
    ///
    /// # Source
    /// Amazon RDS User Guide, "Hiding a DB instance in a VPC from the internet"; AWS Security Hub, RDS.2
    over: DBInstance,
    duty: NetworkSegmentation,
    severity: Critical,
}

async fn judge(instance: &DBInstance, _: &Cloud) -> Answer {
    if instance.is_being_deleted() {
        return Ok(not_applicable("is being deleted"));
    }
    let verdict = match instance.publicly_accessible {
        Some(true) => {
            fail("has a name that resolves to a public address; its security groups alone decide who gets in")
        }
        Some(false) => pass("has no public address"),
        None => return Err(Unknown::undecided::<DBInstance>("AWS does not tell whether it is PubliclyAccessible")),
    };
    Ok(verdict.showing("PubliclyAccessible", instance.publicly_accessible))
}
