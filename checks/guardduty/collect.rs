//! Reads GuardDuty through its SDK.

crate::collectors! {}
