//! Warm functions: the CPU time of a request, and the peak memory after many logins.

use local::Failure;
use serde_json::Value;

use crate::contestants::Contestants;
use crate::function::{Function, Invocation, Program};
use crate::hash::{Latchkey, OnNode, Reference};
use crate::lives::{self, AUTHORIZATION};
use crate::samples::{Means, Samples};
use crate::services::Services;
use crate::tokens;
use crate::users::{PASSWORD, User, cookies};

const ROUNDS: usize = 20;
/// The requests to each function that come first and do not count.
const WARM_UP: usize = 100;
/// The requests to each function that count.
const REQUESTS: usize = 200;
/// The same two numbers for requests that cost a hash.
const WARM_UP_LOGINS: usize = 5;
const LOGINS: usize = 40;
/// The logins of Better Auth that count. One takes more than ten times the CPU time of Latchkey's.
const SLOW_LOGINS: usize = 3;
/// The hash implementations alternate in turns: the turns of each, and the hashes in a turn.
const HASH_TURNS: usize = 5;
const HASHES: usize = 10;
/// The logins after which the bench reads the memory again.
const MANY: usize = 60;

/// Each round starts new processes. An execution environment lasts for hours, and seldom gets the tens of thousands of
/// requests after which a just-in-time compiler has optimised all code.
pub(crate) async fn measure(
    services: &Services,
    contestants: &Contestants,
    samples: &mut Samples,
) -> Result<(), Failure> {
    let (latchkey, mut reference) = (Latchkey::new()?, Reference::new()?);
    for round in 0..ROUNDS {
        eprintln!("latchkey: warm, round {} of {ROUNDS}", round + 1);
        let mut means = Means::default();
        reads(contestants, round, &mut means).await?;
        logins(contestants, round, &mut means, &latchkey).await?;

        hashes(contestants, &mut means, &latchkey, &mut reference).await?;
        tokens::measure(&mut means)?;
        for (name, mean) in means.each() {
            samples.add(&format!("{name} warm cpu"), mean);
        }
        memory(contestants, round, samples).await?;
        lives::measure(services, &contestants.latchkey, |number| user(round, 500 + number), samples).await?;
    }
    Ok(())
}

/// A user of a round.
pub(crate) fn user(round: usize, number: usize) -> User {
    User::new((round + 1) * 1_000 + number)
}

async fn start(contestants: &Contestants, name: &str) -> Result<Function, Failure> {
    Ok(Function::start(contestants.of(name)?).await?.0)
}

async fn reads(contestants: &Contestants, round: usize, means: &mut Means) -> Result<(), Failure> {
    let reader = user(round, 999);
    let signed_up = start(contestants, "signup").await?.expect(201, reader.sign_up()).await?;
    let event = reader.get("/profile", &cookies(&signed_up.response));
    for (name, program) in [
        ("hello", &contestants.hello),
        ("profile", contestants.of("profile")?),
        ("profile, SDK's defaults", &contestants.defaults),
        ("Node, AWS SDK", &contestants.node_sdk),
    ] {
        read(program, name, &event, means).await?;
    }
    let keys = reader.get("/.well-known/jwks.json", &[]);
    read(contestants.of("discovery")?, "discovery", &keys, means).await?;
    let exchange = reader.post("/token", &cookies(&signed_up.response), None);
    read(contestants.of("token")?, "token", &exchange, means).await?;
    let orders = reader.get("/orders", &cookies(&signed_up.response));
    let mut authorizer = start(contestants, "authorizer").await?;
    repeat(AUTHORIZATION, means, async || authorizer.authorize(orders.clone()).await).await?;

    for (program, token, jwks) in [
        (&contestants.better_auth, "Node, Better Auth token", "Node, Better Auth keys"),
        (&contestants.better_auth_rs256, "Node, Better Auth token, RS256", "Node, Better Auth keys, RS256"),
    ] {
        // It keeps the user and the keys in its memory, so one process responds to all three.
        let (mut peer, _) = Function::start(program).await?;
        let signed_up = peer.expect(200, reader.sign_up()).await?;
        let exchange = reader.post("/token", &cookies(&signed_up.response), None);
        repeat(token, means, async || peer.expect(200, exchange.clone()).await).await?;
        repeat(jwks, means, async || peer.expect(200, keys.clone()).await).await?;
    }
    Ok(())
}

/// Sends the same event to a new process, again and again.
pub(crate) async fn read(
    program: &Program,
    name: &'static str,
    event: &Value,
    means: &mut Means,
) -> Result<(), Failure> {
    let (mut function, _) = Function::start(program).await?;
    repeat(name, means, async || function.expect(200, event.clone()).await).await
}

/// Sends a request again and again. The first ones do not count.
async fn repeat(
    name: &'static str,
    means: &mut Means,
    mut send: impl AsyncFnMut() -> Result<Invocation, Failure>,
) -> Result<(), Failure> {
    for number in 0..WARM_UP + REQUESTS {
        let cpu = send().await?.cpu;
        if number >= WARM_UP {
            means.add(name, cpu);
        }
    }
    Ok(())
}

async fn logins(
    contestants: &Contestants,
    round: usize,
    means: &mut Means,
    latchkey: &Latchkey,
) -> Result<(), Failure> {
    let mut signup = start(contestants, "signup").await?;
    let mut login = start(contestants, "login").await?;
    let (mut lucia, _) = Function::start(&contestants.lucia).await?;
    let (mut better_auth, _) = Function::start(&contestants.better_auth).await?;

    let users: Vec<User> = (0..WARM_UP_LOGINS + LOGINS).map(|number| user(round, number)).collect();
    for user in &users {
        signup.expect(201, user.sign_up()).await?;
    }
    guesses(&mut login, &users, round, means).await?;
    for user in &users {
        means.add("login", login.expect(200, user.log_in(PASSWORD)).await?.cpu);
        means.add("hash between logins", latchkey.hash()?);
    }
    for user in &users {
        lucia.expect(201, user.sign_up()).await?;
    }
    for user in &users {
        means.add("Node, Lucia login", lucia.expect(200, user.log_in(PASSWORD)).await?.cpu);
    }
    for user in users.iter().take(SLOW_LOGINS) {
        better_auth.expect(200, user.sign_up()).await?;
        means.add("Node, Better Auth login", better_auth.expect(200, user.log_in(PASSWORD)).await?.cpu);
    }
    Ok(())
}

/// Wrong passwords for users who exist, and for unknown ones.
async fn guesses(
    login: &mut Function,
    users: &[User],
    round: usize,
    means: &mut Means,
) -> Result<(), Failure> {
    for (number, user) in users.iter().enumerate() {
        let unknown = User::new(50_000 + round * 1_000 + number);
        let mut guesses = [("login, wrong password", user), ("login, unknown", &unknown)];
        // Which of the two comes first alternates.
        if number % 2 == 1 {
            guesses.reverse();
        }
        for (name, user) in guesses {
            let cpu = login.expect(401, user.log_in("incorrect horse battery")).await?.cpu;
            if number >= WARM_UP_LOGINS {
                means.add(name, cpu);
            }
        }
    }
    Ok(())
}

/// Only the hashes. In a turn, one implementation hashes several times: what another one left in the processor's caches
/// must not change the result.
async fn hashes(
    contestants: &Contestants,
    means: &mut Means,
    latchkey: &Latchkey,
    reference: &mut Reference,
) -> Result<(), Failure> {
    let mut on_node = OnNode::start(&contestants.node_argon2)?;
    for turn in 0..HASH_TURNS {
        let latchkey_hashes = (0..HASHES).map(|_| latchkey.hash()).collect::<Result<Vec<_>, _>>()?;
        let reference_hashes = (0..HASHES).map(|_| reference.hash()).collect::<Result<Vec<_>, _>>()?;
        let mut node_hashes = vec![];
        for _ in 0..HASHES {
            node_hashes.push(on_node.hash().await?);
        }
        let results = [
            ("hash", latchkey_hashes),
            ("argon2 hash", reference_hashes),
            ("@node-rs/argon2 hash", node_hashes),
        ];
        // The first turn warms up, and so does the first hash of each turn.
        for (name, times) in results.into_iter().filter(|_| turn > 0) {
            for cpu in times.into_iter().skip(1) {
                means.add(name, cpu);
            }
        }
    }
    Ok(())
}

/// The peak memory of the login, after its first request and after many.
async fn memory(contestants: &Contestants, round: usize, samples: &mut Samples) -> Result<(), Failure> {
    let mut login = start(contestants, "login").await?;
    for number in 0..MANY {
        login.expect(200, user(round, number % LOGINS).log_in(PASSWORD)).await?;
        if number == 0 {
            samples.add("login memory after 1", login.peak_memory()?);
        }
    }
    samples.add("login memory after 60", login.peak_memory()?);
    Ok(())
}
