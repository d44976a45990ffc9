//! Reads Simple Storage Service through its SDK.

crate::collectors! {}
