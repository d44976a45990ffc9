//! Reads AWS Artifact through its SDK.

use aws_sdk_artifact::Client;

use super::resources::{CustomerAgreement, LIST_CUSTOMER_AGREEMENTS};
use crate::contract::Unknown;
use crate::live::{Live, missing, timestamp};

crate::collectors! {
    list CustomerAgreement = customer_agreements,
}

async fn customer_agreements(live: &Live, seen: &mut Vec<CustomerAgreement>) -> Result<(), Unknown> {
    let lacks = |field| missing(LIST_CUSTOMER_AGREEMENTS, field);
    let time = |time: Option<_>| time.map(|time| timestamp(LIST_CUSTOMER_AGREEMENTS, &time)).transpose();
    let mut pages = live.client(Client::new).list_customer_agreements().into_paginator().send();
    while let Some(page) = pages.next().await {
        for agreement in live.heard(LIST_CUSTOMER_AGREEMENTS, page)?.customer_agreements {
            seen.push(CustomerAgreement {
                id: agreement.id.ok_or_else(|| lacks("CustomerAgreements.Id"))?,
                arn: agreement.arn.ok_or_else(|| lacks("CustomerAgreements.Arn"))?,
                name: agreement.name.ok_or_else(|| lacks("CustomerAgreements.Name"))?,
                state: agreement.state.ok_or_else(|| lacks("CustomerAgreements.State"))?.as_str().to_owned(),
                r#type: agreement.r#type.map(|kind| kind.as_str().to_owned()),
                effective_start: time(agreement.effective_start)?,
                effective_end: time(agreement.effective_end)?,
                organization_arn: agreement.organization_arn,
            });
        }
    }
    Ok(())
}
