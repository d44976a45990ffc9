//! What is new, published to a topic of SNS. This file is the only one that publishes, and only what `--notify sns:…` asks
//! for.

use std::sync::Arc;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use futures::future::{BoxFuture, FutureExt};
use plimsoll_checks::contract::{Call, Unknown, api};
use plimsoll_checks::live::{Clients, Live};

use super::session::Caller;
use crate::notify::{Again, Message, Publisher, Refusal, Topic};

/// Publishes a message. No check asks for it, and no policy that `plimsoll permissions` prints allows it.
const PUBLISH: Call = api("sns", "Publish");

/// The order that our messages belong to, in topics that keep one.
const ORDER: &str = "plimsoll";

impl Publisher for Caller {
    fn publish<'a>(&'a self, topic: &'a Topic, message: &'a Message) -> BoxFuture<'a, Result<(), Refusal>> {
        publish(self, topic, message).boxed()
    }
}

async fn publish(caller: &Caller, topic: &Topic, message: &Message) -> Result<(), Refusal> {
    let refused = |why: String| Refusal { why, again: Again::Never };
    let severity = MessageAttributeValue::builder().data_type("String").string_value(message.severity.as_str());
    let severity = severity.build().map_err(|error| refused(error.to_string()))?;
    // A role that a scan takes on is to read, and need not publish.
    let clients = Clients::new(Arc::new(caller.outset.by_itself(caller.pace())));
    let live = Live::new(clients, caller.global().at(&topic.region));
    let mut request = live
        .client(Client::new)
        .publish()
        .topic_arn(&topic.arn)
        .subject(&message.subject)
        .message_structure("json")
        .message(&message.body)
        .message_attributes("severity", severity);
    if topic.is_fifo() {
        request = request.message_group_id(ORDER).message_deduplication_id(&message.id);
    }
    // The SDK has tried again what may pass.
    let answer = live.heard(PUBLISH, request.send().await);
    answer.map(|_| ()).map_err(|failure| refused(Unknown::from(failure).to_string()))
}
