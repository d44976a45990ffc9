//! Records of Relational Database Service.
