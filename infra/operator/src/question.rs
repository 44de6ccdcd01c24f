//! Questions before what cannot be undone.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use tokio::task::spawn_blocking;

use crate::arguments::Common;
use crate::stop::{Code, Stop};

/// Asks, unless `--yes` has answered. `expected` is what the person has to type: `yes`, or a name.
///
/// Without a terminal no one can answer. Then nothing is done, so that no script reports what was not done.
pub(crate) async fn confirm(common: &Common, about: &str, expected: &str) -> Result<(), Stop> {
    if common.yes || common.dry_run {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        let detail = format!("{about}. There is no terminal on which to ask you: add --yes");
        return Err(Stop::new(Code::Usage, detail));
    }
    let mut stderr = std::io::stderr();
    // If no one sees the question, no one answers it.
    let _ = write!(stderr, "{about}. Type {expected} to go on: ").and_then(|()| stderr.flush());
    // Ctrl-C is heard meanwhile.
    let answer = spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    let answer = answer.await.map_err(Stop::failed)?.map_err(Stop::failed)?;
    if answer.trim() == expected {
        return Ok(());
    }
    Err(Stop::new(Code::Refused, "nothing was done"))
}

/// A password from a terminal that does not show it, or from standard input, of which it is the only line.
pub(crate) fn typed_password() -> Result<String, Stop> {
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").map_err(Stop::failed);
    }
    let mut typed = String::new();
    std::io::stdin().read_to_string(&mut typed).map_err(Stop::failed)?;
    let password = typed.strip_suffix('\n').unwrap_or(&typed);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.contains(['\n', '\r']) {
        return Err(Stop::new(Code::Usage, "the password has more than one line"));
    }
    Ok(password.to_owned())
}
