//! Records of Simple Storage Service.
