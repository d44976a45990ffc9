//! Records of CloudWatch.
