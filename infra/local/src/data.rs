//! The folder of the local data: the database and the keys. One stack at a time uses it.
//!
//! Only its owner can read the files, because developers try real passwords. The folder may also hold other files,
//! which stay as they are.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use latchkey::keys::KeySet;
use latchkey::time::Timestamp;
use rotation::access_tokens;

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
        let unusable = |error| format!("{} cannot be used: {error}", folder.display());
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
        // Git must not commit the key. In a folder with other files, that is up to the owner of the folder.
        if fs::read_dir(folder)?.next().is_none() {
            fs::write(folder.join(".gitignore"), "*\n")?;
        }
        let lock = private(&folder.join("latchkey.lock")).map_err(unusable)?;
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

    /// The file of the mailbox.
    #[must_use]
    pub fn mailbox(&self) -> PathBuf {
        self.folder.join("mailbox.json")
    }

    /// The signing key of the local stack, in the form of `SIGNING_KEYS`. The first call generates it.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn signing_keys(&self) -> Result<String, Failure> {
        let first = || KeySet::first(Timestamp::from_seconds(0));
        self.generated("signing-keys.json", || Ok(first().map_err(|error| error.to_string())?))
    }

    /// The private keys of the access tokens of the local stack, in the form of `ACCESS_TOKEN_KEYS`. The first call
    /// generates them.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn access_token_keys(&self) -> Result<String, Failure> {
        let first = || access_tokens::first(Timestamp::from_seconds(0));
        self.generated("access-token-keys.json", || Ok(first().map_err(|error| error.to_string())?))
    }

    /// The path under which the database and the mailbox respond. Only who can read this folder knows it, because they
    /// do not check who asks. The first call generates it.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn secret_path(&self) -> Result<String, Failure> {
        self.generated("database-path", || Ok(format!("/{}", random()?.chars().take(16).collect::<String>())))
    }

    /// The text of a file, which is generated if the file does not exist.
    fn generated(
        &self,
        name: &str,
        text: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<String, Failure> {
        let file = self.folder.join(name);
        match fs::read_to_string(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            read => return Ok(read?),
        }
        let text = text()?;
        // Written to another file first, so that a process that ends meanwhile leaves no incomplete text.
        let incomplete = self.folder.join(format!("{name}.new"));
        write_private(&incomplete, &text)?;
        fs::rename(incomplete, file)?;
        Ok(text)
    }

    /// Writes what the operator's command needs to find the running stack.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_stack(&self, stack: &str) -> Result<(), Failure> {
        Ok(write_private(&self.stack(), stack)?)
    }

    /// Deletes that file again, because the stack stops.
    pub fn forget_stack(&self) {
        let _ = fs::remove_file(self.stack());
    }

    fn stack(&self) -> PathBuf {
        self.folder.join("stack.json")
    }

    /// Writes the file with the variables for `sam local`, and returns its path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_sam_variables(&self, variables: &str) -> Result<PathBuf, Failure> {
        let file = self.folder.join("sam-local.json");
        write_private(&file, variables)?;
        Ok(file)
    }

    /// Deletes the database, the mails, their path, the keys and the variables for `sam local`.
    ///
    /// # Errors
    /// When a file cannot be deleted.
    pub fn reset(&self) -> Result<(), Failure> {
        for name in [
            "latchkey.db",
            "latchkey.db-shm",
            "latchkey.db-wal",
            "database-path",
            "mailbox.json",
            "signing-keys.json",
            "access-token-keys.json",
            "sam-local.json",
        ] {
            match fs::remove_file(self.folder.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        println!(
            "latchkey: deleted the users, the sessions, the mails and the keys in {}",
            self.folder.display()
        );
        Ok(())
    }
}

/// 32 random bytes in base64url.
fn random() -> Result<String, Failure> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    Ok(BASE64URL_NOPAD.encode(&secret))
}

/// Opens a file that only its owner can read, and creates it if it does not exist.
pub(crate) fn private(file: &Path) -> std::io::Result<File> {
    let file = fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

pub(crate) fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut file = private(file)?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_others_stay_as_they_are() {
        let folder = std::env::temp_dir().join(format!("latchkey-data-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for name in [".gitignore", "lock", "app.db"] {
            fs::write(folder.join(name), "node_modules\n").unwrap();
        }
        let data = Data::open(&folder).unwrap();
        data.signing_keys().unwrap();
        data.reset().unwrap();
        for name in [".gitignore", "lock", "app.db"] {
            assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), "node_modules\n", "{name}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn git_ignores_a_new_folder() {
        let folder = std::env::temp_dir().join(format!("latchkey-new-{}", std::process::id()));
        drop(Data::open(&folder).unwrap());
        assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n");
        fs::remove_dir_all(folder).unwrap();
    }
}
