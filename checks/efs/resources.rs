//! Records of EFS.
