//! Reads EFS through its SDK.

crate::collectors! {}
