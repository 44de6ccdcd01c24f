//! `make growth`: how long requests take with a thousand users and with a million, and for a user with many sessions.

use std::path::Path;

use dynoxide::{Database, ImportOptions};
use latchkey::account::UserId;
use latchkey::secret::BearerSecret;
use local::Failure;
use serde_json::{Value, json};

use crate::contestants::Contestants;
use crate::function::Function;
use crate::samples::Samples;
use crate::services::Services;
use crate::users::{PASSWORD, User, cookies};

const USERS: [usize; 3] = [1_000, 100_000, 1_000_000];
const SESSIONS: usize = 10_000;
const REQUESTS: usize = 200;
/// The items that one call writes into the database.
const BATCH: usize = 10_000;

/// The functions, and the routes of theirs that are measured.
const ROUTES: [(&str, &str); 4] = [
    ("signup", "POST /signup"),
    ("login", "POST /login"),
    ("profile", "GET /profile"),
    ("logout", "POST /logout"),
];

/// Measures every route at every size, and prints a table.
pub(crate) async fn measure() -> Result<(), Failure> {
    let services = Services::start(Path::new(".")).await?;
    let contestants = Contestants::new(&services, Path::new("make growth starts no Node peer"));
    let mut new_users = 10_000_000..;
    let (mut signup, _) = Function::start(contestants.of("signup")?).await?;
    signup.expect(201, User::new(0).sign_up()).await?;
    let pattern = Pattern::of(&services.store)?;

    let mut columns = vec![];
    let mut known = 1;
    for users in USERS {
        eprintln!("latchkey: {users} users");
        for from in (known..users).step_by(BATCH) {
            pattern.repeat(&services.store, from..users.min(from + BATCH))?;
        }
        known = users;
        let existing = (0..REQUESTS).map(|number| User::new(number * (users / REQUESTS)));
        columns.push((format!("{users} users"), requests(&contestants, existing, &mut new_users).await?));
    }
    eprintln!("latchkey: {SESSIONS} sessions of one user");
    pattern.repeat_session(&services.store)?;
    let existing = (0..REQUESTS).map(|_| User::new(0));
    columns.push((
        format!("one user with {SESSIONS} sessions"),
        requests(&contestants, existing, &mut new_users).await?,
    ));
    print(&columns);
    Ok(())
}

/// The items of the first user, as a pattern for those of other users.
struct Pattern {
    user_id: String,
    /// The logical ids of the tables, and the items as JSON.
    items: Vec<(&'static str, String)>,
}

impl Pattern {
    fn of(database: &Database) -> Result<Self, Failure> {
        let mut items = vec![];
        for table in ["UsersTable", "CredentialsTable", "SessionsTable"] {
            let found = database.scan(serde_json::from_value(json!({ "TableName": table }))?)?;
            for item in found.items.unwrap_or_default() {
                items.push((table, serde_json::to_string(&item)?));
            }
        }
        let (_, user) = items.first().ok_or("no user has signed up")?;
        let user: Value = serde_json::from_str(user)?;
        let user_id =
            user.pointer("/user_id/S").and_then(Value::as_str).ok_or("the user has no id")?.to_owned();
        Ok(Self { user_id, items })
    }

    /// Adds the users with these numbers, who have the password of the first one.
    fn repeat(&self, database: &Database, numbers: std::ops::Range<usize>) -> Result<(), Failure> {
        let ids = numbers.clone().map(|_| UserId::random()).collect::<Result<Vec<_>, _>>()?;
        for (table, item) in self.items.iter().filter(|(table, _)| *table != "SessionsTable") {
            let copies = numbers.clone().zip(&ids).map(|(number, id)| {
                let copy = item.replace("person-0", &format!("person-{number}"));
                serde_json::from_str(&copy.replace(&self.user_id, id.as_str()))
            });
            database.import_items(table, copies.collect::<Result<_, _>>()?, ImportOptions::default())?;
        }
        Ok(())
    }

    /// Adds sessions of the first user.
    fn repeat_session(&self, database: &Database) -> Result<(), Failure> {
        let (table, item) = self.items.last().ok_or("the first user has no session")?;
        let item: Value = serde_json::from_str(item)?;
        let copies = (0..SESSIONS).map(|_| {
            let mut copy = item.clone();
            let id = copy.pointer_mut("/session_id/S").ok_or("the session has no id")?;
            *id = json!(BearerSecret::random()?.reveal());
            Ok::<_, Failure>(serde_json::from_value(copy)?)
        });
        database.import_items(table, copies.collect::<Result<_, _>>()?, ImportOptions::default())?;
        Ok(())
    }
}

/// The wall-clock time and the database calls of requests, by route.
async fn requests(
    contestants: &Contestants,
    existing: impl Iterator<Item = User>,
    new_users: &mut impl Iterator<Item = usize>,
) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    let mut functions = vec![];
    for (name, _) in ROUTES {
        functions.push(Function::start(contestants.of(name)?).await?.0);
    }
    let [signup, login, profile, logout] = functions.as_mut_slice() else {
        return Err("ROUTES has four routes".into());
    };
    for (user, new_user) in existing.zip(new_users) {
        let signed_up = signup.expect(201, User::new(new_user).sign_up()).await?;
        let logged_in = login.expect(200, user.log_in(PASSWORD)).await?;
        let session = cookies(&logged_in.response);
        let seen = profile.expect(200, user.get("/profile", &session)).await?;
        let logged_out = logout.expect(204, user.log_out(&session)).await?;
        for ((_, name), invocation) in ROUTES.iter().zip([&signed_up, &logged_in, &seen, &logged_out]) {
            samples.add(&format!("{name} wall"), invocation.wall);
        }
    }
    for ((_, name), function) in ROUTES.iter().zip(functions) {
        for calls in function.stop().await? {
            samples.add(&format!("{name} calls"), calls);
        }
    }
    Ok(samples)
}

fn print(columns: &[(String, Samples)]) {
    println!(
        "Wall-clock milliseconds from the event to the response (median and quartiles), and the number of database \
         calls.\n"
    );
    println!("| | {} |", columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---|".repeat(columns.len()));
    for (_, name) in ROUTES {
        let cells = columns.iter().map(|(_, samples)| {
            let (wall, calls) =
                (samples.figure(&format!("{name} wall")), samples.figure(&format!("{name} calls")));
            wall.zip(calls).map_or_else(String::new, |(wall, calls)| {
                let calls = format!("{:.0}", calls.median);
                let noun = if calls == "1" { "call" } else { "calls" };
                format!("{:.2} ({:.2} to {:.2}), {calls} {noun}", wall.median, wall.low, wall.high)
            })
        });
        println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}
