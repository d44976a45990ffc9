//! Records of Security Hub.
