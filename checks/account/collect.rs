//! Reads Account Management through its SDK.

crate::collectors! {}
