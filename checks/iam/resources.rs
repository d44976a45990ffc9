//! Records of Identity and Access Management.
