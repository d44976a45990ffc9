//! Records of Account Management.
