//! Reads Config through its SDK.

crate::collectors! {}
