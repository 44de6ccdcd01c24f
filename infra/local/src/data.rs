//! The folder of the local data: the database and the signing key, used by one stack at a time.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use crate::Failure;

/// The folder, as long as it is ours.
#[derive(Debug)]
pub struct Data {
    folder: PathBuf,
    _lock: File,
}

impl Data {
    /// Opens the folder, and makes it if it is not there.
    ///
    /// # Errors
    /// When another stack uses it, or it cannot be made.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder)
            .map_err(|error| format!("{} cannot be used: {error}", folder.display()))?;
        // The key must not be committed by mistake, wherever the folder is.
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

    /// The signing key of this machine, in the form of `SIGNING_KEYS`; generated once.
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
        // Beside it first, so that a stop in the middle leaves no half a key.
        let half = self.folder.join("signing-keys.json.new");
        fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&half)?
            .write_all(keys.as_bytes())?;
        fs::rename(half, file)?;
        Ok(keys)
    }

    /// The file with the variables for `sam local`.
    #[must_use]
    pub fn sam_variables(&self) -> PathBuf {
        self.folder.join("sam-local.json")
    }

    /// Forgets everything.
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
            "latchkey: the users, the sessions and the signing key in {} are gone",
            self.folder.display()
        );
        Ok(())
    }
}
