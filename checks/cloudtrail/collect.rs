//! Reads CloudTrail through its SDK.

crate::collectors! {}
