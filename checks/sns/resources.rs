//! Records of SNS.

use serde::{Deserialize, Serialize};

use crate::contract::{Call, Identity, api};
use crate::{detail, resource};

/// Tells who is subscribed to a topic.
pub const LIST_SUBSCRIPTIONS_BY_TOPIC: Call = api("sns", "ListSubscriptionsByTopic");

/// A topic, known because something sends to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Topic {
    /// The topic's ARN.
    pub topic_arn: String,
}

resource!(Topic, "sns/Topic", "AWS::SNS::Topic", Regional, [], |this, place| {
    Identity::new(&this.topic_arn, &this.topic_arn).within(this.arn_part(3).unwrap_or(&place.region))
});

impl Topic {
    /// The topic with an ARN; `None` if that is the ARN of something else.
    pub fn new(arn: &str) -> Option<Self> {
        let topic = Self { topic_arn: arn.to_owned() };
        (topic.arn_part(2) == Some("sns") && arn.split(':').count() == 6).then_some(topic)
    }

    /// The topic's name.
    pub fn name(&self) -> &str {
        self.arn_part(5).unwrap_or(&self.topic_arn)
    }

    /// The account the topic belongs to.
    pub fn account(&self) -> Option<&str> {
        self.arn_part(4)
    }

    fn arn_part(&self, index: usize) -> Option<&str> {
        self.topic_arn.split(':').nth(index)
    }
}

/// Who is subscribed to a topic. Where messages go is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TopicSubscriptions {
    /// The subscriptions, up to the first page with a confirmed one; left out if there is no such topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscriptions: Option<Vec<Subscription>>,
}

detail!(TopicSubscriptions, "sns/TopicSubscriptions", of Topic, [LIST_SUBSCRIPTIONS_BY_TOPIC]);

/// A subscription. Source: SNS API Reference, `Subscription`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Subscription {
    /// Its ARN; `PendingConfirmation` until somebody has confirmed it, `Deleted` afterwards.
    pub subscription_arn: String,
    /// How messages go out: `email`, `https`, `lambda` …
    pub protocol: String,
}

impl Subscription {
    /// Whether messages go out.
    pub fn is_confirmed(&self) -> bool {
        self.subscription_arn.starts_with("arn:")
    }
}
