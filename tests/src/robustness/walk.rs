//! Random walks of three users who want the same names and addresses, with failures and requests at once.
//!
//! After each step, the tables say what they must always say: each identifier belongs to one user, is held or is free;
//! a held one lets no one in; nothing is half done.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::random::Random;
use crate::harness::{Client, Fault, Latchkey, Post, Response, soak};
use crate::robustness::faults::check_body;

const NAMES: [&str; 3] = ["ada1", "ada2", "ada3"];
const EMAILS: [&str; 3] = ["ada1@example.com", "ada2@example.com", "ada3@example.com"];
const PASSWORDS: [&str; 2] = ["correct horse battery", "another horse battery"];
const DAY: i64 = 86_400;
const STEPS: usize = 24;

/// What the walk may fail at.
const OPERATIONS: [&str; 6] = [
    "TransactWriteItems",
    "GetItem users",
    "GetItem credentials",
    "GetItem proofs",
    "PutItem mails",
    "BatchGetItem",
];

/// Three clients, and the tokens of all mails.
struct Walk {
    latchkey: Latchkey,
    post: Post,
    clients: Vec<Client>,
    tokens: Vec<(String, String)>,
}

/// A request that is to be sent.
struct Request {
    client: usize,
    path: &'static str,
    fields: Value,
}

impl Walk {
    async fn new(variables: &[(&str, &str)]) -> Self {
        let unlimited = [("MAILS_PER_ADDRESS_PER_HOUR", "0"), ("FORGOT_PER_HOUR", "0")];
        let variables: Vec<_> = variables.iter().copied().chain(unlimited).collect();
        let latchkey = Latchkey::start_with(&variables).await;
        let post = Post::start(&latchkey.database, &unlimited).await;
        let clients = NAMES.map(|_| Client::program()).to_vec();
        Self { latchkey, post, clients, tokens: Vec::new() }
    }

    /// Sends what is due, and keeps the tokens of the links.
    async fn deliver(&mut self) {
        for mail in self.post.deliver(&self.latchkey).await {
            let link = mail["links"][0].as_str().unwrap_or_default();
            if let Some((page, token)) = link.split_once("?token=") {
                self.tokens.push((page.to_owned(), token.to_owned()));
            }
        }
    }

    fn request(&self, random: &mut Random) -> Request {
        let mut pick = |from: &[&'static str]| from[random.below(from.len())];
        let (name, email, password) = (pick(&NAMES), pick(&EMAILS), pick(&PASSWORDS));
        let identifier = pick(&[name, email]);
        let current = pick(&PASSWORDS);
        let (path, fields) = match random.below(14) {
            0 | 1 => ("/signup", json!({ "username": name, "email": email, "password": password })),
            2 | 3 => ("/login", json!({ "identifier": identifier, "password": password })),
            4 => ("/profile/username", json!({ "username": name })),
            5 => ("/profile/email", json!({ "email": email })),
            6 => ("/profile/password", json!({ "current_password": current, "password": password })),
            7 => ("/profile/sessions/end-others", json!({})),
            8 => ("/profile/delete", json!({ "username": name })),
            9 => ("/forgot", json!({ "identifier": identifier })),
            10 => ("/confirm", json!({ "password": password })),
            11 => ("/profile/name", json!({ "name": name })),
            _ => return self.redemption(random, password),
        };
        Request { client: random.below(NAMES.len()), path, fields }
    }

    /// The use of a link, which may be dead.
    fn redemption(&self, random: &mut Random, password: &str) -> Request {
        let none = ("https://id.example.com/verify".to_owned(), "A".repeat(43));
        // The newest are the likeliest to be alive.
        let back = random.below(6);
        let (page, token) = self.tokens.iter().rev().nth(back).unwrap_or(&none);
        let client = random.below(NAMES.len());
        match page.rsplit('/').next() {
            Some("reset") => {
                Request { client, path: "/reset", fields: json!({ "token": token, "password": password }) }
            }
            Some("undo") => {
                Request { client, path: "/undo", fields: json!({ "token": token, "password": password }) }
            }
            _ => Request { client, path: "/verify", fields: json!({ "token": token }) },
        }
    }

    /// One step: a request, two at once, or a failure in the middle of one. Then mails arrive, and time passes.
    async fn step(&mut self, random: &mut Random) {
        let before = self.latchkey.database.items("CredentialsTable");
        let requests: Vec<Request> = (0..=random.below(2)).map(|_| self.request(random)).collect();
        let fails = random.below(4) == 0;
        if fails {
            let fault = match random.below(4) {
                0 => Fault::AppliedAndLost,
                1 => Fault::AppliedAndBroken,
                2 => Fault::cancelled(&["None", "TransactionConflict"]),
                _ => Fault::error(503, "ServiceUnavailable"),
            };
            self.latchkey.database.fail_next(OPERATIONS[random.below(OPERATIONS.len())], fault);
        }
        let sent = requests.iter().map(|request| {
            let mut client = self.clients[request.client].moved();
            let latchkey = &self.latchkey;
            async move {
                let response = client.post(latchkey, request.path, &request.fields).await;
                (client, response)
            }
        });
        let responses: Vec<(Client, Response)> = join_all(sent).await;
        self.latchkey.database.clear_faults();
        for (request, (client, response)) in requests.iter().zip(&responses) {
            check_body(response);
            assert!(response.status < 500 || fails || requests.len() > 1, "{} {response:?}", request.path);
            if response.status < 400 {
                self.clients[request.client] = client.clone();
            }
        }
        if let ([request], false) = (&requests[..], fails) {
            self.check_sign_up(request, &responses[0].1, &before);
        }
        self.check(&before);
        self.deliver().await;
        if random.below(3) == 0 {
            self.latchkey.pass([60, 3_600, DAY, 7 * DAY, 30 * DAY][random.below(5)]);
        }
    }

    /// A sign-up succeeds exactly where no one has or holds both identifiers.
    fn check_sign_up(&self, request: &Request, response: &Response, before: &[Value]) {
        if request.path != "/signup" || response.status == 429 {
            return;
        }
        let (name, email) = (&request.fields["username"], &request.fields["email"]);
        let keys = [("username#", name), ("email#", email)];
        let is_free = keys.iter().all(|(kind, text)| {
            let key = format!("{kind}{}", text.as_str().expect("a text"));
            let known = before.iter().find(|item| item["identifier"]["S"] == key);
            known.is_none_or(|item| held_until(item).is_some_and(|until| until <= self.latchkey.now()))
        });
        assert_eq!(response.status, if is_free { 201 } else { 409 }, "{response:?} {before:?}");
    }

    fn check(&self, before: &[Value]) {
        let now = self.latchkey.now();
        let users = self.latchkey.database.items("UsersTable");
        let credentials = self.latchkey.database.items("CredentialsTable");
        for item in &credentials {
            let user = users.iter().find(|user| user["user_id"] == item["user_id"]);
            if held_until(item).is_some() {
                assert!(item.get("password_hash").is_none(), "a held name lets no one in: {item}");
            } else {
                let user = user.expect("a live credential has a user");
                assert!(user["status"]["S"] == "active" && user["epoch"] == item["epoch"], "{item} {user}");
                assert!(identifiers(user).contains(&item["identifier"]["S"]), "{item} {user}");
                assert!(item.get("password_hash").is_some(), "{item}");
            }
            let former = before.iter().find(|former| former["identifier"] == item["identifier"]);
            if let Some(former) = former.filter(|former| former["user_id"] != item["user_id"]) {
                assert!(
                    held_until(former).is_some_and(|until| until <= now),
                    "it changed hands: {former} {item}"
                );
            }
        }
        for user in &users {
            let is_deleted = user["status"]["S"] == "deleted";
            assert_eq!(user.get("erase_at").is_some(), is_deleted, "{user}");
            let own = |identifier: &Value| {
                credentials
                    .iter()
                    .find(|item| item["identifier"]["S"] == *identifier && item["user_id"] == user["user_id"])
            };
            let both = identifiers(user).map(|identifier| own(&identifier).map(held_until));
            if is_deleted {
                let is_gone =
                    user["erase_at"]["N"].as_str().expect("a time").parse::<i64>().expect("a time") <= now;
                assert!(
                    is_gone || both.iter().all(|held| held.is_some_and(|held| held.is_some())),
                    "{user} {credentials:?}"
                );
            } else {
                assert_eq!(both, [Some(None), Some(None)], "{user} {credentials:?}");
            }
        }
    }

    /// A client is signed in only as an active user, with a session of that user's epoch.
    async fn check_sessions(&self) {
        let users = self.latchkey.database.items("UsersTable");
        let sessions = self.latchkey.database.items("SessionsTable");
        let mut signed_in = BTreeMap::new();
        for client in &self.clients {
            let response = client.clone().get(&self.latchkey, "/profile").await;
            if response.status == 200 {
                let user_id = response.json()["user"]["id"].as_str().expect("an id").to_owned();
                *signed_in.entry(user_id).or_insert(0) += 1;
            }
        }
        for (user_id, clients) in signed_in {
            let user = users.iter().find(|user| user["user_id"]["S"] == *user_id).expect("a user");
            assert_eq!(user["status"]["S"], "active");
            let is_live =
                |item: &&Value| item["user_id"] == user["user_id"] && item["epoch"] == user["epoch"];
            let live = sessions.iter().filter(is_live).count();
            assert!(clients <= live, "{clients} clients with {live} sessions of {user}");
        }
    }
}

fn held_until(item: &Value) -> Option<i64> {
    item.get("held_until")?["N"].as_str()?.parse().ok()
}

fn identifiers(user: &Value) -> [Value; 2] {
    let text = |name: &str| user[name]["S"].as_str().expect("a text");
    [json!(format!("username#{}", text("username_canonical"))), json!(format!("email#{}", text("email")))]
}

#[test]
fn in_no_walk_does_a_name_have_two_users_or_a_held_one_let_anyone_in() {
    for seed in 0..u64::try_from(soak(60, 10_000)).expect("a number") {
        // The end of its own runtime closes the sockets of a walk.
        tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
            let mut random = Random(seed);
            let mut walk = Walk::new(&[]).await;
            for _ in 0..STEPS {
                walk.step(&mut random).await;
            }
            walk.check_sessions().await;
        });
    }
}
