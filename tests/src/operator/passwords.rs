//! `latchkey password`: how the passwords are stored.

use serde_json::{Value, json};

use crate::harness::Client;
use crate::operator::imports::{BCRYPT, PASSWORD, WEAK, log_in, write};
use crate::operator::users::with_ada;

#[tokio::test]
async fn the_forms_are_counted_and_a_login_or_a_reset_ends_the_import_of_a_password() {
    let (operator, _) = with_ada().await;
    let latchkey = &operator.latchkey;
    let rows = ["one1", "two2", "three3"].map(|name| {
        json!({ "external_id": name, "email": format!("{name}@example.com"), "username": name,
            "password_hash": if name == "three3" { BCRYPT } else { WEAK } })
    });
    let file = write(&operator, "users.ndjson", &rows.map(|row| row.to_string()).join("\n"));
    operator.run(&["import", &file, "--source", "old", "--yes"]).await.ok();
    let counts = async || {
        let forms = operator.run(&["--json", "password", "list"]).await.json();
        let count = |form: &str| forms[form].clone();
        (count("argon2id over bcrypt cost=04"), count("bcrypt cost=10"))
    };
    let of = |users: u64| json!({ "users": users, "unused": users });
    assert_eq!(counts().await, (of(2), of(1)));
    assert_eq!(log_in(latchkey, "one1", PASSWORD).await, 200);
    assert_eq!(counts().await, (of(1), of(1)));
    let link = operator.run_on_a_terminal(&["user", "reset-link", "two2", "--print"]).await;
    let (_, token) = link.split_once("/reset?token=").expect("a link");
    let token = token.lines().next().expect("a line").trim_end();
    let fields = json!({ "token": token, "password": "another horse battery" });
    assert_eq!(Client::program().post(latchkey, "/reset", &fields).await.status, 204);
    assert_eq!(counts().await, (Value::Null, of(1)));
    let items = latchkey.database.items("CredentialsTable");
    let imported = items.iter().filter(|item| item.get("imported").is_some()).count();
    assert_eq!(imported, 2, "both credentials of the third user");
}
