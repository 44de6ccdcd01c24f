//! `make bench-against`: this version of the functions against another one, in one run in which they alternate.

use std::path::Path;

use local::Failure;

use crate::cold;
use crate::contestants::{latchkey, of};
use crate::function::{Function, Program};
use crate::hash::Latchkey;
use crate::samples::{Figure, Means, Samples};
use crate::services::Services;
use crate::users::{PASSWORD, cookies};
use crate::warm::{self, user};

const ROUNDS: usize = 14;
/// The starts of each function in a round.
const STARTS: usize = 5;
/// The logins in a round that come first and do not count, and those that count.
const LOGINS: [usize; 2] = [5, 20];

/// One version of the functions.
struct Version {
    _services: Services,
    programs: Vec<Program>,
    samples: Samples,
}

impl Version {
    /// The version whose template is in `root`, and whose binaries are in `built`.
    async fn start(root: &Path, built: &Path) -> Result<Self, Failure> {
        let services = Services::start(root).await?;
        let programs = latchkey(&services, built);
        Ok(Self { _services: services, programs, samples: Samples::default() })
    }

    async fn function(&self, name: &str) -> Result<Function, Failure> {
        Ok(Function::start(of(&self.programs, name)?).await?.0)
    }

    async fn round(&mut self, round: usize, hash: &Latchkey) -> Result<(), Failure> {
        let mut means = Means::default();
        self.starts(round).await?;
        self.reads(round, &mut means).await?;
        self.logins(round, hash, &mut means).await?;
        let mut login = 0.0;
        for (name, mean) in means.each() {
            self.samples.add(&format!("{name} warm cpu"), mean);
            login += match name {
                "login" => mean,
                "hash" => -mean,
                _ => 0.0,
            };
        }
        self.samples.add("login without its hash", login);
        Ok(())
    }

    async fn starts(&mut self, round: usize) -> Result<(), Failure> {
        let (programs, samples) = (&self.programs, &mut self.samples);
        for number in 0..STARTS {
            let user = user(round, 100 + number);
            let signed_up = cold::start(samples, of(programs, "signup")?, 201, user.sign_up()).await?;
            let profile = user.get("/profile", &cookies(&signed_up));
            cold::start(samples, of(programs, "profile")?, 200, profile).await?;
            cold::start(samples, of(programs, "login")?, 200, user.log_in(PASSWORD)).await?;
            let log_out = user.log_out(&cookies(&signed_up));
            cold::start(samples, of(programs, "logout")?, 204, log_out).await?;
        }
        Ok(())
    }

    async fn reads(&self, round: usize, means: &mut Means) -> Result<(), Failure> {
        let reader = user(round, 200);
        let signed_up = self.function("signup").await?.expect(201, reader.sign_up()).await?;
        let event = reader.get("/profile", &cookies(&signed_up.response));
        warm::read(of(&self.programs, "profile")?, "profile", &event, means).await
    }

    async fn logins(&self, round: usize, hash: &Latchkey, means: &mut Means) -> Result<(), Failure> {
        let (mut signup, mut login, mut logout) =
            (self.function("signup").await?, self.function("login").await?, self.function("logout").await?);
        let [warm_up, count] = LOGINS;
        for number in 0..warm_up + count {
            let user = user(round, 300 + number);
            let signed_up = signup.expect(201, user.sign_up()).await?;
            let logged_out = logout.expect(204, user.log_out(&cookies(&signed_up.response))).await?;
            let logged_in = login.expect(200, user.log_in(PASSWORD)).await?;
            let hash = hash.hash()?;
            if number >= warm_up {
                means.add("signup", signed_up.cpu);
                means.add("logout", logged_out.cpu);
                means.add("login", logged_in.cpu);
                means.add("hash", hash);
            }
        }
        Ok(())
    }
}

/// Measures the functions of this folder, which `make build` has built, against those of the folder `before`, whose
/// binaries are in `built`.
pub(crate) async fn measure(before: &Path, built: &Path) -> Result<(), Failure> {
    let now = Version::start(Path::new("."), Path::new(crate::contestants::BUILT)).await?;
    let mut versions = [now, Version::start(before, built).await?];
    let hash = Latchkey::new()?;
    for round in 0..ROUNDS {
        eprintln!("latchkey: round {} of {ROUNDS}", round + 1);
        // Which one comes first alternates.
        for turn in [round % 2, (round + 1) % 2] {
            if let Some(version) = versions.get_mut(turn) {
                version.round(round, &hash).await?;
            }
        }
    }
    let [now, before] = versions;
    print(&now, &before)
}

fn print(now: &Version, before: &Version) -> Result<(), Failure> {
    println!(
        "Medians: milliseconds of CPU time, MiB of memory, MB of a binary. The ratio is that of the rounds.\n"
    );
    println!("| | now | before | ratio | quartiles | pairs |\n|---|---|---|---|---|---|");
    for name in now.samples.names().filter(|name| !name.ends_with("wall")) {
        let figures = (now.samples.figure(name), before.samples.figure(name));
        let ratio = now.samples.ratio(name, &before.samples, name);
        if let ((Some(now), Some(before)), Some(Figure { median, low, high, count })) = (figures, ratio) {
            let (now, before) = (now.median, before.median);
            println!("| {name} | {now:.3} | {before:.3} | {median:.3} | {low:.3} to {high:.3} | {count} |");
        }
    }
    // The version before may lack a function.
    let pairs = now.programs.iter().zip(&before.programs).filter(|(_, before)| before.file.exists());
    for (now, before) in pairs {
        let megabytes = |program: &Program| Ok::<_, Failure>(size(program)? / 1e6);
        let (name, now, before) = (now.name, megabytes(now)?, megabytes(before)?);
        println!("| {name} binary | {now:.2} | {before:.2} | {:.3} | | 1 |", now / before);
    }
    Ok(())
}

fn size(program: &Program) -> Result<f64, Failure> {
    Ok(u32::try_from(std::fs::metadata(&program.file)?.len())?.into())
}
