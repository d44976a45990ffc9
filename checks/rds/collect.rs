//! Reads Relational Database Service through its SDK.

crate::collectors! {}
