//! Records of IAM Identity Center.
