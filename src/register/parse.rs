//! Reads the files, and says of everything that it does not understand where it is and what is nearest.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use globset::{Glob, GlobMatcher};
use jiff::civil::Date;
use plimsoll_checks::checks;
use plimsoll_checks::contract::{Attestation, DutyId, Framework, Rivals, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::schema::{NARROWING, TAKING_OUT, TOPICS, keys};
use super::{About, Entry, Patterns, Selector, TAGGED, TagPattern, is_address};
use crate::config::{Mistake, mistake_at};
use crate::scan::{Acceptance, AcceptanceKind, Proof};

type Written<'i> = Spanned<DeValue<'i>>;
type Name<'i> = Spanned<Cow<'i, str>>;
type Table<'i> = DeTable<'i>;

/// The entries of a file, or everything that is wrong with it.
pub fn parse(text: &str, path: &Path, kind: AcceptanceKind) -> Result<Vec<Entry>, Vec<Mistake>> {
    let document = DeTable::parse(text).map_err(|error| {
        let message = error.message().trim().replace('\n', "; ");
        vec![mistake_at(text, error.span(), message)]
    })?;
    let mut reader = Reader { text, kind, path, mistakes: Vec::new() };
    let mut entries = Vec::new();
    let name = kind.as_str();
    for (key, value) in document.get_ref() {
        let tables = value.get_ref().as_array().filter(|_| key.get_ref() == name);
        let Some(tables) = tables else {
            let message = format!("{} has [[{name}]] and nothing else, each with its keys below", kind.file());
            reader.wrong(key.span(), message);
            continue;
        };
        for table in tables {
            match table.get_ref().as_table() {
                Some(keys) => entries.extend(reader.entry(table.span(), keys)),
                None => reader.wrong(table.span(), format!("an entry is a table: write [[{name}]]")),
            }
        }
    }
    if reader.mistakes.is_empty() {
        return Ok(entries);
    }
    reader.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    Err(reader.mistakes)
}

struct Reader<'a> {
    text: &'a str,
    kind: AcceptanceKind,
    path: &'a Path,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn wrong(&mut self, at: Range<usize>, message: String) {
        self.mistakes.push(mistake_at(self.text, Some(at), message));
    }

    fn entry(&mut self, at: Range<usize>, table: &Table<'_>) -> Option<Entry> {
        let before = self.mistakes.len();
        for (key, _) in table {
            self.known(key);
        }
        let about = self.about(&at, table);
        let selector = self.selector(table, about.as_ref());
        let acceptance = self.acceptance(&at, table, about.as_ref());
        let (Some(about), Some(acceptance)) = (about, acceptance) else { return None };
        (self.mistakes.len() == before).then(|| Entry::new(acceptance, about, selector))
    }

    fn known(&mut self, key: &Name<'_>) {
        let given: &str = key.get_ref();
        if keys(self.kind).any(|known| known == given) {
            return;
        }
        let hint = match nearest(given, keys(self.kind)) {
            Some(near) => format!("; did you mean {near}?"),
            None => format!("; there are {}", keys(self.kind).collect::<Vec<_>>().join(", ")),
        };
        self.wrong(key.span(), format!("an {} has no {given:?}{hint}", self.kind.as_str()));
    }

    fn text(&mut self, table: &Table<'_>, key: &str) -> Option<(String, Range<usize>)> {
        let value = table.get(key)?;
        let text = value.get_ref().as_str().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(value.span(), format!("{key} takes a text in quotes"));
        }
        Some((text?.to_owned(), value.span()))
    }

    fn words(&mut self, table: &Table<'_>, key: &str) -> Option<String> {
        self.text(table, key).map(|(text, _)| text)
    }

    fn needed(&mut self, at: &Range<usize>, table: &Table<'_>, key: &str, why: &str) -> Option<String> {
        if table.get(key).is_none() {
            self.wrong(at.clone(), format!("{key} is missing: {why}"));
            return None;
        }
        self.words(table, key)
    }

    /// A text, or a list of texts, with their places.
    fn texts(&mut self, table: &Table<'_>, key: &str) -> Vec<(String, Range<usize>)> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let whole = [value];
        let listed: Vec<&Written<'_>> = match value.get_ref().as_array() {
            Some(values) if !values.is_empty() => values.iter().collect(),
            _ => whole.to_vec(),
        };
        let mut texts = Vec::new();
        for value in listed {
            match value.get_ref().as_str().filter(|text| !text.trim().is_empty()) {
                Some(text) => texts.push((text.to_owned(), value.span())),
                None => self.wrong(value.span(), format!("{key} takes a text in quotes, or a list of them")),
            }
        }
        texts
    }

    fn glob(&mut self, pattern: &str, at: Range<usize>) -> Option<GlobMatcher> {
        match Glob::new(pattern) {
            Ok(glob) => Some(glob.compile_matcher()),
            Err(error) => {
                self.wrong(at, format!("{pattern:?} is no pattern: {}", error.kind()));
                None
            }
        }
    }

    fn patterns(&mut self, table: &Table<'_>, key: &str) -> Patterns {
        let texts = self.texts(table, key);
        Patterns::new(texts.into_iter().filter_map(|(pattern, at)| self.glob(&pattern, at)).collect())
    }

    fn about(&mut self, at: &Range<usize>, table: &Table<'_>) -> Option<About> {
        let given: Vec<&str> = TOPICS.into_iter().filter(|topic| table.get(*topic).is_some()).collect();
        match given[..] {
            ["check"] => self.checks(table),
            ["duty"] => self.duty(table),
            ["control"] => self.control(table),
            [] if self.kind == AcceptanceKind::Attestation => self.statement(at, table),
            [] => {
                self.wrong(at.clone(), format!("what it is about is missing: write one of {}", TOPICS.join(", ")));
                None
            }
            _ => {
                self.wrong(at.clone(), format!("it is about one thing: leave one of {}", given.join(", ")));
                None
            }
        }
    }

    fn checks(&mut self, table: &Table<'_>) -> Option<About> {
        let mut ids: Vec<&'static str> = Vec::new();
        for (pattern, at) in self.texts(table, "check") {
            let Some(glob) = self.glob(&pattern, at.clone()) else { continue };
            let before = ids.len();
            ids.extend(checks().iter().map(|check| &*check.id).filter(|id| glob.is_match(id)));
            if ids.len() == before {
                let ours: Vec<&str> = Rivals::checks_named(&pattern).collect();
                let hint = match nearest(&pattern, checks().iter().map(|check| &*check.id)) {
                    _ if !ours.is_empty() => format!("; here that is {}", ours.join(" and ")),
                    Some(near) => format!("; did you mean {near}?"),
                    None => "; `plimsoll checks` lists them".to_owned(),
                };
                self.wrong(at, format!("there is no check {pattern:?}{hint}"));
            }
        }
        ids.sort_unstable();
        ids.dedup();
        (!ids.is_empty()).then_some(About::Findings(ids))
    }

    fn duty(&mut self, table: &Table<'_>) -> Option<About> {
        let (name, at) = self.text(table, "duty")?;
        let names = || DutyId::ALL.iter().map(|duty| duty.as_str());
        if let Some(duty) = DutyId::ALL.iter().find(|duty| duty.as_str() == name) {
            return Some(About::Duty(*duty));
        }
        let hint = match nearest(&name, names()) {
            Some(near) => format!("; did you mean {near}?"),
            None => "; `plimsoll duties` lists them".to_owned(),
        };
        self.wrong(at, format!("there is no duty {name:?}{hint}"));
        None
    }

    fn control(&mut self, table: &Table<'_>) -> Option<About> {
        let (name, at) = self.text(table, "control")?;
        let Some((framework, control)) = name.split_once('/') else {
            self.wrong(at, "control takes a framework and one of its controls, such as \"cis_7_0/2.1\"".to_owned());
            return None;
        };
        let Some(framework) = Framework::all().iter().find(|it| it.id == framework) else {
            let all = Framework::all().iter().map(|it| &*it.id).collect::<Vec<_>>().join(", ");
            self.wrong(at, format!("there is no framework {framework:?}; there are {all}"));
            return None;
        };
        let found = framework.controls.iter().find(|it| it.id == control);
        if found.is_none() {
            let hint = match nearest(control, framework.controls.iter().map(|it| &*it.id)) {
                Some(near) => format!("; did you mean {near}?"),
                None => format!("; `plimsoll frameworks {}` lists them", framework.id),
            };
            self.wrong(at, format!("{} has no control {control:?}{hint}", framework.id));
        }
        found.map(|control| About::Control(framework, control))
    }

    /// A statement without more is one that comes with Plimsoll.
    fn statement(&mut self, at: &Range<usize>, table: &Table<'_>) -> Option<About> {
        if table.get("statement").is_none() {
            self.wrong(at.clone(), "statement is missing: what is it that somebody states?".to_owned());
        }
        let (id, span) = self.text(table, "statement")?;
        let found = Attestation::get(&id);
        if found.is_none() {
            let hint = match nearest(&id, Attestation::all().iter().map(|it| &*it.id)) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("for words of your own, say what they are about: {}", TOPICS.join(", ")),
            };
            self.wrong(span, format!("there is no statement {id:?}; {hint}"));
        }
        found.map(About::Statement)
    }

    fn selector(&mut self, table: &Table<'_>, about: Option<&About>) -> Selector {
        let narrows = self.kind == AcceptanceKind::Exception || matches!(about, None | Some(About::Findings(_)));
        for (key, value) in NARROWING.into_iter().filter_map(|key| Some((key, table.get(key)?))) {
            if !narrows {
                let message = format!("{key} narrows findings: it goes with check, and this is about all accounts");
                self.wrong(value.span(), message);
            }
        }
        Selector { except: self.except(table, about), ..self.narrowed(table) }
    }

    /// What a table of patterns selects.
    fn narrowed(&mut self, table: &Table<'_>) -> Selector {
        Selector {
            accounts: self.patterns(table, "account"),
            regions: self.patterns(table, "region"),
            resources: self.patterns(table, "resource"),
            tags: self.tags(table),
            except: Vec::new(),
        }
    }

    /// What is taken out: a table, or a list of them.
    fn except(&mut self, table: &Table<'_>, about: Option<&About>) -> Vec<Selector> {
        let Some(value) = table.get("except") else { return Vec::new() };
        let whole = [value];
        let listed: Vec<&Written<'_>> = match value.get_ref().as_array() {
            Some(values) if !values.is_empty() => values.iter().collect(),
            _ => whole.to_vec(),
        };
        let mut except = Vec::new();
        for value in listed {
            let Some(table) = value.get_ref().as_table() else {
                let message = "except takes a table, or a list of them, such as { region = \"eu-*\" }";
                self.wrong(value.span(), message.to_owned());
                continue;
            };
            for (key, _) in table.iter().filter(|(key, _)| !TAKING_OUT.contains(&&**key.get_ref())) {
                let message = format!("except has no {:?}; there are {}", key.get_ref(), TAKING_OUT.join(", "));
                self.wrong(key.span(), message);
            }
            let selector = self.narrowed(table);
            if selector.is_empty() {
                self.wrong(value.span(), "except without a pattern takes out everything".to_owned());
            }
            self.tags_are_known(table, about);
            except.push(selector);
        }
        except
    }

    /// Whoever takes out by tags what has none as far as is known, accepts what is not to be accepted.
    fn tags_are_known(&mut self, table: &Table<'_>, about: Option<&About>) {
        let (Some(value), Some(about)) = (table.get("tags"), about) else { return };
        let registered = |id: &&str| checks().iter().find(|check| check.id == **id);
        let untold = |id: &&str| {
            let kinds = registered(id)?.check.over.iter().map(|over| over.read);
            kinds.into_iter().find(|kind| !TAGGED.contains(&kind.name))
        };
        if let Some((id, kind)) = about.checks().iter().find_map(|id| Some((*id, untold(id)?))) {
            let message = format!("tags take nothing out of {id}: which tags a {} has is not read", kind.kind());
            self.wrong(value.span(), message);
        }
    }

    /// A table of keys and patterns of their values, or a list of patterns of what is written `key=value`.
    fn tags(&mut self, table: &Table<'_>) -> Vec<TagPattern> {
        let Some(value) = table.get("tags") else { return Vec::new() };
        if value.get_ref().as_array().is_some_and(|list| !list.is_empty()) {
            let texts = self.texts(table, "tags");
            let globs = texts.into_iter().filter_map(|(pattern, at)| self.glob(&pattern, at));
            return globs.map(TagPattern::Written).collect();
        }
        let Some(tags) = value.get_ref().as_table() else {
            let message = "tags takes a table, such as { stage = \"test-*\" }, or a list, such as [\"stage=test-*\"]";
            self.wrong(value.span(), message.to_owned());
            return Vec::new();
        };
        let mut found = Vec::new();
        for (key, value) in tags {
            match value.get_ref().as_str() {
                Some(pattern) => {
                    let glob = self.glob(pattern, value.span());
                    found.extend(glob.map(|glob| TagPattern::Keyed(key.get_ref().to_string(), glob)));
                }
                None => self.wrong(value.span(), format!("the tag {} takes a pattern in quotes", key.get_ref())),
            }
        }
        found
    }

    fn acceptance(&mut self, at: &Range<usize>, table: &Table<'_>, about: Option<&About>) -> Option<Acceptance> {
        let owner = self.needed(at, table, "owner", "who answers for it?");
        if table.get("expires").is_none() {
            let message = "expires is missing: nothing is signed for ever; give the last day, such as 2027-03-31";
            self.wrong(at.clone(), message.to_owned());
        }
        let expires = self.date(table, "expires");
        let statement = match (self.kind, about) {
            (AcceptanceKind::Exception, _) => None,
            (_, Some(About::Statement(attestation))) => Some(attestation.statement.clone()),
            (_, None) => self.words(table, "statement"),
            _ => self.needed(at, table, "statement", "what is it that somebody states?"),
        };
        let reason = match self.kind {
            AcceptanceKind::Exception => Some(self.needed(at, table, "reason", "why is it accepted?")?),
            AcceptanceKind::Attestation => self.words(table, "reason"),
        };
        let date = self.date(table, "date");
        if let (Some(date), Some(expires), Some(value)) = (date, expires, table.get("expires"))
            && expires < date
        {
            self.wrong(value.span(), format!("it expires before it is signed, on {date}"));
        }
        let line = mistake_at(self.text, Some(at.clone()), String::new()).line;
        Some(Acceptance {
            kind: self.kind,
            statement,
            reason,
            owner: owner?,
            approver: self.words(table, "approver"),
            ticket: self.words(table, "ticket"),
            evidence: self.proof(table),
            date,
            expires: expires?,
            file: self.path.display().to_string(),
            line,
        })
    }

    /// A day, as TOML has it or in quotes.
    fn date(&mut self, table: &Table<'_>, key: &str) -> Option<Date> {
        let value = table.get(key)?;
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        if date.is_none() {
            self.wrong(value.span(), format!("{key} takes a day, such as 2027-03-31"));
        }
        date
    }

    fn proof(&mut self, table: &Table<'_>) -> Option<Proof> {
        let link = self.text(table, "evidence");
        let sum = self.text(table, "sha256");
        if let Some((text, at)) = &sum
            && (text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            let message = "sha256 takes 64 hexadecimal digits, as `sha256sum FILE` prints them";
            self.wrong(at.clone(), message.to_owned());
        }
        match (link, sum) {
            (None, Some((_, at))) => {
                self.wrong(at, "sha256 is of something: say in evidence of what".to_owned());
                None
            }
            (Some((link, at)), None) if !is_address(&link) => {
                let message = format!("{link} may change: write its SHA-256 below, as `sha256sum {link}` prints it");
                self.wrong(at, message);
                None
            }
            (link, sum) => {
                let (link, _) = link?;
                Some(Proof { link, sha256: sum.map(|(text, _)| text.to_lowercase()) })
            }
        }
    }
}
