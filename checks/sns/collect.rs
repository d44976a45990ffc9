//! Reads SNS through its SDK.

crate::collectors! {}
