//! Records of Backup.
