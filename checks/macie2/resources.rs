//! Records of Macie.
