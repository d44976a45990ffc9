//! Records of CloudWatch Logs.
