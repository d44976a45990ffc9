//! Prowler's regular expressions as globs that fit the same texts, where there are any.
//!
//! Prowler looks for an expression anywhere in a text (`re.search`), so `logs` means `*logs*`; and it takes a `*` at the
//! beginning for `.*`. Source: `Mutelist.is_item_matched` in Prowler 5, `prowler/lib/mutelist/mutelist.py`. Ids and names
//! in AWS hold neither line breaks nor, tags aside, anything but ASCII; there, `.` is a glob's `?`.

use regex_syntax::ast::{
    Ast, ClassPerlKind, ClassSet, ClassSetItem, GroupKind, Literal, LiteralKind, RepetitionKind, RepetitionRange,
    parse::ParserBuilder,
};

/// How many globs one expression may take.
const MOST: usize = 64;
/// How many characters one of them may have.
const LONGEST: usize = 1000;
/// How deep groups may lie in one another.
const DEEPEST: u32 = 20;

/// One character of a text, as far as it is laid down.
#[derive(Debug, Clone, PartialEq, Eq)]
enum One {
    /// This one.
    Exactly(char),
    /// Any.
    Any,
    /// One of these: the inside of a glob's brackets.
    Of(String),
    /// None of these.
    NotOf(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Begin,
    End,
    Once(One),
    /// As often as one likes; at least once, if so said.
    Often(One, bool),
}

/// One of the ways in which an expression can be met: a glob in parts, which fits a whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way(Vec<Part>);

/// Why there are no globs for an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it has that no glob has.
    pub why: String,
    /// Whether Python may not take it either. Prowler then gives up the whole list that it stands in.
    pub may_be_wrong: bool,
}

impl Refusal {
    /// Python takes it.
    pub fn of(why: impl Into<String>) -> Self {
        Self { why: why.into(), may_be_wrong: false }
    }

    /// Python may not take it.
    fn doubtful(why: impl Into<String>) -> Self {
        Self { why: why.into(), may_be_wrong: true }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.why)
    }
}

/// The ways in which an expression can be met.
pub fn ways(expression: &str) -> Result<Vec<Way>, Refusal> {
    let python = match expression.strip_prefix('*') {
        Some(rest) => format!(".*{rest}"),
        None => expression.to_owned(),
    };
    let parsed = ParserBuilder::new().nest_limit(DEEPEST).build().parse(&python);
    let parsed = parsed.map_err(|error| Refusal::doubtful(format!("it is not understood here: {}", error.kind())))?;
    let parts = ways_of(&parsed)?;
    parts.into_iter().map(searched).collect()
}

/// The globs of ways.
pub fn globs(ways: &[Way]) -> Vec<String> {
    if ways.iter().any(Way::is_everything) {
        return vec!["*".to_owned()];
    }
    let mut globs: Vec<String> = Vec::new();
    for glob in ways.iter().map(|way| way.glob(false)) {
        if !globs.contains(&glob) {
            globs.push(glob);
        }
    }
    globs
}

/// One glob for all ways.
pub fn one_glob(ways: &[Way]) -> String {
    match ways {
        [way] => way.glob(false),
        _ if ways.iter().any(Way::is_everything) => "*".to_owned(),
        _ => format!("{{{}}}", ways.iter().map(|way| way.glob(true)).collect::<Vec<_>>().join(",")),
    }
}

impl Way {
    /// Whether every text is such a way.
    pub fn is_everything(&self) -> bool {
        matches!(&self.0[..], [Part::Often(One::Any, false)])
    }

    /// The one text that it is, or that it contains if it is looked for anywhere.
    pub fn literal(&self) -> Option<String> {
        let mut inside = &self.0[..];
        if let [Part::Often(One::Any, false), between @ .., Part::Often(One::Any, false)] = inside {
            inside = between;
        }
        let character = |part: &Part| match part {
            Part::Once(One::Exactly(character)) => Some(*character),
            _ => None,
        };
        inside.iter().map(character).collect()
    }

    /// Whether the text may lie anywhere in another.
    pub fn is_anchored(&self) -> bool {
        let free = Some(&Part::Often(One::Any, false));
        self.0.first() != free || self.0.last() != free
    }

    /// The parts between what may come before and after.
    fn inside(&self) -> impl Iterator<Item = &Part> {
        self.0.iter().filter(|part| !matches!(part, Part::Often(One::Any, false)))
    }

    /// Whether the text between may hold characters that are not laid down, and so a separator.
    pub fn is_loose(&self) -> bool {
        let open = |part: &Part| matches!(part, Part::Once(One::Any | One::NotOf(_)));
        let gap = self.0.iter().skip(1).rev().skip(1).any(|part| matches!(part, Part::Often(..)));
        gap || self.inside().any(open)
    }

    fn glob(&self, in_braces: bool) -> String {
        let mut glob = String::new();
        for part in &self.0 {
            match part {
                Part::Often(..) => glob.push('*'),
                Part::Once(One::Any) => glob.push('?'),
                Part::Once(One::Of(inside)) => glob.extend(["[", inside, "]"]),
                Part::Once(One::NotOf(inside)) => glob.extend(["[!", inside, "]"]),
                Part::Once(One::Exactly(',')) if in_braces => glob.push_str("[,]"),
                Part::Once(One::Exactly('\\')) => glob.push_str("[\\]"),
                Part::Once(One::Exactly(character)) => {
                    glob.push_str(&globset::escape(character.encode_utf8(&mut [0; 4])));
                }
                Part::Begin | Part::End => {}
            }
        }
        glob
    }
}

/// A way to meet an expression, looked for anywhere in a text.
fn searched(mut parts: Vec<Part>) -> Result<Way, Refusal> {
    let anything = Part::Often(One::Any, false);
    let is_begun = parts.first() == Some(&Part::Begin);
    let is_ended = parts.last() == Some(&Part::End);
    parts.retain({
        let (mut at, last) = (0, parts.len());
        move |part| {
            at += 1;
            !(at == 1 && *part == Part::Begin || at == last && *part == Part::End)
        }
    });
    if parts.iter().any(|part| matches!(part, Part::Begin | Part::End)) {
        return Err(Refusal::of("it has ^ or $ in its middle"));
    }
    // Where anything may stand before or after, repeating asks for no more than the first time does.
    if !is_begun {
        while let Some(Part::Often(_, false)) = parts.first() {
            parts.remove(0);
        }
        if let Some(Part::Often(one, true)) = parts.first().cloned() {
            parts[0] = Part::Once(one);
        }
        parts.insert(0, anything.clone());
    }
    if !is_ended {
        while parts.len() > 1 && matches!(parts.last(), Some(Part::Often(_, false))) {
            parts.pop();
        }
        if let Some(Part::Often(one, true)) = parts.last().cloned() {
            parts.pop();
            parts.push(Part::Once(one));
        }
        parts.push(anything.clone());
    }
    let mut way: Vec<Part> = Vec::new();
    for part in parts {
        match part {
            Part::Often(One::Any, false) if way.last() == Some(&anything) => {}
            Part::Often(One::Any, true) => way.extend([Part::Once(One::Any), anything.clone()]),
            Part::Often(one, _) if one != One::Any => return Err(Refusal::of("it repeats what a glob cannot repeat")),
            part => way.push(part),
        }
    }
    let way = Way(way);
    // Nothing in AWS has such a name, and our files take no such pattern.
    if way.glob(false).trim().is_empty() {
        return Err(Refusal::of("it is met by an empty text alone"));
    }
    Ok(way)
}

/// All ways to meet a part of an expression, each a run of parts.
fn ways_of(ast: &Ast) -> Result<Vec<Vec<Part>>, Refusal> {
    use regex_syntax::ast::AssertionKind::{EndLine, StartLine, StartText};
    let once = |one: One| Ok(vec![vec![Part::Once(one)]]);
    match ast {
        Ast::Empty(_) => Ok(vec![Vec::new()]),
        Ast::Literal(literal) => once(One::Exactly(character(literal)?)),
        Ast::Dot(_) => once(One::Any),
        Ast::Assertion(assertion) => match assertion.kind {
            StartLine | StartText => Ok(vec![vec![Part::Begin]]),
            EndLine => Ok(vec![vec![Part::End]]),
            _ => Err(Refusal::doubtful("it looks at the bounds of words")),
        },
        Ast::ClassPerl(_) | Ast::ClassBracketed(_) => once(class(ast)?),
        Ast::Group(group) => match &group.kind {
            GroupKind::CaptureIndex(_) => ways_of(&group.ast),
            GroupKind::NonCapturing(flags) if flags.items.is_empty() => ways_of(&group.ast),
            _ => Err(Refusal::doubtful("it has flags or named groups")),
        },
        Ast::Alternation(alternation) => {
            let mut all = Vec::new();
            for ast in &alternation.asts {
                all.extend(ways_of(ast)?);
            }
            bounded(all)
        }
        Ast::Concat(concat) => {
            let mut all: Vec<Vec<Part>> = vec![Vec::new()];
            for ast in &concat.asts {
                all = product(&all, &ways_of(ast)?)?;
            }
            Ok(all)
        }
        Ast::Repetition(repetition) => repeated(&repetition.ast, &repetition.op.kind),
        Ast::Flags(_) | Ast::ClassUnicode(_) => Err(Refusal::doubtful("it has flags or classes of Unicode")),
    }
}

fn bounded(ways: Vec<Vec<Part>>) -> Result<Vec<Vec<Part>>, Refusal> {
    if ways.len() > MOST || ways.iter().any(|way| way.len() > LONGEST) {
        return Err(Refusal::of(format!("it takes more than {MOST} globs, or one of more than {LONGEST} characters")));
    }
    Ok(ways)
}

fn product(before: &[Vec<Part>], after: &[Vec<Part>]) -> Result<Vec<Vec<Part>>, Refusal> {
    if before.len() * after.len() > MOST {
        return Err(Refusal::of(format!("it takes more than {MOST} globs")));
    }
    bounded(before.iter().flat_map(|one| after.iter().map(move |other| [&one[..], &other[..]].concat())).collect())
}

fn repeated(ast: &Ast, kind: &RepetitionKind) -> Result<Vec<Vec<Part>>, Refusal> {
    let (least, most) = match kind {
        RepetitionKind::ZeroOrOne => (0, Some(1)),
        RepetitionKind::ZeroOrMore => (0, None),
        RepetitionKind::OneOrMore => (1, None),
        RepetitionKind::Range(RepetitionRange::Exactly(times)) => (*times, Some(*times)),
        RepetitionKind::Range(RepetitionRange::AtLeast(times)) => (*times, None),
        RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, Some(*most)),
    };
    let inside = match ast {
        // Python knows no such thing, and Prowler then mutes nothing.
        Ast::Repetition(_) => return Err(Refusal::doubtful("it repeats a repetition")),
        Ast::Assertion(_) | Ast::Empty(_) => return Err(Refusal::doubtful("it repeats what is no character")),
        ast => ways_of(ast)?,
    };
    if least > 64 || most.is_some_and(|most| most > 64) {
        return Err(Refusal::of("it repeats more often than 64 times"));
    }
    let mut ways: Vec<Vec<Part>> = vec![Vec::new()];
    for _ in 0..least.saturating_sub(u32::from(most.is_none())) {
        ways = product(&ways, &inside)?;
    }
    let Some(most) = most else {
        let [[Part::Once(one)]] = &inside.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] else {
            return Err(Refusal::of("it repeats more than one character"));
        };
        return product(&ways, &[vec![Part::Often(one.clone(), least > 0)]]);
    };
    let mut all = ways.clone();
    for _ in least..most {
        ways = product(&ways, &inside)?;
        all.extend(ways.iter().cloned());
        all = bounded(all)?;
    }
    Ok(all)
}

fn character(literal: &Literal) -> Result<char, Refusal> {
    match literal.kind {
        LiteralKind::Verbatim if !literal.c.is_control() => Ok(literal.c),
        LiteralKind::Meta | LiteralKind::Superfluous if literal.c.is_ascii_punctuation() => Ok(literal.c),
        _ => Err(Refusal::doubtful("it has characters that are spelled out")),
    }
}

fn class(ast: &Ast) -> Result<One, Refusal> {
    match ast {
        Ast::ClassPerl(class) => {
            let inside = perl(&class.kind)?;
            Ok(if class.negated { One::NotOf(inside) } else { One::Of(inside) })
        }
        Ast::ClassBracketed(class) => {
            let ClassSet::Item(item) = &class.kind else { return Err(unlike_class()) };
            let (mut inside, mut dash) = (String::new(), false);
            members(item, &mut inside, &mut dash)?;
            if dash {
                inside.push('-');
            }
            Ok(if class.negated { One::NotOf(inside) } else { One::Of(inside) })
        }
        _ => Err(unlike_class()),
    }
}

fn unlike_class() -> Refusal {
    Refusal::doubtful("it has a class of characters that a glob does not have")
}

fn perl(kind: &ClassPerlKind) -> Result<String, Refusal> {
    match kind {
        ClassPerlKind::Digit => Ok("0-9".to_owned()),
        ClassPerlKind::Word => Ok("A-Za-z0-9_".to_owned()),
        ClassPerlKind::Space => Err(unlike_class()),
    }
}

/// What stands between the brackets: only what means the same to Python, to this parser, and to globs.
fn members(item: &ClassSetItem, inside: &mut String, dash: &mut bool) -> Result<(), Refusal> {
    let plain = |literal: &Literal| {
        let character = character(literal)?;
        let is_plain = character.is_ascii_alphanumeric() || "_./:@=+ ".contains(character);
        if is_plain { Ok(character) } else { Err(unlike_class()) }
    };
    match item {
        ClassSetItem::Literal(literal) if literal.c == '-' => *dash = true,
        ClassSetItem::Literal(literal) => inside.push(plain(literal)?),
        ClassSetItem::Range(range) => {
            let (from, to) = (plain(&range.start)?, plain(&range.end)?);
            if !(from.is_ascii_alphanumeric() && to.is_ascii_alphanumeric()) {
                return Err(unlike_class());
            }
            inside.extend([from, '-', to]);
        }
        ClassSetItem::Perl(class) if !class.negated => inside.push_str(&perl(&class.kind)?),
        ClassSetItem::Union(union) => {
            for item in &union.items {
                members(item, inside, dash)?;
            }
        }
        _ => return Err(unlike_class()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use globset::Glob;
    use proptest::prelude::*;
    use regex_lite::Regex;

    use super::*;

    fn of(expression: &str) -> Vec<String> {
        globs(&ways(expression).unwrap_or_else(|refusal| panic!("{expression}: {refusal}")))
    }

    #[test]
    fn what_stands_in_real_mutelists_has_globs() {
        let expected: &[(&str, &[&str])] = &[
            ("*", &["*"]),
            (".*", &["*"]),
            ("", &["*"]),
            ("logs", &["*logs*"]),
            ("^ci-logs$", &["ci-logs"]),
            (".+-logs", &["*?-logs*"]),
            ("*-logs$", &["*-logs"]),
            ("ec2_*", &["*ec2*"]),
            ("StackSet-AWSControlTowerBP-*", &["*StackSet-AWSControlTowerBP*"]),
            ("iam.*policy_*", &["*iam*policy*"]),
            ("test-instance-[0-9]+", &["*test-instance-[0-9]*"]),
            ("^dev-\\d{2}$", &["dev-[0-9][0-9]"]),
            ("(dev|test)-bucket", &["*dev-bucket*", "*test-bucket*"]),
            ("project=(test|dev)", &["*project=test*", "*project=dev*"]),
            ("a\\.b\\*c", &["*a.b[*]c*"]),
            ("^a?b$", &["b", "ab"]),
            ("[^/]x", &["*[!/]x*"]),
            ("[a-z_-]$", &["*[a-z_-]"]),
        ];
        for (expression, globs) in expected {
            assert_eq!(of(expression), *globs, "{expression}");
        }
        assert_eq!(one_glob(&ways("a,b|c{2}").unwrap()), "{*a[,]b*,*cc*}");
    }

    #[test]
    fn what_no_glob_equals_is_refused() {
        let refused = [
            "^$",
            "^a?$",
            "^ $",
            "a(bc)+d",
            "a[0-9]+b",
            "(?i)prod",
            "(?!x)a",
            "\\bprod",
            "a**",
            "**",
            "[a-z&&b]",
            "[[:alpha:]]",
            "[a[b]]",
            "\\1",
            "(",
            "a{1000}",
            "(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)",
            "\\x41",
            "a^b",
            "x$y",
            "\\s",
            "log|*",
            "[\\]]",
            "(a*)*",
        ];
        for expression in refused {
            assert!(ways(expression).is_err(), "{expression}: {:?}", ways(expression));
        }
        let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
        assert!(ways(&deep).is_err());
        assert!(ways(&"a?".repeat(100_000)).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

        /// Another engine for expressions is the judge.
        #[test]
        fn globs_fit_what_the_expression_finds(
            expression in "([*^]?)([a-c.-]|[a-c][?*+]|\\[[a-c]{1,2}\\]|\\.[*+]|\\([a-c]{0,2}\\|[a-c]{1,2}\\)|b\\{1,3\\}){0,6}[$]?",
            texts in proptest::collection::vec("[a-d.-]{0,8}", 24),
        ) {
            let Ok(ways) = ways(&expression) else { return Ok(()) };
            let python = expression.strip_prefix('*').map_or(expression.clone(), |rest| format!(".*{rest}"));
            let regex = Regex::new(&python).unwrap();
            let globs: Vec<_> = globs(&ways).iter().map(|glob| Glob::new(glob).unwrap().compile_matcher()).collect();
            let one = Glob::new(&one_glob(&ways)).unwrap().compile_matcher();
            for text in texts {
                let found = regex.is_match(&text);
                prop_assert_eq!(globs.iter().any(|glob| glob.is_match(&text)), found, "{} {:?}", expression, text);
                prop_assert_eq!(one.is_match(&text), found, "{} {:?}", expression, text);
            }
        }
    }
}
