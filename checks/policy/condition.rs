//! What must be true of a request: operators, keys and values.

use std::fmt;

/// One comparison of the Condition part. All of a statement's comparisons must hold; of its values, one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// How it compares.
    pub operator: Operator,
    /// What it compares (`aws:SourceIp`), as it is written; see [`is_key`](Self::is_key).
    pub key: String,
    /// What it compares with.
    pub values: Vec<String>,
}

/// A condition operator in its parts: `ForAnyValue:StringLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Operator {
    /// How several values in the request count.
    pub quantifier: Option<Quantifier>,
    /// The comparison itself.
    pub test: Test,
    /// Whether it also holds when the request does not have the key.
    pub if_exists: bool,
}

/// How several values in the request count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quantifier {
    /// Every value must match; also holds when there is none.
    ForAllValues,
    /// One value must match.
    ForAnyValue,
}

/// Declares the comparisons with their names, and which of them are negated.
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        /// A comparison. Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "named as AWS names them")]
        pub enum Test { $($test),* }

        impl Test {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$test),*];

            /// The name AWS gives it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$test => stringify!($test)),* }
            }
        }
    };
}

tests! {
    StringEquals, StringNotEquals, StringEqualsIgnoreCase, StringNotEqualsIgnoreCase, StringLike, StringNotLike,
    NumericEquals, NumericNotEquals, NumericLessThan, NumericLessThanEquals, NumericGreaterThan, NumericGreaterThanEquals,
    DateEquals, DateNotEquals, DateLessThan, DateLessThanEquals, DateGreaterThan, DateGreaterThanEquals,
    Bool, BinaryEquals, IpAddress, NotIpAddress,
    ArnEquals, ArnLike, ArnNotEquals, ArnNotLike, Null,
}

impl Test {
    /// The comparison that holds exactly when this one does not, for the comparisons that come in such pairs.
    pub fn negation(self) -> Option<Self> {
        Some(match self {
            Self::StringEquals => Self::StringNotEquals,
            Self::StringNotEquals => Self::StringEquals,
            Self::StringEqualsIgnoreCase => Self::StringNotEqualsIgnoreCase,
            Self::StringNotEqualsIgnoreCase => Self::StringEqualsIgnoreCase,
            Self::StringLike => Self::StringNotLike,
            Self::StringNotLike => Self::StringLike,
            Self::NumericEquals => Self::NumericNotEquals,
            Self::NumericNotEquals => Self::NumericEquals,
            Self::DateEquals => Self::DateNotEquals,
            Self::DateNotEquals => Self::DateEquals,
            Self::IpAddress => Self::NotIpAddress,
            Self::NotIpAddress => Self::IpAddress,
            Self::ArnEquals => Self::ArnNotEquals,
            Self::ArnNotEquals => Self::ArnEquals,
            Self::ArnLike => Self::ArnNotLike,
            Self::ArnNotLike => Self::ArnLike,
            Self::NumericLessThan
            | Self::NumericLessThanEquals
            | Self::NumericGreaterThan
            | Self::NumericGreaterThanEquals
            | Self::DateLessThan
            | Self::DateLessThanEquals
            | Self::DateGreaterThan
            | Self::DateGreaterThanEquals
            | Self::Bool
            | Self::BinaryEquals
            | Self::Null => return None,
        })
    }

    /// Whether it holds when the values differ; such a comparison also holds when the request lacks the key.
    pub fn is_negated(self) -> bool {
        matches!(
            self,
            Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
                | Self::NumericNotEquals
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::ArnNotEquals
                | Self::ArnNotLike
        )
    }
}

impl Operator {
    /// A comparison by itself.
    pub fn new(test: Test) -> Self {
        Self { quantifier: None, test, if_exists: false }
    }

    /// The operator of a name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        let (quantifier, name) = match name.split_once(':') {
            None => (None, name),
            Some((quantifier, name)) if quantifier.eq_ignore_ascii_case("ForAllValues") => {
                (Some(Quantifier::ForAllValues), name)
            }
            Some((quantifier, name)) if quantifier.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(Quantifier::ForAnyValue), name)
            }
            Some(_) => return None,
        };
        let test = |name: &str| Test::ALL.iter().copied().find(|test| test.as_str().eq_ignore_ascii_case(name));
        if let Some(test) = test(name) {
            return Some(Self { quantifier, test, if_exists: false });
        }
        let (base, suffix) = name.split_at_checked(name.len().checked_sub("IfExists".len())?)?;
        // There is no NullIfExists.
        let test = test(base).filter(|test| *test != Test::Null && suffix.eq_ignore_ascii_case("IfExists"))?;
        Some(Self { quantifier, test, if_exists: true })
    }

    /// Whether it holds when the request does not have the key at all.
    pub fn holds_without_key(self) -> bool {
        self.if_exists || self.test.is_negated() || self.quantifier == Some(Quantifier::ForAllValues)
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.quantifier {
            Some(Quantifier::ForAllValues) => f.write_str("ForAllValues:")?,
            Some(Quantifier::ForAnyValue) => f.write_str("ForAnyValue:")?,
            None => {}
        }
        f.write_str(self.test.as_str())?;
        if self.if_exists { f.write_str("IfExists") } else { Ok(()) }
    }
}

impl Condition {
    /// Whether it compares this key; case does not count.
    pub fn is_key(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// Whether one of the values is this text; case does not count (`true`, `True`).
    pub fn has_value(&self, value: &str) -> bool {
        self.values.iter().any(|own| own.eq_ignore_ascii_case(value))
    }
}

#[cfg(test)]
mod tests {
    use super::{Operator, Quantifier, Test};

    #[test]
    fn an_operator_is_read_in_any_case_and_printed_in_aws_own() {
        let operator = Operator::from_name("foranyvalue:stringlikeifexists").unwrap();
        let expected = Operator { quantifier: Some(Quantifier::ForAnyValue), test: Test::StringLike, if_exists: true };
        assert_eq!(operator, expected);
        assert_eq!(operator.to_string(), "ForAnyValue:StringLikeIfExists");
    }

    #[test]
    fn what_is_no_operator_is_not_taken_for_one() {
        for name in
            ["", "Equals", "NullIfExists", "ForSome:StringLike", "IfExists", "StringEqualsIfExistsIfExists", "é"]
        {
            assert_eq!(Operator::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_negation_is_mutual() {
        for test in Test::ALL {
            if let Some(negation) = test.negation() {
                assert_eq!(negation.negation(), Some(*test));
                assert_ne!(negation.is_negated(), test.is_negated());
            }
        }
    }
}
