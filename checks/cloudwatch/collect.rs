//! Reads CloudWatch through its SDK.

crate::collectors! {}
