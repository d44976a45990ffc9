//! Reads Organizations through its SDK.

crate::collectors! {}
