//! Systems with an export of their own, and Cognito, which gives no hashes.

use serde_json::{Value, json};

use crate::functions::recovery::{NEW, asked, reset};
use crate::harness::command::Operator;
use crate::harness::ministack::Ministack;
use crate::harness::{Client, Post, operator};
use crate::operator::imports::{log_in, write};
use crate::operator::moving::{
    Filled, Person, commands, filled, import, is_installed, let_in, shown, skipped, vectors,
};
use crate::project::sources::blocks;

/// An export as the other system writes it.
struct Export {
    heading: &'static str,
    /// The file of `tests/libraries/moving`, and the name that the page gives it.
    file: (&'static str, &'static str),
    people: &'static [Person],
    /// How many come, and how many do not.
    counts: (u64, u64),
}

/// Imports an export by the line of the page. `None` without the corpus.
async fn moved(export: &Export) -> Option<Operator> {
    let (file, name) = export.file;
    let Filled { text, logins } = filled(file, export.people)?;
    let operator = Operator::start().await;
    write(&operator, name, &text);
    // Only Firebase's section has what its console shows.
    for config in blocks("docs/moving.md", export.heading, "json") {
        let vectors = vectors()?;
        let key =
            vectors.iter().find_map(|vector| vector.pointer("/firebase/signerKey").and_then(Value::as_str));
        write(&operator, "hash-config.json", &config.replace('…', key.expect("a key")));
    }
    let (_, imports) = commands(export.heading);
    assert_eq!(import(&operator, &imports[0]).await, export.counts, "{file}");
    let_in(&operator.latchkey, &logins).await;
    Some(operator)
}

#[tokio::test]
async fn users_move_from_keycloak() {
    let export = Export {
        heading: "Keycloak",
        file: ("keycloak.json", "shop-realm.json"),
        people: &[
            ("ada@example.com", "keycloak pbkdf2-sha256 27500", "ada"),
            ("bjoern@example.com", "keycloak pbkdf2-sha512 210000", "bjoern"),
            ("banned@example.com", "keycloak pbkdf2 (sha1) 20000", "ada"),
        ],
        counts: (4, 1),
    };
    let Some(operator) = moved(&export).await else { return };
    let ada = shown(&operator, "ada.l").await;
    assert_eq!(ada, json!(["ada.l", "Ada Lovelace", "user", "active", true, "2024-01-31T22:30:00Z"]));
    assert_eq!(shown(&operator, "banned@example.com").await[3], "disabled");
}

#[tokio::test]
async fn users_move_from_firebase() {
    let export = Export {
        heading: "Firebase",
        file: ("firebase.json", "users.json"),
        people: &[
            ("ada@example.com", "firebase scrypt", "ada"),
            ("eve@example.com", "firebase scrypt", "eve"),
            ("banned@example.com", "firebase scrypt", "eve"),
        ],
        counts: (4, 2),
    };
    let Some(operator) = moved(&export).await else { return };
    let ada = shown(&operator, "ada@example.com").await;
    assert_eq!((&ada[1], &ada[4], &ada[5]), (&json!("Ada"), &json!(true), &json!("2024-01-31T22:30:00Z")));
    assert_eq!(shown(&operator, "banned@example.com").await[3], "disabled");
}

#[tokio::test]
async fn users_move_from_auth0() {
    let export = Export {
        heading: "Auth0",
        file: ("auth0.json", "users.json"),
        people: &[("ada@example.com", "bcrypt $2b$10", "ada"), ("eve@example.com", "bcrypt $2a$10", "eve")],
        counts: (2, 0),
    };
    let Some(operator) = moved(&export).await else { return };
    assert_eq!(shown(&operator, "external:auth0/60425dc43519d90068f82971").await[4], true);
    assert_eq!(shown(&operator, "eve@example.com").await[4], false);
}

/// Makes the users of a pool, one of whom is disabled and one of whom has no address.
const POOL: &str = r#"
USER_POOL=$(aws cognito-idp create-user-pool --pool-name shop --query UserPool.Id --output text)
idp() { aws cognito-idp "$@" --user-pool-id "$USER_POOL" >&2; }
idp admin-create-user --username ada.l --user-attributes '[{ "Name": "email", "Value": "ada@example.com" },
  { "Name": "email_verified", "Value": "true" }, { "Name": "name", "Value": "Ada \"Countess\"" }]'
idp admin-create-user --username bob@example.com --user-attributes Name=email,Value=bob@example.com
idp admin-create-user --username banned --user-attributes Name=email,Value=banned@example.com
idp admin-disable-user --username banned
idp admin-create-user --username noaddress
"#;

#[tokio::test]
async fn users_move_from_cognito_and_choose_a_new_password() {
    if !is_installed("jq").await {
        skipped("Cognito", "Debian: apt install jq; macOS: brew install jq");
        return;
    }
    let operator = Operator::start().await;
    let cognito = Ministack::start().await;
    let (exports, imports) = commands("Cognito");
    let script = format!("{POOL}cd '{}'\n{}", operator.folder(""), exports[0]);
    operator::run(operator::BASH, &script, &format!("http://{}", cognito.address), &[]).await;
    assert_eq!(import(&operator, &imports[0]).await, (3, 1));
    let ada = shown(&operator, "ada@example.com").await;
    assert_eq!((&ada[0], &ada[1], &ada[4]), (&json!("ada.l"), &json!("Ada \"Countess\""), &json!(true)));
    assert_eq!(shown(&operator, "banned@example.com").await[3], "disabled");

    let latchkey = &operator.latchkey;
    assert_eq!(log_in(latchkey, "ada.l", NEW).await, 401);
    let mut post = Post::start(&latchkey.database, &[]).await;
    let token = asked(latchkey, &mut post, "ada.l").await;
    assert_eq!(reset(&mut Client::program(), latchkey, &token, NEW).await.status, 204);
    let_in(latchkey, &[("ada@example.com".to_owned(), NEW.to_owned())]).await;
}
