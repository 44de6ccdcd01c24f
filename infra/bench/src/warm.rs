//! The hundredth request: what the processor works for one, and what memory is left after many.

use local::Failure;

use crate::contestants::{Contestants, PASSWORD, Person, cookies};
use crate::function::Function;
use crate::hash::{OnNode, Ours, Reference};
use crate::samples::Samples;

const ROUNDS: usize = 20;
/// Requests to each function that come first, and do not count.
const WARM_UP: usize = 100;
const REQUESTS: usize = 200;
/// The same of what costs a hash.
const WARM_UP_LOG_INS: usize = 5;
const LOG_INS: usize = 40;
const HASH_TURNS: usize = 5;
const HASHES: usize = 10;
/// The same of Better Auth, which takes a hundred times as long.
const SLOW_LOG_INS: usize = 3;
/// The log-ins after which memory is looked at again.
const MANY: usize = 60;

/// Every round has new processes: an environment of Lambda lives for hours, not for the ten thousands of requests after
/// which a just-in-time compiler has done all that it can.
pub(crate) async fn measure(contestants: &Contestants, samples: &mut Samples) -> Result<(), Failure> {
    let (ours, mut reference) = (Ours::new()?, Reference::new()?);
    for round in 0..ROUNDS {
        eprintln!("latchkey: warm, round {} of {ROUNDS}", round + 1);
        let mut means = Means::default();
        reads(contestants, round, &mut means).await?;
        log_ins(contestants, round, &mut means, &ours).await?;

        hashes(contestants, &mut means, &ours, &mut reference).await?;
        for (name, mean) in means.each() {
            samples.add(&format!("{name} warm cpu"), mean);
        }
        memory(contestants, round, samples).await?;
    }
    Ok(())
}

/// Somebody of a round.
fn person(round: usize, number: usize) -> Person {
    Person::new((round + 1) * 1_000 + number)
}

async fn start(contestants: &Contestants, name: &str) -> Result<Function, Failure> {
    Ok(Function::start(contestants.of(name)?).await?.0)
}

async fn reads(contestants: &Contestants, round: usize, means: &mut Means) -> Result<(), Failure> {
    let reader = person(round, 999);
    let signed_up = start(contestants, "signup").await?.expect(201, reader.sign_up()).await?;
    let event = reader.get("/profile", &cookies(&signed_up.answer));
    for (name, program) in [
        ("hello", &contestants.hello),
        ("profile", contestants.of("profile")?),
        ("profile, SDK's defaults", &contestants.defaults),
        ("Node, AWS SDK", &contestants.node_sdk),
    ] {
        let (mut function, _) = Function::start(program).await?;
        for number in 0..WARM_UP + REQUESTS {
            let took = function.expect(200, event.clone()).await?.cpu;
            if number >= WARM_UP {
                means.add(name, took);
            }
        }
    }
    Ok(())
}

async fn log_ins(
    contestants: &Contestants,
    round: usize,
    means: &mut Means,
    ours: &Ours,
) -> Result<(), Failure> {
    let (mut signup, mut login, mut logout) = (
        start(contestants, "signup").await?,
        start(contestants, "login").await?,
        start(contestants, "logout").await?,
    );
    let (mut lucia, _) = Function::start(&contestants.lucia).await?;
    let (mut better_auth, _) = Function::start(&contestants.better_auth).await?;

    let people: Vec<Person> = (0..WARM_UP_LOG_INS + LOG_INS).map(|number| person(round, number)).collect();
    for (number, person) in people.iter().enumerate() {
        let mut add = |name, took| {
            if number >= WARM_UP_LOG_INS {
                means.add(name, took);
            }
        };
        let signed_up = signup.expect(201, person.sign_up()).await?;
        add("signup", signed_up.cpu);
        add("logout", logout.expect(204, person.log_out(&cookies(&signed_up.answer))).await?.cpu);
    }
    for (number, person) in people.iter().enumerate() {
        let stranger = Person::new(50_000 + round * 1_000 + number);
        let mut guesses = [("login, wrong password", person), ("login, unknown", &stranger)];
        // Both take turns in going first.
        if number % 2 == 1 {
            guesses.reverse();
        }
        for (name, who) in guesses {
            let took = login.expect(401, who.log_in("incorrect horse battery")).await?.cpu;
            if number >= WARM_UP_LOG_INS {
                means.add(name, took);
            }
        }
    }
    for person in &people {
        means.add("login", login.expect(200, person.log_in(PASSWORD)).await?.cpu);
        means.add("hash beside the login", ours.hash()?);
    }
    for person in &people {
        lucia.expect(201, person.sign_up()).await?;
    }
    for person in &people {
        means.add("Node, Lucia login", lucia.expect(200, person.log_in(PASSWORD)).await?.cpu);
    }
    for person in people.iter().take(SLOW_LOG_INS) {
        better_auth.expect(200, person.sign_up()).await?;
        means.add("Node, Better Auth login", better_auth.expect(200, person.log_in(PASSWORD)).await?.cpu);
    }
    Ok(())
}

/// The bare hashes, in turns of some each: what one leaves in the caches is not to be the measure of the other.
async fn hashes(
    contestants: &Contestants,
    means: &mut Means,
    ours: &Ours,
    reference: &mut Reference,
) -> Result<(), Failure> {
    let mut on_node = OnNode::start(&contestants.node_argon2)?;
    for turn in 0..HASH_TURNS {
        let took_ours = (0..HASHES).map(|_| ours.hash()).collect::<Result<Vec<_>, _>>()?;
        let took_reference = (0..HASHES).map(|_| reference.hash()).collect::<Result<Vec<_>, _>>()?;
        let mut took_on_node = vec![];
        for _ in 0..HASHES {
            took_on_node.push(on_node.hash().await?);
        }
        let turns =
            [("hash", took_ours), ("argon2 hash", took_reference), ("@node-rs/argon2 hash", took_on_node)];
        // The first turn warms up, and so does the first hash of each.
        for (name, took) in turns.into_iter().filter(|_| turn > 0) {
            for took in took.into_iter().skip(1) {
                means.add(name, took);
            }
        }
    }
    Ok(())
}

/// What one request took on the average of a round.
#[derive(Default)]
struct Means(std::collections::BTreeMap<&'static str, (f64, u32)>);

impl Means {
    fn add(&mut self, name: &'static str, value: f64) {
        let (sum, count) = self.0.entry(name).or_default();
        *sum += value;
        *count += 1;
    }

    fn each(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, (sum, count))| (*name, sum / f64::from(*count)))
    }
}

/// The most memory of the log-in after the first and after many.
async fn memory(contestants: &Contestants, round: usize, samples: &mut Samples) -> Result<(), Failure> {
    let mut login = start(contestants, "login").await?;
    for number in 0..MANY {
        login.expect(200, person(round, number % LOG_INS).log_in(PASSWORD)).await?;
        if number == 0 {
            samples.add("login memory after 1", login.peak_memory()?);
        }
    }
    samples.add("login memory after 60", login.peak_memory()?);
    Ok(())
}
