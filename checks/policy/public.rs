//! Who is let in when a statement is for everyone, and whom its conditions leave.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use super::{Actions, Condition, Principal, Resources, Statement, Test, is_account_id, is_unique_id};

/// Someone outside the account that a statement lets in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outsider {
    /// Anyone, or anyone who comes from some network or through some service.
    Everyone,
    /// An account.
    Account(String),
    /// Every account of an organization, by its id; the own one may be named by a policy variable.
    Organization(String),
    /// The account with this canonical user id, which may be the own one: only S3 can tell.
    CanonicalUser(String),
}

impl fmt::Display for Outsider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Account(id) => write!(f, "account {id}"),
            Self::Organization(id) if id == OWN_ORGANIZATION => f.write_str("the whole organization"),
            Self::Organization(id) => write!(f, "organization {id}"),
            Self::CanonicalUser(id) => write!(f, "canonical user {id}"),
        }
    }
}

/// The organization that the resource's account is in.
const OWN_ORGANIZATION: &str = "${aws:ResourceOrgID}";

/// What the values of a condition key can pin down.
#[derive(Debug, Clone, Copy)]
enum Pins {
    /// Account ids.
    Account,
    /// Organization ids.
    Organization,
    /// Paths of organizational units, which begin with the organization's id.
    OrganizationPath,
    /// ARNs, which mostly hold an account id.
    Arn,
    /// Unique ids of principals, with a session name after a colon.
    UserId,
    /// One thing with a name that nobody else can have.
    Thing,
    /// Public addresses.
    Address,
}

/// The keys that fix the caller, or the account that a service calls for.
///
/// Sources: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", section "The meaning of
/// 'public'", whose list this begins with; IAM User Guide, "AWS global condition context keys"; AWS KMS Developer
/// Guide, "AWS KMS condition keys".
///
/// Not here, because a stranger can make them true in an account of their own or through a service:
/// `aws:PrincipalTag/…`, `aws:username`, `aws:PrincipalType`, `aws:VpcSourceIp` (everyone may use 10.0.0.0/8),
/// `aws:PrincipalIsAWSService`, `aws:ViaAWSService`, `aws:CalledVia`, `kms:ViaService`,
/// `kms:EncryptionContext:…`, `aws:SecureTransport`, `aws:Referer`, `aws:UserAgent`.
const OF_THE_CALLER: &[(&str, Pins)] = &[
    ("aws:PrincipalAccount", Pins::Account),
    ("aws:SourceAccount", Pins::Account),
    ("aws:SourceOwner", Pins::Account),
    ("kms:CallerAccount", Pins::Account),
    ("aws:PrincipalOrgID", Pins::Organization),
    ("aws:SourceOrgID", Pins::Organization),
    ("aws:PrincipalOrgPaths", Pins::OrganizationPath),
    ("aws:SourceOrgPaths", Pins::OrganizationPath),
    ("aws:PrincipalArn", Pins::Arn),
    ("aws:SourceArn", Pins::Arn),
    ("aws:userid", Pins::UserId),
];

/// The keys that fix the way a request comes or what it brings. That confines it, but the accounts in their values own
/// the way; whose the callers are is another matter.
const OF_THE_WAY: &[(&str, Pins)] = &[
    ("aws:VpceAccount", Pins::Account),
    ("aws:VpceOrgID", Pins::Organization),
    ("aws:VpceOrgPaths", Pins::OrganizationPath),
    ("aws:SourceVpcArn", Pins::Arn),
    ("aws:SourceVpc", Pins::Thing),
    ("aws:SourceVpce", Pins::Thing),
    ("aws:SourceIp", Pins::Address),
    ("aws:PrincipalServiceName", Pins::Thing),
    ("aws:PrincipalServiceNamesList", Pins::Thing),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", Pins::Thing),
    // A bucket that leaves the decision to access points; they have policies of their own.
    ("s3:DataAccessPointAccount", Pins::Account),
    ("s3:DataAccessPointArn", Pins::Arn),
];

/// What `aws:userid` and `aws:PrincipalAccount` hold when nobody has signed the request.
///
/// Source: IAM User Guide, "AWS global condition context keys".
const NOBODY: &str = "anonymous";

/// Whom one value leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Left {
    /// The members of an account.
    Account(String),
    /// The members of the account that the resource is in, whichever that is.
    OwnAccount,
    /// The members of an organization.
    Organization(String),
    /// Someone fixed, whose account is not told.
    Someone,
}

/// Services whose ARNs have no colon after the account id. Elsewhere a stranger may name a thing of their own such
/// that our account id stands between colons (`arn:aws:lambda:eu-west-1:THEIRS:function:OURS:1`), and a `*` of
/// `StringLike`, which spans colons, takes it for ours.
const WITHOUT_COLONS: [&str; 4] = ["events", "s3", "sns", "sqs"];

impl Pins {
    /// Whom a value leaves; `None` if it does not confine.
    fn left_by(self, test: Test, value: &str) -> Option<Left> {
        let plain = |text: &str| !text.is_empty() && !text.contains(['*', '?']) && !text.contains("${");
        let account = |text: &str| match text {
            "${aws:ResourceAccount}" => Some(Left::OwnAccount),
            _ if is_account_id(text) => Some(Left::Account(text.to_owned())),
            _ => None,
        };
        let fixed = (plain(value) && !value.eq_ignore_ascii_case(NOBODY)).then_some(Left::Someone);
        match self {
            Self::Account => account(value).or(fixed),
            Self::Organization if value == OWN_ORGANIZATION || plain(value) => {
                Some(Left::Organization(value.to_owned()))
            }
            Self::Organization => None,
            Self::OrganizationPath => {
                let organization = value.split_once('/').map_or(value, |(organization, _)| organization);
                Self::Organization.left_by(test, organization)
            }
            Self::Arn => match *value.splitn(6, ':').collect::<Vec<_>>() {
                // ARN comparisons go field by field; others let a `*` before the account id swallow the real one.
                ["arn", partition, service, region, owner, resource] => Some(owner)
                    .filter(|_| {
                        let settled = |field: &str| field.is_empty() || plain(field);
                        matches!(test, Test::ArnEquals | Test::ArnLike)
                            || (settled(partition) && settled(service))
                                && (settled(region) || region == "*" && WITHOUT_COLONS.contains(&service))
                    })
                    .and_then(account)
                    // Bucket names are unique in their partition, and only the name's owner has the bucket.
                    .or_else(|| {
                        let bucket = service == "s3" && plain(resource) && !resource.contains([':', '/']);
                        bucket.then_some(Left::Someone)
                    })
                    .or(fixed),
                _ => fixed,
            },
            Self::UserId => {
                let id = value.split(['*', '?', ':']).next().filter(|id| is_unique_id(id));
                let account_of_session = value.split_once(':').and_then(|(id, _)| account(id));
                account_of_session.or_else(|| account(value)).or_else(|| id.map(|_| Left::Someone)).or(fixed)
            }
            Self::Thing => fixed,
            Self::Address => is_narrow(value).then_some(Left::Someone),
        }
    }

    /// Whether a comparison takes the values as this kind of thing.
    fn compared_by(self, test: Test) -> bool {
        match self {
            Self::Address => test == Test::IpAddress,
            Self::Arn if matches!(test, Test::ArnEquals | Test::ArnLike) => true,
            _ => matches!(test, Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike),
        }
    }
}

/// Whether an address range is no wider than S3 takes for fixed: /8 of IPv4, /32 of IPv6.
fn is_narrow(text: &str) -> bool {
    let range = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    match range {
        Ok(IpNet::V4(range)) => range.prefix_len() >= 8,
        Ok(IpNet::V6(range)) => range.prefix_len() >= 32,
        Err(_) => false,
    }
}

impl Condition {
    /// Whom it leaves if it holds and the request has the key; `None` if that may be anyone.
    fn leaves(&self) -> Option<Vec<Left>> {
        let test = self.operator.test;
        // "The resource is in the caller's account" is "the caller is in the resource's account", said backwards.
        let backwards = [
            ("aws:ResourceAccount", "${aws:PrincipalAccount}", Left::OwnAccount),
            ("aws:ResourceOrgID", "${aws:PrincipalOrgID}", Left::Organization(OWN_ORGANIZATION.to_owned())),
        ];
        for (key, value, left) in backwards {
            if self.is_key(key) && Pins::Account.compared_by(test) && self.values == [value] {
                return Some(vec![left]);
            }
        }
        let among = |keys: &[(&str, Pins)]| keys.iter().find(|(key, _)| self.is_key(key)).map(|(_, pins)| *pins);
        let (caller, way) = (among(OF_THE_CALLER), among(OF_THE_WAY));
        let pins = caller.or(way)?;
        if !pins.compared_by(test) || self.values.is_empty() {
            return None;
        }
        let left = self.values.iter().map(|value| pins.left_by(test, value));
        left.map(|left| if way.is_some() { left.and(Some(Left::Someone)) } else { left }).collect()
    }

    /// Whether it says that the request has this key: `{"Null": {"aws:PrincipalOrgID": "false"}}`.
    fn demands(&self, key: &str) -> bool {
        self.operator.test == Test::Null
            && self.is_key(key)
            && self.values.iter().all(|value| value.eq_ignore_ascii_case("false"))
            && !self.values.is_empty()
    }
}

impl Statement {
    /// What each of its conditions leaves of everyone; empty if none confines.
    fn confinements(&self) -> Vec<Vec<Left>> {
        let present = |condition: &Condition| {
            !condition.operator.holds_without_key() || self.conditions.iter().any(|other| other.demands(&condition.key))
        };
        self.conditions
            .iter()
            .filter(|condition| !condition.operator.test.is_negated() && present(condition))
            .filter_map(Condition::leaves)
            .collect()
    }

    /// Whether a condition confines it to fixed callers, whoever its principal part lets in.
    ///
    /// Negated comparisons, comparisons that also hold for requests without the key (`…IfExists`, `ForAllValues:`),
    /// and values with wildcards that leave the account open do not confine.
    pub fn is_confined(&self) -> bool {
        !self.confinements().is_empty()
    }

    /// Whether it allows something to everyone, and no condition confines that to fixed callers.
    pub fn is_public(&self) -> bool {
        self.allows() && self.is_for_everyone() && !self.is_empty() && !self.is_confined()
    }

    /// Whether an empty list makes it say nothing.
    fn is_empty(&self) -> bool {
        matches!(&self.actions, Actions::Only(own) if own.is_empty())
            || matches!(&self.resources, Resources::Only(own) if own.is_empty())
    }

    /// Whom it lets in beside the account `own`: accounts, organizations, or everyone. Services are nobody's account.
    pub fn reaches_other_accounts(&self, own: &str) -> Vec<Outsider> {
        if !self.allows() || self.is_empty() {
            return Vec::new();
        }
        let confinements = self.confinements();
        // The accounts that conditions leave, where they all tell.
        let accounts: Vec<Vec<&str>> = confinements
            .iter()
            .filter_map(|left| {
                left.iter()
                    .map(|left| match left {
                        Left::Account(id) => Some(&**id),
                        Left::OwnAccount => Some(own),
                        Left::Organization(_) | Left::Someone => None,
                    })
                    .collect()
            })
            .collect();
        let admitted = |account: &str| accounts.iter().all(|accounts| accounts.contains(&account));
        let mut outsiders = Vec::new();
        let everyone = self.is_for_everyone();
        for principal in self.named_principals() {
            match (principal, principal.account()) {
                (_, Some(account)) if account != own && admitted(account) => {
                    outsiders.push(Outsider::Account(account.to_owned()));
                }
                (Principal::CanonicalUser(id), _) => outsiders.push(Outsider::CanonicalUser(id.clone())),
                (Principal::Everyone | Principal::Aws(_) | Principal::Federated(_) | Principal::Service(_), _) => {}
            }
        }
        if everyone {
            let organizations = confinements.iter().find_map(|left| {
                left.iter()
                    .map(|left| match left {
                        Left::Organization(id) => Some(Outsider::Organization(id.clone())),
                        Left::Account(id) => Some(Outsider::Account(id.clone())),
                        Left::OwnAccount => Some(Outsider::Account(own.to_owned())),
                        Left::Someone => None,
                    })
                    .collect::<Option<Vec<_>>>()
            });
            match (accounts.first(), organizations) {
                (Some(first), _) => {
                    let left = first.iter().filter(|account| **account != own && admitted(account));
                    outsiders.extend(left.map(|account| Outsider::Account((*account).to_owned())));
                }
                (None, Some(left)) => {
                    outsiders.extend(left.into_iter().filter(|left| *left != Outsider::Account(own.to_owned())));
                }
                (None, None) => outsiders.push(Outsider::Everyone),
            }
        }
        outsiders.sort();
        outsiders.dedup();
        outsiders
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Outsider;
    use crate::policy::{Policy, Statement};

    const OWN: &str = "111122223333";

    fn statement(mut json: Value) -> Statement {
        for (name, value) in [("Effect", json!("Allow")), ("Action", json!("s3:GetObject")), ("Resource", json!("*"))] {
            json.as_object_mut().unwrap().entry(name).or_insert(value);
        }
        policy(json!([json])).statements.remove(0)
    }

    fn policy(statements: Value) -> Policy {
        Policy::from_json(&json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
    }

    fn public_when(condition: Value) -> bool {
        statement(json!({ "Principal": "*", "Condition": condition })).is_public()
    }

    fn reached(principal: Value, condition: Value) -> Vec<Outsider> {
        statement(json!({ "Principal": principal, "Condition": condition })).reaches_other_accounts(OWN)
    }

    fn account(id: &str) -> Outsider {
        Outsider::Account(id.to_owned())
    }

    #[test]
    fn a_statement_for_everyone_is_public() {
        assert!(statement(json!({ "Principal": "*" })).is_public());
        assert!(statement(json!({ "Principal": { "AWS": ["arn:aws:iam::111122223333:root", "*"] } })).is_public());
        assert!(statement(json!({ "NotPrincipal": { "AWS": "111122223333" } })).is_public());
    }

    #[test]
    fn a_statement_for_somebody_is_not_public() {
        assert!(!statement(json!({ "Principal": { "AWS": "444455556666" } })).is_public());
        assert!(!statement(json!({ "Principal": { "Service": "cloudtrail.amazonaws.com" } })).is_public());
        assert!(!statement(json!({ "Principal": "*", "Effect": "Deny" })).is_public());
        assert!(!statement(json!({ "NotPrincipal": "*" })).is_public());
        assert!(!statement(json!({})).is_public());
        assert!(!statement(json!({ "Principal": "*", "Action": [] })).is_public());
    }

    #[test]
    fn fixed_callers_confine() {
        for condition in [
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
            json!({ "stringequals": { "AWS:principalorgid": ["o-a1b2c3d4e5", "o-f6g7h8i9j0"] } }),
            json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*" } }),
            json!({ "StringEquals": { "kms:CallerAccount": 111_122_223_333_u64 } }),
            json!({ "StringEquals": { "aws:PrincipalAccount": "${aws:ResourceAccount}" } }),
            json!({ "StringEquals": { "aws:ResourceAccount": "${aws:PrincipalAccount}" } }),
            json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/*" } }),
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:sns:*:111122223333:*" } }),
            json!({ "ArnEquals": { "aws:SourceArn": "arn:aws-cn:s3:::plimsoll-tidy" } }),
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:*:*:plimsoll-tidy" } }),
            json!({ "StringLike": { "aws:SourceArn": "arn:aws:sns:*:111122223333:*" } }),
            json!({ "StringLike": { "aws:SourceArn": "arn:aws:lambda:eu-west-1:111122223333:*" } }),
            json!({ "StringLike": { "aws:userid": "AROAEXAMPLEEXAMPLE123:*" } }),
            json!({ "StringLike": { "aws:userid": ["AIDAEXAMPLEEXAMPLE123", "111122223333:*"] } }),
            json!({ "StringEquals": { "aws:SourceVpce": "vpce-0123456789abcdef0" } }),
            json!({ "StringEquals": { "aws:VpceAccount": OWN } }),
            json!({ "StringEquals": { "s3:DataAccessPointAccount": OWN } }),
            json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"] } }),
            json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } }),
            // One that does not confine beside one that does.
            json!({ "StringEquals": { "kms:ViaService": "s3.eu-west-1.amazonaws.com", "kms:CallerAccount": OWN } }),
            // The key has to be there, so the comparison decides.
            json!({ "Null": { "aws:PrincipalOrgID": "false" },
                    "StringEqualsIfExists": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        ] {
            assert!(!public_when(condition.clone()), "{condition}");
        }
    }

    #[test]
    fn what_a_stranger_can_make_true_does_not_confine() {
        for condition in [
            json!({}),
            json!({ "StringEqualsIfExists": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
            json!({ "ForAllValues:StringEquals": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/" } }),
            json!({ "StringNotEquals": { "aws:PrincipalAccount": "444455556666" } }),
            json!({ "StringLike": { "aws:PrincipalOrgID": "o-*" } }),
            json!({ "StringEquals": { "aws:PrincipalOrgID": [] } }),
            json!({ "StringLike": { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/a", "arn:aws:iam::*:role/b"] } }),
            json!({ "StringLike": { "aws:PrincipalArn": "*" } }),
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:::plimsoll-*" } }),
            json!({ "ArnLike": { "s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:*:accesspoint/a" } }),
            // A stranger's function may be named 111122223333, and a stranger's path may hold `:111122223333:`.
            json!({ "StringLike": { "aws:SourceArn": "arn:aws:lambda:*:111122223333:*" } }),
            json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:iam:*:111122223333:role/*" } }),
            json!({ "StringLike": { "aws:PrincipalArn": "arn:*:iam::111122223333:role/*" } }),
            // What requests without a signature hold.
            json!({ "StringEquals": { "aws:userid": "anonymous" } }),
            json!({ "StringEquals": { "aws:PrincipalAccount": ["111122223333", "anonymous"] } }),
            json!({ "StringLike": { "aws:userid": "AROA*" } }),
            json!({ "StringLike": { "aws:userid": "*:session" } }),
            json!({ "StringEquals": { "aws:PrincipalTag/team": "ship" } }),
            json!({ "StringEquals": { "aws:username": "${aws:username}" } }),
            json!({ "StringEquals": { "aws:PrincipalAccount": "${aws:PrincipalAccount}" } }),
            json!({ "StringEquals": { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } }),
            json!({ "StringLike": { "aws:SourceVpc": "vpc-*" } }),
            json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } }),
            json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.0/24", "::/0"] } }),
            json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/1" } }),
            json!({ "IpAddress": { "aws:VpcSourceIp": "10.0.0.0/16" } }),
            json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
            json!({ "StringEquals": { "aws:SourceIp": "203.0.113.0/24" } }),
            json!({ "Bool": { "aws:SecureTransport": true } }),
            json!({ "Bool": { "aws:PrincipalIsAWSService": "true" } }),
            json!({ "Null": { "aws:PrincipalOrgID": "false" } }),
            json!({ "Null": { "aws:PrincipalOrgID": "true" },
                    "StringEqualsIfExists": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        ] {
            assert!(public_when(condition.clone()), "{condition}");
        }
    }

    #[test]
    fn a_denial_for_everyone_takes_a_public_grant_back() {
        let public = json!({ "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
                             "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] });
        let is_public = |deny: Value| policy(json!([public, deny])).is_public();
        let deny = |more: Value| {
            let mut deny =
                json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b*" });
            for (name, value) in more.as_object().unwrap() {
                deny[name] = value.clone();
            }
            deny
        };
        for taken_back in [
            json!({}),
            json!({ "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } } }),
            json!({ "Condition": { "StringNotEqualsIfExists": { "aws:SourceVpce": "vpce-0123456789abcdef0" } } }),
            json!({ "Condition": { "StringNotLike": { "aws:userid": "AROAEXAMPLEEXAMPLE123:*" },
                                   "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } } }),
        ] {
            assert!(!is_public(deny(taken_back.clone())), "{taken_back}");
        }
        for left in [
            json!({ "Action": "s3:Get*" }),
            json!({ "Resource": "arn:aws:s3:::b/*" }),
            json!({ "Principal": { "AWS": "444455556666" } }),
            json!({ "Condition": { "Bool": { "aws:SecureTransport": "false" } } }),
            json!({ "Condition": { "StringNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/reader" } } }),
            json!({ "Condition": { "StringEquals": { "aws:PrincipalAccount": "444455556666" } } }),
            json!({ "Condition": { "ForAnyValue:StringNotEquals": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/" } } }),
            json!({ "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
                                   "Bool": { "aws:PrincipalIsAWSService": "false" } } }),
        ] {
            assert!(is_public(deny(left.clone())), "{left}");
        }
        let but_one = json!({ "Effect": "Deny", "NotPrincipal": { "AWS": "arn:aws:iam::111122223333:root" },
                              "Action": "*", "Resource": "*" });
        assert!(!is_public(but_one));
        // Two denials, each of a part.
        let in_parts =
            policy(json!([public, deny(json!({ "Action": "s3:Get*" })), deny(json!({ "Action": "s3:List*" }))]));
        assert!(!in_parts.is_public());
    }

    #[test]
    fn named_accounts_are_reached() {
        let principals = json!({ "AWS": ["444455556666", "arn:aws:iam::777788889999:role/x", "arn:aws:iam::111122223333:root",
                                         "AROAEXAMPLEEXAMPLE123",
                                         "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"],
                                 "Service": "sns.amazonaws.com" });
        assert_eq!(reached(principals.clone(), json!({})), [account("444455556666"), account("777788889999")]);
        let only_one = json!({ "StringEquals": { "aws:PrincipalAccount": ["444455556666", "111122223333"] } });
        assert_eq!(reached(principals, only_one), [account("444455556666")]);
        let denied = statement(json!({ "Effect": "Deny", "Principal": { "AWS": "444455556666" } }));
        assert_eq!(denied.reaches_other_accounts(OWN), []);
    }

    #[test]
    fn everyone_is_whom_the_conditions_leave() {
        let everyone = || json!({ "AWS": "*" });
        assert_eq!(reached(everyone(), json!({})), [Outsider::Everyone]);
        assert_eq!(reached(everyone(), json!({ "StringEquals": { "kms:CallerAccount": OWN } })), []);
        assert_eq!(
            reached(everyone(), json!({ "StringEquals": { "kms:CallerAccount": ["444455556666", OWN] } })),
            [account("444455556666")]
        );
        assert_eq!(
            reached(everyone(), json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } })),
            [Outsider::Organization("o-a1b2c3d4e5".to_owned())]
        );
        assert_eq!(
            reached(everyone(), json!({ "StringEquals": { "aws:SourceVpce": "vpce-0123456789abcdef0" } })),
            [Outsider::Everyone]
        );
        // The own account's endpoints and access points carry callers of all accounts.
        for way in [
            json!({ "aws:VpceAccount": OWN }),
            json!({ "aws:VpceOrgID": "o-a1b2c3d4e5" }),
            json!({ "s3:DataAccessPointAccount": OWN }),
        ] {
            assert_eq!(reached(everyone(), json!({ "StringEquals": way })), [Outsider::Everyone]);
        }
        let all_but = statement(json!({ "NotPrincipal": { "AWS": "444455556666" } }));
        assert_eq!(all_but.reaches_other_accounts(OWN), [Outsider::Everyone]);
    }
}
