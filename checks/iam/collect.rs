//! Reads Identity and Access Management through its SDK.

use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{self as sdk, AssignmentStatusType, EntityType, ReportStateType, SummaryKeyType};

use super::resources::{
    AccountPasswordPolicy, AccountSummary, AttachedPolicy, CredentialReportRow, GENERATE_CREDENTIAL_REPORT,
    GET_ACCOUNT_AUTHORIZATION_DETAILS, GET_ACCOUNT_PASSWORD_POLICY, GET_ACCOUNT_SUMMARY, GET_CREDENTIAL_REPORT, Group,
    InlinePolicy, LIST_ORGANIZATIONS_FEATURES, LIST_SAML_PROVIDERS, LIST_SERVER_CERTIFICATES, LIST_VIRTUAL_MFA_DEVICES,
    ManagedPolicy, MfaDeviceUser, OrganizationsFeatures, PasswordPolicy, PermissionsBoundary, Role, SamlProvider,
    ServerCertificate, User, VirtualMfaDevice, rows_of,
};
use crate::contract::{Account, Reason, Tags, Unknown};
use crate::live::{Absent, Live, missing, timestamp, told};
use crate::policy::Document;

crate::collectors! {
    list User = users,
    list Group = groups,
    list Role = roles,
    list ManagedPolicy = managed_policies,
    list CredentialReportRow = credential_report,
    detail AccountSummary = account_summary,
    detail AccountPasswordPolicy = account_password_policy,
    list SamlProvider = saml_providers,
    list VirtualMfaDevice = virtual_mfa_devices,
    list ServerCertificate = server_certificates,
    detail OrganizationsFeatures = organizations_features,
}

/// The most that a page of `GetAccountAuthorizationDetails` holds.
const PAGE: i32 = 1000;

async fn users(live: &Live, seen: &mut Vec<User>) -> Result<(), Unknown> {
    let details = live.client(Client::new).get_account_authorization_details();
    let mut pages = details.filter(EntityType::User).max_items(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for user in live.heard(GET_ACCOUNT_AUTHORIZATION_DETAILS, page)?.user_detail_list.into_iter().flatten() {
            let created = user.create_date.ok_or_else(|| lacks("CreateDate"))?;
            seen.push(User {
                user_name: user.user_name.ok_or_else(|| lacks("UserName"))?,
                arn: user.arn.ok_or_else(|| lacks("Arn"))?,
                create_date: timestamp(GET_ACCOUNT_AUTHORIZATION_DETAILS, &created)?,
                user_policy_list: inline(user.user_policy_list)?,
                attached_managed_policies: attached(user.attached_managed_policies)?,
                tags: tags(user.tags),
            });
        }
    }
    Ok(())
}

async fn groups(live: &Live, seen: &mut Vec<Group>) -> Result<(), Unknown> {
    let details = live.client(Client::new).get_account_authorization_details();
    let mut pages = details.filter(EntityType::Group).max_items(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for group in live.heard(GET_ACCOUNT_AUTHORIZATION_DETAILS, page)?.group_detail_list.into_iter().flatten() {
            seen.push(Group {
                group_name: group.group_name.ok_or_else(|| lacks("GroupName"))?,
                arn: group.arn.ok_or_else(|| lacks("Arn"))?,
                group_policy_list: inline(group.group_policy_list)?,
                attached_managed_policies: attached(group.attached_managed_policies)?,
            });
        }
    }
    Ok(())
}

async fn roles(live: &Live, seen: &mut Vec<Role>) -> Result<(), Unknown> {
    let details = live.client(Client::new).get_account_authorization_details();
    let mut pages = details.filter(EntityType::Role).max_items(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for role in live.heard(GET_ACCOUNT_AUTHORIZATION_DETAILS, page)?.role_detail_list.into_iter().flatten() {
            let trust = role.assume_role_policy_document.ok_or_else(|| lacks("AssumeRolePolicyDocument"))?;
            let boundary = role.permissions_boundary.map(|boundary| {
                let arn = boundary.permissions_boundary_arn;
                arn.ok_or_else(|| lacks("PermissionsBoundary.PermissionsBoundaryArn"))
            });
            let boundary = boundary.transpose()?;
            seen.push(Role {
                role_name: role.role_name.ok_or_else(|| lacks("RoleName"))?,
                arn: role.arn.ok_or_else(|| lacks("Arn"))?,
                path: role.path.ok_or_else(|| lacks("Path"))?,
                assume_role_policy_document: Document::from_url_encoded(&trust),
                role_policy_list: inline(role.role_policy_list)?,
                attached_managed_policies: attached(role.attached_managed_policies)?,
                permissions_boundary: boundary
                    .map(|permissions_boundary_arn| PermissionsBoundary { permissions_boundary_arn }),
                tags: tags(role.tags),
            });
        }
    }
    Ok(())
}

/// The account's own; those of AWS are not asked for.
async fn managed_policies(live: &Live, seen: &mut Vec<ManagedPolicy>) -> Result<(), Unknown> {
    let details = live.client(Client::new).get_account_authorization_details();
    let mut pages = details.filter(EntityType::LocalManagedPolicy).max_items(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        for policy in live.heard(GET_ACCOUNT_AUTHORIZATION_DETAILS, page)?.policies.into_iter().flatten() {
            let mut versions = policy.policy_version_list.into_iter().flatten();
            let version = versions.find(|version| version.is_default_version);
            let version = version.ok_or_else(|| lacks("PolicyVersionList.IsDefaultVersion"))?;
            let document = version.document.ok_or_else(|| lacks("PolicyVersionList.Document"))?;
            let arn = policy.arn.ok_or_else(|| lacks("Arn"))?;
            seen.push(ManagedPolicy {
                // An ARN ends in the name; moto tells it there only.
                policy_name: arn.rsplit('/').next().ok_or_else(|| lacks("Arn"))?.to_owned(),
                arn,
                default_version_id: version.version_id.ok_or_else(|| lacks("PolicyVersionList.VersionId"))?,
                attachment_count: policy.attachment_count.ok_or_else(|| lacks("AttachmentCount"))?,
                document: Document::from_url_encoded(&document),
            });
        }
    }
    Ok(())
}

fn lacks(field: &str) -> Unknown {
    missing(GET_ACCOUNT_AUTHORIZATION_DETAILS, field)
}

/// IAM leaves a list out when it is empty.
fn attached(policies: Option<Vec<sdk::AttachedPolicy>>) -> Result<Vec<AttachedPolicy>, Unknown> {
    let attached = policies.into_iter().flatten().map(|policy| {
        Ok(AttachedPolicy {
            policy_name: policy.policy_name.ok_or_else(|| lacks("AttachedManagedPolicies.PolicyName"))?,
            policy_arn: policy.policy_arn.ok_or_else(|| lacks("AttachedManagedPolicies.PolicyArn"))?,
        })
    });
    attached.collect()
}

/// IAM leaves a list out when it is empty.
fn inline(policies: Option<Vec<sdk::PolicyDetail>>) -> Result<Vec<InlinePolicy>, Unknown> {
    let inline = policies.into_iter().flatten().map(|policy| {
        let document = policy.policy_document.ok_or_else(|| lacks("PolicyDocument"))?;
        Ok(InlinePolicy {
            policy_name: policy.policy_name.ok_or_else(|| lacks("PolicyName"))?,
            policy_document: Document::from_url_encoded(&document),
        })
    });
    inline.collect()
}

fn tags(tags: Option<Vec<sdk::Tag>>) -> Tags {
    tags.into_iter().flatten().map(|tag| (tag.key, tag.value)).collect()
}

async fn credential_report(live: &Live, seen: &mut Vec<CredentialReportRow>) -> Result<(), Unknown> {
    let client = live.client(Client::new);
    have_report_made(live, &client).await?;
    let answer = live.heard(GET_CREDENTIAL_REPORT, client.get_credential_report().send().await)?;
    let content = answer.content.ok_or_else(|| missing(GET_CREDENTIAL_REPORT, "Content"))?.into_inner();
    let report = String::from_utf8(content).map_err(|error| {
        let action = GET_CREDENTIAL_REPORT.iam_action();
        Unknown::new(Reason::Malformed, action, format!("the credential report is not UTF-8: {error}"))
    })?;
    rows_of(&report, seen)
}

/// Asks until the report is there: at once if it is younger than four hours, within seconds in most accounts, within
/// minutes in those with thousands of users.
async fn have_report_made(live: &Live, client: &Client) -> Result<(), Unknown> {
    const WAITS: [u64; 13] = [1, 2, 3, 4, 5, 10, 10, 15, 15, 20, 30, 30, 35];
    for wait in WAITS.into_iter().map(Some).chain([None]) {
        let answer = live.heard(GENERATE_CREDENTIAL_REPORT, client.generate_credential_report().send().await)?;
        match (answer.state, wait) {
            (Some(ReportStateType::Complete), _) => return Ok(()),
            (Some(ReportStateType::Started | ReportStateType::Inprogress), Some(seconds)) => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            (Some(ReportStateType::Started | ReportStateType::Inprogress), None) => break,
            (Some(other), _) => {
                let action = GENERATE_CREDENTIAL_REPORT.iam_action();
                return Err(Unknown::new(Reason::Malformed, action, format!("the credential report is {other}")));
            }
            (None, _) => return Err(missing(GENERATE_CREDENTIAL_REPORT, "State")),
        }
    }
    let action = GENERATE_CREDENTIAL_REPORT.iam_action();
    Err(Unknown::new(Reason::Timeout, action, "the credential report was not ready after three minutes"))
}

async fn account_summary(live: &Live, _: &Account) -> Result<AccountSummary, Unknown> {
    let answer = live.client(Client::new).get_account_summary().send().await;
    let map = live.heard(GET_ACCOUNT_SUMMARY, answer)?.summary_map;
    let map = map.ok_or_else(|| missing(GET_ACCOUNT_SUMMARY, "SummaryMap"))?;
    let told = |key: SummaryKeyType| {
        map.get(&key).copied().ok_or_else(|| missing(GET_ACCOUNT_SUMMARY, &format!("SummaryMap.{key}")))
    };
    Ok(AccountSummary {
        account_access_keys_present: told(SummaryKeyType::AccountAccessKeysPresent)?,
        account_mfa_enabled: told(SummaryKeyType::AccountMfaEnabled)?,
        account_password_present: map.get(&SummaryKeyType::AccountPasswordPresent).copied(),
        account_signing_certificates_present: map.get(&SummaryKeyType::AccountSigningCertificatesPresent).copied(),
    })
}

async fn account_password_policy(live: &Live, _: &Account) -> Result<AccountPasswordPolicy, Unknown> {
    let answer = live.client(Client::new).get_account_password_policy().send().await;
    let answer = live.heard(GET_ACCOUNT_PASSWORD_POLICY, answer).absent(&["NoSuchEntity"])?;
    let Some(answer) = answer else {
        return Ok(AccountPasswordPolicy { password_policy: None });
    };
    let policy = answer.password_policy.ok_or_else(|| missing(GET_ACCOUNT_PASSWORD_POLICY, "PasswordPolicy"))?;
    let minimum_password_length = policy
        .minimum_password_length
        .ok_or_else(|| missing(GET_ACCOUNT_PASSWORD_POLICY, "PasswordPolicy.MinimumPasswordLength"))?;
    let password_reuse_prevention = policy.password_reuse_prevention;
    Ok(AccountPasswordPolicy {
        password_policy: Some(PasswordPolicy { minimum_password_length, password_reuse_prevention }),
    })
}

/// All in one answer: IAM has no pages here.
async fn saml_providers(live: &Live, seen: &mut Vec<SamlProvider>) -> Result<(), Unknown> {
    let answer = live.heard(LIST_SAML_PROVIDERS, live.client(Client::new).list_saml_providers().send().await)?;
    let providers = answer.saml_provider_list.ok_or_else(|| missing(LIST_SAML_PROVIDERS, "SAMLProviderList"))?;
    for provider in providers {
        let lacks = |field: &str| missing(LIST_SAML_PROVIDERS, field);
        let valid_until = provider.valid_until.ok_or_else(|| lacks("SAMLProviderList.ValidUntil"))?;
        seen.push(SamlProvider {
            arn: provider.arn.ok_or_else(|| lacks("SAMLProviderList.Arn"))?,
            valid_until: timestamp(LIST_SAML_PROVIDERS, &valid_until)?,
        });
    }
    Ok(())
}

/// Those that are assigned: nobody signs in with another.
async fn virtual_mfa_devices(live: &Live, seen: &mut Vec<VirtualMfaDevice>) -> Result<(), Unknown> {
    let devices = live.client(Client::new).list_virtual_mfa_devices();
    let mut pages = devices.assignment_status(AssignmentStatusType::Assigned).into_paginator().send();
    while let Some(page) = pages.next().await {
        for device in live.heard(LIST_VIRTUAL_MFA_DEVICES, page)?.virtual_mfa_devices {
            let user = device.user.map(|user| MfaDeviceUser { arn: user.arn });
            let serial_number = told(LIST_VIRTUAL_MFA_DEVICES, "SerialNumber", device.serial_number)?;
            seen.push(VirtualMfaDevice { serial_number, user });
        }
    }
    Ok(())
}

async fn server_certificates(live: &Live, seen: &mut Vec<ServerCertificate>) -> Result<(), Unknown> {
    let mut pages = live.client(Client::new).list_server_certificates().into_paginator().send();
    while let Some(page) = pages.next().await {
        for certificate in live.heard(LIST_SERVER_CERTIFICATES, page)?.server_certificate_metadata_list {
            let expiration = certificate.expiration.ok_or_else(|| missing(LIST_SERVER_CERTIFICATES, "Expiration"))?;
            seen.push(ServerCertificate {
                server_certificate_name: told(
                    LIST_SERVER_CERTIFICATES,
                    "ServerCertificateName",
                    certificate.server_certificate_name,
                )?,
                arn: told(LIST_SERVER_CERTIFICATES, "Arn", certificate.arn)?,
                expiration: timestamp(LIST_SERVER_CERTIFICATES, &expiration)?,
            });
        }
    }
    Ok(())
}

/// An organization that does not trust IAM, or that only shares its bills, has no such features.
/// Source: IAM API Reference, `ListOrganizationsFeatures`, errors.
async fn organizations_features(live: &Live, _: &Account) -> Result<OrganizationsFeatures, Unknown> {
    let answer = live.client(Client::new).list_organizations_features().send().await;
    let none = ["ServiceAccessNotEnabledException", "OrganizationNotInAllFeaturesModeException"];
    let Some(answer) = live.heard(LIST_ORGANIZATIONS_FEATURES, answer).absent(&none)? else {
        return Ok(OrganizationsFeatures { enabled_features: Vec::new() });
    };
    let features = answer.enabled_features.ok_or_else(|| missing(LIST_ORGANIZATIONS_FEATURES, "EnabledFeatures"))?;
    Ok(OrganizationsFeatures { enabled_features: features.iter().map(|feature| feature.as_str().to_owned()).collect() })
}
