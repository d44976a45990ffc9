//! Whether the public reaches a bucket: Block Public Access, policy and ACL taken together.

use super::public_access_block::{PublicAccessBlock, Setting};
use super::resources::{
    AccountPublicAccessBlock, Bucket, BucketAcl, BucketOwnershipControls, BucketPolicy, BucketPublicAccessBlock, Grant,
};
use crate::contract::{Asks, Cloud, Unknown, Verdict, fail};
use crate::policy::{Actions, Effect, Pattern, Policy, Principal, Principals, Resources, Statement, Wanted};

/// What the public might do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read objects, list them, look at the bucket's settings.
    Read,
    /// Put and delete objects, change the bucket's settings.
    Write,
}

impl Access {
    /// The actions it takes. Source: Service Authorization Reference, "Actions, resources, and condition keys for
    /// Amazon S3"; the S3 User Guide, "The meaning of 'public'", has the same groups.
    fn wanted<'a>(self, on: &'a [&'a str]) -> Vec<Wanted<'a>> {
        let actions: &[&'static str] = match self {
            Self::Read => &["s3:Get*", "s3:List*"],
            Self::Write => &[
                "s3:Put*",
                "s3:Delete*",
                "s3:Create*",
                "s3:Update*",
                "s3:Replicate*",
                "s3:RestoreObject",
                "s3:AbortMultipartUpload",
                "s3:BypassGovernanceRetention",
                "s3:InitiateReplication",
                "s3:ObjectOwnerOverrideToBucketOwner",
            ],
        };
        actions.iter().map(|actions| Wanted { actions, on }).collect()
    }

    /// The actions that a permission in a bucket's ACL stands for, as far as they are of this sort. Source: S3 User
    /// Guide, "Access control list (ACL) overview", the mapping of ACL permissions to policy permissions.
    fn permitted_by(self, permission: &str) -> Vec<&'static str> {
        let stands_for: &[&'static str] = match (self, permission) {
            (Self::Read, "READ") => &["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
            (Self::Read, "READ_ACP") => &["s3:GetBucketAcl"],
            (Self::Write, "WRITE") => &["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
            (Self::Write, "WRITE_ACP") => &["s3:PutBucketAcl"],
            (_, "READ" | "READ_ACP" | "WRITE" | "WRITE_ACP") => &[],
            // FULL_CONTROL is all of the above; a permission we do not know may be.
            _ => return ["READ", "READ_ACP", "WRITE", "WRITE_ACP"].map(|each| self.permitted_by(each)).concat(),
        };
        stands_for.to_vec()
    }
}

impl Grant {
    /// The public it is for, if it is for one of the groups without members of their own.
    fn public(&self) -> Option<&'static str> {
        let group = self.grantee.uri.as_deref()?;
        match group.rsplit('/').next() {
            Some("AllUsers") => Some("everyone"),
            Some("AuthenticatedUsers") => Some("every AWS account"),
            _ => None,
        }
    }

    /// The same as an Allow statement, to be seen beside the policy's Deny statements.
    fn as_statement(&self, access: Access, arn: &str) -> Option<Statement> {
        let actions = access.permitted_by(&self.permission);
        let (bucket, objects) = (Pattern::resource(arn), Pattern::resource(format!("{arn}/*")));
        // A bucket's ACL is about the bucket, but for those who may put objects into it.
        let resources = match (access, &*self.permission) {
            (Access::Read, _) | (_, "WRITE_ACP") => vec![bucket],
            (_, "WRITE") => vec![objects],
            _ => vec![bucket, objects],
        };
        self.public().filter(|_| !actions.is_empty()).map(|_| Statement {
            sid: None,
            effect: Effect::Allow,
            principals: Some(Principals::Only(vec![Principal::Everyone])),
            actions: Actions::Only(actions.into_iter().map(Pattern::action).collect()),
            resources: Resources::Only(resources),
            conditions: Vec::new(),
        })
    }
}

/// A way by which the public comes in.
#[derive(Debug, Clone, PartialEq)]
pub enum Exposure {
    /// A statement of the policy.
    Policy {
        /// What it lets the public do.
        actions: Vec<String>,
        /// The statement.
        statement: Statement,
    },
    /// An entry of the ACL.
    Acl {
        /// What it lets the public do, in the ACL's words.
        permission: String,
        /// Who the public is.
        public: &'static str,
    },
}

impl Exposure {
    /// How the public may come in to do something with a bucket; `None` if no way is open. Source: S3 User Guide,
    /// "Blocking public access to your Amazon S3 storage".
    ///
    /// Asks for as little as settles the question: nothing more where Block Public Access is fully in force, and not
    /// for the ACL where the policy is open already. An ACL can be taken back by the policy, never the other way round.
    /// Undecided where the policy leaves it to access points.
    pub async fn of<C>(bucket: &Bucket, access: Access, cloud: &Cloud<C>) -> Result<Option<Self>, Unknown>
    where
        C: Asks<AccountPublicAccessBlock>
            + Asks<BucketPublicAccessBlock>
            + Asks<BucketPolicy>
            + Asks<BucketAcl>
            + Asks<BucketOwnershipControls>,
    {
        // The Block… settings refuse what is new; only these two are about what is there.
        let (policies, acls) = (Setting::RestrictPublicBuckets, Setting::IgnorePublicAcls);
        let block = PublicAccessBlock::of(bucket, &[policies, acls], cloud).await;
        let arn = bucket.arn(cloud.place());
        let read_policy = async || -> Result<Policy, Unknown> {
            Ok(cloud.of::<BucketPolicy>(bucket).await?.understood()?.unwrap_or_else(Policy::empty))
        };
        if block.has(policies) != Ok(true)
            && let Some(exposure) = Self::by_policy(&read_policy().await?, access, &arn)
        {
            block.has(policies)?;
            return Ok(Some(exposure));
        }
        if block.has(acls) != Ok(true) {
            let acl = cloud.of::<BucketAcl>(bucket).await?;
            if acl.grants.iter().any(|grant| grant.as_statement(access, &arn).is_some()) {
                let ownership = cloud.of::<BucketOwnershipControls>(bucket).await?;
                if let Some(exposure) = Self::by_acl(&acl, &ownership, &read_policy().await?, access, &arn) {
                    block.has(acls)?;
                    return Ok(Some(exposure));
                }
            }
        }
        if block.has(policies) != Ok(true) {
            Self::by_access_points(&read_policy().await?, access, &arn)?;
        }
        Ok(None)
    }

    fn by_access_points(policy: &Policy, access: Access, arn: &str) -> Result<(), Unknown> {
        let (on, is_open) =
            ([arn, &format!("{arn}/*")], |statement: &Statement| statement.with_open_access_points().is_public());
        let left = policy.allowing().find_map(|statement| {
            let actions = policy.opened_by(statement, &access.wanted(&on), is_open);
            (!actions.is_empty()).then(|| actions.join(", "))
        });
        match left {
            None => Ok(()),
            Some(actions) => Err(Unknown::undecided::<BucketPolicy>(format!(
                "the policy leaves {actions} to access points, whose policies are not read"
            ))),
        }
    }

    fn by_policy(policy: &Policy, access: Access, arn: &str) -> Option<Self> {
        let opened = policy.opened_to_everyone(&access.wanted(&[arn, &format!("{arn}/*")]));
        opened.into_iter().next().map(|(statement, actions)| Self::Policy { actions, statement: statement.clone() })
    }

    fn by_acl(
        acl: &BucketAcl,
        ownership: &BucketOwnershipControls,
        policy: &Policy,
        access: Access,
        arn: &str,
    ) -> Option<Self> {
        if ownership.object_ownership.as_deref() == Some("BucketOwnerEnforced") {
            return None;
        }
        acl.grants.iter().find_map(|grant| {
            let statement = grant.as_statement(access, arn)?;
            let actions =
                policy.opened_by(&statement, &access.wanted(&[arn, &format!("{arn}/*")]), Statement::is_public);
            (!actions.is_empty()).then_some(Self::Acl { permission: grant.permission.clone(), public: grant.public()? })
        })
    }

    /// What it says of a bucket, which `name`s: "its" for the bucket judged.
    pub fn verdict(self, whose: &str) -> Verdict {
        match self {
            Self::Policy { actions, statement } => {
                let (actions, how) = (actions.join(", "), statement.under_conditions());
                fail(format!("{whose} policy allows everyone {actions}{how}"))
                    .showing_of::<BucketPolicy>("Statement", statement.to_json())
            }
            Self::Acl { permission, public } => fail(format!("{whose} ACL grants {permission} to {public}"))
                .showing_of::<BucketAcl>("Permission", permission),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::resources::Grantee;

    const ARN: &str = "arn:aws:s3:::b";

    fn acl(group: &str, permission: &str) -> BucketAcl {
        let uri = Some(format!("http://acs.amazonaws.com/groups/{group}"));
        let grantee = Grantee { r#type: "Group".to_owned(), uri };
        BucketAcl { grants: vec![Grant { grantee, permission: permission.to_owned() }] }
    }

    fn owned(ownership: &str) -> BucketOwnershipControls {
        BucketOwnershipControls { object_ownership: Some(ownership.to_owned()) }
    }

    fn open(acl: &BucketAcl, access: Access) -> bool {
        Exposure::by_acl(acl, &owned("ObjectWriter"), &Policy::empty(), access, ARN).is_some()
    }

    #[test]
    fn a_permission_opens_what_it_stands_for() {
        for (permission, reads, writes) in [
            ("READ", true, false),
            ("READ_ACP", true, false),
            ("WRITE", false, true),
            ("WRITE_ACP", false, true),
            ("FULL_CONTROL", true, true),
        ] {
            for group in ["global/AllUsers", "global/AuthenticatedUsers"] {
                let acl = acl(group, permission);
                assert_eq!((open(&acl, Access::Read), open(&acl, Access::Write)), (reads, writes), "{permission}");
            }
        }
    }

    #[test]
    fn the_group_that_delivers_logs_is_not_the_public() {
        let acl = acl("s3/LogDelivery", "WRITE");
        assert!(!open(&acl, Access::Write));
    }

    #[test]
    fn an_acl_is_void_where_the_bucket_owner_owns_everything() {
        let acl = acl("global/AllUsers", "READ");
        assert!(Exposure::by_acl(&acl, &owned("BucketOwnerEnforced"), &Policy::empty(), Access::Read, ARN).is_none());
        assert!(Exposure::by_acl(&acl, &owned("BucketOwnerPreferred"), &Policy::empty(), Access::Read, ARN).is_some());
        let never_set = BucketOwnershipControls { object_ownership: None };
        assert!(Exposure::by_acl(&acl, &never_set, &Policy::empty(), Access::Read, ARN).is_some());
    }

    #[test]
    fn a_deny_in_the_policy_takes_back_what_an_acl_grants() {
        let policy = Policy::parse(
            r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:List*",
                "Resource": "arn:aws:s3:::b"}}"#,
        )
        .unwrap();
        let read = acl("global/AllUsers", "READ");
        let by = |acl: &BucketAcl| Exposure::by_acl(acl, &owned("ObjectWriter"), &policy, Access::Read, ARN);
        assert!(by(&read).is_none());
        assert!(by(&acl("global/AllUsers", "READ_ACP")).is_some());
        assert!(by(&acl("global/AllUsers", "FULL_CONTROL")).is_some());
        // A bucket's ACL gives no more than this to read, FULL_CONTROL included.
        let policy = Policy::parse(
            r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Resource": "arn:aws:s3:::b",
                "Action": ["s3:ListBucket*", "s3:GetBucketAcl"]}}"#,
        )
        .unwrap();
        let full = acl("global/AllUsers", "FULL_CONTROL");
        assert!(Exposure::by_acl(&full, &owned("ObjectWriter"), &policy, Access::Read, ARN).is_none());
    }
}
