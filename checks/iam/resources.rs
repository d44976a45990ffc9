//! Records of Identity and Access Management.

mod app_sign_in;
mod ci_trust;
mod credential_report;
mod full_admin;
mod strange_organizations;
mod support_access;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use app_sign_in::AnyApp;
pub use ci_trust::{CiTrust, Pinning};
pub use credential_report::{Credential, CredentialReportRow, Flag, NoTime, ReportedTime, days_since, rows_of};
pub use full_admin::{Grant, Reach};
pub use strange_organizations::strange_organizations;
pub use support_access::{leaves_support_cases, manages_support_cases};

use crate::contract::{Account, Answer, Call, Identity, List, Partition, Tags, Unknown, api, fail, not_applicable};
use crate::policy::{Document, Policy, Principal, Statement, Wanted};
use crate::{detail, resource};

/// Lists users, groups, roles and policies, each with the policies it has.
pub const GET_ACCOUNT_AUTHORIZATION_DETAILS: Call = api("iam", "GetAccountAuthorizationDetails");
/// Has the credential report made, unless there is one of the last four hours.
pub const GENERATE_CREDENTIAL_REPORT: Call = api("iam", "GenerateCredentialReport");
/// Gives the credential report.
pub const GET_CREDENTIAL_REPORT: Call = api("iam", "GetCredentialReport");
/// Tells how many there are of each IAM thing, and what root has.
pub const GET_ACCOUNT_SUMMARY: Call = api("iam", "GetAccountSummary");
/// Tells the account's own password policy.
pub const GET_ACCOUNT_PASSWORD_POLICY: Call = api("iam", "GetAccountPasswordPolicy");
/// Lists the identity providers that speak SAML, with the time until which their metadata is good.
pub const LIST_SAML_PROVIDERS: Call = api("iam", "ListSAMLProviders");
/// Lists the account's virtual MFA devices, those of root among them.
pub const LIST_VIRTUAL_MFA_DEVICES: Call = api("iam", "ListVirtualMFADevices");
/// Lists the certificates in IAM's own store, with the time they run out.
pub const LIST_SERVER_CERTIFICATES: Call = api("iam", "ListServerCertificates");
/// Tells what the organization has taken over of its members' roots; answers its management account and the delegated
/// administrator of IAM.
pub const LIST_ORGANIZATIONS_FEATURES: Call = api("iam", "ListOrganizationsFeatures");

/// Why checks of root do not apply in China. Source: Amazon Web Services in China User Guide, "Amazon Identity and Access
/// Management".
pub const NO_ROOT_IN_CHINA: &str = "there is no root user in China, where whoever opens an account gets an IAM user";

/// Why root signs in to no console of a partition, with or without a second factor; `None` where it does. Source: beside
/// [`NO_ROOT_IN_CHINA`], AWS GovCloud (US) User Guide, "AWS Identity and Access Management".
pub fn root_cannot_sign_in(partition: Partition) -> Option<&'static str> {
    match partition {
        Partition::China => Some(NO_ROOT_IN_CHINA),
        Partition::GovCloud => Some("root cannot sign in to the console in AWS GovCloud (US), nor have MFA there"),
        _ => None,
    }
}

/// A managed policy that is attached to a user, group or role. Source: IAM API Reference, `AttachedPolicy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AttachedPolicy {
    /// The policy's name.
    pub policy_name: String,
    /// The policy's ARN; policies that AWS manages have `aws` in place of an account.
    pub policy_arn: String,
}

impl AttachedPolicy {
    /// Whether this is the policy with which AWS grants everything, in any partition.
    ///
    /// `PowerUserAccess` leaves IAM out, and `IAMFullAccess` is a way to everything rather than everything.
    pub fn is_administrator_access(&self) -> bool {
        self.is_of_aws("AdministratorAccess")
    }

    /// Whether this is a certain policy that AWS manages (its path and name, `job-function/Billing`), in any partition.
    pub fn is_of_aws(&self, policy: &str) -> bool {
        let mut parts = self.policy_arn.splitn(6, ':');
        let (Some("arn"), Some(_partition), Some("iam"), Some(""), Some("aws"), Some(resource)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        resource.strip_prefix("policy/") == Some(policy)
    }
}

/// A policy that is part of a user, group or role. Source: IAM API Reference, `PolicyDetail`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct InlinePolicy {
    /// The policy's name, unique in its user, group or role.
    pub policy_name: String,
    /// What it grants and denies.
    pub policy_document: Document,
}

impl InlinePolicy {
    /// The policy; unknown if it cannot be understood.
    pub fn policy(&self) -> Result<Policy, Unknown> {
        self.policy_document.policy(GET_ACCOUNT_AUTHORIZATION_DETAILS)
    }
}

/// An IAM user. Source: IAM API Reference, `UserDetail`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct User {
    /// The user's name.
    pub user_name: String,
    /// The user's ARN, path included.
    pub arn: String,
    /// When the user was created.
    pub create_date: Timestamp,
    /// The inline policies of the user itself, not those of its groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_policy_list: Vec<InlinePolicy>,
    /// The managed policies attached to the user itself, not those of its groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached_managed_policies: Vec<AttachedPolicy>,
    /// The user's tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

resource!(User, "iam/User", "AWS::IAM::User", Global, [GET_ACCOUNT_AUTHORIZATION_DETAILS], |this, _place| {
    Identity::new(&this.arn, &this.user_name).tagged(&this.tags)
});

impl User {
    /// The user's row of the credential report, which is up to four hours old: a new user may not be in it, and it
    /// may still tell of a former user of the same name.
    pub fn row<'a>(&self, report: &'a List<CredentialReportRow>) -> Result<&'a CredentialReportRow, Unknown> {
        let Some(row) = report.iter().find(|row| row.arn == self.arn) else {
            return Err(Unknown::undecided::<CredentialReportRow>("the credential report does not list the user yet"));
        };
        match row.user_creation_time.time() {
            Some(time) if (time.as_second() - self.create_date.as_second()).abs() <= 1 => Ok(row),
            _ => Err(Unknown::undecided::<CredentialReportRow>(
                "the credential report tells of another user who had this name",
            )),
        }
    }

    /// Whether the user itself, not just through a group, has AWS's administrator policy.
    pub fn is_administrator(&self) -> bool {
        self.attached_managed_policies.iter().any(AttachedPolicy::is_administrator_access)
    }
}

/// A group of IAM users. Source: IAM API Reference, `GroupDetail`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Group {
    /// The group's name.
    pub group_name: String,
    /// The group's ARN, path included.
    pub arn: String,
    /// The inline policies of the group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_policy_list: Vec<InlinePolicy>,
    /// The managed policies attached to the group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached_managed_policies: Vec<AttachedPolicy>,
}

resource!(Group, "iam/Group", "AWS::IAM::Group", Global, [GET_ACCOUNT_AUTHORIZATION_DETAILS], |this, _place| {
    Identity::new(&this.arn, &this.group_name)
});

/// An IAM role. Source: IAM API Reference, `RoleDetail`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Role {
    /// The role's name.
    pub role_name: String,
    /// The role's ARN, path included.
    pub arn: String,
    /// The role's path; those below `/aws-service-role/` and `/aws-reserved/` are made by AWS alone.
    pub path: String,
    /// Who may assume the role.
    pub assume_role_policy_document: Document,
    /// The inline policies of the role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub role_policy_list: Vec<InlinePolicy>,
    /// The managed policies attached to the role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached_managed_policies: Vec<AttachedPolicy>,
    /// The policy without whose leave the others allow nothing, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// The role's tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// A policy that bounds what others allow. Source: IAM API Reference, `AttachedPermissionsBoundary`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PermissionsBoundary {
    /// The ARN of the managed policy.
    pub permissions_boundary_arn: String,
}

resource!(Role, "iam/Role", "AWS::IAM::Role", Global, [GET_ACCOUNT_AUTHORIZATION_DETAILS], |this, _place| {
    Identity::new(&this.arn, &this.role_name).tagged(&this.tags)
});

impl Role {
    /// The trust policy; unknown if it cannot be understood.
    pub fn trust_policy(&self) -> Result<Policy, Unknown> {
        self.assume_role_policy_document.policy(GET_ACCOUNT_AUTHORIZATION_DETAILS)
    }

    /// Whether anybody but AWS services may assume it: users, other roles, whoever an identity provider signs in.
    pub fn lets_people_in(&self) -> Result<bool, Unknown> {
        let is_somebody = |principal: &Principal| match principal {
            Principal::Everyone | Principal::CanonicalUser(_) | Principal::Federated(_) => true,
            Principal::Aws(_) => !principal.is_nobody(),
            Principal::Service(_) => false,
        };
        self.lets_in("sts:AssumeRole*", |statement| {
            statement.is_for_everyone() || statement.named_principals().iter().any(is_somebody)
        })
    }

    /// Whether those whom an identity provider signs in through SAML may assume it.
    pub fn trusts_saml(&self, provider: &str) -> Result<bool, Unknown> {
        let provider = Principal::Federated(provider.to_owned());
        self.lets_in("sts:AssumeRoleWithSAML", |statement| statement.named_principals().contains(&provider))
    }

    /// Whether those whom `is_open` asks about may assume it in one of these ways, and are not denied it.
    fn lets_in(&self, actions: &str, is_open: impl Fn(&Statement) -> bool) -> Result<bool, Unknown> {
        let trust = self.trust_policy()?;
        let wanted = [Wanted { actions, on: &["*"] }];
        Ok(trust.allowing().any(|statement| !trust.opened_by(statement, &wanted, &is_open).is_empty()))
    }

    /// Its policies as far as the account has written them itself: those of AWS are not among them.
    pub fn own_policies(&self, managed: &List<ManagedPolicy>) -> Result<Vec<Policy>, Unknown> {
        let is_attached = |policy: &&ManagedPolicy| {
            self.attached_managed_policies.iter().any(|attached| attached.policy_arn == policy.arn)
        };
        let inline = self.role_policy_list.iter().map(InlinePolicy::policy);
        inline.chain(managed.iter().filter(is_attached).map(ManagedPolicy::policy)).collect()
    }

    /// The policy that bounds its own, if there is one; unknown if it is one of AWS's, which are not read.
    pub fn boundary(&self, managed: &List<ManagedPolicy>) -> Result<Option<Policy>, Unknown> {
        let Some(PermissionsBoundary { permissions_boundary_arn: arn }) = &self.permissions_boundary else {
            return Ok(None);
        };
        match managed.iter().find(|policy| policy.arn == *arn) {
            Some(policy) => policy.policy().map(Some),
            None => Err(Unknown::undecided::<Self>(format!(
                "what the permissions boundary {arn} leaves the role {} is not read",
                self.role_name
            ))),
        }
    }

    /// Whether this is the role of an AWS service, which only that service can change.
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with("/aws-service-role/")
    }

    /// Whether IAM Identity Center keeps this role for a permission set.
    pub fn is_of_identity_center(&self) -> bool {
        self.path.starts_with("/aws-reserved/sso.amazonaws.com/")
    }
}

/// A managed policy of the account itself, in its default version: the only one in force. Source: IAM API Reference,
/// `ManagedPolicyDetail`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ManagedPolicy {
    /// The policy's name.
    pub policy_name: String,
    /// The policy's ARN, path included.
    pub arn: String,
    /// The version in force.
    pub default_version_id: String,
    /// How many users, groups and roles have the policy.
    pub attachment_count: i32,
    /// What that version grants and denies.
    pub document: Document,
}

resource!(
    ManagedPolicy,
    "iam/ManagedPolicy",
    "AWS::IAM::ManagedPolicy",
    Global,
    [GET_ACCOUNT_AUTHORIZATION_DETAILS],
    |this, _place| Identity::new(&this.arn, &this.arn)
);

impl ManagedPolicy {
    /// The policy; unknown if it cannot be understood.
    pub fn policy(&self) -> Result<Policy, Unknown> {
        self.document.policy(GET_ACCOUNT_AUTHORIZATION_DETAILS)
    }
}

resource!(
    CredentialReportRow,
    "iam/CredentialReportRow",
    "AWS::IAM::User",
    Global,
    [GENERATE_CREDENTIAL_REPORT, GET_CREDENTIAL_REPORT],
    |this, _place| Identity::new(&this.arn, &this.user)
);

/// What root has. Source: IAM API Reference, `GetAccountSummary`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AccountSummary {
    /// 1 if root has access keys.
    pub account_access_keys_present: i32,
    /// 1 if root has a second factor.
    #[serde(rename = "AccountMFAEnabled")]
    pub account_mfa_enabled: i32,
    /// 1 if root has a password, 0 if the organization has taken it away; where AWS tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_password_present: Option<i32>,
    /// 1 if root has signing certificates; where AWS tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_signing_certificates_present: Option<i32>,
}

detail!(AccountSummary, "iam/AccountSummary", of Account, [GET_ACCOUNT_SUMMARY]);

impl AccountSummary {
    /// Whether root has a second factor, of whatever kind.
    pub fn root_has_a_second_factor(&self) -> bool {
        self.account_mfa_enabled != 0
    }

    /// Whether root is known to have no password: the organization has taken it away.
    pub fn root_has_no_password(&self) -> bool {
        self.account_password_present == Some(0)
    }

    /// What is to be said of a root that has no second factor, or no password and whatever factor.
    pub fn root_lacks_a_second_factor(&self) -> Answer {
        match self.account_password_present {
            Some(0) => Ok(not_applicable("root has no password that a second factor would guard")),
            Some(_) => Ok(fail("root signs in without a second factor")),
            None => {
                let detail = "root has no second factor, and AWS does not tell whether it has a password";
                Err(Unknown::undecided::<Self>(detail))
            }
        }
    }
}

/// The rules for the passwords of the account's users. Source: IAM API Reference, `GetAccountPasswordPolicy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AccountPasswordPolicy {
    /// The account's own rules, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_policy: Option<PasswordPolicy>,
}

/// Rules for passwords. Source: IAM API Reference, `PasswordPolicy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PasswordPolicy {
    /// The least number of characters.
    pub minimum_password_length: i32,
    /// How many of a user's last passwords may not be set again; left out if any may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_reuse_prevention: Option<i32>,
}

detail!(AccountPasswordPolicy, "iam/AccountPasswordPolicy", of Account, [GET_ACCOUNT_PASSWORD_POLICY]);

/// An identity provider that speaks SAML. Source: IAM API Reference, `SAMLProviderListEntry`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SamlProvider {
    /// The provider's ARN, which ends in its name.
    pub arn: String,
    /// Until when its metadata is good.
    pub valid_until: Timestamp,
}

resource!(SamlProvider, "iam/SamlProvider", "AWS::IAM::SAMLProvider", Global, [LIST_SAML_PROVIDERS], |this, _place| {
    Identity::new(&this.arn, this.name())
});

impl SamlProvider {
    /// The provider's name.
    pub fn name(&self) -> &str {
        self.arn.rsplit_once('/').map_or(&self.arn, |(_, name)| name)
    }
}

/// A virtual MFA device that someone signs in with. Source: IAM API Reference, `VirtualMFADevice`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct VirtualMfaDevice {
    /// The device's ARN.
    pub serial_number: String,
    /// Who signs in with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<MfaDeviceUser>,
}

/// Who signs in with an MFA device. Source: IAM API Reference, `User`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MfaDeviceUser {
    /// The user's ARN, or root's.
    pub arn: String,
}

resource!(
    VirtualMfaDevice,
    "iam/VirtualMfaDevice",
    "AWS::IAM::VirtualMFADevice",
    Global,
    [LIST_VIRTUAL_MFA_DEVICES],
    |this, _place| Identity::new(&this.serial_number, &this.serial_number)
);

impl VirtualMfaDevice {
    /// Whether root, by its ARN, signs in with it. Root's device may have any name, and a user's that of root's.
    pub fn is_of_root(&self, root: &str) -> Result<bool, Unknown> {
        match &self.user {
            Some(user) if !user.arn.is_empty() => Ok(user.arn == root),
            // What the console called root's device before there could be several.
            _ if self.serial_number.ends_with(":mfa/root-account-mfa-device") => Ok(true),
            _ => Err(Unknown::undecided::<Self>(format!("AWS does not tell who has {}", self.serial_number))),
        }
    }
}

/// A certificate in IAM's own store. Source: IAM API Reference, `ServerCertificateMetadata`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ServerCertificate {
    /// The certificate's name, unique in the account.
    pub server_certificate_name: String,
    /// The certificate's ARN, path included.
    pub arn: String,
    /// When it runs out.
    pub expiration: Timestamp,
}

resource!(
    ServerCertificate,
    "iam/ServerCertificate",
    "AWS::IAM::ServerCertificate",
    Global,
    [LIST_SERVER_CERTIFICATES],
    |this, _place| Identity::new(&this.arn, &this.server_certificate_name)
);

/// What the organization has taken over of its members' roots. Source: IAM API Reference,
/// `ListOrganizationsFeatures`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct OrganizationsFeatures {
    /// `RootCredentialsManagement` and `RootSessions`, if they are switched on.
    pub enabled_features: Vec<String>,
}

detail!(OrganizationsFeatures, "iam/OrganizationsFeatures", of Account, [LIST_ORGANIZATIONS_FEATURES]);

#[cfg(test)]
mod tests {
    use super::*;

    fn attached(policy_arn: &str) -> AttachedPolicy {
        AttachedPolicy { policy_name: "AdministratorAccess".to_owned(), policy_arn: policy_arn.to_owned() }
    }

    #[test]
    fn administrator_access_is_known_in_every_partition_and_only_as_a_policy_of_aws() {
        for arn in ["aws", "aws-cn", "aws-us-gov"] {
            assert!(attached(&format!("arn:{arn}:iam::aws:policy/AdministratorAccess")).is_administrator_access());
        }
        for arn in [
            "arn:aws:iam::111122223333:policy/AdministratorAccess",
            "arn:aws:iam::aws:policy/AdministratorAccess-Amplify",
            "arn:aws:iam::aws:policy/job-function/SystemAdministrator",
            "arn:aws:iam::aws:policy/PowerUserAccess",
        ] {
            assert!(!attached(arn).is_administrator_access(), "{arn}");
        }
    }
}
