//! Reads CloudWatch Logs through its SDK.

crate::collectors! {}
