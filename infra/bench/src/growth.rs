//! What a request takes with a thousand users and with a million, and of somebody with ten thousand sessions: `make growth`.

use std::path::Path;

use dynoxide::Database;
use latchkey::account::UserId;
use latchkey::session::SessionSecret;
use local::Failure;
use serde_json::{Value, json};

use crate::contestants::{Contestants, PASSWORD, Person, cookies};
use crate::function::Function;
use crate::samples::Samples;
use crate::services::Services;

const USERS: [usize; 3] = [1_000, 100_000, 1_000_000];
const SESSIONS: usize = 10_000;
const REQUESTS: usize = 200;
/// So many rows are written at once.
const BATCH: usize = 10_000;

const ROUTES: [&str; 4] = ["signup", "login", "profile", "logout"];

/// Measures all, and prints a table.
pub(crate) async fn measure() -> Result<(), Failure> {
    let services = Services::start().await?;
    let contestants = Contestants::new(&services, Path::new("no Node is started"));
    let mut newcomers = 10_000_000..;
    let (mut signup, _) = Function::start(contestants.of("signup")?).await?;
    signup.expect(201, Person::new(0).sign_up()).await?;
    let first = Rows::of(&services.store)?;

    let mut columns = vec![];
    let mut known = 1;
    for users in USERS {
        eprintln!("latchkey: {users} users");
        for from in (known..users).step_by(BATCH) {
            first.repeat(&services.store, from..users.min(from + BATCH))?;
        }
        known = users;
        let asked = (0..REQUESTS).map(|number| Person::new(number * (users / REQUESTS)));
        columns.push((format!("{users} users"), requests(&contestants, asked, &mut newcomers).await?));
    }
    eprintln!("latchkey: {SESSIONS} sessions of one user");
    first.repeat_session(&services.store)?;
    let asked = (0..REQUESTS).map(|_| Person::new(0));
    columns.push((
        format!("one user with {SESSIONS} sessions"),
        requests(&contestants, asked, &mut newcomers).await?,
    ));
    print(&columns);
    Ok(())
}

/// What somebody's rows are, as a pattern for those of others.
struct Rows {
    user_id: String,
    /// The logical ids of the tables, and the rows as JSON.
    rows: Vec<(&'static str, String)>,
}

impl Rows {
    fn of(database: &Database) -> Result<Self, Failure> {
        let mut rows = vec![];
        for table in ["UsersTable", "CredentialsTable", "SessionsTable"] {
            let found = database.scan(serde_json::from_value(json!({ "TableName": table }))?)?;
            for item in found.items.unwrap_or_default() {
                rows.push((table, serde_json::to_string(&item)?));
            }
        }
        let (_, user) = rows.first().ok_or("nobody has signed up")?;
        let user: Value = serde_json::from_str(user)?;
        let user_id =
            user.pointer("/user_id/S").and_then(Value::as_str).ok_or("a user has no id")?.to_owned();
        Ok(Self { user_id, rows })
    }

    /// Users of these numbers, who have the password of the first one.
    fn repeat(&self, database: &Database, numbers: std::ops::Range<usize>) -> Result<(), Failure> {
        let ids = numbers.clone().map(|_| UserId::random()).collect::<Result<Vec<_>, _>>()?;
        for (table, row) in self.rows.iter().filter(|(table, _)| *table != "SessionsTable") {
            let anew = numbers.clone().zip(&ids).map(|(number, id)| {
                let row =
                    row.replace("person-0", &format!("person-{number}")).replace(&self.user_id, id.as_str());
                serde_json::from_str(&row)
            });
            database.import_items(
                table,
                anew.collect::<Result<_, _>>()?,
                dynoxide::ImportOptions::default(),
            )?;
        }
        Ok(())
    }

    /// Further sessions of the first user.
    fn repeat_session(&self, database: &Database) -> Result<(), Failure> {
        let (table, row) = self.rows.last().ok_or("there is no session")?;
        let row: Value = serde_json::from_str(row)?;
        let anew = (0..SESSIONS).map(|_| {
            let mut row = row.clone();
            let id = row.pointer_mut("/session_id/S").ok_or("a session has no id")?;
            *id = json!(SessionSecret::random()?.reveal());
            Ok::<_, Failure>(serde_json::from_value(row)?)
        });
        database.import_items(table, anew.collect::<Result<_, _>>()?, dynoxide::ImportOptions::default())?;
        Ok(())
    }
}

/// Latency on the wall and calls of the database, by route.
async fn requests(
    contestants: &Contestants,
    asked: impl Iterator<Item = Person>,
    newcomers: &mut impl Iterator<Item = usize>,
) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    let mut functions = vec![];
    for name in ROUTES {
        functions.push(Function::start(contestants.of(name)?).await?.0);
    }
    let [signup, login, profile, logout] = functions.as_mut_slice() else { return Err("four routes".into()) };
    for (person, newcomer) in asked.zip(newcomers) {
        let signed_up = signup.expect(201, Person::new(newcomer).sign_up()).await?;
        let logged_in = login.expect(200, person.log_in(PASSWORD)).await?;
        let session = cookies(&logged_in.answer);
        let seen = profile.expect(200, person.get("/profile", &session)).await?;
        let logged_out = logout.expect(204, person.log_out(&session)).await?;
        for (name, answered) in ROUTES.iter().zip([&signed_up, &logged_in, &seen, &logged_out]) {
            samples.add(&format!("{name} wall"), answered.wall);
        }
    }
    for function in functions {
        function.stop(&mut samples).await?;
    }
    Ok(samples)
}

fn print(columns: &[(String, Samples)]) {
    println!(
        "Milliseconds on the wall from the event to the answer, median and quartiles, and calls of the database.\n"
    );
    println!("| | {} |", columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---|".repeat(columns.len()));
    for name in ROUTES {
        let cells = columns.iter().map(|(_, samples)| {
            let (wall, calls) =
                (samples.figure(&format!("{name} wall")), samples.figure(&format!("{name} calls")));
            wall.zip(calls).map_or_else(String::new, |(wall, calls)| {
                format!("{:.2} ({:.2} to {:.2}), {:.0} calls", wall.median, wall.low, wall.high, calls.median)
            })
        });
        println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}
