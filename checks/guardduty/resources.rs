//! Records of GuardDuty.
