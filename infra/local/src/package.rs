//! The size of the archive that SAM uploads for a function.

use std::path::Path;
use std::process::Command;

use crate::Failure;

/// Zips the file under the name `bootstrap`, and prints the size of the archive in bytes.
const ZIPPED: &str = "import io, sys, zipfile; b = io.BytesIO(); z = zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED); \
    z.write(sys.argv[1], 'bootstrap'); z.close(); print(len(b.getvalue()))";

/// The size in bytes of an archive that holds only this binary.
///
/// # Errors
/// When Python or the file is missing.
pub fn zipped(binary: &Path) -> Result<u32, Failure> {
    let output = Command::new("python3").args(["-c", ZIPPED]).arg(binary).output()?;
    if !output.status.success() {
        return Err(format!("python3: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
