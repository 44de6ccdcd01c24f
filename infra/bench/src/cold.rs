//! The start: from the birth of the process to the first question for an event, and to the first answer.

use local::Failure;
use serde_json::Value;

use crate::contestants::{Contestants, PASSWORD, Person, cookies};
use crate::function::{Answered, Function, Program};
use crate::hash;
use crate::samples::Samples;

const ROUNDS: usize = 25;

pub(crate) async fn measure(contestants: &Contestants, samples: &mut Samples) -> Result<(), Failure> {
    let somebody = Person::new(0);
    let (mut signup, _) = Function::start(contestants.of("signup")?).await?;
    let signed_up = signup.expect(201, somebody.sign_up()).await?;
    let session = cookies(&signed_up.answer);
    drop(signup);
    let profile = somebody.get("/profile", &session);

    for round in 0..ROUNDS {
        eprintln!("latchkey: cold start, round {} of {ROUNDS}", round + 1);
        let newcomer = Person::new(round + 1);
        start(samples, &contestants.hello, 200, somebody.get("/", &[])).await?;
        start(samples, contestants.of("profile")?, 200, profile.clone()).await?;
        start(samples, &contestants.defaults, 200, profile.clone()).await?;
        start(samples, &contestants.node_sdk, 200, profile.clone()).await?;
        let signed_up = start(samples, contestants.of("signup")?, 201, newcomer.sign_up()).await?;
        start(samples, contestants.of("login")?, 200, newcomer.log_in(PASSWORD)).await?;
        start(samples, contestants.of("logout")?, 204, newcomer.log_out(&cookies(&signed_up))).await?;
        start(samples, &contestants.lucia, 201, newcomer.sign_up()).await?;
        start(samples, &contestants.better_auth, 200, newcomer.sign_up()).await?;
        for whose in ["ours", "argon2", "ours", "argon2", "ours", "argon2"] {
            samples.add(&format!("{whose} first hash"), hash::first(whose).await?);
        }
    }
    Ok(())
}

async fn start(
    samples: &mut Samples,
    program: &Program,
    status: u16,
    event: Value,
) -> Result<Value, Failure> {
    let (mut function, init) = Function::start(program).await?;
    let Answered { answer, at: first, .. } = function.expect(status, event).await?;
    let name = program.name;
    samples.add(&format!("{name} init cpu"), init.cpu);
    samples.add(&format!("{name} init wall"), init.wall);
    samples.add(&format!("{name} first cpu"), first.cpu);
    samples.add(&format!("{name} first wall"), first.wall);
    samples.add(&format!("{name} start memory"), function.peak_memory()?);
    function.stop(samples).await?;
    Ok(answer)
}
