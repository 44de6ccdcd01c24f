//! What SAM would upload of a built function.

use std::path::Path;
use std::process::Command;

use crate::Failure;

/// Puts the file alone into an archive, as `bootstrap`, and prints how many bytes that has.
const ZIPPED: &str = "import io, sys, zipfile; b = io.BytesIO(); z = zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED); \
    z.write(sys.argv[1], 'bootstrap'); z.close(); print(len(b.getvalue()))";

/// The bytes of a binary in its archive.
///
/// # Errors
/// When Python is missing, or the file.
pub fn zipped(binary: &Path) -> Result<u32, Failure> {
    let output = Command::new("python3").args(["-c", ZIPPED]).arg(binary).output()?;
    if !output.status.success() {
        return Err(format!("python3: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
