//! Reads AWS Key Management Service through its SDK.

use aws_sdk_kms::Client;

use super::resources::{
    DESCRIBE_KEY, GET_KEY_POLICY, GET_KEY_ROTATION_STATUS, Key, KeyMetadata, KeyPolicy, KeyRotationStatus, LIST_KEYS,
};
use crate::contract::Unknown;
use crate::live::{Live, missing, timestamp};
use crate::policy::Document;

crate::collectors! {
    list Key = keys,
    detail KeyMetadata = key_metadata,
    detail KeyPolicy = key_policy,
    detail KeyRotationStatus = key_rotation_status,
}

async fn keys(live: &Live, seen: &mut Vec<Key>) -> Result<(), Unknown> {
    let mut pages = live.client(Client::new).list_keys().into_paginator().send();
    while let Some(page) = pages.next().await {
        for key in live.heard(LIST_KEYS, page)?.keys.into_iter().flatten() {
            seen.push(Key {
                key_id: key.key_id.ok_or_else(|| missing(LIST_KEYS, "KeyId"))?,
                key_arn: key.key_arn.ok_or_else(|| missing(LIST_KEYS, "KeyArn"))?,
            });
        }
    }
    Ok(())
}

async fn key_metadata(live: &Live, key: &Key) -> Result<KeyMetadata, Unknown> {
    let answer = live.client(Client::new).describe_key().key_id(&key.key_id).send().await;
    let answer = live.heard(DESCRIBE_KEY, answer)?;
    let metadata = answer.key_metadata.ok_or_else(|| missing(DESCRIBE_KEY, "KeyMetadata"))?;
    Ok(KeyMetadata {
        key_manager: metadata.key_manager.ok_or_else(|| missing(DESCRIBE_KEY, "KeyManager"))?.as_str().to_owned(),
        key_state: metadata.key_state.ok_or_else(|| missing(DESCRIBE_KEY, "KeyState"))?.as_str().to_owned(),
        key_spec: metadata.key_spec.ok_or_else(|| missing(DESCRIBE_KEY, "KeySpec"))?.as_str().to_owned(),
        origin: metadata.origin.ok_or_else(|| missing(DESCRIBE_KEY, "Origin"))?.as_str().to_owned(),
        multi_region_key_type: metadata
            .multi_region_configuration
            .and_then(|configuration| configuration.multi_region_key_type)
            .map(|kind| kind.as_str().to_owned()),
        deletion_date: metadata.deletion_date.map(|date| timestamp(DESCRIBE_KEY, &date)).transpose()?,
    })
}

async fn key_policy(live: &Live, key: &Key) -> Result<KeyPolicy, Unknown> {
    // The only name a key policy can have, so the names need not be listed first.
    let answer = live.client(Client::new).get_key_policy().key_id(&key.key_id).policy_name("default").send().await;
    let policy = live.heard(GET_KEY_POLICY, answer)?.policy.ok_or_else(|| missing(GET_KEY_POLICY, "Policy"))?;
    Ok(KeyPolicy { policy: Document::new(policy) })
}

async fn key_rotation_status(live: &Live, key: &Key) -> Result<KeyRotationStatus, Unknown> {
    let answer = live.client(Client::new).get_key_rotation_status().key_id(&key.key_id).send().await;
    let status = live.heard(GET_KEY_ROTATION_STATUS, answer)?;
    Ok(KeyRotationStatus {
        key_rotation_enabled: status.key_rotation_enabled,
        rotation_period_in_days: status.rotation_period_in_days,
    })
}
