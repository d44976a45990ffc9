//! Records of CloudTrail.
