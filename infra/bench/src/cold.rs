//! The start: until a new process asks for its first event, and until its first response.

use local::Failure;
use serde_json::{Value, json};

use crate::contestants::Contestants;
use crate::function::{Elapsed, Function, Invocation, Program};
use crate::hash;
use crate::samples::Samples;
use crate::services::Services;
use crate::users::{PASSWORD, User, cookies};

const ROUNDS: usize = 25;
/// First hashes in a round, each in a new process: this many of Latchkey, and this many of the crate `argon2`.
const FIRST_HASHES: usize = 3;

pub(crate) async fn measure(
    services: &Services,
    contestants: &Contestants,
    samples: &mut Samples,
) -> Result<(), Failure> {
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
        let logged_in = start(samples, contestants.of("login")?, 200, new.log_in(PASSWORD)).await?;
        start(samples, contestants.of("logout")?, 204, new.log_out(&cookies(&logged_in))).await?;
        of_an_account(services, contestants, samples, &new, &cookies(&signed_up)).await?;
        start(samples, &contestants.lucia, 201, new.sign_up()).await?;
        start(samples, &contestants.better_auth, 200, new.sign_up()).await?;
        for _ in 0..FIRST_HASHES {
            samples.add("hash first cpu", hash::first("latchkey").await?);
            samples.add("argon2 hash first cpu", hash::first("argon2").await?);
        }
    }
    Ok(())
}

/// Starts the functions with which a user who has just signed up looks after the account.
async fn of_an_account(
    services: &Services,
    contestants: &Contestants,
    samples: &mut Samples,
    user: &User,
    session: &[String],
) -> Result<(), Failure> {
    let mail = services.mails()?.pop().ok_or("the sign-up wrote no mail")?;
    let (mut mailer, init) = Function::start(contestants.of("mailer")?).await?;
    let sent = mailer.deliver(mail).await?;
    record(samples, mailer, init, sent).await?;
    let (mut gate, init) = Function::start(contestants.of("authorizer")?).await?;
    let passed = gate.authorize(user.get("/orders", session)).await?;
    record(samples, gate, init, passed).await?;
    let username = Some(json!({ "username": user.username }));
    let passwords = Some(json!({ "current_password": PASSWORD, "password": "incorrect mule battery" }));
    for (name, status, event) in [
        ("email", 202, user.post("/profile/verify", session, None)),
        ("account", 200, user.post("/profile/name", session, Some(json!({ "name": "Ada" })))),
        ("sessions", 200, user.get("/profile/sessions", session)),
        ("token", 200, user.post("/token", session, None)),
        ("discovery", 200, user.get("/.well-known/jwks.json", &[])),
        ("recovery", 202, user.post("/forgot", &[], username)),
        ("password", 200, user.post("/profile/password", session, passwords)),
    ] {
        start(samples, contestants.of(name)?, status, event).await?;
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
    let first = function.expect(status, event).await?;
    record(samples, function, init, first).await
}

/// Adds what a start and the first invocation took, and stops the function.
async fn record(
    samples: &mut Samples,
    function: Function,
    init: Elapsed,
    first: Invocation,
) -> Result<Value, Failure> {
    let Invocation { response, at: first, .. } = first;
    let name = function.name;
    samples.add(&format!("{name} init cpu"), init.cpu);
    samples.add(&format!("{name} init wall"), init.wall);
    samples.add(&format!("{name} first cpu"), first.cpu);
    samples.add(&format!("{name} first wall"), first.wall);
    samples.add(&format!("{name} start memory"), function.peak_memory()?);
    function.stop().await?;
    Ok(response)
}
