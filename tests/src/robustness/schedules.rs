//! Random schedules of requests and failures, compared with a model of what each user may expect.

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::client::{account, credentials};
use crate::harness::random::Random;
use crate::harness::{Client, Fault, Latchkey, Response, soak};
use crate::robustness::faults::{check_accounts, check_body};
use crate::rules::limiter::wrong;

/// What a user knows from the responses alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    No,
    Yes,
    Unknown,
}

/// A user with one account and two clients.
struct User {
    name: String,
    account: Known,
    clients: Vec<(Client, Known)>,
}

const OPERATIONS: [&str; 13] = [
    "take slot",
    "release slot",
    "count failure",
    "release failure",
    "GetItem credentials",
    "GetItem users",
    "BatchWriteItem",
    "DeleteItem sessions",
    "DeleteItem limits",
    "UpdateItem sessions",
    "UpdateItem credentials",
    "BatchGetItem",
    "TransactWriteItems",
];

fn fault(random: &mut Random) -> Fault {
    match random.below(10) {
        0 => Fault::Broken,
        1 => Fault::AppliedAndBroken,
        2 | 3 => Fault::AppliedAndLost,
        4 => Fault::Garbage,
        5 => Fault::cancelled(&["None", "TransactionConflict"]),
        6 => Fault::error(400, "ThrottlingException"),
        7 => Fault::error(400, "TransactionConflictException"),
        8 => Fault::error(400, "AccessDeniedException"),
        _ => Fault::error(503, "ServiceUnavailable"),
    }
}

impl User {
    /// Sends a random request, and learns from its response.
    async fn step(&mut self, latchkey: &Latchkey, random: &mut Random) {
        let place = random.below(2);
        let action = random.below(5);
        let response = match action {
            0 => self.sign_up(latchkey, place).await,
            1 | 2 => self.log_in(latchkey, place).await,
            3 => self.read_profile(latchkey, place).await,
            _ => self.log_out(latchkey, place).await,
        };
        check_body(&response);
        if response.status >= 500 {
            assert!(matches!(response.status, 500 | 503) && response.cookies.is_empty(), "{response:?}");
            // A failed request may have ended the session, unless it only reads.
            let session = &mut self.clients[place].1;
            if action != 3 && *session == Known::Yes {
                *session = Known::Unknown;
            }
        }
    }

    async fn sign_up(&mut self, latchkey: &Latchkey, place: usize) -> Response {
        let (client, session) = &mut self.clients[place];
        let response = client.post(latchkey, "/signup", &account(&self.name)).await;
        match response.status {
            201 => {
                assert_ne!(self.account, Known::Yes, "the account was created twice");
                (self.account, *session) = (Known::Yes, Known::Yes);
            }
            409 => {
                assert_ne!(self.account, Known::No, "no other user has the name");
                self.account = Known::Yes;
            }
            _ if self.account == Known::No => self.account = Known::Unknown,
            _ => {}
        }
        response
    }

    async fn log_in(&mut self, latchkey: &Latchkey, place: usize) -> Response {
        let (client, session) = &mut self.clients[place];
        let response = client.post(latchkey, "/login", &credentials(&self.name)).await;
        match response.status {
            200 => {
                assert_ne!(self.account, Known::No, "a user without an account logged in");
                (self.account, *session) = (Known::Yes, Known::Yes);
            }
            401 => {
                assert_ne!(self.account, Known::Yes, "the correct password was refused");
                self.account = Known::No;
            }
            _ => {}
        }
        let wrong = client.post(latchkey, "/login", &wrong(&self.name)).await;
        assert!(matches!(wrong.status, 401 | 500 | 503), "{wrong:?}");
        response
    }

    async fn read_profile(&mut self, latchkey: &Latchkey, place: usize) -> Response {
        let (client, session) = &mut self.clients[place];
        let response = client.get(latchkey, "/profile").await;
        match response.status {
            200 => {
                assert_ne!(*session, Known::No, "an ended session was accepted");
                *session = Known::Yes;
            }
            401 => {
                assert_ne!(*session, Known::Yes, "an active session was lost");
                *session = Known::No;
            }
            _ => {}
        }
        response
    }

    async fn log_out(&mut self, latchkey: &Latchkey, place: usize) -> Response {
        let (client, session) = &mut self.clients[place];
        let response = client.post(latchkey, "/logout", &json!({})).await;
        match response.status {
            204 | 401 => *session = Known::No,
            _ => assert!(response.cookies.is_empty(), "the cookie is kept for another attempt"),
        }
        response
    }

    /// Checks without faults that the user's knowledge is correct.
    async fn check(&mut self, latchkey: &Latchkey) {
        for (client, session) in &self.clients {
            let is_signed_in = client.is_signed_in(latchkey).await;
            assert_ne!(*session, if is_signed_in { Known::No } else { Known::Yes });
        }
        let login = Client::program().post(latchkey, "/login", &credentials(&self.name)).await.status;
        assert_ne!(self.account, if login == 200 { Known::No } else { Known::Yes });
        let sign_up = Client::program().post(latchkey, "/signup", &account(&self.name)).await.status;
        assert_eq!((login, sign_up), if login == 200 { (200, 409) } else { (401, 201) });
    }
}

async fn run(latchkey: &Latchkey, seed: u64) {
    let mut random = Random(seed);
    let mut users = [0, 1].map(|number| User {
        name: format!("user{seed}-{number}"),
        account: Known::No,
        clients: vec![(Client::program(), Known::No), (Client::program(), Known::No)],
    });
    for _ in 0..8 {
        for _ in 0..random.below(3) {
            let operation = OPERATIONS[random.below(OPERATIONS.len())];
            let fault = fault(&mut random);
            if random.below(4) == 0 {
                latchkey.database.fail_always(operation, fault);
            } else {
                latchkey.database.fail_next(operation, fault);
            }
        }
        if random.below(4) == 0 {
            latchkey.pass(86_400);
        }
        let user = random.below(2);
        users[user].step(latchkey, &mut random).await;
        if random.below(2) == 0 {
            latchkey.database.clear_faults();
        }
    }
    latchkey.database.clear_faults();
    for user in &mut users {
        user.check(latchkey).await;
    }
}

/// Runs schedules in front of one database, in turn. Their seeds begin with the first one.
async fn run_some(first: usize, count: usize) {
    let latchkey = Latchkey::start_with(&[("LOGIN_FREE_FAILURES", "100")]).await;
    for seed in first..first + count {
        eprintln!("schedule {seed}");
        run(&latchkey, seed as u64).await;
        // The proxy keeps its records until a test takes them.
        latchkey.database.take_calls();
    }
    check_accounts(&latchkey);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_schedule_of_failures_breaks_a_promise() {
    // A schedule mostly waits for retries, so several run at once.
    let (at_once, databases, count) = (4, soak(1, 100), soak(10, 50));
    let workers = (0..at_once).map(|worker| {
        tokio::spawn(async move {
            for number in 0..databases {
                run_some((worker * databases + number) * count, count).await;
            }
        })
    });
    join_all(workers).await.into_iter().for_each(|done| done.expect("no panic"));
}
