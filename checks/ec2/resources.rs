//! Records of Elastic Compute Cloud.
