use super::resources::Instance;
use crate::contract::{Answer, fail, not_applicable, pass};

crate::check! {
    /// Instances reach AWS through an instance role instead of stored keys
    ///
    /// An instance without a role that is to call AWS needs an access key on its disk. Such a key does not expire, is
    /// copied into images and backups, and works from anywhere once it is taken; a role's credentials last for hours
    /// and never have to be stored.
    ///
    /// A stopped instance is judged like a running one: it starts as it is. Instances that an AWS service runs for the
    /// account (EKS Auto Mode, for one) are the service's to give a role. Only the instance profile is looked at, which is
    /// what a role comes in; that the role is still in it is not.
    ///
    /// # Fix
    /// Give it a profile whose role may do what the instance has to, or nothing at all if it never calls AWS, and
    /// remove the keys it has used so far:
    /// `aws ec2 associate-iam-instance-profile --instance-id ID --iam-instance-profile Name=PROFILE`
    ///
    /// # Source
    /// Amazon EC2 User Guide, "IAM roles for Amazon EC2"; CIS Amazon Web Services Foundations Benchmark, "Ensure IAM
    /// instance roles are used for AWS resource access from instances"
    over: Instance,
    duty: ServiceIdentities,
    severity: Medium,
}

async fn judge(instance: &Instance, _: &Cloud) -> Answer {
    if instance.is_gone() {
        return Ok(not_applicable(format!("is {}, and never runs again", instance.state)));
    }
    Ok(match (&instance.iam_instance_profile, instance.run_by()) {
        (Some(profile), _) => pass(format!("has the instance profile {}", profile.name()))
            .showing("IamInstanceProfile.Arn", &*profile.arn),
        (None, Some(service)) => not_applicable(format!("is run by {service}, which alone can give it a role")),
        (None, None) => fail("has no instance role").showing("IamInstanceProfile", None::<String>),
    })
}
