//! More logins than the capacity. The test models Lambda in one process: an execution environment is a thread that
//! handles one request at a time. A request that finds no idle one is rejected, as API Gateway does.

use std::collections::BTreeMap;
use std::fs;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::client::credentials;
use crate::harness::{Client, Database, Event, Latchkey, NO_ADDRESS_LIMITS, soak};
use crate::rules::limiter::wrong;

/// The status of a response, and the time it took.
type Outcome = (i64, Duration);

/// An execution environment.
struct ExecutionEnvironment {
    events: SyncSender<Event>,
    outcomes: Receiver<Outcome>,
}

impl ExecutionEnvironment {
    fn start(database: &Database) -> Self {
        let (events, receiver) = sync_channel::<Event>(0);
        let (sender, outcomes) = channel();
        let database = database.clone();
        thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let latchkey = Latchkey::before(&database, &NO_ADDRESS_LIMITS);
            for event in receiver {
                let begin = now();
                let response = runtime.block_on(latchkey.send(&event));
                sender.send((response.status, begin.elapsed())).expect("a receiver");
            }
        });
        Self { events, outcomes }
    }

    /// Hands an event to the execution environment. One that is busy returns it.
    fn try_send(&self, event: Event) -> Result<(), Event> {
        self.events.try_send(event).map_err(|error| match error {
            TrySendError::Full(event) => event,
            TrySendError::Disconnected(_) => panic!("the execution environment has ended"),
        })
    }

    /// Ends the execution environment. Returns the outcomes that nothing has received yet.
    fn finish(self) -> Vec<Outcome> {
        drop(self.events);
        self.outcomes.into_iter().collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "this measures time")]
fn now() -> Instant {
    Instant::now()
}

/// Resident memory of this process in KiB.
fn memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).unwrap_or_default()
}

/// Of three logins one is correct, one has a wrong password, and one has an identifier that is soon refused.
fn login(number: usize) -> Event {
    let fields = match number % 3 {
        0 => credentials("ada1"),
        1 => wrong(&format!("unknown{number}")),
        _ => wrong("eve1"),
    };
    Client::program().event("POST", "/login").body("application/json", &fields.to_string())
}

/// The number of outcomes of each status.
fn counted(outcomes: &[Outcome]) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for (status, _) in outcomes {
        *counts.entry(*status).or_default() += 1;
    }
    counts
}

/// The execution environments of two functions.
struct Deployment {
    logins: Vec<ExecutionEnvironment>,
    profile: ExecutionEnvironment,
}

impl Deployment {
    fn start(database: &Database) -> Self {
        let logins = (0..2).map(|_| ExecutionEnvironment::start(database)).collect();
        Self { logins, profile: ExecutionEnvironment::start(database) }
    }

    /// The time of a login at full capacity, when every execution environment is busy.
    fn time_of_a_login(&self) -> Duration {
        let measured = Duration::from_secs(soak(1, 5) as u64);
        let begin = now();
        let mut served = 0_u32;
        while begin.elapsed() < measured {
            for environment in &self.logins {
                environment.events.send(login(3)).expect("an execution environment");
            }
            for environment in &self.logins {
                assert_eq!(environment.outcomes.recv().expect("an outcome").0, 200);
                served += 1;
            }
        }
        begin.elapsed() / served
    }

    /// Sends a login to an idle execution environment. Returns false if all are busy.
    fn try_login(&self, mut event: Event) -> bool {
        for environment in &self.logins {
            match environment.try_send(event) {
                Ok(()) => return true,
                Err(returned) => event = returned,
            }
        }
        false
    }

    /// Sends a login at each interval, and a request for a profile with every twentieth login.
    async fn overload(&self, database: &Database, profile: &Event, interval: Duration) -> Load {
        let duration = duration();
        let begin = now();
        let mut load = Load::default();
        let mut clock = tokio::time::interval(interval);
        while begin.elapsed() < duration {
            clock.tick().await;
            load.sent += 1;
            load.rejected += usize::from(!self.try_login(login(load.sent)));
            if load.sent % 20 == 0 {
                let _ = self.profile.try_send(profile.clone());
                database.take_calls();
            }
            if load.memory_early == 0 && begin.elapsed() > duration / 4 {
                load.memory_early = memory();
            }
        }
        load.memory_late = memory();
        load
    }
}

/// The duration of the overload.
fn duration() -> Duration {
    Duration::from_secs(soak(2, 60) as u64)
}

/// The logins of an overload, and the memory early and late in it.
#[derive(Default)]
struct Load {
    sent: usize,
    rejected: usize,
    memory_early: usize,
    memory_late: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_times_the_login_capacity_degrades_to_429() {
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    Client::signed_up(&latchkey, "eve1").await;
    let deployment = Deployment::start(&latchkey.database);
    let interval = deployment.time_of_a_login() / 4;
    let load = deployment.overload(&latchkey.database, &client.event("GET", "/profile"), interval).await;
    let Load { sent, rejected, memory_early, memory_late } = load;

    let mut profiles = deployment.profile.finish();
    let outcomes: Vec<Outcome> =
        deployment.logins.into_iter().flat_map(ExecutionEnvironment::finish).collect();
    let logins = counted(&outcomes);
    profiles.sort_by_key(|(_, took)| *took);
    let slowest = profiles.last().map(|(_, took)| *took);
    eprintln!(
        "{sent} logins in {:?}, four times the capacity: {rejected} rejected, {logins:?}; \
         profiles {:?}, median {:?}, slowest {slowest:?}; memory {memory_early} KiB early, {memory_late} KiB late",
        duration(),
        counted(&profiles),
        profiles.get(profiles.len() / 2).map(|(_, took)| *took),
    );
    assert!(rejected > sent / 4, "the load exceeds the capacity");
    assert!(logins.keys().all(|status| matches!(status, 200 | 401 | 429 | 503)), "{logins:?}");
    assert!(logins.contains_key(&200) && logins.contains_key(&401) && logins.contains_key(&429));
    let all_succeed = profiles.iter().all(|(status, _)| *status == 200);
    assert!(!profiles.is_empty() && all_succeed, "the profile keeps responding");
    let is_short = duration().as_secs() < 60;
    assert!(is_short || memory_late <= memory_early + memory_early / 10, "memory is stable");
}
