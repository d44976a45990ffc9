//! Sets of texts as machines that read a text character by character, so that such sets can be compared.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A set of texts: those that lead from the first place to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Machine {
    /// Every place but the last.
    places: Vec<Place>,
}

/// One place of a machine. There is one way on, to the next place; some may also be passed or stayed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The characters that lead on to the next place.
    pub(super) on: Class,
    /// Whether those characters may also lead back here.
    pub(super) repeats: bool,
    /// Whether the next place is reached without a character, too.
    pub(super) optional: bool,
}

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    /// From first to last, both included.
    pub(super) ranges: Vec<(char, char)>,
    /// Whether it is all the other characters.
    pub(super) negated: bool,
}

impl Class {
    /// Every character.
    pub(super) fn any() -> Self {
        Self { ranges: Vec::new(), negated: true }
    }

    /// One character.
    pub(super) fn one(c: char) -> Self {
        Self { ranges: vec![(c, c)], negated: false }
    }

    fn contains(&self, c: char) -> bool {
        self.ranges.iter().any(|&(first, last)| (first..=last).contains(&c)) != self.negated
    }
}

impl Place {
    /// One character that is itself.
    pub(super) fn char(c: char) -> Self {
        Self { on: Class::one(c), repeats: false, optional: false }
    }

    /// Any run of characters.
    pub(super) fn run() -> Self {
        Self { on: Class::any(), repeats: true, optional: true }
    }
}

/// The places a machine may be in, ascending.
type Reached = Vec<usize>;

impl Machine {
    /// The machine with these places and one more, the last.
    pub(super) fn new(places: Vec<Place>) -> Self {
        Self { places }
    }

    /// Whether it has a text.
    pub(super) fn accepts(&self, text: &str) -> bool {
        let mut reached = self.start();
        for c in text.chars() {
            reached = self.after(&reached, c);
        }
        self.is_end(&reached)
    }

    fn start(&self) -> Reached {
        self.with_skips(BTreeSet::from([0]))
    }

    fn after(&self, reached: &Reached, c: char) -> Reached {
        let mut next = BTreeSet::new();
        for &at in reached {
            let Some(place) = self.places.get(at).filter(|place| place.on.contains(c)) else { continue };
            next.insert(at + 1);
            if place.repeats {
                next.insert(at);
            }
        }
        self.with_skips(next)
    }

    fn with_skips(&self, mut reached: BTreeSet<usize>) -> Reached {
        // Skips lead on only, so one pass from the first to the last place finds all.
        let mut at = reached.first().copied();
        while let Some(place) = at {
            if self.places.get(place).is_some_and(|place| place.optional) {
                reached.insert(place + 1);
            }
            at = reached.range(place + 1..).next().copied();
        }
        reached.into_iter().collect()
    }

    fn is_end(&self, reached: &Reached) -> bool {
        reached.last() == Some(&self.places.len())
    }
}

/// How much may still be tried before a question is given up.
#[derive(Debug)]
pub(super) struct Patience(pub(super) usize);

/// The question was too hard to be answered in time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooHard;

impl Patience {
    /// Takes some of it.
    pub(super) fn spend(&mut self, amount: usize) -> Result<(), TooHard> {
        self.0 = self.0.checked_sub(amount).ok_or(TooHard)?;
        Ok(())
    }
}

/// A shortest text that is in all of the first machines and in none of the second, if there is one.
///
/// All texts are walked at once, shortest first, beside the places that each machine can be in by then. Of the
/// characters that no machine tells apart, one is tried.
pub(super) fn common_text(
    wanted: &[Machine],
    unwanted: &[Machine],
    patience: &mut Patience,
) -> Result<Option<String>, TooHard> {
    let machines: Vec<&Machine> = wanted.iter().chain(unwanted).collect();
    let alphabet = alphabet(&machines);
    let start: Vec<Reached> = machines.iter().map(|machine| machine.start()).collect();
    // Where each state was come from, and by which character.
    let mut from: BTreeMap<Vec<Reached>, Option<(usize, char)>> = BTreeMap::from([(start.clone(), None)]);
    let mut seen: Vec<Vec<Reached>> = vec![start];
    let mut open = VecDeque::from([0]);
    while let Some(index) = open.pop_front() {
        let state = seen[index].clone();
        let found = |(at, machine): (usize, &&Machine)| machine.is_end(&state[at]) == (at < wanted.len());
        if machines.iter().enumerate().all(found) {
            return Ok(Some(text_to(&seen, &from, index)));
        }
        for &c in &alphabet {
            patience.spend(1 + machines.len())?;
            let next: Vec<Reached> = machines.iter().zip(&state).map(|(machine, at)| machine.after(at, c)).collect();
            if next[..wanted.len()].iter().any(Vec::is_empty) || from.contains_key(&next) {
                continue;
            }
            from.insert(next.clone(), Some((index, c)));
            seen.push(next);
            open.push_back(seen.len() - 1);
        }
    }
    Ok(None)
}

fn text_to(seen: &[Vec<Reached>], from: &BTreeMap<Vec<Reached>, Option<(usize, char)>>, mut index: usize) -> String {
    let mut text = Vec::new();
    while let Some(Some((before, c))) = from.get(&seen[index]) {
        text.push(*c);
        index = *before;
    }
    text.into_iter().rev().collect()
}

/// One of each kind of character that the machines tell apart: where a range begins, and where one has just ended.
/// Letters and digits come first, because they are easier on the eye.
fn alphabet(machines: &[&Machine]) -> Vec<char> {
    let ranges = machines.iter().flat_map(|machine| &machine.places).flat_map(|place| &place.on.ranges);
    let mut cuts: BTreeSet<char> = BTreeSet::from(['\0']);
    for &(first, last) in ranges {
        cuts.insert(first);
        cuts.extend((last..=char::MAX).nth(1));
    }
    // A range between two cuts is one kind; a letter or digit may stand for it as well as its first character.
    let cuts: Vec<char> = cuts.into_iter().collect();
    let mut kinds: Vec<char> = cuts
        .iter()
        .enumerate()
        .map(|(index, &first)| {
            let within = |c: &char| *c >= first && cuts.get(index + 1).is_none_or(|next| c < next);
            ('a'..='z').chain('A'..='Z').chain('0'..='9').find(within).unwrap_or(first)
        })
        .collect();
    kinds.sort_by_key(|c| (!c.is_ascii_alphanumeric(), c.is_ascii_control(), *c));
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> Machine {
        Machine::new(text.chars().map(|c| if c == '*' { Place::run() } else { Place::char(c) }).collect())
    }

    fn common(wanted: &[&str], unwanted: &[&str]) -> Option<String> {
        let of = |texts: &[&str]| texts.iter().map(|text| glob(text)).collect::<Vec<_>>();
        common_text(&of(wanted), &of(unwanted), &mut Patience(1_000_000)).unwrap()
    }

    #[test]
    fn a_text_common_to_all_is_found_if_there_is_one() {
        assert_eq!(common(&["Access*", "*Denied"], &[]).as_deref(), Some("AccessDenied"));
        assert_eq!(common(&["Access*"], &["AccessD*"]).as_deref(), Some("Access"));
        assert_eq!(common(&["AccessDenied*"], &["Access*"]), None);
        assert_eq!(common(&["a", "b"], &[]), None);
        assert_eq!(common(&["a*"], &["a", "*b*", "aa*"]).map(|text| text.len()), Some(2));
        assert_eq!(common(&[], &["*"]), None);
        assert_eq!(common(&[], &["a"]).as_deref(), Some(""));
    }

    #[test]
    fn what_is_made_to_be_hard_is_given_up() {
        let hard: Vec<Machine> = ('a'..='z').map(|c| glob(&format!("*{c}*{c}*{c}*"))).collect();
        assert_eq!(common_text(&hard, &[], &mut Patience(100_000)), Err(TooHard));
    }
}
