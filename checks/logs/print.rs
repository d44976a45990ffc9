//! Filter patterns back to text, such that what is printed is read as the same pattern.

use std::fmt;

use super::{Comparison, Condition, Expression, Number, Operand, Pattern, Regex, Selector, Step, Term, Test, Text};

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => Ok(()),
            Self::Json(expression) => write!(f, "{{ {expression} }}"),
            Self::Words(words) => write!(f, "[{}]", words.join(", ")),
            Self::Terms(terms) => {
                for (index, term) in terms.iter().enumerate() {
                    let space = if index == 0 { "" } else { " " };
                    write!(f, "{space}{term}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, text) = match self {
            Self::Has(text) => ("", text),
            Self::Lacks(text) => ("-", text),
            Self::Perhaps(text) => ("?", text),
            Self::Matches(regex) => return regex.fmt(f),
        };
        f.write_str(mark)?;
        quoted(f, '"', text)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operator, parts) = match self {
            Self::Is(condition) => return condition.fmt(f),
            Self::All(parts) => (" && ", parts),
            Self::Any(parts) => (" || ", parts),
        };
        for (index, part) in parts.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { operator })?;
            match part {
                Self::Is(condition) => condition.fmt(f)?,
                Self::All(_) | Self::Any(_) => write!(f, "({part})")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.selector, self.test)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.steps {
            match step {
                Step::Name(name) if !name.is_empty() && name.chars().all(is_name_char) => write!(f, ".{name}")?,
                Step::Name(name) => {
                    f.write_str(".[")?;
                    quoted(f, '\'', name)?;
                    f.write_str("]")?;
                }
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::AnyName => f.write_str(".*")?,
                Step::AnyIndex => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equals(operand) => write!(f, "= {operand}"),
            Self::Differs(operand) => write!(f, "!= {operand}"),
            Self::Compares(comparison, number) => write!(f, "{comparison} {number}"),
            Self::IsBool(true) => f.write_str("IS TRUE"),
            Self::IsBool(false) => f.write_str("IS FALSE"),
            Self::IsNull => f.write_str("IS NULL"),
            Self::NotExists => f.write_str("NOT EXISTS"),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        })
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(Text(text)) => quoted(f, '"', text),
            Self::Number(number) => number.fmt(f),
            Self::Regex(regex) => regex.fmt(f),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}%", self.as_str())
    }
}

/// What a name is made of that needs no quotes.
pub(super) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn quoted(f: &mut fmt::Formatter<'_>, quote: char, text: &str) -> fmt::Result {
    use fmt::Write;
    f.write_char(quote)?;
    for c in text.chars() {
        if c == quote || c == '\\' {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char(quote)
}
