//! Records of Config.
