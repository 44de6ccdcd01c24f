//! The start: until a new process asks for its first event, and until its first response.

use local::Failure;
use serde_json::Value;

use crate::contestants::{Contestants, PASSWORD, User, cookies};
use crate::function::{Function, Invocation, Program};
use crate::hash;
use crate::samples::Samples;

const ROUNDS: usize = 25;
/// First hashes in a round, each in a new process: this many of Latchkey, and this many of the crate `argon2`.
const FIRST_HASHES: usize = 3;

pub(crate) async fn measure(contestants: &Contestants, samples: &mut Samples) -> Result<(), Failure> {
    let reader = User::new(0);
    let (mut signup, _) = Function::start(contestants.of("signup")?).await?;
    let signed_up = signup.expect(201, reader.sign_up()).await?;
    let session = cookies(&signed_up.response);
    drop(signup);
    let profile = reader.get("/profile", &session);

    for round in 0..ROUNDS {
        eprintln!("latchkey: cold start, round {} of {ROUNDS}", round + 1);
        let new = User::new(round + 1);
        start(samples, &contestants.hello, 200, reader.get("/", &[])).await?;
        start(samples, contestants.of("profile")?, 200, profile.clone()).await?;
        start(samples, &contestants.defaults, 200, profile.clone()).await?;
        start(samples, &contestants.node_sdk, 200, profile.clone()).await?;
        let signed_up = start(samples, contestants.of("signup")?, 201, new.sign_up()).await?;
        start(samples, contestants.of("login")?, 200, new.log_in(PASSWORD)).await?;
        start(samples, contestants.of("logout")?, 204, new.log_out(&cookies(&signed_up))).await?;
        start(samples, &contestants.lucia, 201, new.sign_up()).await?;
        start(samples, &contestants.better_auth, 200, new.sign_up()).await?;
        for _ in 0..FIRST_HASHES {
            samples.add("hash first cpu", hash::first("latchkey").await?);
            samples.add("argon2 hash first cpu", hash::first("argon2").await?);
        }
    }
    Ok(())
}

/// Starts a new process, which responds to one event with this status.
pub(crate) async fn start(
    samples: &mut Samples,
    program: &Program,
    status: u16,
    event: Value,
) -> Result<Value, Failure> {
    let (mut function, init) = Function::start(program).await?;
    let Invocation { response, at: first, .. } = function.expect(status, event).await?;
    let name = program.name;
    samples.add(&format!("{name} init cpu"), init.cpu);
    samples.add(&format!("{name} init wall"), init.wall);
    samples.add(&format!("{name} first cpu"), first.cpu);
    samples.add(&format!("{name} first wall"), first.wall);
    samples.add(&format!("{name} start memory"), function.peak_memory()?);
    function.stop(samples).await?;
    Ok(response)
}
