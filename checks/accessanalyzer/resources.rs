//! Records of IAM Access Analyzer.
