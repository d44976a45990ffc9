//! Reads a file of owners, and says of everything in it that has no meaning where it is and what is meant.
//!
//! A line is a pattern and who owns what fits it, as in CODEOWNERS; the place of a file is
//! `ACCOUNT/REGION/SERVICE/RESOURCE`, of which the end may be left out, or an ARN.

use std::sync::atomic::AtomicBool;

use globset::Glob;
use plimsoll_checks::contract::{GLOBAL, nearest};
use plimsoll_checks::{SERVICES, checks};

use super::{Covers, Part, Rule};
use crate::config::Mistake;
use crate::scan::{is_account, is_region};

/// The lines of a file, or everything that is wrong with it.
pub fn parse(text: &str) -> Result<Vec<Rule>, Vec<Mistake>> {
    let (mut rules, mut mistakes) = (Vec::new(), Vec::new());
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line_number = number + 1;
        let mut words = words(line).into_iter();
        let Some((column, pattern)) = words.next() else { continue };
        match covers(pattern) {
            Ok(covers) => rules.push(Rule {
                line: line_number,
                pattern: pattern.to_owned(),
                covers,
                owners: words.map(|(_, owner)| owner.to_owned()).collect(),
                is_met: AtomicBool::new(false),
            }),
            Err(message) => mistakes.push(Mistake { line: line_number, column, message }),
        }
    }
    if mistakes.is_empty() { Ok(rules) } else { Err(mistakes) }
}

/// The words of a line up to a comment, each with its column. A backslash keeps a blank in a word.
fn words(line: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut begun: Option<(usize, usize)> = None;
    let mut is_escaped = false;
    for (column, (at, character)) in line.char_indices().enumerate() {
        match begun {
            Some((start, first)) if character.is_whitespace() && !is_escaped => {
                words.push((first, &line[start..at]));
                begun = None;
            }
            None if character == '#' => return words,
            None if !character.is_whitespace() => begun = Some((at, column + 1)),
            Some(_) | None => {}
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    words.extend(begun.map(|(start, first)| (first, &line[start..])));
    words
}

fn covers(pattern: &str) -> Result<Covers, String> {
    if let Some(negated) = pattern.strip_prefix('!') {
        return Err(format!("no pattern is negated: write {negated} without owners, below the lines it is to undo"));
    }
    if pattern.starts_with("arn:") {
        let any = || Part::Any;
        return Ok(Covers { account: any(), region: any(), service: any(), resource: any(), arn: part(pattern)? });
    }
    let bare = pattern.strip_prefix('/').unwrap_or(pattern);
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    let mut parts = bare.splitn(4, '/');
    let mut next = |understand: fn(&str, &str) -> Result<Part, String>| match parts.next() {
        None => Ok(Part::Any),
        Some("") => Err(format!("{pattern:?} has an empty part: write * for whatever it is")),
        Some(text) => understand(text, pattern),
    };
    Ok(Covers {
        account: next(account)?,
        region: next(region)?,
        service: next(service)?,
        resource: next(|text, _| part(text))?,
        arn: Part::Any,
    })
}

fn part(text: &str) -> Result<Part, String> {
    if text == "*" || text == "**" {
        return Ok(Part::Any);
    }
    if !is_pattern(text) {
        return Ok(Part::Exactly(text.to_owned()));
    }
    let glob = Glob::new(text).map_err(|error| format!("{text:?} is no pattern: {}", error.kind()))?;
    Ok(Part::Like(glob.compile_matcher()))
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

fn account(text: &str, pattern: &str) -> Result<Part, String> {
    let fits = |c: char| c.is_ascii_digit() || "*?[]{},-!^".contains(c);
    if is_account(text) || (is_pattern(text) && text.chars().all(fits)) {
        return part(text);
    }
    let bare = pattern.trim_matches('/');
    let meant = if is_known_service(text) { format!("*/*/{bare}") } else { format!("*/*/*/{bare}") };
    Err(format!(
        "{text:?} is no account of twelve digits: a pattern is ACCOUNT/REGION/SERVICE/RESOURCE; is {meant} meant?"
    ))
}

fn region(text: &str, _: &str) -> Result<Part, String> {
    if is_region(text) || text == GLOBAL || is_pattern(text) {
        return part(text);
    }
    Err(format!("{text:?} is no region, as eu-west-1 is one, nor global; write * for every region"))
}

fn service(text: &str, _: &str) -> Result<Part, String> {
    // What this version has no checks for may be in the file all the same; what is nearly a name is a slip.
    match nearest(text, services()) {
        Some(near) if !is_pattern(text) && !is_known_service(text) => {
            Err(format!("there is no service or resource type {text:?}; did you mean {near}?"))
        }
        Some(_) | None => part(text),
    }
}

fn is_known_service(text: &str) -> bool {
    services().any(|known| known == text)
}

fn services() -> impl Iterator<Item = &'static str> {
    let types = checks().iter().flat_map(|check| check.check.over).filter_map(|over| over.read.resource_type);
    SERVICES.iter().map(|service| service.id).chain(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Vec<String> {
        parse(text).expect_err("it is wrong").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn words_end_at_a_blank_unless_a_backslash_keeps_it_and_a_comment_ends_the_line() {
        assert_eq!(words("  a/b\\ c  @x\t@y # z"), [(3, "a/b\\ c"), (11, "@x"), (14, "@y")]);
        assert_eq!(words("a#b @x#y"), [(1, "a#b"), (5, "@x#y")]);
        assert_eq!(words("# a"), []);
        assert_eq!(words("  "), []);
    }

    #[test]
    fn what_has_no_meaning_is_told_with_its_place_and_what_is_meant() {
        assert_eq!(
            wrong("# x\ns3/web-* @web\n web-* @web\n*/euwest @x\n*/*/s33/x @x\n!*/*/s3 @x\n*//s3 @x\n*/*/*/[ @x\n"),
            [
                "2:1: \"s3\" is no account of twelve digits: a pattern is ACCOUNT/REGION/SERVICE/RESOURCE; is \
                 */*/s3/web-* meant?",
                "3:2: \"web-*\" is no account of twelve digits: a pattern is ACCOUNT/REGION/SERVICE/RESOURCE; is \
                 */*/*/web-* meant?",
                "5:1: there is no service or resource type \"s33\"; did you mean s3?",
                "6:1: no pattern is negated: write */*/s3 without owners, below the lines it is to undo",
                "7:1: \"*//s3\" has an empty part: write * for whatever it is",
                "8:1: \"[\" is no pattern: unclosed character class; missing ']'",
            ]
        );
        assert_eq!(
            wrong("*/EU @x"),
            ["1:1: \"EU\" is no region, as eu-west-1 is one, nor global; write * for every region"]
        );
    }

    #[test]
    fn what_this_version_does_not_look_at_may_have_owners() {
        assert_eq!(parse("*/*/appstream @x\n\n").expect("it may").len(), 1);
    }
}
