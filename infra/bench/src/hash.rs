//! The bare hash: ours, the crate `argon2`'s with memory that it keeps and without, and @node-rs/argon2's.

use std::hint::black_box;
use std::process::Stdio;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use latchkey::config::Environment;
use latchkey::password::{Password, PasswordHasher};
use local::Failure;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::contestants::PASSWORD;
use crate::function::Program;
use crate::processor::Clock;

const SALT: &[u8] = b"a salt of 16 byt";

/// Milliseconds of the processor for one call.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> Result<f64, Failure> {
    let clock = Clock::of_this_thread();
    let before = clock.milliseconds()?;
    black_box(work());
    Ok(clock.milliseconds()? - before)
}

/// The parameters that the template has, and what computes with them.
pub(crate) struct Ours(PasswordHasher, Password);

impl Ours {
    pub(crate) fn new() -> Result<Self, Failure> {
        let password = Password::parse(PASSWORD).map_err(|_| "the password of the bench is refused")?;
        Ok(Self(PasswordHasher::from_environment(&Environment::new([]))?, password))
    }

    pub(crate) fn hash(&self) -> Result<f64, Failure> {
        timed(|| self.0.hash(&self.1))
    }
}

/// The crate `argon2`.
pub(crate) struct Reference(Argon2<'static>, Vec<Block>);

impl Reference {
    pub(crate) fn new() -> Result<Self, Failure> {
        let params = Params::new(19_456, 2, 1, None).map_err(|error| error.to_string())?;
        Ok(Self(Argon2::new(Algorithm::Argon2id, Version::V0x13, params), vec![]))
    }

    /// With memory of its own, which it keeps.
    pub(crate) fn hash(&mut self) -> Result<f64, Failure> {
        self.1.resize(self.0.params().block_count(), Block::default());
        let mut tag = [0; 32];
        timed(|| self.0.hash_password_into_with_memory(PASSWORD.as_bytes(), SALT, &mut tag, &mut *self.1))
    }

    /// As it comes.
    fn hash_once(&self) -> Result<f64, Failure> {
        let mut tag = [0; 32];
        timed(|| self.0.hash_password_into(PASSWORD.as_bytes(), SALT, &mut tag))
    }
}

/// A process of @node-rs/argon2.
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
        let id = process.id().ok_or("it ended at once")?;
        let clock = Clock::of_process(id)?;
        let (input, output) = process.stdin.take().zip(process.stdout.take()).ok_or("no pipes")?;
        Ok(Self { _process: process, clock, input, output: BufReader::new(output).lines() })
    }

    pub(crate) async fn hash(&mut self) -> Result<f64, Failure> {
        let before = self.clock.milliseconds()?;
        self.input.write_all(b"\n").await?;
        self.output.next_line().await?.ok_or("@node-rs/argon2 does not answer")?;
        Ok(self.clock.milliseconds()? - before)
    }
}

/// The first hash of a process: has a new one print it.
pub(crate) async fn first(whose: &str) -> Result<f64, Failure> {
    let output =
        Command::new(std::env::current_exe()?).args(["first-hash", whose]).env_clear().output().await?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Prints what the first hash of this process takes.
pub(crate) fn print_first(whose: &str) -> Result<(), Failure> {
    let took = match whose {
        "ours" => Ours::new()?.hash()?,
        _ => Reference::new()?.hash_once()?,
    };
    println!("{took}");
    Ok(())
}
