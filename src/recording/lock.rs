//! One run at a time writes a recording.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

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
        // A process that is just being started holds whatever its parent had open, until it becomes another program.
        for pause in [10, 50, 200, 500] {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _held: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(pause)),
                Err(TryLockError::Error(source)) => return Err(io(source)),
            }
        }
        Err(WriteError::InUse(root.to_owned()))
    }
}
