//! Reads Security Hub through its SDK.

crate::collectors! {}
