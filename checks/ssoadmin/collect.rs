//! Reads IAM Identity Center through its SDK.

crate::collectors! {}
