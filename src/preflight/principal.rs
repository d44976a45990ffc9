//! Whose policies are to be simulated for a caller.

/// Whose policies a caller's calls are judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A user.
    User {
        /// Its ARN.
        arn: String,
    },
    /// A role, taken on by whomever.
    Role {
        /// Its name, unique in the account.
        name: String,
        /// Its ARN, if it has no path: the ARN of a session leaves that out.
        arn_without_path: String,
    },
}

/// Whose policies are to be simulated for the caller with an ARN, or why there is nobody.
///
/// Source: IAM User Guide, "IAM identifiers" and the STS ARNs of "AWS JSON policy elements: Principal".
pub fn principal(caller: &str) -> Result<Principal, &'static str> {
    let mut parts = caller.splitn(6, ':').skip(1);
    let mut part = || parts.next().unwrap_or("");
    let (partition, service, _, account, name) = (part(), part(), part(), part(), part());
    let (kind, name) = name.split_once('/').unwrap_or((name, ""));
    match (service, kind) {
        ("iam", "user") if !name.is_empty() => Ok(Principal::User { arn: caller.to_owned() }),
        ("sts", "assumed-role") => {
            let name = name.split_once('/').map_or(name, |(role, _)| role).to_owned();
            let arn_without_path = format!("arn:{partition}:iam::{account}:role/{name}");
            Ok(Principal::Role { name, arn_without_path })
        }
        ("iam", "root") => Err("the root user has no policies of its own"),
        ("sts", "federated-user") => Err("a federated user's permissions are no policy of IAM's alone"),
        _ => Err("the caller is neither a user nor a role"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_itself_and_a_session_is_its_role() {
        let arn = "arn:aws-cn:iam::111122223333:user/audit/ann".to_owned();
        assert_eq!(principal(&arn), Ok(Principal::User { arn: arn.clone() }));
        let session = "arn:aws-us-gov:sts::111122223333:assumed-role/AWSReservedSSO_Audit_0123/ann@example.com";
        let name = "AWSReservedSSO_Audit_0123".to_owned();
        let arn_without_path = format!("arn:aws-us-gov:iam::111122223333:role/{name}");
        assert_eq!(principal(session), Ok(Principal::Role { name, arn_without_path }));
    }

    #[test]
    fn for_others_there_is_nothing_to_simulate() {
        for (arn, why) in [
            ("arn:aws:iam::111122223333:root", "root user"),
            ("arn:aws:sts::111122223333:federated-user/ann", "federated user"),
            ("arn:aws:iam::111122223333:user/", "neither"),
            ("arn:aws:sts::111122223333:something/else", "neither"),
            ("", "neither"),
        ] {
            assert!(principal(arn).is_err_and(|error| error.contains(why)), "{arn}");
        }
    }
}
