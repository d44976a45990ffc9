//! Reads Elastic Compute Cloud through its SDK.

crate::collectors! {}
