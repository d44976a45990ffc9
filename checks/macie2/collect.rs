//! Reads Macie through its SDK.

crate::collectors! {}
