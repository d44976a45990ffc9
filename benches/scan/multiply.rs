//! A recording, read as what it took to make, and written again with each resource many times.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_checks::contract::{Account, Partition, Place, Read, Record, Region};
use plimsoll_checks::reads;
use serde_json::{Map, Value};

/// What there is once per region or account, or what others refer to, stays single.
const SINGLE: [&str; 12] = [
    "accessanalyzer",
    "account",
    "backup",
    "cloudtrail",
    "cloudwatch",
    "cloudwatchlogs",
    "config",
    "guardduty",
    "macie",
    "organizations",
    "securityhub",
    "sns",
];

/// Calls that wait for each other.
pub struct Chain {
    /// How many.
    pub len: usize,
    /// Which, in words.
    pub told: String,
}

/// The files of a recording, by kind.
fn files(recording: &Path) -> Vec<(&'static Read, Place, PathBuf)> {
    let manifest = json(&recording.join("manifest.json"));
    let account = manifest["Account"].as_str().expect("the manifest names the account");
    let global = Place::global(Partition::Aws, account);
    let mut files = Vec::new();
    for read in reads().iter().filter(|read| **read != Account::READ && **read != Region::READ) {
        for entry in fs::read_dir(recording.join(account)).expect("the account's folder") {
            let folder = entry.expect("a region's folder").path();
            let region = folder.file_name().and_then(|name| name.to_str()).expect("a region's name").to_owned();
            let path = folder.join(read.service()).join(read.kind()).with_extension("json");
            if path.exists() {
                files.push((*read, global.at(&region), path));
            }
        }
    }
    assert!(files.len() > 20, "the recording holds only {} files", files.len());
    files
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Calls that a read makes for many things at once, not one after the other.
const AT_ONCE: [&str; 2] = ["s3:GetBucketLocation", "account:GetAlternateContact"];

/// Requests of one read that wait for each other: its pages, and the calls before them.
fn requests(calls: &Value) -> usize {
    let calls = calls.as_array().into_iter().flatten();
    let is_at_once = |call: &Value| call["Action"].as_str().is_some_and(|action| AT_ONCE.contains(&action));
    let requests = calls.map(|call| if is_at_once(call) { Some(1) } else { call["Requests"].as_u64() });
    requests.flatten().filter_map(|requests| usize::try_from(requests).ok()).sum()
}

/// The longest chain of calls: who is calling, which regions there are, a list, a detail of what it lists.
pub fn longest_chain(recording: &Path) -> Chain {
    let mut longest: BTreeMap<&str, usize> = BTreeMap::new();
    for (read, _, path) in files(recording) {
        let file = json(&path);
        let requests = match read.of {
            None => requests(&file["Calls"]),
            Some(_) => {
                file.as_object().into_iter().flatten().map(|(_, entry)| requests(&entry["Calls"])).max().unwrap_or(0)
            }
        };
        let known = longest.entry(read.name).or_default();
        *known = requests.max(*known);
    }
    let chains = reads().iter().filter_map(|read| {
        let own = *longest.get(read.name)?;
        let list = read.of.map(|of| (of.name, longest.get(of.name).copied().unwrap_or(0)));
        let told = match list {
            Some((list, calls)) if calls > 0 => format!("{calls} for {list}, {own} for {}", read.name),
            _ => format!("{own} for {}", read.name),
        };
        Some((2 + own + list.map_or(0, |(_, calls)| calls), told))
    });
    let (len, told) = chains.max_by_key(|(len, _)| *len).expect("the recording holds reads");
    Chain { len, told: format!("1 for the caller, 1 for the regions, {told}") }
}

/// Writes a recording again with each resource so often that there are at least `resources`; gives how many there are.
pub fn multiply(from: &Path, to: &Path, resources: usize) -> usize {
    let files = files(from);
    let is_many = |read: &Read| !SINGLE.contains(&read.service());
    let listed = files.iter().filter(|(read, _, _)| read.of.is_none());
    let counted: Vec<(bool, usize)> =
        listed.map(|(read, _, path)| (is_many(read), json(path)["Records"].as_array().map_or(0, Vec::len))).collect();
    let many: usize = counted.iter().filter(|(many, _)| *many).map(|(_, records)| records).sum();
    let single: usize = counted.iter().filter(|(many, _)| !many).map(|(_, records)| records).sum();
    let times = resources.saturating_sub(single).div_ceil(many);

    fs::create_dir_all(to).expect("a new folder");
    fs::copy(from.join("manifest.json"), to.join("manifest.json")).expect("a copy");
    for (read, place, path) in files {
        let mut file = json(&path);
        if is_many(read) {
            match read.of {
                None => multiply_list(read, &place, &mut file, times),
                Some(_) => multiply_details(file.as_object_mut().expect("details are an object"), times),
            }
        }
        let path = to.join(path.strip_prefix(from).expect("the file is in the recording"));
        fs::create_dir_all(path.parent().expect("the file is in a folder")).expect("a new folder");
        fs::write(path, serde_json::to_vec(&file).expect("JSON")).expect("a new file");
    }
    single + many * times
}

/// The id of the nth copy. The first is the original.
fn copied(id: &str, n: usize) -> String {
    if n == 0 { id.to_owned() } else { format!("{id}-{n}") }
}

fn multiply_list(read: &Read, place: &Place, file: &mut Value, times: usize) {
    let records = file["Records"].as_array_mut().expect("a list has records");
    let originals: Vec<(String, String)> = records
        .iter()
        .map(|record| {
            let text = record.to_string();
            let decoded = read.decode(&text).unwrap_or_else(|error| panic!("{}: {error}: {text}", read.name));
            (read.identity(&*decoded, place).id, text)
        })
        .collect();
    for n in 1..times {
        for (id, text) in &originals {
            // Wherever the id is named in the record, in its ARN as well.
            let copy = text.replace(&format!("{id}\""), &format!("{}\"", copied(id, n)));
            records.push(serde_json::from_str(&copy).expect("an id in place of an id leaves JSON"));
        }
    }
}

fn multiply_details(details: &mut Map<String, Value>, times: usize) {
    let originals: Vec<(String, Value)> = details.iter().map(|(id, entry)| (id.clone(), entry.clone())).collect();
    for n in 1..times {
        details.extend(originals.iter().map(|(id, entry)| (copied(id, n), entry.clone())));
    }
}
