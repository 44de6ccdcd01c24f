//! Systems whose tables a database of this machine can have, with the hashes of their libraries.

use serde_json::json;

use crate::harness::command::Operator;
use crate::harness::libraries;
use crate::operator::moving::{Filled, Person, commands, filled, import, let_in, shown, skipped};

/// What moves from such a system.
struct Tables {
    heading: &'static str,
    engine: &'static str,
    /// The file of `tests/libraries/moving` that fills the tables.
    file: &'static str,
    /// Which command of the section writes the users to a file, and which one imports it.
    commands: (usize, usize),
    people: &'static [Person],
    /// How many come, and how many do not.
    counts: (u64, u64),
}

/// Fills the tables, and runs the commands of the page. `None` if the database or the corpus is missing.
async fn moved(tables: &Tables) -> Option<Operator> {
    let Filled { text, logins } = filled(tables.file, tables.people)?;
    let operator = Operator::start().await;
    let (exports, imports) = commands(tables.heading);
    let (folder, engine, command) = (operator.folder(""), tables.engine, &exports[tables.commands.0]);
    let given = json!({ "engine": engine, "sql": text, "commands": [command], "folder": folder });
    if let Some(install) = libraries::run("moving_tables.py", &given).await["missing"].as_str() {
        skipped(tables.heading, install);
        return None;
    }
    assert_eq!(import(&operator, &imports[tables.commands.1]).await, tables.counts, "{}", tables.file);
    let_in(&operator.latchkey, &logins).await;
    Some(operator)
}

#[tokio::test]
async fn users_move_from_supabase() {
    let tables = Tables {
        heading: "Supabase",
        engine: "postgresql",
        file: "supabase.sql",
        commands: (0, 0),
        people: &[
            ("bjoern@example.com", "bcrypt $2a$10", "bjoern"),
            ("eve@example.com", "bcrypt $2a$10", "eve"),
            ("banned@example.com", "bcrypt $2a$10", "eve"),
        ],
        counts: (4, 1),
    };
    let Some(operator) = moved(&tables).await else { return };
    let bjoern = shown(&operator, "bjoern@example.com").await;
    assert_eq!(bjoern[1], "Bjoern \"B\", the first");
    assert_eq!((&bjoern[4], &bjoern[5]), (&json!(true), &json!("2024-01-31T22:30:00Z")));
    let eve = shown(&operator, "eve@example.com").await;
    assert_eq!((&eve[1], &eve[4]), (&json!("Eve"), &json!(false)));
    assert_eq!(shown(&operator, "banned@example.com").await[3], "disabled");
}

#[tokio::test]
async fn users_move_from_devise() {
    let tables = Tables {
        heading: "Devise",
        engine: "postgresql",
        file: "devise.sql",
        commands: (0, 0),
        people: &[
            ("bjoern@example.com", "bcrypt $2a$10", "bjoern"),
            ("eve@example.com", "bcrypt $2a$10", "eve"),
        ],
        counts: (3, 0),
    };
    let Some(operator) = moved(&tables).await else { return };
    let bjoern = shown(&operator, "external:devise/1").await;
    assert_eq!((&bjoern[4], &bjoern[5]), (&json!(true), &json!("2024-01-31T22:30:00Z")));
    assert_eq!(shown(&operator, "eve@example.com").await[4], false);
}

#[tokio::test]
async fn users_move_from_nextauth_with_prisma() {
    let tables = Tables {
        heading: "NextAuth with Prisma",
        engine: "postgresql",
        file: "prisma.sql",
        commands: (0, 0),
        people: &[
            ("bjoern@example.com", "bcrypt $2b$10 (cuts at 72 bytes)", "bjoern"),
            ("dora@example.com", "bcrypt $2b$10 (cuts at 72 bytes)", "dora"),
        ],
        counts: (3, 1),
    };
    let Some(operator) = moved(&tables).await else { return };
    let bjoern = shown(&operator, "bjoern@example.com").await;
    assert_eq!(bjoern[1], "Björn \"B\", the first");
    assert_eq!((&bjoern[4], &bjoern[5]), (&json!(true), &json!("2024-01-31T22:30:00Z")));
}

#[tokio::test]
async fn users_move_from_asp_net_identity() {
    let tables = Tables {
        heading: "ASP.NET Identity",
        engine: "postgresql",
        file: "aspnet.sql",
        // Those of SQL Server come before these.
        commands: (1, 1),
        people: &[
            ("ada@example.com", "aspnet identity v3 sha512 100000 (.NET 8)", "ada"),
            ("bjoern@example.com", "aspnet identity v2", "bjoern"),
            ("dora@example.com", "aspnet identity v3 sha256 10000", "dora"),
            ("banned@example.com", "aspnet identity v3 sha256 10000", "dora"),
            ("banned2@example.com", "aspnet identity v3 sha256 10000", "bjoern"),
        ],
        counts: (6, 0),
    };
    let Some(operator) = moved(&tables).await else { return };
    assert_eq!(shown(&operator, "ada@example.com").await[4], true);
}

#[tokio::test]
async fn users_move_from_lucia_3() {
    let tables = Tables {
        heading: "Lucia",
        engine: "sqlite",
        file: "lucia_3.sql",
        commands: (0, 0),
        people: &[
            ("bjoern@example.com", "lucia 3 scrypt", "bjoern"),
            ("dora@example.com", "lucia 3 scrypt", "dora"),
        ],
        counts: (2, 0),
    };
    moved(&tables).await;
}

#[tokio::test]
async fn users_move_from_lucia_2() {
    let tables = Tables {
        heading: "Lucia",
        engine: "sqlite",
        file: "lucia_2.sql",
        commands: (1, 0),
        people: &[
            ("ada@example.com", "lucia 2 scrypt s2:", "ada"),
            ("chihiro@example.com", "lucia 2 scrypt s2:", "chihiro"),
        ],
        counts: (3, 0),
    };
    moved(&tables).await;
}

#[tokio::test]
async fn users_move_from_lucia_1_with_hashes_of_its_first_releases_and_of_later_ones() {
    let tables = Tables {
        heading: "Lucia",
        engine: "sqlite",
        file: "lucia_1.sql",
        commands: (2, 1),
        people: &[("ada@example.com", "lucia 2 scrypt s2:", "ada")],
        counts: (2, 0),
    };
    let Some(operator) = moved(&tables).await else { return };
    // The hash in the file.
    let_in(&operator.latchkey, &[("first@example.com".to_owned(), "ﬁne ＷＩＤＥ".to_owned())]).await;
}

#[tokio::test]
async fn users_move_from_wordpress() {
    let tables = Tables {
        heading: "WordPress",
        engine: "mariadb",
        file: "wordpress.sql",
        commands: (0, 0),
        people: &[
            ("golden@example.com", "wordpress $wp$2y$10", "golden"),
            ("bjoern@example.com", "wordpress $wp$2y$10 (6.8)", "bjoern"),
            ("dora@example.com", "wordpress $wp$2y$10 (6.8)", "dora"),
            ("eve@example.com", "phpass $P$ 2^13 (WordPress, trimmed)", "eve"),
            ("ada@example.com", "phpass $P$ 2^13 (WordPress, trimmed)", "ada"),
        ],
        counts: (5, 2),
    };
    let Some(operator) = moved(&tables).await else { return };
    let golden = shown(&operator, "golden@example.com").await;
    assert_eq!((&golden[0], &golden[1]), (&json!("admin"), &json!("The \"B\\log\", first 👩\u{200d}💻")));
    assert_eq!(golden[5], "2024-01-31T22:30:00Z");
    assert_eq!(shown(&operator, "bjoern.b").await[1], "Björn");
}
