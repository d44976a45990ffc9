//! Filter patterns of CloudWatch Logs: which log events a metric filter counts. Read, printed back, and asked questions.
//!
//! - [`Pattern`] and its parts: the grammar; [`Pattern::parse`] understands the text that AWS stores
//! - [`Pattern::matches`]: whether a pattern matches one event
//! - [`covers`]: whether a set of patterns together matches whatever another one matches, however they are written
//! - [`Reading`]: what AWS does not say about the meaning of patterns, and so must not matter
//!
//! Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log
//! events, and Live Tail".

mod coverage;
mod machine;
mod matching;
mod parse;
mod pattern;
mod print;
mod regex;

pub use coverage::{Coverage, covers};
pub use matching::Reading;
pub use parse::PatternError;
pub use pattern::{
    Comparison, Condition, Expression, Number, Operand, Pattern, Selector, Step, Term, Terms, Test, Text,
};
pub use regex::Regex;
