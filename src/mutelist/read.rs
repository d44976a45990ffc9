//! The mutelist as Prowler 5 takes it, or everything for which Prowler would not take it.
//!
//! Source: `mutelist_schema` in Prowler's `prowler/lib/mutelist/models.py`. A file that this does not allow mutes nothing
//! there, so nothing of it is taken over.

use std::rc::Rc;

use super::convert::{Remark, Told};
use super::yaml::{self, Node, Value};
use crate::config::Mistake;

/// How many checks a file may mute, all accounts together.
const MOST_MUTES: usize = 5_000;
/// How many patterns it may have, those of aliases counted each time.
const MOST_ITEMS: usize = 200_000;

/// What a file mutes.
#[derive(Debug)]
pub struct Mutelist {
    /// By account, in their order.
    pub accounts: Vec<Account>,
    /// What is to be said of the file that is no mistake.
    pub remarks: Vec<Remark>,
}

/// What is muted in an account, or in all.
#[derive(Debug)]
pub struct Account {
    /// Its id, or `*`.
    pub id: Item,
    /// What is muted, in the order in which Prowler looks at it.
    pub mutes: Vec<Mute>,
}

/// A text of the file.
#[derive(Debug, Clone)]
pub struct Item {
    /// The text.
    pub text: String,
    /// Its line.
    pub line: usize,
}

/// What is muted of a check, or of those that an expression finds.
#[derive(Debug)]
pub struct Mute {
    /// The check's name, an expression, or `*`.
    pub check: Item,
    /// Expressions, of which one must be found in the region.
    pub regions: Vec<Item>,
    /// Expressions, of which one must be found in the resource's id.
    pub resources: Vec<Item>,
    /// Expressions, all of which must be found in the tags.
    pub tags: Vec<Item>,
    /// What is not muted although it fits.
    pub exceptions: Option<Exceptions>,
    /// What somebody has noted.
    pub description: Option<String>,
}

/// What is not muted: what fits in each of the lists that are not empty.
#[derive(Debug, Default)]
pub struct Exceptions {
    /// Expressions, of which one must be found in the account's id.
    pub accounts: Vec<Item>,
    /// Expressions, of which one must be found in the region.
    pub regions: Vec<Item>,
    /// Expressions, of which one must be found in the resource's id.
    pub resources: Vec<Item>,
    /// Expressions, all of which must be found in the tags.
    pub tags: Vec<Item>,
}

/// Reads the text of a file.
pub fn read(text: &str) -> Result<Mutelist, Vec<Mistake>> {
    let root = yaml::parse(text).map_err(|mistake| vec![mistake])?;
    let mut reader = Reader { mistakes: Vec::new(), remarks: Vec::new(), items: 0, mutes: 0 };
    let accounts = reader.file(&root);
    if reader.mistakes.is_empty() {
        return Ok(Mutelist { accounts, remarks: reader.remarks });
    }
    reader.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    reader.mistakes.dedup();
    Err(reader.mistakes)
}

struct Reader {
    mistakes: Vec<Mistake>,
    remarks: Vec<Remark>,
    items: usize,
    mutes: usize,
}

type Pair = (Item, Rc<Node>);

impl Reader {
    fn wrong(&mut self, at: &Node, message: impl Into<String>) {
        self.mistakes.push(at.wrong(message));
    }

    fn file(&mut self, root: &Node) -> Vec<Account> {
        let pairs = self.pairs(root, "the file");
        let named = |name: &str| pairs.iter().find(|(key, _)| key.text == name);
        if let Some((_, mutelist)) = named("Mutelist") {
            return self.mutelist(mutelist);
        }
        let old = ["Allowlist", "Mute List"].into_iter().find_map(named);
        let message = match old {
            Some((key, _)) => format!(
                "{}: Prowler 3 and 4 had this name, and other rules (exceptions counted for all checks, one of several \
                 tags was enough); if Prowler 5 mutes what you mean, write Mutelist",
                key.text
            ),
            None if self.mistakes.is_empty() => "there is no Mutelist: is this a mutelist of Prowler?".to_owned(),
            None => return Vec::new(),
        };
        let line = old.map_or(root.line, |(key, _)| key.line);
        self.mistakes.push(Mistake { line, column: 1, message });
        Vec::new()
    }

    fn mutelist(&mut self, node: &Node) -> Vec<Account> {
        let pairs = self.only(node, "Mutelist", &["Accounts"], &["Accounts"]);
        let Some((_, accounts)) = pairs.into_iter().next() else { return Vec::new() };
        let pairs = self.pairs(&accounts, "Accounts");
        pairs.into_iter().map(|(id, node)| self.account(id, &node)).collect()
    }

    fn account(&mut self, id: Item, node: &Node) -> Account {
        let pairs = self.only(node, "an account", &["Checks"], &["Checks"]);
        let mut mutes = Vec::new();
        if let Some((_, checks)) = pairs.into_iter().next() {
            for (check, node) in self.pairs(&checks, "Checks") {
                self.mutes += 1;
                if self.mutes > MOST_MUTES {
                    self.wrong(&node, format!("more than {MOST_MUTES} checks up to here: divide the file"));
                    break;
                }
                mutes.push(self.mute(check, &node));
            }
        }
        Account { id, mutes }
    }

    fn mute(&mut self, check: Item, node: &Node) -> Mute {
        let known = ["Regions", "Resources", "Tags", "Exceptions", "Description"];
        let pairs = self.only(node, "a check", &known, &["Regions", "Resources"]);
        let mut exceptions = None;
        let mut description = None;
        for (key, node) in &pairs {
            match (&*key.text, &node.value) {
                ("Exceptions", _) => exceptions = Some(self.exceptions(node)),
                ("Description", Value::Text(text)) => description = Some(text.trim().to_owned()),
                ("Description", _) => {
                    self.wrong(node, format!("Description takes a text, and this is {}", node.kind()));
                }
                _ => {}
            }
        }
        Mute {
            check,
            regions: self.list(&pairs, "Regions"),
            resources: self.list(&pairs, "Resources"),
            tags: self.list(&pairs, "Tags"),
            exceptions,
            description: description.filter(|text| !text.is_empty()),
        }
    }

    fn exceptions(&mut self, node: &Node) -> Exceptions {
        let pairs = self.only(node, "Exceptions", &["Accounts", "Regions", "Resources", "Tags"], &[]);
        Exceptions {
            accounts: self.list(&pairs, "Accounts"),
            regions: self.list(&pairs, "Regions"),
            resources: self.list(&pairs, "Resources"),
            tags: self.list(&pairs, "Tags"),
        }
    }

    /// The pairs of a table, each key once: of one that stands twice, Prowler sees the last value, in the first's place.
    fn pairs(&mut self, node: &Node, what: &str) -> Vec<Pair> {
        let Value::Table(written) = &node.value else {
            self.wrong(node, format!("{what} takes keys with what belongs to each below, and this is {}", node.kind()));
            return Vec::new();
        };
        let mut pairs: Vec<Pair> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for (key, value) in written {
            let Value::Text(text) = &key.value else {
                let message = format!("a key of {what} is a text, and this is {}: put it in quotes", key.kind());
                self.wrong(key, message);
                continue;
            };
            let item = Item { text: text.clone(), line: key.line };
            let Some(place) = places.get(text).copied() else {
                places.insert(text.clone(), pairs.len());
                pairs.push((item, value.clone()));
                continue;
            };
            let (before, _): &Pair = &pairs[place];
            let message =
                format!("{text:?} stands again in line {}: Prowler sees only the last, and so does this", key.line);
            self.remarks.push(Remark { line: before.line, told: Told::Noted, text: message });
            pairs[place] = (item, value.clone());
        }
        pairs
    }

    /// The pairs of a table that has these keys, some of which are needed.
    fn only(&mut self, node: &Node, what: &str, known: &[&str], needed: &[&str]) -> Vec<Pair> {
        let before = self.mistakes.len();
        let mut pairs = self.pairs(node, what);
        for (key, value) in &pairs {
            if !known.contains(&&*key.text) {
                let message = format!("{what} has no {:?}; there are {}", key.text, known.join(", "));
                self.mistakes.push(Mistake { line: key.line, column: value.column.min(1), message });
            }
        }
        pairs.retain(|(key, _)| known.contains(&&*key.text));
        if self.mistakes.len() == before {
            for key in needed.iter().filter(|needed| !pairs.iter().any(|(key, _)| key.text == **needed)) {
                self.wrong(node, format!("{what} needs {key}: without it, Prowler takes the whole file for malformed"));
            }
        }
        pairs
    }

    fn list(&mut self, pairs: &[Pair], key: &str) -> Vec<Item> {
        let Some((_, node)) = pairs.iter().find(|(name, _)| name.text == key) else { return Vec::new() };
        let Value::List(nodes) = &node.value else {
            self.wrong(node, format!("{key} takes a list, and this is {}", node.kind()));
            return Vec::new();
        };
        self.items += nodes.len();
        if self.items > MOST_ITEMS {
            self.wrong(node, format!("more than {MOST_ITEMS} patterns up to here: divide the file"));
            return Vec::new();
        }
        let mut items = Vec::new();
        for node in nodes {
            match &node.value {
                Value::Text(text) => items.push(Item { text: text.clone(), line: node.line }),
                _ => self.wrong(node, format!("{key} lists texts, and this is {}: put it in quotes", node.kind())),
            }
        }
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Vec<String> {
        read(text).expect_err("it is wrong").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_that_prowler_would_not_take_is_told_with_its_line() {
        let text = "\
Mutelist:
  Accounts:
    123456789012:
      Checks: {}
    '*':
      Checks:
        ec2_a:
          Regions: ['*']
        ec2_b:
          Regions: '*'
          Resources: [1, ok]
          Tags:
            - stage: prod
          Exceptions:
            Region: ['*']
          Descripton: typo
";
        assert_eq!(
            wrong(text),
            [
                "3:5: a key of Accounts is a text, and this is a number, a date or a yes or no: put it in quotes",
                "8:11: a check needs Resources: without it, Prowler takes the whole file for malformed",
                "10:20: Regions takes a list, and this is a text",
                "11:23: Resources lists texts, and this is a number, a date or a yes or no: put it in quotes",
                "13:15: Tags lists texts, and this is a table of keys: put it in quotes",
                "15:1: Exceptions has no \"Region\"; there are Accounts, Regions, Resources, Tags",
                "16:1: a check has no \"Descripton\"; there are Regions, Resources, Tags, Exceptions, Description",
            ]
        );
    }

    #[test]
    fn the_names_of_older_versions_are_not_taken_for_todays() {
        let told = wrong("Allowlist:\n  Accounts: {}\n");
        assert!(told[0].starts_with("1:1: Allowlist: Prowler 3 and 4"), "{told:?}");
        assert!(wrong("Findings: []\n")[0].contains("there is no Mutelist"));
        assert!(wrong("[]\n")[0].contains("the file takes keys"));
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_counts_in_the_place_of_the_first() {
        let one = |region: &str| format!("{{Regions: [{region}], Resources: ['*']}}");
        let text = format!(
            "Mutelist:\n  Accounts:\n    '*':\n      Checks:\n        a: {}\n        b: {}\n        a: {}\n",
            one("x"),
            one("y"),
            one("z")
        );
        let mutelist = read(&text).unwrap();
        let seen: Vec<(&str, &str, usize)> = mutelist.accounts[0]
            .mutes
            .iter()
            .map(|mute| (&*mute.check.text, &*mute.regions[0].text, mute.check.line))
            .collect();
        assert_eq!(seen, [("a", "z", 7), ("b", "y", 6)]);
        assert_eq!(mutelist.remarks[0].line, 5);
    }

    #[test]
    fn what_aliases_make_of_little_is_bounded() {
        let mut text =
            String::from("x: &l [a, a, a, a, a, a, a, a, a, a]\nMutelist:\n  Accounts:\n    '*':\n      Checks:\n");
        for check in 0..6000 {
            text.extend(["        c", &check.to_string(), ": {Regions: *l, Resources: *l}\n"]);
        }
        assert!(wrong(&text)[0].contains("more than 5000 checks"), "{:?}", wrong(&text));
    }
}
