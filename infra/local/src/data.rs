//! The folder of the local data: the database and the signing key. One stack at a time uses it.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use crate::Failure;

/// The folder, which is locked until this is dropped.
#[derive(Debug)]
pub struct Data {
    folder: PathBuf,
    _lock: File,
}

impl Data {
    /// Opens the folder, and creates it if it does not exist.
    ///
    /// # Errors
    /// When another stack uses the folder, or it cannot be created.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder)
            .map_err(|error| format!("{} cannot be used: {error}", folder.display()))?;
        // Wherever the folder is, git must not commit the key.
        fs::write(folder.join(".gitignore"), "*\n")?;
        let lock = File::create(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(format!(
                "a running `make dev` uses {}. Stop it first, or choose another folder with DATA=",
                folder.display()
            )
            .into()),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// The file of the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.join("latchkey.db")
    }

    /// The signing key of the local stack, in the form of `SIGNING_KEYS`. The first call generates it.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn signing_keys(&self) -> Result<String, Failure> {
        let file = self.folder.join("signing-keys.json");
        match fs::read_to_string(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            read => return Ok(read?),
        }
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        let keys = json!({ "0": BASE64URL_NOPAD.encode(&secret) }).to_string();
        // Written to another file first, so that a process that ends meanwhile leaves no incomplete key.
        let incomplete = self.folder.join("signing-keys.json.new");
        fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&incomplete)?
            .write_all(keys.as_bytes())?;
        fs::rename(incomplete, file)?;
        Ok(keys)
    }

    /// The file with the variables for `sam local`.
    #[must_use]
    pub fn sam_variables(&self) -> PathBuf {
        self.folder.join("sam-local.json")
    }

    /// Deletes the database, the signing key and the variables for `sam local`.
    ///
    /// # Errors
    /// When a file cannot be deleted.
    pub fn reset(&self) -> Result<(), Failure> {
        for name in
            ["latchkey.db", "latchkey.db-shm", "latchkey.db-wal", "signing-keys.json", "sam-local.json"]
        {
            match fs::remove_file(self.folder.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        println!(
            "latchkey: deleted the users, the sessions and the signing key in {}",
            self.folder.display()
        );
        Ok(())
    }
}
