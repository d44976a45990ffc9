//! Records of SNS.
