//! The responsibility matrix: every finding in one cell, no service in use left out, and the same in every format.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plimsoll_checks::contract::{DutyId, Model};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::hostile::{HARM, hostile};
use crate::organization::organization;
use crate::program::{copy_of, findings, fixture, json, plimsoll, stderr, stdout};

const STATUSES: [&str; 6] = ["pass", "fail", "unknown", "excepted", "attested", "not_applicable"];

fn printed(root: &Path, format: &str) -> String {
    let output = plimsoll(&["duties", "--from", root.to_str().unwrap(), "--format", format]);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

/// The same in one line, wherever it was broken.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn document(root: &Path) -> Value {
    serde_json::from_str(&printed(root, "json")).unwrap()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn duties(document: &Value) -> impl Iterator<Item = &Value> {
    list(&document["groups"]).iter().flat_map(|group| list(&group["duties"]))
}

fn service<'a>(document: &'a Value, id: &str) -> &'a Value {
    list(&document["services"]).iter().find(|service| service["id"] == id).unwrap()
}

fn cell<'a>(document: &'a Value, duty: &str, service: &str) -> &'a Value {
    let duty = duties(document).find(|it| it["id"] == duty).unwrap();
    list(&duty["cells"]).iter().find(|cell| cell["service"] == service).unwrap()
}

fn numbers(standing: &Value) -> [u64; 6] {
    STATUSES.map(|status| standing[status].as_u64().unwrap())
}

// ---- the derivation ----

#[test]
fn every_finding_is_counted_in_exactly_one_cell_and_rows_are_the_sums_of_their_cells() {
    let (hostile, organization) = (hostile(), organization());
    let roots = ["mixed", "clean", "denied"].map(fixture);
    let roots = roots.iter().map(std::path::PathBuf::as_path).chain([hostile.path(), organization.path()]);
    for root in roots {
        let (matrix, scan) = (document(root), json(root, &[]));
        let mut expected: BTreeMap<(String, String), [u64; 6]> = BTreeMap::new();
        for finding in findings(&scan) {
            let status = word(&finding["status"]).replace('-', "_");
            let at = (word(&finding["duty"]).to_owned(), word(&finding["service"]).to_owned());
            expected.entry(at).or_default()[STATUSES.iter().position(|it| *it == status).unwrap()] += 1;
        }
        let mut counted = BTreeMap::new();
        for duty in duties(&matrix) {
            let mut sum = [0; 6];
            for cell in list(&duty["cells"]) {
                let own = numbers(&cell["standing"]);
                sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
                assert_eq!(cell["state"] == "judged", own != [0; 6], "{cell}");
                if own != [0; 6] {
                    counted.insert((word(&duty["id"]).to_owned(), word(&cell["service"]).to_owned()), own);
                }
            }
            assert_eq!(numbers(&duty["standing"]), sum, "{}", duty["id"]);
            let told = &scan["summary"]["duties"][word(&duty["id"])];
            assert_eq!(*told == Value::Null, ["unexamined", "off", "not-asked"].contains(&word(&duty["state"])));
            if *told != Value::Null {
                assert_eq!(&duty["standing"], told);
            }
        }
        assert_eq!(counted, expected, "{}", root.display());
        for (_, service) in expected.keys() {
            assert_eq!(self::service(&matrix, service)["shown"], true, "{service}");
        }
    }
}

#[test]
fn no_service_that_is_in_use_or_may_be_is_left_out() {
    let organization = organization();
    let roots = ["mixed", "clean", "denied"].map(fixture);
    for root in roots.iter().map(std::path::PathBuf::as_path).chain([organization.path()]) {
        let (matrix, scan) = (document(root), json(root, &[]));
        for entry in list(&scan["ledger"]).iter().filter(|entry| entry["asked"] == Value::Null) {
            let Some((id, _)) = entry["read"].as_str().and_then(|read| read.split_once('/')) else { continue };
            if id == "session" || entry["beside"] == true {
                continue;
            }
            let service = service(&matrix, id);
            let missing = list(&entry["missing"]).iter().any(|missing| missing["reason"] != "not-in-region");
            if entry["records"].as_u64().unwrap() > 0 {
                assert_eq!((&service["in_use"], &service["shown"]), (&"yes".into(), &true.into()), "{entry}");
            } else if missing {
                let seen = ["yes", "unknown"].contains(&word(&service["in_use"]));
                assert!(seen && service["shown"] == true, "{entry}: {service}");
            }
        }
        for duty in duties(&matrix) {
            let cells: Vec<&Value> = list(&duty["cells"]).iter().map(|cell| &cell["service"]).collect();
            let shown = list(&matrix["services"]).iter().filter(|service| service["shown"] == true);
            assert_eq!(cells, shown.map(|service| &service["id"]).collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_could_not_be_listed_has_a_column_and_says_why() {
    let folder = copy_of("clean");
    let mut spoilt = 0;
    for region in fs::read_dir(folder.path().join("111122223333")).unwrap().map(Result::unwrap) {
        let path = region.path().join("efs/FileSystem.json");
        if path.exists() {
            fs::remove_file(path).unwrap();
            spoilt += 1;
        }
    }
    assert!(spoilt > 0, "the fixture has no such file");
    let matrix = document(folder.path());
    let efs = service(&matrix, "efs");
    assert_eq!((word(&efs["in_use"]), &efs["shown"]), ("unknown", &Value::from(true)));
    assert!(word(&efs["in_words"]).contains("not-recorded elasticfilesystem:DescribeFileSystems"), "{efs}");
    let table = unwrapped(&printed(folder.path(), "table"));
    assert!(table.contains("efs (Elastic File System, PaaS): in use: unknown (not-recorded"), "{table}");
    assert!(
        printed(folder.path(), "html").contains("Elastic File System<small>PaaS</small><small>in use: unknown</small>")
    );
    assert!(printed(folder.path(), "csv").contains("Elastic File System (PaaS, in use: unknown"));
}

#[test]
fn where_no_check_looks_a_cell_says_so_and_who_answers() {
    let matrix = document(&fixture("mixed"));
    let who = |duty: &str, service: &str| {
        let cell = cell(&matrix, duty, service);
        (cell["who"].as_str().map(str::to_owned), word(&cell["state"]).to_owned())
    };
    let told = |who: &str, state: &str| (Some(who.to_owned()), state.to_owned());
    assert_eq!(who("dependency-management", "ec2"), told("customer", "unexamined"));
    assert_eq!(who("dependency-management", "rds"), told("shared", "judged"));
    assert_eq!(who("encryption-at-rest", "rds"), told("shared", "judged"));
    assert_eq!(who("service-mesh-configuration", "ec2"), told("customer", "unexamined"));
    assert_eq!(who("service-mesh-configuration", "rds"), (None, "does-not-arise".to_owned()));
    assert_eq!(who("container-registry-security", "iam"), (None, "does-not-arise".to_owned()));
}

#[test]
fn a_check_that_is_off_is_told_apart_from_one_that_is_not_there() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("plimsoll.toml");
    fs::write(&config, "[off]\nmacie-enabled = \"another product does it\"\niam-root-mfa-enabled = \"soon\"\n")
        .unwrap();
    let root = fixture("mixed");
    let args = ["duties", "--from", root.to_str().unwrap(), "--config", config.to_str().unwrap(), "--format"];
    let output = plimsoll(&[&args[..], &["json"]].concat());
    let matrix: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let macie = list(&matrix["services"]).iter().find(|service| service["id"] == "macie").unwrap();
    // Nothing of it is listed, and nothing was judged.
    assert_eq!(macie["shown"], false);
    let row = duties(&matrix).find(|duty| duty["id"] == "data-classification").unwrap();
    assert_eq!(row["state"], "off");
    let cell = cell(&matrix, "user-authentication", "iam");
    assert_eq!(cell["checks"].as_u64().unwrap(), cell["made"].as_u64().unwrap() + 1);
    let table = unwrapped(&stdout(&plimsoll(&[&args[..], &["table"]].concat())));
    assert!(table.contains("1 check not made") && table.contains("→ off by configuration"), "{table}");
}

// ---- the formats ----

/// The cells of a document, one a line, without what repeats the model.
fn in_short(document: &Value) -> String {
    let mut text = String::new();
    for service in list(&document["services"]) {
        writeln!(text, "{} {}: {}", word(&service["model"]), word(&service["id"]), word(&service["in_words"])).unwrap();
    }
    for duty in duties(document) {
        writeln!(text, "{}: {} {:?}", word(&duty["id"]), word(&duty["state"]), numbers(&duty["standing"])).unwrap();
        for cell in list(&duty["cells"]) {
            let who = cell["who"].as_str().unwrap_or("nobody");
            let numbers = numbers(&cell["standing"]);
            writeln!(text, "  {}: {who}, {} {numbers:?}", word(&cell["service"]), word(&cell["state"])).unwrap();
        }
    }
    text
}

/// A page without its sheet of style, whose hash is in its policy.
fn without_style(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").unwrap();
    let (style, after) = rest.split_once("</style>").unwrap();
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
    assert!(
        before.contains(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")),
        "{before}"
    );
    format!("{}<style></style>{after}", before.replace(&hash, "HASH"))
}

#[test]
fn each_format_says_how_each_account_stands() {
    let hostile = hostile();
    for (name, root) in [("mixed", &*fixture("mixed")), ("denied", &*fixture("denied")), ("hostile", hostile.path())] {
        insta::assert_snapshot!(format!("matrix_{name}_json"), in_short(&document(root)));
        insta::assert_snapshot!(format!("matrix_{name}_table"), printed(root, "table"));
        insta::assert_snapshot!(format!("matrix_{name}_csv"), printed(root, "csv"));
        insta::assert_snapshot!(format!("matrix_{name}_html"), without_style(&printed(root, "html")));
    }
}

#[test]
fn without_a_scan_each_format_says_who_answers() {
    let printed = |format: &str| stdout(&plimsoll(&["duties", "--format", format]));
    insta::assert_snapshot!(
        "matrix_model_csv",
        printed("csv").lines().map(without_count).collect::<Vec<_>>().join("\n")
    );
    insta::assert_snapshot!("matrix_model_html", without_style(&printed("html")));
    let document: Value = serde_json::from_str(&printed("json")).unwrap();
    assert_eq!(document["schema"], "plimsoll.duties/1");
    for absent in ["scan", "services", "accounts", "coverage"] {
        assert!(document.get(absent).is_none(), "{absent}");
    }
    assert!(duties(&document).all(|duty| duty.get("cells").is_none() && duty["answers"]["IaaS"] == "customer"));
    let reports = |duty: &Value| list(&duty["reports"]).len();
    assert!(list(&document["provider_duties"]).iter().all(|duty| reports(duty) > 0));
}

/// A row without the number of checks, which grows.
fn without_count(row: &str) -> String {
    let cells: Vec<String> =
        row.split(',').map(|cell| if cell.parse::<u32>().is_ok() { "N" } else { cell }.to_owned()).collect();
    cells.join(",")
}

#[test]
fn which_agreements_are_active_is_told_with_the_providers_duties() {
    let told = |name: &str| {
        let formats = ["table", "html", "csv"].map(|format| unwrapped(&printed(&fixture(name), format)));
        (document(&fixture(name))["agreements"][0].clone(), formats)
    };
    for (name, expected) in [
        ("mixed", "Agreements with AWS: AWS Business Associate Addendum: active since 2025-01-15."),
        ("clean", "Agreements with AWS: AWS Artifact lists none."),
        ("denied", "Agreements with AWS: unknown (denied artifact:ListCustomerAgreements in global)."),
    ] {
        let (known, formats) = told(name);
        assert_eq!(known["unknown"] != Value::Null, name == "denied", "{known}");
        assert_eq!(list(&known["agreements"]).len(), usize::from(name == "mixed"), "{known}");
        for text in formats {
            assert!(text.contains(expected), "{name}: {text}");
        }
    }
    let folder = copy_of("mixed");
    fs::remove_dir_all(folder.path().join("111122223333/global/artifact")).unwrap();
    let known = &document(folder.path())["agreements"][0];
    assert_eq!(known["unknown"], "not-recorded artifact:ListCustomerAgreements in global");
}

#[test]
fn the_table_fits_and_hides_no_failure() {
    for name in ["mixed", "denied", "clean"] {
        let (table, matrix) = (printed(&fixture(name), "table"), document(&fixture(name)));
        for line in table.lines().filter(|line| !line.contains("http")) {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        let table = unwrapped(&table);
        for duty in duties(&matrix) {
            let (_, block) = table.split_once(&format!(" {} IaaS", word(&duty["id"]))).unwrap();
            let next = DutyId::ALL.iter().filter_map(|id| block.find(&format!(" {id} IaaS"))).min();
            let block = &block[..next.unwrap_or(block.len())];
            for cell in list(&duty["cells"]).iter().filter(|cell| cell["standing"]["fail"] != 0) {
                let (fail, service) = (cell["standing"]["fail"].as_u64().unwrap(), word(&cell["service"]));
                let told = block.split_once(&format!("{service} {} ", word(&cell["who"])));
                let (_, told) = told.unwrap_or_else(|| panic!("{}: no line for {service}: {block}", duty["id"]));
                assert!(told.contains(&format!("{fail} failed")), "{}, {service}: {told}", duty["id"]);
            }
        }
    }
}

#[test]
fn the_page_is_two_tables_that_say_what_each_cell_is_about() {
    let page = printed(&fixture("mixed"), "html");
    assert!(!page.contains("<script") && !page.contains(" style="), "no script, and no style inline");
    let tables: Vec<&str> = page.split("<table>").skip(1).collect();
    let duties = [DutyId::ALL.len(), Model::get().provider_duties.len()];
    assert_eq!(tables.len(), duties.len());
    for (table, duties) in tables.iter().zip(duties) {
        assert!(table.starts_with("<caption>"));
        let head = table.split_once("<thead>").unwrap().1.split_once("</thead>").unwrap().0;
        let columns = head.matches("<th scope=\"col\">").count();
        let rows: Vec<&str> = table.split("<tr>").filter(|row| row.contains("<th scope=\"row\">")).collect();
        assert_eq!(rows.len(), duties);
        for row in rows {
            assert_eq!(row.matches("<td").count() + 1, columns, "{row}");
        }
        for group in table.split("<th scope=\"rowgroup\" colspan=\"").skip(1) {
            assert!(group.starts_with(&format!("{columns}\"")));
        }
    }
}

// ---- what strangers write, and what people sign ----

fn run_in(folder: &Path, root: &Path, format: &str) -> Output {
    let args = ["duties", "--from", root.to_str().unwrap(), "--format", format];
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(args).current_dir(folder).env_clear().output().unwrap()
}

const WILD: &str = "=HYPERLINK(\\\"http://evil.example\\\") <script>window.hacked=1</script> \\u202E\\u001B[31m";

fn signed(statement: &str, expires: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let entry = format!(
        "[[attestation]]\nduty = \"secure-coding\"\nstatement = \"{statement}\"\nowner = \"dev\"\nexpires = {expires}\n"
    );
    fs::write(folder.path().join("attestations.toml"), entry).unwrap();
    folder
}

#[test]
fn what_people_attest_of_a_duty_stands_in_its_row_and_adds_to_no_number() {
    let (folder, root) = (signed("Two people review every change", "2099-12-31"), fixture("mixed"));
    let matrix: Value = serde_json::from_slice(&run_in(folder.path(), &root, "json").stdout).unwrap();
    for duty in duties(&matrix) {
        let attestations = list(&duty["attestations"]);
        assert_eq!(attestations.len(), usize::from(duty["id"] == "secure-coding"), "{duty}");
        if duty["id"] == "secure-coding" {
            assert_eq!((&duty["state"], numbers(&duty["standing"])), (&"unexamined".into(), [0; 6]), "never a pass");
            assert_eq!((&attestations[0]["state"], &attestations[0]["duty"]), (&"holds".into(), &duty["id"]));
        }
    }
    for format in ["table", "html", "csv"] {
        let told = stdout(&run_in(folder.path(), &root, format));
        let told = unwrapped(&told);
        let expected = "attested by dev until 2099-12-31: Two people review every change";
        assert!(told.contains(expected), "{format}: {told}");
    }
    let expired = signed("Two people review every change", "2020-12-31");
    let told = stdout(&run_in(expired.path(), &root, "csv"));
    assert!(told.contains("attestation of dev expired") && !told.contains("attested by"), "{told}");
}

#[test]
fn nothing_that_is_signed_or_named_comes_to_life() {
    let (folder, hostile) = (signed(WILD, "2099-12-31"), hostile());
    let page = stdout(&run_in(folder.path(), hostile.path(), "html"));
    for harm in ["<script", "<iframe", "<img", "<svg", "<a ", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(harm), "{harm:?}");
    }
    assert!(page.contains(HARM), "the names are there, as text");
    let table = String::from_utf8(run_in(folder.path(), hostile.path(), "csv").stdout).unwrap();
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let columns = rows.headers().unwrap().len();
    let mut seen = BTreeSet::new();
    for row in rows.records() {
        let row = row.unwrap();
        assert_eq!(row.len(), columns);
        for cell in &row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            assert!(!cell.chars().any(char::is_control), "{cell:?}");
        }
        seen.insert(row[2].to_owned());
    }
    assert_eq!(seen.len(), DutyId::ALL.len() + Model::get().provider_duties.len());
    let table = stdout(&run_in(folder.path(), hostile.path(), "table"));
    assert!(!table.chars().any(|c| c.is_control() && c != '\n'), "{table}");
}
