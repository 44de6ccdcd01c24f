//! What is made of the command line: completions and manual pages.

use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::stop::Stop;

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) {
    clap_complete::generate(shell, &mut Arguments::command(), "latchkey", &mut std::io::stdout());
}

/// Writes a manual page for each command into a folder.
pub(crate) fn manual(folder: &Path) -> Result<(), Stop> {
    let written = fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command().disable_help_subcommand(true), folder));
    written.map_err(|error| Stop::failed(format!("{}: {error}", folder.display())))
}
