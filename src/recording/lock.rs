//! One run at a time writes a recording.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::write::WriteError;

const LOCK: &str = "lock";

/// The right to write a recording, until it is dropped or the process ends, however it ends.
///
/// The file stays behind, empty: to remove it would let a run that has just opened it hold a lock that nobody else sees.
pub(super) struct Lock {
    _held: File,
}

impl Lock {
    /// Takes the lock of a recording's folder, which is made if need be.
    pub(super) fn take(root: &Path) -> Result<Self, WriteError> {
        let path = root.join(LOCK);
        let io = |source| WriteError::Io { path: path.clone(), source };
        fs::create_dir_all(root).map_err(io)?;
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _held: file }),
            Err(TryLockError::WouldBlock) => Err(WriteError::InUse(root.to_owned())),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}
