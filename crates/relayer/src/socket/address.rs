//! Where the socket is. The system takes paths of some hundred bytes only (`sun_path`); a longer one is reached through
//! its directory's descriptor in `/proc`.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// Name of the socket in the store's directory.
const NAME: &str = "control.sock";
/// 108 bytes with the closing zero on Linux, 104 elsewhere.
const PATH_BYTES_MAX: usize = 100;

/// A path that the system takes, as long as this lives.
pub(super) struct Address {
    /// What is given to the system.
    pub(super) path: PathBuf,
    /// The socket as people know it.
    pub(super) name: PathBuf,
    /// Keeps the descriptor that `path` goes through.
    _directory: Option<File>,
}

impl Address {
    /// The socket of a store's directory, or a file beside it of this other ending.
    pub(super) fn of(directory: &Path, ending: &str) -> io::Result<Self> {
        let file = format!("{NAME}{ending}");
        let name = directory.join(&file);
        if name.as_os_str().len() <= PATH_BYTES_MAX {
            return Ok(Self { path: name.clone(), name, _directory: None });
        }
        let open = File::open(directory)?;
        let path = Path::new("/proc/self/fd").join(open.as_raw_fd().to_string()).join(file);
        Ok(Self { path, name, _directory: Some(open) })
    }
}
