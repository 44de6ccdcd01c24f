//! A folder that ends with its test.

use std::path::{Path, PathBuf};

use latchkey::account::UserId;

/// A folder that ends with its test.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty one for temporary files.
    pub fn temporary() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// An empty one in this folder.
    pub fn below(parent: &Path) -> Self {
        let name = UserId::random().expect("a name");
        let folder = parent.join(format!("latchkey-{}", name.as_str()));
        std::fs::create_dir(&folder).expect("a folder");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
