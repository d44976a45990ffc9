//! Reads Backup through its SDK.

crate::collectors! {}
