//! Reads IAM Access Analyzer through its SDK.

crate::collectors! {}
