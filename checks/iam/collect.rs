//! Reads Identity and Access Management through its SDK.

crate::collectors! {}
