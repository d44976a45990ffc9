//! A large account out of a small one: some resources many times over, each copy with a name and details of its own.
//!
//! Copies are of what a scan asks most about: buckets, keys and snapshots. A copy is called as its original, with a mark
//! and a number after it; what is asked about a copy is what is known of the original, under the copy's name.

use serde_json::Value;

/// Stands between the name of an original and the number of a copy.
const MARK: &str = "-copy-";

/// Where resources that are copied are listed.
enum List {
    /// In JSON: the field that holds them, and the field of each that holds its name.
    Json(&'static str, &'static str),
    /// In XML: the elements that they are, and the element of each that holds its name.
    Xml(&'static str, &'static str),
}

/// The list that an operation's answer is, if what it lists is copied.
fn list_of(service: &str, operation: &str) -> Option<List> {
    Some(match (service, operation) {
        ("ec2", "DescribeSnapshots") => List::Xml("item", "snapshotId"),
        ("kms", "ListKeys") => List::Json("Keys", "KeyId"),
        ("rds", "DescribeDBSnapshots") => List::Xml("DBSnapshot", "DBSnapshotIdentifier"),
        ("s3", "ListBuckets") => List::Xml("Bucket", "Name"),
        _ => return None,
    })
}

/// The answer to a list, with so many copies of each resource after it; as it is, if such resources are not copied.
///
/// # Panics
/// If the answer is no such list.
pub fn with_copies(service: &str, operation: &str, answer: String, copies: usize) -> String {
    match list_of(service, operation) {
        Some(_) if copies == 0 => answer,
        Some(List::Json(field, name)) => in_json(&answer, field, name, copies),
        Some(List::Xml(element, name)) => in_xml(&answer, element, name, copies),
        None => answer,
    }
}

fn in_json(answer: &str, field: &str, name: &str, copies: usize) -> String {
    let mut json: Value = serde_json::from_str(answer).expect("the answer is JSON");
    let listed = json.get_mut(field).and_then(Value::as_array_mut).expect("the answer is a list");
    let all = listed.iter().flat_map(|item| {
        let id = item.get(name).and_then(Value::as_str).expect("each has a name");
        let text = item.to_string();
        let more = (1..=copies).map(|n| serde_json::from_str(&copy(&text, id, n)).expect("as much JSON as before"));
        std::iter::once(item.clone()).chain(more).collect::<Vec<Value>>()
    });
    *listed = all.collect();
    json.to_string()
}

fn in_xml(answer: &str, element: &str, name: &str, copies: usize) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let (open_name, close_name) = (format!("<{name}>"), format!("</{name}>"));
    let (mut all, mut rest) = (String::new(), answer);
    while let Some(from) = rest.find(&open) {
        let end = from + end_of(&rest[from..], &open, &close);
        let (item, after) = (&rest[from..end], &rest[end..]);
        all.push_str(&rest[..end]);
        let id = item.split_once(&open_name).and_then(|(_, id)| id.split_once(&close_name));
        let (id, _) = id.expect("each has a name");
        (1..=copies).for_each(|n| all.push_str(&copy(item, id, n)));
        rest = after;
    }
    all + rest
}

/// Where an element ends that a text begins with; there may be others of its name in it.
fn end_of(text: &str, open: &str, close: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let ends = at + text[at..].find(close).expect("what is opened is closed");
        depth += text[at..ends].matches(open).count();
        depth -= 1;
        at = ends + close.len();
        if depth == 0 {
            return at;
        }
    }
}

fn copy(text: &str, id: &str, number: usize) -> String {
    text.replace(id, &format!("{id}{MARK}{number}"))
}

/// A text that names a copy, with the original's name in its place; and both names. `None` if it names none.
pub fn original(text: &str) -> Option<(String, String, String)> {
    let (before, after) = text.split_once(MARK)?;
    let number: String = after.chars().take_while(char::is_ascii_digit).collect();
    let is_of_name = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let length: usize = before.chars().rev().take_while(is_of_name).count();
    let id = before[before.len() - length..].to_owned();
    let mark = format!("{MARK}{number}");
    (!id.is_empty() && !number.is_empty()).then(|| (text.replace(&mark, ""), id.clone(), id + &mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_is_listed_with_its_copies() {
        let keys = r#"{"Keys":[{"KeyArn":"arn:{account}:key/0-9","KeyId":"0-9"}],"Truncated":false}"#;
        let copied = with_copies("kms", "ListKeys", keys.to_owned(), 1);
        assert_eq!(
            copied,
            r#"{"Keys":[{"KeyArn":"arn:{account}:key/0-9","KeyId":"0-9"},{"KeyArn":"arn:{account}:key/0-9-copy-1","KeyId":"0-9-copy-1"}],"Truncated":false}"#
        );
        let snapshot = "<item><tagSet><item><key>k</key></item></tagSet><snapshotId>snap-1</snapshotId></item>";
        let copied = with_copies("ec2", "DescribeSnapshots", format!("<s>{snapshot}{snapshot}</s>"), 2);
        let each =
            [snapshot, &snapshot.replace("snap-1", "snap-1-copy-1"), &snapshot.replace("snap-1", "snap-1-copy-2")];
        assert_eq!(copied, format!("<s>{0}{0}</s>", each.concat()));
        assert_eq!(with_copies("ec2", "DescribeVpcs", "<item>".to_owned(), 2), "<item>");
    }

    #[test]
    fn what_is_asked_of_a_copy_is_known_of_its_original() {
        let asked = |text: &str| original(text).expect("it names a copy");
        let told = asked("/plimsoll-{account}-logs-copy-12/?policy");
        // The account's id is filled in when a request comes.
        assert_eq!((told.0.as_str(), told.1.as_str()), ("/plimsoll-{account}-logs/?policy", "-logs"));
        let told = asked(r#"{"KeyId":"0209-a-copy-3","PolicyName":"default"}"#);
        assert_eq!(
            told,
            (r#"{"KeyId":"0209-a","PolicyName":"default"}"#.into(), "0209-a".into(), "0209-a-copy-3".into())
        );
        assert_eq!(original("SnapshotId=snap-1"), None);
        assert_eq!(original("Name=photo-copy-"), None);
    }
}
