//! Records of Organizations.
