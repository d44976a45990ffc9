//! YAML as a tree that knows its lines: what `yaml.safe_load`, which Prowler uses, makes of it, or an error.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use crate::config::Mistake;

/// How deep things may lie in one another. A mutelist needs seven levels.
const DEEPEST: usize = 24;
/// How many values a file may have. Those of aliases are not counted again, those that `<<` brings in are.
const MOST: usize = 400_000;

/// A value, and where it begins.
#[derive(Debug)]
pub struct Node {
    /// Where, counted from 1.
    pub line: usize,
    /// Where in the line, counted from 1.
    pub column: usize,
    /// What it is.
    pub value: Value,
}

/// What a value is.
#[derive(Debug)]
pub enum Value {
    /// A text.
    Text(String),
    /// What stands there without quotes and is no text: a number, a date, yes or no, nothing.
    Other(String),
    /// A list.
    List(Vec<Rc<Node>>),
    /// Keys and their values as they are written: a key may stand twice.
    Table(Vec<(Rc<Node>, Rc<Node>)>),
}

impl Node {
    /// Something that is wrong here.
    pub fn wrong(&self, message: impl Into<String>) -> Mistake {
        Mistake { line: self.line, column: self.column, message: message.into() }
    }

    /// What it is, for people.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "a text",
            Value::Other(text) if text.is_empty() => "nothing",
            Value::Other(_) => "a number, a date or a yes or no",
            Value::List(_) => "a list",
            Value::Table(_) => "a table of keys",
        }
    }
}

/// The one document of a text.
pub fn parse(text: &str) -> Result<Rc<Node>, Mistake> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => tree.take(event, span.start)?,
            Err(error) => return Err(mistake(*error.marker(), format!("no YAML: {}", error.info()))),
        }
    }
    tree.root.ok_or_else(|| Mistake { line: 1, column: 1, message: "the file is empty".to_owned() })
}

fn mistake(at: Marker, message: String) -> Mistake {
    Mistake { line: at.line().max(1), column: at.col() + 1, message }
}

/// A list or table whose end has not come.
struct Open {
    at: Marker,
    anchor: usize,
    is_table: bool,
    children: Vec<Rc<Node>>,
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    values: usize,
    documents: usize,
    root: Option<Rc<Node>>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, at: Marker) -> Result<(), Mistake> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(mistake(at, "a second document begins here: Prowler takes one".to_owned()));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref());
                self.put(value, at, anchor)?;
            }
            Event::SequenceStart(anchor, tag) => self.begin(at, anchor, tag.as_deref(), false)?,
            Event::MappingStart(anchor, tag) => self.begin(at, anchor, tag.as_deref(), true)?,
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { at, anchor, is_table, children } = self.open.pop().expect("the parser pairs ends");
                let value = if is_table { self.table(children)? } else { Value::List(children) };
                self.put(value, at, anchor)?;
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return Err(mistake(at, "an alias of what has not come to its end".to_owned()));
                };
                self.add(node);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn begin(&mut self, at: Marker, anchor: usize, tag: Option<&Tag>, is_table: bool) -> Result<(), Mistake> {
        if let Some(tag) = tag {
            return Err(mistake(at, format!("the tag {tag} on a list or a table: take it away")));
        }
        if self.open.len() == DEEPEST {
            return Err(mistake(at, format!("lies more than {DEEPEST} levels deep")));
        }
        self.open.push(Open { at, anchor, is_table, children: Vec::new() });
        Ok(())
    }

    fn count(&mut self, values: usize, line: usize, column: usize) -> Result<(), Mistake> {
        self.values += values;
        let told = || Mistake { line, column, message: format!("more than {MOST} values up to here") };
        if self.values > MOST { Err(told()) } else { Ok(()) }
    }

    fn put(&mut self, value: Value, at: Marker, anchor: usize) -> Result<(), Mistake> {
        self.count(1, at.line(), at.col() + 1)?;
        let node = Rc::new(Node { line: at.line().max(1), column: at.col() + 1, value });
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.add(node);
        Ok(())
    }

    /// A node is shared by whoever names it, so aliases of aliases take no room.
    fn add(&mut self, node: Rc<Node>) {
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
    }

    /// The pairs of a table. What `<<` brings in comes first, as `safe_load` has it, and own keys stand after it.
    fn table(&mut self, children: Vec<Rc<Node>>) -> Result<Value, Mistake> {
        let (mut merged, mut own) = (Vec::new(), Vec::new());
        let mut children = children.into_iter();
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            if !matches!(&key.value, Value::Other(text) if text == "<<") {
                own.push((key, value));
                continue;
            }
            let tables: Vec<&Rc<Node>> = match &value.value {
                Value::List(list) => list.iter().rev().collect(),
                _ => vec![&value],
            };
            for node in tables {
                let Value::Table(pairs) = &node.value else {
                    return Err(node.wrong(format!("<< takes a table, or a list of them; this is {}", node.kind())));
                };
                self.count(pairs.len(), key.line, key.column)?;
                merged.extend(pairs.iter().cloned());
            }
        }
        let brought_in = merged.len();
        // An own key takes the place of the same that was brought in; that is no key that stands twice.
        for (key, value) in own {
            let same = merged[..brought_in]
                .iter_mut()
                .find(|(known, _)| text_of(known).is_some() && text_of(known) == text_of(&key));
            match same {
                Some(pair) => *pair = (key, value),
                None => merged.push((key, value)),
            }
        }
        Ok(Value::Table(merged))
    }
}

fn text_of(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = match tag {
        Some(tag) => tag.is_yaml_core_schema() && tag.suffix == "str",
        None => style != ScalarStyle::Plain || reads_as_text(text),
    };
    if is_text { Value::Text(text.to_owned()) } else { Value::Other(text.to_owned()) }
}

/// Whether `safe_load` takes for a text what stands without quotes. It follows YAML 1.1, where `on` is a yes and
/// `1:30` a number. Source: the resolvers of `PyYAML` (`lib/yaml/resolver.py`).
fn reads_as_text(text: &str) -> bool {
    const WORDS: [&str; 10] = ["yes", "no", "true", "false", "on", "off", "null", "~", "<<", "="];
    let lower = text.to_ascii_lowercase();
    !(text.is_empty() || WORDS.contains(&&*lower) || may_be_number(&lower) || begins_with_date(&lower))
}

/// A little more than numbers: what may be one is to be put in quotes.
fn may_be_number(lower: &str) -> bool {
    let digits = lower.strip_prefix(['+', '-']).unwrap_or(lower);
    let all = |text: &str, allowed: &str| {
        text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || allowed.contains(c))
    };
    match digits {
        ".inf" | ".nan" => true,
        _ if digits.starts_with("0x") => all(digits, "x_abcdef"),
        _ if digits.starts_with("0b") => all(digits, "b_"),
        _ => digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && all(digits, "_.:e+-"),
    }
}

fn begins_with_date(lower: &str) -> bool {
    let mut parts = lower.splitn(3, '-');
    let is_number = |part: Option<&str>, most: usize| {
        part.is_some_and(|part| !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit()))
    };
    is_number(parts.next(), 4)
        && is_number(parts.next(), 2)
        && parts.next().is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<bool> {
        let root = parse(text).unwrap();
        let Value::List(list) = &root.value else { panic!("{root:?}") };
        list.iter().map(|node| matches!(node.value, Value::Text(_))).collect()
    }

    #[test]
    fn what_stands_without_quotes_is_read_as_prowler_reads_it() {
        let others = "[yes, On, ~, 123456789012, 0x1f, 1_000, 1:30, 1.5e+3, .inf, 2026-11-25, 2026-1-2 10:00, '<<']";
        let mut expected = vec![false; 12];
        expected[11] = true;
        assert_eq!(texts(others), expected, "the last one is in quotes");
        assert_eq!(texts("[ec2_*, 0abc1234, a-1, sg-0123, \"123\", yes-no, i-0f, .+-logs, !!str 12]"), [true; 9]);
    }

    #[test]
    fn what_a_merge_brings_in_comes_before_the_tables_own_keys() {
        let root = parse("base: &a {x: one, y: two}\nnext: {z: three, <<: *a, x: four}\n").unwrap();
        let Value::Table(pairs) = &root.value else { panic!("{root:?}") };
        let Value::Table(next) = &pairs[1].1.value else { panic!("{root:?}") };
        let keys: Vec<(&str, &str)> =
            next.iter().map(|(key, value)| (text_of(key).unwrap(), text_of(value).unwrap())).collect();
        assert_eq!(keys, [("x", "four"), ("y", "two"), ("z", "three")]);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        let wrong = |text: &str| parse(text).expect_err("it is wrong").to_string();
        assert!(wrong("a:\n\t- b\n").starts_with("2:"), "{}", wrong("a:\n\t- b\n"));
        assert!(wrong("a: [b\n").contains("no YAML"), "{}", wrong("a: [b\n"));
        assert_eq!(wrong(""), "1:1: the file is empty");
        assert!(wrong("a: &a [*a]").contains("has not come to its end"), "{}", wrong("a: &a [*a]"));
        assert!(wrong("a: *b").contains("no YAML"), "{}", wrong("a: *b"));
        assert!(wrong("a: 1\n---\nb: 2\n").starts_with("2:1: a second document"));
        let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
        assert!(wrong(&deep).contains("more than 24 levels"), "{}", wrong(&deep));
    }

    #[test]
    fn aliases_of_aliases_take_no_room() {
        let mut bomb = String::from("l0: &l0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..20 {
            let alias = format!("*l{}", level - 1);
            let name = level.to_string();
            bomb.extend(["l", &name, ": &l", &name, " [", &vec![alias; 9].join(", "), "]\n"]);
        }
        parse(&bomb).expect("each is there once");
    }
}
