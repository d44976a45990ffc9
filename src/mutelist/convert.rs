//! From what Prowler mutes to what is accepted here: the same, or less and said so, never more.
//!
//! Prowler 5 looks at the mutes of an account one after the other. One whose exceptions fit ends the walk: what was muted
//! by then stays muted, and those below are not looked at. The mutes of `*` and of the account are walked apart, and one
//! of both is enough. Source: `Mutelist.is_muted_in_check` and `is_excepted`, `prowler/lib/mutelist/mutelist.py`.

use std::collections::BTreeSet;

use globset::Glob;
use plimsoll_checks::checks;
use plimsoll_checks::contract::{GLOBAL, Registered, Rivals, Scope};
use serde::Serialize;

use super::pattern::{Refusal, Way, globs, one_glob, ways};
use super::read::{Account, Exceptions, Item, Mute, Mutelist};
use crate::register::TAGGED;

/// The kinds that Prowler tells of by the same id and in the same region. Source: `resource_id` and `region` of the
/// findings of the checks in `rivals.toml`, `prowler/providers/aws/services`. A trail it tells by its name and in the
/// region it saw it in, a managed policy by its name; settings of the account and of regions by ids of its own.
const ALIKE: [&str; 16] = [
    "ec2/Image",
    "ec2/Instance",
    "ec2/NetworkAcl",
    "ec2/SecurityGroup",
    "ec2/Snapshot",
    "ec2/Volume",
    "ec2/Vpc",
    "ec2/VpcPeeringConnection",
    "efs/FileSystem",
    "guardduty/Detector",
    "kms/Key",
    "rds/DBCluster",
    "rds/DBClusterSnapshot",
    "rds/DBInstance",
    "rds/DBSnapshot",
    "s3/Bucket",
];
/// The kinds of which Prowler's id begins with ours and may go on: `deploy/AccessKey1`, `deploy/AdministratorAccess`.
const GOES_ON: [&str; 1] = ["iam/User"];
/// Listed once for the account, but each in a region of its own.
const WITH_REGIONS: [&str; 1] = ["s3/Bucket"];
/// Settings of a region, which Prowler tells in that region.
const OF_REGIONS: &str = "account/Region";
/// How many exceptions an entry may have.
const MOST_EXCEPT: usize = 50;

/// Something that is to be said of a line of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The line.
    pub line: usize,
    /// How much it matters.
    pub told: Told,
    /// What.
    pub text: String,
}

/// How much a remark matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// Something is not accepted that Prowler mutes.
    LeftOut,
    /// It is good to know, and nothing is lost.
    Noted,
}

/// Patterns as our files have them; an empty list fits everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct Patterns {
    /// Of accounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub account: Vec<String>,
    /// Of regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub region: Vec<String>,
    /// Of ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// Of tags, all of which must fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// An exception that is to be written.
#[derive(Debug)]
pub struct Converted {
    /// The line of the check in the file.
    pub line: usize,
    /// What somebody has noted there.
    pub description: Option<String>,
    /// Our checks, by id.
    pub checks: Vec<&'static str>,
    /// What it is about.
    pub about: Patterns,
    /// What is taken out.
    pub except: Vec<Patterns>,
}

/// The exceptions that accept what a mutelist mutes, and what is to be said of it, by line.
///
/// `global_region` is the region in which Prowler tells of what has none, if somebody knows.
pub fn convert(mutelist: &Mutelist, global_region: Option<&str>) -> (Vec<Converted>, Vec<Remark>) {
    let mut converter = Converter { global_region, remarks: mutelist.remarks.clone() };
    let entries = mutelist.accounts.iter().flat_map(|account| converter.account(account)).collect();
    converter.remarks.sort();
    converter.remarks.dedup();
    (entries, converter.remarks)
}

/// A mute with its expressions understood.
struct Rule<'a> {
    mute: &'a Mute,
    /// Prowler's names of the checks it is about.
    names: BTreeSet<&'static str>,
    /// What it mutes; `None` if that cannot be told.
    about: Option<Patterns>,
    /// What it takes out.
    except: Except,
}

/// What a mute takes out.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Except {
    Nothing,
    These(Patterns),
    /// As far as can be told.
    Everything,
}

/// What a rule accepts of a check of ours.
struct Accepted {
    about: Patterns,
    except: Vec<Patterns>,
    /// The line of exceptions of which more is taken out than they say.
    narrowed_by: Option<usize>,
}

struct Converter<'a> {
    global_region: Option<&'a str>,
    remarks: Vec<Remark>,
}

impl Converter<'_> {
    fn left_out(&mut self, line: usize, text: impl Into<String>) {
        self.remarks.push(Remark { line, told: Told::LeftOut, text: text.into() });
    }

    fn account(&mut self, account: &Account) -> Vec<Converted> {
        let Item { text: id, line } = &account.id;
        let is_id = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        if id != "*" && !is_id {
            let text =
                format!("{id:?} is no account id: Prowler compares ids whole, so this mutes nothing there either");
            self.remarks.push(Remark { line: *line, told: Told::Noted, text });
            return Vec::new();
        }
        let rules: Vec<Rule<'_>> = account.mutes.iter().map(|mute| self.rule(mute)).collect();
        let mut entries: Vec<Converted> = Vec::new();
        let mut written = BTreeSet::new();
        for at in 0..rules.len() {
            let mut of_rule: Vec<Converted> = Vec::new();
            for (check, about, except) in self.accepted(&rules, at) {
                let account = if id == "*" { Vec::new() } else { vec![id.clone()] };
                let about = Patterns { account, ..about };
                if !written.insert((check, about.clone(), except.clone())) {
                    continue;
                }
                match of_rule.iter_mut().find(|entry| entry.about == about && entry.except == except) {
                    Some(entry) => entry.checks.push(check),
                    None => of_rule.push(Converted {
                        line: rules[at].mute.check.line,
                        description: rules[at].mute.description.clone(),
                        checks: vec![check],
                        about,
                        except,
                    }),
                }
            }
            entries.append(&mut of_rule);
        }
        entries
    }

    fn rule<'a>(&mut self, mute: &'a Mute) -> Rule<'a> {
        let meant = names(&mute.check.text);
        let except = self.except(mute, mute.exceptions.as_ref());
        let Ok(names) = meant.map_err(|refusal| {
            let text =
                format!("left out: which checks {:?} means cannot be told: {refusal}; name them", mute.check.text);
            self.left_out(mute.check.line, text);
        }) else {
            // It may be about any check, and take out of any that stands below.
            return Rule { mute, names: all_names().collect(), about: None, except };
        };
        if names.is_empty() {
            self.left_out(
                mute.check.line,
                format!("left out: there is no check here for {:?}, so nothing fails for it", mute.check.text),
            );
            return Rule { mute, names, about: None, except };
        }
        let about = self.about(mute);
        Rule { mute, names, about, except }
    }

    fn about(&mut self, mute: &Mute) -> Option<Patterns> {
        let region = self.one_of(&mute.regions, "Regions", |way| Ok(region_glob(way)), mute.check.line)?;
        let resource = self.one_of(&mute.resources, "Resources", id_glob, mute.check.line)?;
        let mut tags = Vec::new();
        for item in &mute.tags {
            let found = ways(&item.text).and_then(|ways| tag_globs(&ways, false));
            match found {
                Ok(None) => {}
                Ok(Some((glob, is_whole))) => {
                    tags.push(glob);
                    if !is_whole {
                        let text = format!("narrowed: {:?} is looked for in each tag, not across them", item.text);
                        self.left_out(item.line, text);
                    }
                }
                Err(refusal) => {
                    self.left_out(
                        item.line,
                        format!(
                            "the tag {:?} cannot be asked for, so all is left out: {refusal}; write it by hand",
                            item.text
                        ),
                    );
                    return None;
                }
            }
        }
        tags.sort();
        tags.dedup();
        Some(Patterns { account: Vec::new(), region, resource, tags })
    }

    /// The globs of a list of which one must fit. What has none narrows it, and so does what may come to nothing in
    /// Prowler; `None` is that nothing is left.
    fn one_of(
        &mut self,
        items: &[Item],
        key: &str,
        glob: fn(Way) -> Result<String, Refusal>,
        line: usize,
    ) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for item in items {
            let found = ways(&item.text).and_then(|ways| ways.into_iter().map(glob).collect::<Result<Vec<_>, _>>());
            match found {
                Ok(globs) => all.extend(globs),
                Err(Refusal { why, may_be_wrong }) => {
                    let text = format!("left out of {key}: {:?}: {why}; write patterns by hand", item.text);
                    if may_be_wrong && items.last().is_some_and(|last| !std::ptr::eq(last, item)) {
                        // What stands before it was looked for by then.
                        let rest = "what comes after it, too: if Python does not take it, Prowler looks no further";
                        self.left_out(item.line, format!("{text}; {rest}"));
                        break;
                    }
                    self.left_out(item.line, text);
                }
            }
        }
        if items.is_empty() {
            let text = format!("{key} is empty: this mutes nothing in Prowler either");
            self.remarks.push(Remark { line, told: Told::Noted, text });
        }
        (!all.is_empty()).then(|| unless_everything(all))
    }

    /// What is taken out, or more: what cannot be told counts as fitting.
    fn except(&mut self, mute: &Mute, exceptions: Option<&Exceptions>) -> Except {
        let Some(Exceptions { accounts, regions, resources, tags }) = exceptions else { return Except::Nothing };
        if [accounts, regions, resources, tags].iter().all(|list| list.is_empty()) {
            return Except::Nothing;
        }
        let mut of = |items: &[Item], key: &str, glob: fn(Way) -> Result<String, Refusal>| {
            let ways: Result<Vec<Vec<Way>>, Refusal> = items.iter().map(|item| ways(&item.text)).collect();
            let found = ways.and_then(|ways| ways.concat().into_iter().map(glob).collect());
            found.map(unless_everything).unwrap_or_else(|refusal| {
                let line = items.first().map_or(mute.check.line, |item| item.line);
                let text = format!("of the exceptions, {key} cannot be told, and more is left out for it: {refusal}");
                self.left_out(line, text);
                Vec::new()
            })
        };
        let account = of(accounts, "Accounts", |way| Ok(account_glob(way)));
        let region = of(regions, "Regions", |way| Ok(region_glob(way)));
        let resource = of(resources, "Resources", id_glob);
        let mut told = Patterns { account, region, resource, tags: Vec::new() };
        for item in tags {
            match ways(&item.text).and_then(|ways| tag_globs(&ways, true)) {
                Ok(glob) => told.tags.extend(glob.map(|(glob, _)| glob)),
                Err(refusal) => {
                    let text = format!(
                        "of the exceptions, {:?} cannot be told, and more is left out for it: {refusal}",
                        item.text
                    );
                    self.left_out(item.line, text);
                }
            }
        }
        told.tags.sort();
        told.tags.dedup();
        if told == Patterns::default() { Except::Everything } else { Except::These(told) }
    }

    /// Our checks for which a rule accepts something, each with what it accepts.
    fn accepted(&mut self, rules: &[Rule<'_>], at: usize) -> Vec<(&'static str, Patterns, Vec<Patterns>)> {
        let rule = &rules[at];
        let Some(about) = &rule.about else { return Vec::new() };
        let mut accepted = Vec::new();
        let mut why: Vec<(String, Vec<&'static str>)> = Vec::new();
        for check in checks().iter().filter(|check| meant(check).any(|name| rule.names.contains(name))) {
            let reason = match self.accepts(rules, at, about, check) {
                Ok(Some(Accepted { about, except, narrowed_by })) => {
                    accepted.push((&*check.id, about, except));
                    narrowed_by.map(|line| {
                        format!(
                            "more than the exceptions of line {line}, for they ask for what is not known of it here"
                        )
                    })
                }
                Ok(None) => None,
                Err(reason) => Some(reason),
            };
            if let Some(reason) = reason {
                match why.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, ids)) => ids.push(&check.id),
                    None => why.push((reason, vec![&check.id])),
                }
            }
        }
        for (reason, ids) in why {
            self.left_out(rule.mute.check.line, format!("left out for {}: {reason}", ids.join(", ")));
        }
        accepted
    }

    /// What a rule accepts of a check of ours: what it mutes under every name that Prowler has for it.
    fn accepts(
        &self,
        rules: &[Rule<'_>],
        at: usize,
        about: &Patterns,
        check: &'static Registered,
    ) -> Result<Option<Accepted>, String> {
        let Some(here) = self.about_here(about, check)? else { return Ok(None) };
        let (mut except, mut narrowed_by) = (BTreeSet::new(), None);
        for name in meant(check) {
            let is_alike =
                |other: &&usize| rules[**other].names.contains(name) && rules[**other].about.as_ref() == Some(about);
            let others: Vec<usize> = (0..rules.len()).collect();
            let by = if rules[at].names.contains(name) { Some(&at) } else { others.iter().find(is_alike) };
            let Some(by) = by else {
                return Err(format!("Prowler has {name} for it, too: mute that alike, or write the exception by hand"));
            };
            for other in &rules[..=*by] {
                if !other.names.contains(name) {
                    continue;
                }
                match self.except_here(&other.except, check) {
                    Except::Nothing => {}
                    Except::These(patterns) => {
                        let Except::These(asked) = &other.except else { continue };
                        let is_less = asked.resource != patterns.resource || asked.tags != patterns.tags;
                        if is_less || asked.region != patterns.region && !self.is_at_global(asked, check) {
                            narrowed_by = Some(other.mute.check.line);
                        }
                        except.insert(patterns);
                    }
                    Except::Everything => {
                        let line = other.mute.check.line;
                        return Err(format!(
                            "the exceptions of line {line} ask for what is not known of it here: write it by hand"
                        ));
                    }
                }
            }
        }
        if except.len() > MOST_EXCEPT {
            return Err(format!("more than {MOST_EXCEPT} exceptions stand before it"));
        }
        Ok(Some(Accepted { about: here, except: except.into_iter().collect(), narrowed_by }))
    }

    /// Whether the patterns ask for the region in which Prowler tells of what a check is about, which has none here.
    fn is_at_global(&self, asked: &Patterns, check: &Registered) -> bool {
        matches!(self.where_of(check), Where::Global(Some(region)) if fits_one(&asked.region, region))
    }

    /// What patterns mean for a check of ours; `None` if nothing of it can fit.
    fn about_here(&self, about: &Patterns, check: &'static Registered) -> Result<Option<Patterns>, String> {
        let mut here = about.clone();
        if !here.resource.is_empty() && !over_all(check, |kind| ALIKE.contains(&kind.name)) {
            // What is found in the beginning of an id is found in the id, unless it is asked to be its end.
            let is_found = here.resource.iter().all(|glob| glob.ends_with('*'));
            if !over_all(check, |kind| GOES_ON.contains(&kind.name)) || !is_found {
                return Err("Prowler tells what it is about by another id: write the resource by hand".to_owned());
            }
        }
        if !here.tags.is_empty() && !over_all(check, |kind| TAGGED.contains(&kind.name) && ALIKE.contains(&kind.name)) {
            return Err("the tags of what it is about are not read: name the resources by hand".to_owned());
        }
        if !here.region.is_empty() {
            match self.where_of(check) {
                Where::Same => {}
                Where::Global(Some(region)) if fits_one(&here.region, region) => here.region = vec![GLOBAL.to_owned()],
                Where::Global(Some(_)) => return Ok(None),
                Where::Global(None) => {
                    return Err(
                        "what it is about has no region here: say with --global-region in which Prowler tells it \
                                (us-east-1 in most accounts), or write region = \"global\" by hand"
                            .to_owned(),
                    );
                }
                Where::Unknown => {
                    return Err("Prowler may tell what it is about in another region: write it by hand".to_owned());
                }
            }
        }
        Ok(Some(here))
    }

    /// What exceptions mean for a check of ours, or more.
    fn except_here(&self, except: &Except, check: &'static Registered) -> Except {
        let Except::These(patterns) = except else { return except.clone() };
        let mut here = patterns.clone();
        if !over_all(check, |kind| ALIKE.contains(&kind.name)) {
            here.resource.clear();
        }
        if !over_all(check, |kind| TAGGED.contains(&kind.name)) {
            here.tags.clear();
        }
        if !here.region.is_empty() {
            match self.where_of(check) {
                Where::Same => {}
                Where::Global(Some(region)) if !fits_one(&here.region, region) => return Except::Nothing,
                Where::Global(_) | Where::Unknown => here.region.clear(),
            }
        }
        if here == Patterns::default() { Except::Everything } else { Except::These(here) }
    }

    fn where_of(&self, check: &Registered) -> Where<'_> {
        let is_same = |kind: &plimsoll_checks::contract::Read| {
            let is_regional = kind.scope == Scope::Regional && (ALIKE.contains(&kind.name) || kind.name == OF_REGIONS);
            is_regional || WITH_REGIONS.contains(&kind.name)
        };
        if over_all(check, is_same) {
            return Where::Same;
        }
        let is_global =
            |kind: &plimsoll_checks::contract::Read| kind.scope == Scope::Global && !WITH_REGIONS.contains(&kind.name);
        if over_all(check, is_global) { Where::Global(self.global_region) } else { Where::Unknown }
    }
}

/// In which region Prowler tells of what a check of ours is about.
enum Where<'a> {
    Same,
    Global(Option<&'a str>),
    Unknown,
}

fn over_all(check: &Registered, holds: impl Fn(&plimsoll_checks::contract::Read) -> bool) -> bool {
    check.check.over.iter().all(|over| holds(over.read))
}

/// Prowler's names for what a check of ours looks at.
fn meant(check: &'static Registered) -> impl Iterator<Item = &'static str> {
    Rivals::of(&check.id).prowler.iter().map(String::as_str)
}

fn all_names() -> impl Iterator<Item = &'static str> {
    checks().iter().flat_map(meant)
}

/// Prowler's names that the key of a mute means, of those that there is a check for here.
fn names(key: &str) -> Result<BTreeSet<&'static str>, Refusal> {
    // Prowler renames what began with lambda before it looks.
    let key = key.strip_prefix("lambda").map_or(key.to_owned(), |rest| format!("awslambda{rest}"));
    let globs = globs(&ways(&key)?);
    Ok(all_names().filter(|name| fits_one(&globs, name)).collect())
}

fn fits_one(globs: &[String], text: &str) -> bool {
    let fits = |glob: &String| Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(text));
    globs.iter().any(fits)
}

fn unless_everything(mut globs: Vec<String>) -> Vec<String> {
    if globs.iter().any(|glob| glob == "*") {
        return Vec::new();
    }
    globs.sort();
    globs.dedup();
    globs
}

/// An account's id stands for itself: all are of one length.
fn account_glob(way: Way) -> String {
    let is_id = |text: &String| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    way.literal().filter(is_id).unwrap_or_else(|| one_glob(&[way]))
}

/// A region's code stands for itself: there is none that holds another, but for `eusc-de-east-1`.
fn region_glob(way: Way) -> String {
    let is_code = |text: &String| {
        let mut parts = text.split('-');
        let is_first = parts.next().is_some_and(|part| part.len() == 2 && part != "de");
        let last = parts.next_back().is_some_and(|part| part.len() == 1 && part.bytes().all(|b| b.is_ascii_digit()));
        let middle: Vec<&str> = parts.collect();
        let is_word = |part: &&str| part.len() > 2 && part.bytes().all(|byte| byte.is_ascii_lowercase());
        is_first && last && !middle.is_empty() && middle.iter().all(is_word)
    };
    way.literal().filter(|text| !way.is_everything() && is_code(text)).unwrap_or_else(|| one_glob(&[way]))
}

/// No id that Prowler tells begins as an ARN does, and here such a pattern would be one of ARNs.
fn id_glob(way: Way) -> Result<String, Refusal> {
    let glob = one_glob(&[way]);
    if glob.starts_with("arn:") { Err(Refusal::of("Prowler looks at ids, not at ARNs")) } else { Ok(glob) }
}

/// The one glob of a tag written `key=value` that fits if the expression is found among the tags, and whether it fits
/// whenever it is. Prowler looks through all of them in one text, `a=b | c=d`, so what could reach from one tag into the
/// next is asked of one tag here; where that would take out less (`is_exception`), it is refused. `None` is an expression
/// that is always found.
fn tag_globs(ways: &[Way], is_exception: bool) -> Result<Option<(String, bool)>, Refusal> {
    let mut is_whole = true;
    for way in ways {
        if way.is_everything() {
            return Ok(None);
        }
        if way.is_anchored() {
            return Err(Refusal::of("^ and $ mean the first and the last of all tags"));
        }
        let literal = way.literal();
        let at_edge = literal.as_ref().is_some_and(|text| text.starts_with(' ') || text.ends_with(' '));
        is_whole &= !at_edge && !way.is_loose();
        if literal.is_some_and(|text| text.contains('|')) || is_exception && !is_whole {
            return Err(Refusal::of("it may reach from one tag into the next"));
        }
    }
    Ok(Some((one_glob(ways), is_whole)))
}
