//! Frameworks that users write: read whole, and every fault told with its place and the name that was meant.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use super::{Attestation, Framework, Model, Registered, Rivals};

/// What is wrong with a framework file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {problem}")]
pub struct FrameworkError {
    /// The file, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character in it, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
}

const KEYS: &[&str] = &["id", "name", "version", "sections", "controls"];
/// The keys of all three that hold a text for people.
const TEXTS: &[&str] = &["id", "name", "version", "title", "manual"];
const KEYS_OF_A_SECTION: &[&str] = &["id", "title"];
const KEYS_OF_A_CONTROL: &[&str] =
    &["id", "title", "level", "assessment", "severity", "checks", "attestations", "provider", "manual", "planned"];

impl Framework {
    /// Reads a framework that a user wrote: TOML as in `frameworks/*.toml`. Every name in it must be somebody's; a check
    /// that is only planned counts as soon as it is one of `checks`.
    pub fn parse(text: &str, file: &str, checks: &[Registered]) -> Result<Self, FrameworkError> {
        let written = Written { text, file };
        let tree = DeTable::parse(text).map_err(|error| written.misread(&error))?;
        written.has_known_keys(tree.get_ref())?;
        let mut framework: Self = toml::from_str(text).map_err(|error| written.misread(&error))?;
        written.has_sound_texts(tree.get_ref())?;
        written.has_sound_ids(&framework, tree.get_ref())?;

        let checks_known = Known {
            list: "checks",
            kind: "check",
            names: checks.iter().map(|check| &*check.id).collect(),
            otherwise: "`plimsoll checks` lists them",
        };
        let attestations_known = Known {
            list: "attestations",
            kind: "attestation",
            names: Attestation::all().iter().map(|attestation| &*attestation.id).collect(),
            otherwise: "the controls of other frameworks name them",
        };
        let duties_known = Known {
            list: "provider",
            kind: "duty of the provider",
            names: Model::get().provider_duties.iter().map(|duty| &*duty.id).collect(),
            otherwise: "`plimsoll duties` lists them",
        };
        let entries = entries(tree.get_ref(), "controls");
        for (control, entry) in framework.controls.iter_mut().zip(entries) {
            if control.level.is_some_and(|level| !(1..=2).contains(&level)) {
                return Err(written.fault(place(entry, "level"), "a level is 1 or 2".to_owned()));
            }
            if control.is_bare() {
                let problem = format!(
                    "nobody decides about {:?}: give it checks, attestations, provider, or manual with the reason",
                    control.id
                );
                return Err(written.fault(entry.span(), problem));
            }
            written.resolves(entry, &control.checks, &checks_known)?;
            written.resolves(entry, &control.attestations, &attestations_known)?;
            written.resolves(entry, &control.provider, &duties_known)?;

            let (built, planned) = std::mem::take(&mut control.planned)
                .into_iter()
                .partition(|id| checks.iter().any(|check| check.id == *id));
            control.planned = planned;
            control.checks.extend::<Vec<String>>(built);
            let mut seen = BTreeSet::new();
            control.checks.retain(|id| seen.insert(id.clone()));
        }
        Ok(framework)
    }
}

/// What a name means to another scanner, when it is one of its names.
fn rivals_word(name: &str) -> Option<String> {
    let ours: Vec<&str> = Rivals::checks_named(name).collect();
    (!ours.is_empty()).then(|| format!("{name:?} is another scanner's name; here it is {}", ours.join(" and ")))
}

/// The line of a byte of a text, and the character in the line, both counted from 1.
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    (before.matches('\n').count() + 1, column)
}

/// The file as it was written.
struct Written<'a> {
    text: &'a str,
    file: &'a str,
}

impl Written<'_> {
    fn fault(&self, span: Range<usize>, problem: String) -> FrameworkError {
        let (line, column) = line_and_column(self.text, span.start);
        FrameworkError { file: self.file.to_owned(), line, column, problem }
    }

    fn misread(&self, error: &toml::de::Error) -> FrameworkError {
        // Words of TOML, not of Rust.
        let mut problem = error.message().trim_end().replace('\n', ", ");
        for (theirs, ours) in [("expected a sequence", "expected a list"), ("expected u8", "expected a number")] {
            problem = problem.replace(theirs, ours);
        }
        self.fault(error.span().unwrap_or(0..0), problem)
    }

    fn has_known_keys(&self, tree: &DeTable<'_>) -> Result<(), FrameworkError> {
        self.knows(tree, KEYS, "a framework")?;
        for (list, keys, whose) in
            [("sections", KEYS_OF_A_SECTION, "a section"), ("controls", KEYS_OF_A_CONTROL, "a control")]
        {
            for entry in entries(tree, list) {
                if let DeValue::Table(table) = entry.get_ref() {
                    self.knows(table, keys, whose)?;
                }
            }
        }
        Ok(())
    }

    fn knows(&self, table: &DeTable<'_>, keys: &[&str], whose: &str) -> Result<(), FrameworkError> {
        // The order of the file, not that of the map: the first fault is told first.
        let mut unknown: Vec<_> = table.keys().filter(|key| !keys.contains(&&**key.get_ref())).collect();
        unknown.sort_by_key(|key| key.span().start);
        let Some(key) = unknown.first() else { return Ok(()) };
        let hint = match nearest(key.get_ref(), keys.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("it has {}", keys.join(", ")),
        };
        Err(self.fault(key.span(), format!("{whose} has no {:?}; {hint}", key.get_ref())))
    }

    /// What is shown to people is there, and holds nothing that a terminal obeys.
    fn has_sound_texts(&self, tree: &DeTable<'_>) -> Result<(), FrameworkError> {
        let entries = ["sections", "controls"].into_iter().flat_map(|list| entries(tree, list));
        let tables = entries.filter_map(|entry| entry.get_ref().as_table());
        for table in std::iter::once(tree).chain(tables) {
            for key in TEXTS {
                let Some(value) = table.get(*key) else { continue };
                let Some(text) = value.get_ref().as_str() else { continue };
                let is_odd = |c: char| c.is_control() && !(*key == "manual" && c == '\n');
                if text.trim().is_empty() {
                    return Err(self.fault(value.span(), format!("{key} is empty")));
                }
                if let Some(odd) = text.chars().find(|c| is_odd(*c)) {
                    let odd = odd.escape_unicode();
                    return Err(self.fault(value.span(), format!("{key} holds the control character {odd}")));
                }
            }
        }
        Ok(())
    }

    fn has_sound_ids(&self, framework: &Framework, tree: &DeTable<'_>) -> Result<(), FrameworkError> {
        let id = &framework.id;
        let of_id = || tree.get("id").map_or(0..0, Spanned::span);
        if id.is_empty() || id.contains(char::is_whitespace) {
            return Err(self.fault(of_id(), "an id is one word".to_owned()));
        }
        if Framework::get(id).is_some() {
            let problem = format!("{id:?} is the id of a framework that comes with Plimsoll; choose another");
            return Err(self.fault(of_id(), problem));
        }
        if framework.controls.is_empty() {
            let problem = format!("{id:?} asks for nothing: it has no controls");
            return Err(self.fault(tree.get("controls").map_or(0..0, Spanned::span), problem));
        }
        let mut seen = BTreeSet::new();
        for (control, entry) in framework.controls.iter().zip(entries(tree, "controls")) {
            if !seen.insert(&control.id) {
                return Err(self.fault(place(entry, "id"), format!("there are two controls {:?}", control.id)));
            }
        }
        Ok(())
    }

    fn resolves(
        &self,
        entry: &Spanned<DeValue<'_>>,
        names: &[String],
        known: &Known<'_>,
    ) -> Result<(), FrameworkError> {
        let strange = names.iter().position(|name| !known.names.contains(&name.as_str()));
        let Some(number) = strange else { return Ok(()) };
        let name = &names[number];
        let problem = rivals_word(name).unwrap_or_else(|| {
            let hint = match nearest(name, known.names.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => known.otherwise.to_owned(),
            };
            format!("there is no {} {name:?}; {hint}", known.kind)
        });
        Err(self.fault(place_in(entry, known.list, number), problem))
    }
}

/// The names that a list of a control may hold.
struct Known<'a> {
    list: &'static str,
    kind: &'static str,
    names: Vec<&'a str>,
    otherwise: &'static str,
}

fn entries<'t, 'i>(tree: &'t DeTable<'i>, list: &str) -> impl Iterator<Item = &'t Spanned<DeValue<'i>>> {
    let list = tree.get(list).and_then(|list| match list.get_ref() {
        DeValue::Array(array) => Some(array.iter()),
        _ => None,
    });
    list.into_iter().flatten()
}

/// Where the value of a key is.
fn place(entry: &Spanned<DeValue<'_>>, key: &str) -> Range<usize> {
    let DeValue::Table(table) = entry.get_ref() else { return entry.span() };
    table.get(key).map_or_else(|| entry.span(), Spanned::span)
}

/// Where an item of a list is.
fn place_in(entry: &Spanned<DeValue<'_>>, list: &str, number: usize) -> Range<usize> {
    let DeValue::Table(table) = entry.get_ref() else { return entry.span() };
    let item = entries(table, list).nth(number);
    item.map_or_else(|| place(entry, list), Spanned::span)
}
