use serde_json::Value;

use super::resources::{Key, KeyMetadata, KeyPolicy};
use crate::contract::{Answer, fail, not_applicable, pass};
use crate::policy::Wanted;

crate::check! {
    /// No key policy lets anyone use the key
    ///
    /// A key policy speaks for the whole world: with `"Principal": "*"` and no condition that names the callers, every
    /// AWS account there is may do what the statement allows, from reading the key's description to decrypting with it.
    ///
    /// # Fix
    /// Name the callers, or add a condition such as `"StringEquals": {"kms:CallerAccount": "ACCOUNT"}` or
    /// `"aws:PrincipalOrgID"`; `kms:ViaService` alone admits every account that uses the service:
    /// `aws kms get-key-policy --key-id ID --query Policy --output text > policy.json`, edit it, then
    /// `aws kms put-key-policy --key-id ID --policy file://policy.json`
    ///
    /// # Source
    /// AWS KMS Developer Guide, "Key policies in AWS KMS", section on the Principal element; "AWS KMS condition keys";
    /// Security Hub KMS.5
    over: Key,
    reads: [KeyMetadata, KeyPolicy],
    duty: Authorization,
    severity: Critical,
}

// A disabled key, or one that waits to be deleted, is judged like any other: its policy is in force, and may even let
// a stranger enable it or cancel the deletion.
async fn judge(key: &Key, cloud: &Cloud) -> Answer {
    if !cloud.of::<KeyMetadata>(key).await?.is_customer_managed() {
        return Ok(not_applicable("is managed by AWS, and so is its policy"));
    }
    let policy = cloud.of::<KeyPolicy>(key).await?.parsed()?;
    let opened = policy.opened_to_everyone(&[Wanted { actions: "kms:*", on: &[&*key.key_arn] }]);
    if opened.is_empty() {
        return Ok(pass("has a policy that lets in fixed callers only"));
    }
    let statements: Value = opened.iter().map(|(statement, _)| statement.to_json()).collect();
    let each = opened.iter().map(|(statement, actions)| actions.join(", ") + &statement.under_conditions());
    Ok(fail(format!("lets anyone use {}", each.collect::<Vec<_>>().join("; ")))
        .showing_of::<KeyPolicy>("Policy.Statement", statements))
}
