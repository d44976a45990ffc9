//! The share of AWS's limits that a scan may take.

use std::fmt;
use std::str::FromStr;

/// A share of AWS's limits, in whole percent from 1 to 100. What is left of them is for whoever else calls in the
/// account: limits are the account's, so a scan that took all of one would have others throttled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u8);

/// Not a share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a share of AWS's limits; give whole percent from 1% to 100%, such as 50%")]
pub struct NotAShare(String);

impl Share {
    /// As a factor, above 0 and at most 1.
    pub fn factor(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl Default for Share {
    /// Half: a scan is never in such a hurry that production should have less than it has.
    fn default() -> Self {
        Self(50)
    }
}

impl FromStr for Share {
    type Err = NotAShare;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_suffix('%').unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let percent = digits.parse::<u8>().ok().filter(|percent| plain && (1..=100).contains(percent));
        percent.map(Self).ok_or_else(|| NotAShare(text.to_owned()))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_whole_percent_and_neither_nothing_nor_more_than_all() {
        for (text, shown) in [("50%", "50%"), ("1", "1%"), ("100%", "100%"), ("007%", "7%")] {
            assert_eq!(text.parse::<Share>().unwrap().to_string(), shown);
        }
        for text in ["", "%", "0%", "101%", "300", "-1%", "+5%", "0.5", "50 %", "half"] {
            let error = text.parse::<Share>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")) && error.contains("1% to 100%"), "{error}");
        }
        assert!((Share::default().factor() - 0.5).abs() < f64::EPSILON);
    }
}
