//! Only the hash: Latchkey's, that of the crate `argon2`, and that of @node-rs/argon2.
//!
//! Latchkey keeps the memory of a hash for the next one. The crate `argon2` does so here, except in its first hash.

use std::hint::black_box;
use std::process::Stdio;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use latchkey::config::Environment;
use latchkey::password::{Password, PasswordHasher};
use local::Failure;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::function::Program;
use crate::processor::Clock;
use crate::users::PASSWORD;

const SALT: &[u8] = b"a salt of 16 byt";

/// The CPU time of one call, in milliseconds.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> Result<f64, Failure> {
    let clock = Clock::of_this_thread();
    let before = clock.milliseconds()?;
    black_box(work());
    Ok(clock.milliseconds()? - before)
}

/// Latchkey's hash, with the default parameters.
pub(crate) struct Latchkey(PasswordHasher, Password);

impl Latchkey {
    pub(crate) fn new() -> Result<Self, Failure> {
        let password = Password::parse(PASSWORD).map_err(|_| "Latchkey refuses the password of the bench")?;
        Ok(Self(PasswordHasher::from_environment(&Environment::new([]))?, password))
    }

    pub(crate) fn hash(&self) -> Result<f64, Failure> {
        timed(|| self.0.hash(&self.1))
    }
}

/// The hash of the crate `argon2`, with the same parameters.
pub(crate) struct Reference(Argon2<'static>, Vec<Block>);

impl Reference {
    pub(crate) fn new() -> Result<Self, Failure> {
        let params = Params::new(19_456, 2, 1, None).map_err(|error| error.to_string())?;
        Ok(Self(Argon2::new(Algorithm::Argon2id, Version::V0x13, params), vec![]))
    }

    /// Hashes in memory that it keeps for the next hash.
    pub(crate) fn hash(&mut self) -> Result<f64, Failure> {
        self.1.resize(self.0.params().block_count(), Block::default());
        let mut tag = [0; 32];
        timed(|| self.0.hash_password_into_with_memory(PASSWORD.as_bytes(), SALT, &mut tag, &mut *self.1))
    }

    /// Hashes in memory that the crate allocates for this hash.
    fn hash_once(&self) -> Result<f64, Failure> {
        let mut tag = [0; 32];
        timed(|| self.0.hash_password_into(PASSWORD.as_bytes(), SALT, &mut tag))
    }
}

/// A process that hashes with @node-rs/argon2.
pub(crate) struct OnNode {
    _process: Child,
    clock: Clock,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl OnNode {
    pub(crate) fn start(program: &Program) -> Result<Self, Failure> {
        let mut command = Command::new(&program.file);
        command
            .args(&program.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn()?;
        let id = process.id().ok_or("@node-rs/argon2 ended at once")?;
        let clock = Clock::of_process(id)?;
        let (input, output) =
            process.stdin.take().zip(process.stdout.take()).ok_or("the process has no pipes")?;
        Ok(Self { _process: process, clock, input, output: BufReader::new(output).lines() })
    }

    pub(crate) async fn hash(&mut self) -> Result<f64, Failure> {
        let before = self.clock.milliseconds()?;
        self.input.write_all(b"\n").await?;
        self.output.next_line().await?.ok_or("@node-rs/argon2 does not respond")?;
        Ok(self.clock.milliseconds()? - before)
    }
}

/// The CPU time of the first hash of a new process, which runs [`print_first`].
pub(crate) async fn first(implementation: &str) -> Result<f64, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.args(["first-hash", implementation]).env_clear().output().await?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Prints the CPU time of the first hash of this process, in milliseconds.
pub(crate) fn print_first(implementation: &str) -> Result<(), Failure> {
    let milliseconds = match implementation {
        "latchkey" => Latchkey::new()?.hash()?,
        _ => Reference::new()?.hash_once()?,
    };
    println!("{milliseconds}");
    Ok(())
}
