//! Reads the file, and says of everything that it does not understand where it is and what is nearest.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_checks::checks;
use plimsoll_checks::contract::{Registered, Rivals, Severity, line_and_column, nearest};
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::notify::{self, NOTIFY};
use super::schema::{Kind, MOST_DAYS, OFF, OWNERS, OWNERS_KEYS, SETTINGS, SEVERITY, tables};
use super::{Config, Mistake};
use crate::scan::{is_account, is_organization, is_region};

/// The configuration that `text` lays down, or everything that is wrong with it.
pub fn parse(text: &str) -> Result<Config, Vec<Mistake>> {
    let document = DeTable::parse(text).map_err(|error| {
        let message = error.message().trim().replace('\n', "; ");
        vec![mistake_at(text, error.span(), message)]
    })?;
    let mut reader = Reader { text, config: Config::default(), settings: Map::new(), mistakes: Vec::new() };
    for (name, value) in document.get_ref() {
        reader.table(name, value);
    }
    let Reader { mut config, settings, mut mistakes, .. } = reader;
    if !mistakes.is_empty() {
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        return Err(mistakes);
    }
    let settings = serde_json::from_value(Value::Object(settings)).expect("every value was looked at before");
    config.settings = Arc::new(settings);
    Ok(config)
}

struct Reader<'a> {
    text: &'a str,
    config: Config,
    settings: Map<String, Value>,
    mistakes: Vec<Mistake>,
}

/// A value of the file, with its place.
type Written<'i> = Spanned<DeValue<'i>>;
/// A value that is understood, or the place of what is wrong with it.
type Understood = Result<Value, Range<usize>>;
type Name<'i> = Spanned<std::borrow::Cow<'i, str>>;

impl Reader<'_> {
    fn wrong(&mut self, at: Range<usize>, message: String) {
        self.mistakes.push(mistake_at(self.text, Some(at), message));
    }

    fn table(&mut self, name: &Name<'_>, value: &Written<'_>) {
        let table: &str = name.get_ref();
        let known = || tables().chain([SEVERITY, OFF, OWNERS, NOTIFY]);
        if !known().any(|known| known == table) {
            let of_a_table = SETTINGS.iter().find(|setting| setting.key == table);
            let hint = match (of_a_table, nearest(table, known())) {
                (Some(setting), _) => format!("; it belongs in [{}]", setting.table),
                (None, Some(near)) => format!("; did you mean [{near}]?"),
                (None, None) => format!("; there are {}", known().collect::<Vec<_>>().join(", ")),
            };
            return self.wrong(name.span(), format!("there is no table {table:?}{hint}"));
        }
        if table == NOTIFY {
            let (named, wrong) = notify::entries(value);
            self.config.notify = named;
            for (at, message) in wrong {
                self.wrong(at, message);
            }
            return;
        }
        let Some(entries) = value.get_ref().as_table() else {
            return self.wrong(value.span(), format!("{table} is a table: write [{table}] and its settings below"));
        };
        for (key, value) in entries {
            match table {
                SEVERITY => self.severity(key, value),
                OFF => self.off(key, value),
                OWNERS => self.owners(key, value),
                _ => self.setting(table, key, value),
            }
        }
    }

    fn setting(&mut self, table: &str, key: &Name<'_>, value: &Written<'_>) {
        let here = || SETTINGS.iter().filter(|setting| setting.table == table);
        let given: &str = key.get_ref();
        let Some(setting) = here().find(|setting| setting.key == given) else {
            let elsewhere = SETTINGS.iter().find(|setting| setting.key == given);
            let hint = match (elsewhere, nearest(given, here().map(|setting| setting.key))) {
                (Some(setting), _) => format!("; it belongs in [{}]", setting.table),
                (None, Some(near)) => format!("; did you mean {near}?"),
                (None, None) => {
                    format!("; there are {}", here().map(|setting| setting.key).collect::<Vec<_>>().join(", "))
                }
            };
            return self.wrong(key.span(), format!("[{table}] has no setting {given:?}{hint}"));
        };
        match understood(setting.kind, value) {
            Ok(value) => {
                let table = self.settings.entry(table).or_insert_with(|| Value::Object(Map::new()));
                table[given] = value;
            }
            Err(at) => self.wrong(at, format!("{given} takes {}", setting.kind.wanted())),
        }
    }

    fn severity(&mut self, key: &Name<'_>, value: &Written<'_>) {
        let Some(check) = self.check(key) else { return };
        let given = value.get_ref().as_str();
        if let Some(severity) = given.and_then(Severity::from_name) {
            self.config.severity.insert(&check.id, severity);
            return;
        }
        let names = || Severity::ALL.iter().map(|severity| severity.as_str());
        let hint = match given.and_then(|given| nearest(given, names())) {
            Some(near) => format!("; did you mean {near:?}?"),
            None => String::new(),
        };
        let names = names().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        self.wrong(value.span(), format!("a severity is one of {names}{hint}"));
    }

    fn off(&mut self, key: &Name<'_>, value: &Written<'_>) {
        let Some(check) = self.check(key) else { return };
        match value.get_ref().as_str().map(str::trim) {
            Some(reason) if !reason.is_empty() => {
                let line = mistake_at(self.text, Some(key.span()), String::new()).line;
                self.config.off.insert(&check.id, (reason.to_owned(), line));
            }
            _ => self.wrong(value.span(), format!("{} is off for a reason: write it, in quotes", check.id)),
        }
    }

    fn owners(&mut self, key: &Name<'_>, value: &Written<'_>) {
        let text = |value: &Written<'_>| {
            let text = value.get_ref().as_str().map(str::trim).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or_else(|| value.span())
        };
        let given: &str = key.get_ref();
        let understood = match given {
            "file" => text(value).map(|file| self.config.owners.file = Some(file.into())),
            "tags" => {
                let tags = value.get_ref().as_array().ok_or_else(|| value.span());
                let tags = tags.and_then(|tags| tags.iter().map(text).collect());
                tags.map(|tags| self.config.owners.tags = Some(tags))
            }
            _ => {
                let hint = nearest(given, OWNERS_KEYS.map(|(key, ..)| key).into_iter());
                let hint = hint.map_or("; there are file, tags".to_owned(), |near| format!("; did you mean {near}?"));
                return self.wrong(key.span(), format!("[{OWNERS}] has no setting {given:?}{hint}"));
            }
        };
        if let Err(at) = understood {
            let wanted = OWNERS_KEYS.iter().find(|(key, ..)| *key == given).map_or("", |(_, wanted, _)| wanted);
            self.wrong(at, format!("{given} takes {wanted}"));
        }
    }

    fn check(&mut self, key: &Name<'_>) -> Option<&'static Registered> {
        let given: &str = key.get_ref();
        let found = checks().iter().find(|check| check.id == given);
        if found.is_none() {
            let ours: Vec<&str> = Rivals::checks_named(given).collect();
            let hint = match nearest(given, checks().iter().map(|check| &*check.id)) {
                _ if !ours.is_empty() => format!("; here that is {}", ours.join(" and ")),
                Some(near) => format!("; did you mean {near}?"),
                None => "; `plimsoll checks` lists them".to_owned(),
            };
            self.wrong(key.span(), format!("there is no check {given:?}{hint}"));
        }
        found
    }
}

/// A value of a kind as JSON, or the place of what is wrong with it.
fn understood(kind: Kind, value: &Written<'_>) -> Understood {
    let number = |value: &Written<'_>, most: u32| {
        let integer = value.get_ref().as_integer();
        let number = integer.and_then(|it| u32::from_str_radix(&it.as_str().replace('_', ""), it.radix()).ok());
        number.filter(|number| (1..=most).contains(number)).map(Value::from).ok_or_else(|| value.span())
    };
    let text = |value: &Written<'_>, fits: fn(&str) -> bool| {
        let text = value.get_ref().as_str().filter(|text| fits(text));
        text.map(Value::from).ok_or_else(|| value.span())
    };
    let list = |each: &dyn Fn(&Written<'_>) -> Understood| {
        let values = value.get_ref().as_array().ok_or_else(|| value.span())?;
        values.iter().map(each).collect::<Result<Vec<_>, _>>().map(Value::Array)
    };
    match kind {
        Kind::Days => number(value, MOST_DAYS),
        Kind::Ports => list(&|port| number(port, u16::MAX.into())),
        // Without any, there is nowhere to be; it must be meant otherwise.
        Kind::Regions | Kind::Names if value.get_ref().as_array().is_some_and(|list| list.is_empty()) => {
            Err(value.span())
        }
        Kind::Regions => list(&|region| text(region, is_region)),
        Kind::Names => list(&|name| text(name, |name| !name.trim().is_empty())),
        Kind::Accounts => list(&|account| text(account, is_account)),
        Kind::Organizations => list(&|organization| text(organization, is_organization)),
    }
}

/// What is wrong at a place of a file's text; without one, at its beginning.
pub fn mistake_at(text: &str, span: Option<Range<usize>>, message: String) -> Mistake {
    let (line, column) = line_and_column(text, span.map_or(0, |span| span.start));
    Mistake { line, column, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Vec<String> {
        parse(text).expect_err("it is wrong").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_set_is_seen_and_the_rest_is_as_before() {
        let config = parse(
            "[days]\naccess-key-age = 30\n[ports]\nadministrative = [22, 5985]\n[regions]\nallowed = [\"eu-west-1\"]\n\
             [trust]\naccounts = [\"444455556666\"]\norganizations = [\"o-abcdef1234\"]\n\
             [severity]\nkms-key-rotation-enabled = \"low\"\n\
             [off]\n\"s3-bucket-tls-required\" = \"a proxy enforces it; SEC-7\"\n",
        )
        .unwrap();
        let settings = &config.settings;
        assert_eq!((settings.days.access_key_age, settings.days.unused_credentials), (30, 45));
        assert_eq!(settings.ports.administrative, [22, 5985]);
        assert_eq!(settings.regions.allowed.as_deref(), Some(&["eu-west-1".to_owned()][..]));
        assert_eq!(settings.trust.accounts.as_deref(), Some(&["444455556666".to_owned()][..]));
        assert_eq!(config.severity["kms-key-rotation-enabled"], Severity::Low);
        assert_eq!(config.off["s3-bucket-tls-required"], ("a proxy enforces it; SEC-7".to_owned(), 13));
        assert_eq!(parse("").unwrap(), Config::default());
    }

    #[test]
    fn a_wrong_name_is_told_with_its_place_and_the_nearest_right_one() {
        assert_eq!(
            wrong("[days]\nacces-key-age = 30\n\n[dayz]\nx = 1\n"),
            [
                "2:1: [days] has no setting \"acces-key-age\"; did you mean access-key-age?",
                "4:2: there is no table \"dayz\"; did you mean [days]?"
            ]
        );
        assert_eq!(wrong("access-key-age = 30"), ["1:1: there is no table \"access-key-age\"; it belongs in [days]"]);
        assert_eq!(
            wrong("[trust]\nadministrative = []"),
            ["2:1: [trust] has no setting \"administrative\"; it belongs in [ports]"]
        );
        assert_eq!(
            wrong("[off]\ns3-bucket-tls-require = \"x\"\ns3_bucket_secure_transport_policy = \"x\"\nzz = \"x\""),
            [
                "2:1: there is no check \"s3-bucket-tls-require\"; did you mean s3-bucket-tls-required?",
                "3:1: there is no check \"s3_bucket_secure_transport_policy\"; here that is s3-bucket-tls-required",
                "4:1: there is no check \"zz\"; `plimsoll checks` lists them"
            ]
        );
    }

    #[test]
    fn a_wrong_value_is_told_with_its_place_and_what_is_wanted() {
        let days = "access-key-age takes a whole number of days from 1 to 3650";
        for value in ["0", "-1", "9.5", "\"90\"", "4000", "99999999999999999999", "[90]"] {
            assert_eq!(wrong(&format!("[days]\naccess-key-age = {value}")), [format!("2:18: {days}")], "{value}");
        }
        assert_eq!(
            wrong("[ports]\nadministrative = [22, 70000]\n[trust]\naccounts = [123456789012]\n"),
            [
                "2:23: administrative takes a list of ports from 1 to 65535, such as [22, 3389]",
                "4:13: accounts takes a list of account ids of twelve digits, in quotes"
            ]
        );
        assert_eq!(
            wrong("[severity]\ns3-bucket-tls-required = \"hihg\"\n[off]\ns3-bucket-tls-required = \"  \"\n"),
            [
                "2:26: a severity is one of \"low\", \"medium\", \"high\", \"critical\"; did you mean \"high\"?",
                "4:26: s3-bucket-tls-required is off for a reason: write it, in quotes"
            ]
        );
        let names = "required takes a list of at least one name, such as [\"AWS Business Associate Addendum\"]";
        for value in ["[]", "[\" \"]", "\"AWS Business Associate Addendum\""] {
            let [told] = &wrong(&format!("[agreements]\nrequired = {value}"))[..] else { panic!("{value}") };
            assert!(told.starts_with("2:") && told.ends_with(names), "{value}: {told}");
        }
        let regions = "allowed takes a list of at least one region code, such as [\"eu-west-1\"]";
        for value in ["[]", "\"eu-west-1\""] {
            assert_eq!(wrong(&format!("[regions]\nallowed = {value}")), [format!("2:11: {regions}")], "{value}");
        }
        assert_eq!(wrong("days = 3"), ["1:8: days is a table: write [days] and its settings below"]);
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_place() {
        let [mistake] = &wrong("[days]\naccess-key-age 30")[..] else { panic!("one mistake") };
        assert!(mistake.starts_with("2:"), "{mistake}");
        let [mistake] = &wrong("[days]\nunused-credentials = 1\nunused-credentials = 2")[..] else { panic!("one") };
        assert!(mistake.starts_with("3:1: "), "{mistake}");
    }

    #[test]
    fn columns_are_counted_in_characters() {
        assert_eq!(wrong("[off]\n\"äöü\" = 1")[0].split(": ").next(), Some("2:1"));
        assert_eq!(wrong("\"ä\" = 1 # ü\n[off]\nzz = \"x\"").len(), 2);
    }
}
