//! Reads SNS through its SDK.

use aws_sdk_sns::Client;

use super::resources::{LIST_SUBSCRIPTIONS_BY_TOPIC, Subscription, Topic, TopicSubscriptions};
use crate::contract::Unknown;
use crate::live::{Absent, Live, missing};

crate::collectors! {
    detail TopicSubscriptions = topic_subscriptions,
}

/// Reads no further than the first page with a confirmed subscription: a topic may have millions.
async fn topic_subscriptions(live: &Live, topic: &Topic) -> Result<TopicSubscriptions, Unknown> {
    let lacks = |field| missing(LIST_SUBSCRIPTIONS_BY_TOPIC, field);
    let request = live.client(Client::new).list_subscriptions_by_topic().topic_arn(&topic.topic_arn);
    let mut pages = request.into_paginator().send();
    let mut subscriptions = Vec::new();
    while let Some(page) = pages.next().await {
        // An alarm goes on naming a topic that was deleted.
        let Some(page) = live.heard(LIST_SUBSCRIPTIONS_BY_TOPIC, page).absent(&["NotFound"])? else {
            return Ok(TopicSubscriptions { subscriptions: None });
        };
        for subscription in page.subscriptions.ok_or_else(|| lacks("Subscriptions"))? {
            subscriptions.push(Subscription {
                subscription_arn: subscription.subscription_arn.ok_or_else(|| lacks("SubscriptionArn"))?,
                protocol: subscription.protocol.ok_or_else(|| lacks("Protocol"))?,
            });
        }
        if subscriptions.iter().any(Subscription::is_confirmed) {
            break;
        }
    }
    Ok(TopicSubscriptions { subscriptions: Some(subscriptions) })
}
