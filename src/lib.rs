//! Plimsoll reads an AWS account and says, duty by duty, whether the customer's side of the shared-responsibility
//! model is kept, and how much of it could be seen.
//!
//! - [`cli`]: the command line, one file per subcommand

pub mod cli;
