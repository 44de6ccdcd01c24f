//! More log-ins than there is room for: Lambda's model in one process. An environment is a thread that serves one
//! request at a time; whatever finds none free is turned away, as API Gateway does.

use std::collections::BTreeMap;
use std::fs;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::client::credentials;
use crate::harness::{Client, Database, Event, Latchkey, NO_ADDRESS_LIMITS, soak};
use crate::rules::limiter::wrong;

/// What an environment tells: the status and how long it took.
type Outcome = (i64, Duration);

/// Starts an environment. Its outcomes come when its sender is gone.
fn environment(database: &Database) -> (SyncSender<Event>, Receiver<Outcome>) {
    let (sender, events) = sync_channel::<Event>(0);
    let (outcomes, receiver) = channel();
    let database = database.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let latchkey = Latchkey::before(&database, &NO_ADDRESS_LIMITS);
        for event in events {
            let begin = now();
            let response = runtime.block_on(latchkey.send(&event));
            outcomes.send((response.status, begin.elapsed())).expect("a listener");
        }
    });
    (sender, receiver)
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

fn log_in(number: usize) -> Event {
    // Of three log-ins one is right, one is wrong, and one guesses at a name that is locked soon.
    let fields = match number % 3 {
        0 => credentials("ada1"),
        1 => wrong(&format!("nobody{number}")),
        _ => wrong("eve1"),
    };
    Client::program().event("POST", "/login").body("application/json", &fields.to_string())
}

fn counted(outcomes: impl IntoIterator<Item = Outcome>) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for (status, _) in outcomes {
        *counts.entry(status).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_times_the_login_capacity_degrades_to_429() {
    let seconds = Duration::from_secs(soak(2, 60) as u64);
    let latchkey = Latchkey::start().await;
    let client = Client::signed_up(&latchkey, "ada1").await;
    Client::signed_up(&latchkey, "eve1").await;
    let profile_event = client.event("GET", "/profile");

    // As many at once as there are environments: what there is room for.
    let log_ins: Vec<_> = (0..2).map(|_| environment(&latchkey.database)).collect();
    let (profile, profiles) = environment(&latchkey.database);
    let measured = Duration::from_secs(soak(1, 5) as u64);
    let begin = now();
    let mut served = 0_u32;
    while begin.elapsed() < measured {
        for (environment, _) in &log_ins {
            environment.send(log_in(3)).expect("an environment");
        }
        for (_, outcomes) in &log_ins {
            assert_eq!(outcomes.recv().expect("an outcome").0, 200);
            served += 1;
        }
    }
    let interval = begin.elapsed() / served / 4;

    let (begin, mut sent, mut turned_away) = (now(), 0_usize, 0_usize);
    let mut memory_early = 0;
    let mut clock = tokio::time::interval(interval);
    while begin.elapsed() < seconds {
        clock.tick().await;
        sent += 1;
        let mut event = log_in(sent);
        let is_taken = log_ins.iter().any(|(environment, _)| match environment.try_send(event.clone()) {
            Ok(()) => true,
            Err(TrySendError::Full(back)) => {
                event = back;
                false
            }
            Err(TrySendError::Disconnected(_)) => panic!("an environment died"),
        });
        turned_away += usize::from(!is_taken);
        // Somebody looks at their profile with every twentieth log-in.
        if sent % 20 == 0 {
            let _ = profile.try_send(profile_event.clone());
            latchkey.database.take_calls();
        }
        if memory_early == 0 && begin.elapsed() > seconds / 4 {
            memory_early = memory();
        }
    }
    let memory_late = memory();
    drop(profile);
    let log_ins = counted(log_ins.into_iter().flat_map(|(environment, outcomes)| {
        drop(environment);
        outcomes.into_iter().collect::<Vec<_>>()
    }));
    let mut profiles: Vec<Outcome> = profiles.into_iter().collect();
    profiles.sort_by_key(|(_, took)| *took);
    let slowest = profiles.last().map(|(_, took)| *took);
    eprintln!(
        "{sent} log-ins in {seconds:?}, four times what there is room for: turned away {turned_away}, {log_ins:?}; \
         profiles {:?}, median {:?}, slowest {slowest:?}; memory {memory_early} KiB early, {memory_late} KiB late",
        counted(profiles.clone()),
        profiles.get(profiles.len() / 2).map(|(_, took)| *took),
    );
    assert!(turned_away > sent / 4, "it was more than there was room for");
    assert!(log_ins.keys().all(|status| matches!(status, 200 | 401 | 429 | 503)), "{log_ins:?}");
    assert!(log_ins.contains_key(&200) && log_ins.contains_key(&401) && log_ins.contains_key(&429));
    assert!(
        !profiles.is_empty() && profiles.iter().all(|(status, _)| *status == 200),
        "the profile keeps answering"
    );
    assert!(seconds.as_secs() < 60 || memory_late <= memory_early + memory_early / 10, "memory is flat");
}
