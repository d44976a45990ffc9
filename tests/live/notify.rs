//! What is new, published to a topic in the session that the scan began in, and read from a queue that listens.

use serde_json::Value;

use crate::moto::{Moto, python, run};
use crate::scan::{Ran, User};
use crate::wire::{Act, Memory, Wire};

/// Makes topics with a queue behind each, or reads what is in the queues.
const QUEUES: &str = r#"
import json, sys
import boto3
endpoint, what = sys.argv[1:]
clients = [boto3.client(name, endpoint_url=endpoint, region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test") for name in ("sns", "sqs")]
sns, sqs = clients
for name, settings in (("alerts", {}), ("alerts.fifo", {"FifoTopic": "true"})):
    queue = {"FifoQueue": "true"} if settings else {}
    if what == "make":
        topic = sns.create_topic(Name=name, Attributes=settings)["TopicArn"]
        url = sqs.create_queue(QueueName=name, Attributes=queue)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        print(topic)
    else:
        came = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], MaxNumberOfMessages=10, AttributeNames=["All"])
        print(json.dumps(came.get("Messages", [])))
"#;

fn queues(moto: &Moto, what: &str) -> Vec<String> {
    let told = run(python().args(["-c", QUEUES, &moto.endpoint, what]));
    String::from_utf8(told).expect("text").lines().map(str::to_owned).collect()
}

/// What is in each queue.
fn came(moto: &Moto) -> Vec<Vec<Value>> {
    queues(moto, "read").iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test]
async fn what_is_new_is_published_to_topics_wherever_they_are_and_comes_out_of_their_queues() {
    let moto = Moto::start();
    let topics = queues(&moto, "make");
    let user = User::of(&moto.endpoint);
    let history = user.path("history");
    let (first, second) = (format!("sns:{}", topics[0]), format!("sns:{}", topics[1]));
    let missing = "sns:arn:aws:sns:eu-central-1:123456789012:nobody";
    let check = ["--check", "account-security-contact-registered", "--region", "us-east-1", "--notify-at-least", "low"];
    let args =
        ["--history", history.to_str().expect("UTF-8"), "--notify", &first, "--notify", &second, "--notify", missing];
    let scan = async || user.scan(&[&check[..], &args].concat()).await;
    let ran: Ran = scan().await;
    assert!(ran.stderr.contains(&format!("told {first}: 1 new\n")), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("told {second}: 1 new\n")), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("error: {missing} was not told what is new: ")), "{}", ran.stderr);
    assert_eq!(ran.code, Some(1), "as the scan has it: {}", ran.stderr);
    for messages in came(&moto) {
        let [message] = &messages[..] else { panic!("one message: {messages:?}") };
        let envelope: Value = serde_json::from_str(message["Body"].as_str().expect("a body")).expect("JSON");
        assert_eq!(envelope["Subject"], "Plimsoll: Account 123456789012: 1 new finding (1 medium)");
        assert_eq!(envelope["MessageAttributes"]["severity"]["Value"], "medium");
        let document = envelope["Message"].as_str().expect("a text");
        crate::schema::validate_as("plimsoll.notification.1.json", document.as_bytes(), "document");
        let document: Value = serde_json::from_str(document).expect("JSON");
        assert_eq!(document["data"]["owners"][0]["findings"][0]["check"], "account-security-contact-registered");
    }
    // A second scan finds nothing new.
    let ran = scan().await;
    assert!(ran.stderr.contains(&format!("nothing new at low or above for {first}")), "{}", ran.stderr);
    assert_eq!(came(&moto).concat().len(), 0, "the first were hidden for a while, and no others came");
}

#[tokio::test]
async fn a_role_that_scans_need_not_publish() {
    let moto = Moto::start();
    let topics = queues(&moto, "make");
    let wire = Wire::new(&Memory::of(moto.address), |_| Act::Answer).await;
    let user = User::of(&wire.endpoint);
    let (history, topic) = (user.path("history"), format!("sns:{}", topics[0]));
    let role = "arn:aws:iam::222222222222:role/audit";
    let check = ["--check", "account-security-contact-registered", "--region", "us-east-1", "--role-arn", role];
    let tell = ["--notify-at-least", "low", "--notify", &topic, "--history", history.to_str().expect("UTF-8")];
    let ran = user.scan(&[&check[..], &tell].concat()).await;
    assert!(ran.stderr.contains(&format!("told {topic}: 1 new\n")), "{}", ran.stderr);
    assert_eq!(ran.report().scan.account, "222222222222");
    let published = |by_user: bool| wire.count(|it, _| it.operation == "Publish" && (it.key == "test") == by_user);
    assert_eq!((published(true), published(false)), (1, 0), "by the user, and not by the role");
}
