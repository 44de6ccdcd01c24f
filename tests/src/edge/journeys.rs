//! Whole visits of a program and of a browser.

use serde_json::json;

use crate::harness::client::{account, credentials};
use crate::harness::{Client, Latchkey};

#[tokio::test]
async fn a_program_signs_up_sees_its_profile_and_logs_out() {
    let latchkey = Latchkey::start().await;
    let mut program = Client::program();

    let fields = json!({
        "username": "Ada.L",
        "email": "Ada@Example.com",
        "password": "correct horse battery",
        "name": " Ada Lovelace ",
    });
    let signed_up = program.post(&latchkey, "/signup", &fields).await;
    assert_eq!(signed_up.status, 201);
    assert_eq!(signed_up.header("location"), Some("/profile"));
    let body = signed_up.json();
    let id = body["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 22);
    let expected = json!({
        "user": {
            "id": id,
            "username": "Ada.L",
            "email": "ada@example.com",
            "email_shown": "Ada@example.com",
            "email_verified": false,
            "name": "Ada Lovelace",
            "role": "user",
            "created_at": "2026-11-20T09:00:00Z",
            "attributes": {},
        },
        "session": {
            "created_at": "2026-11-20T09:00:00Z",
            "authenticated_at": "2026-11-20T09:00:00Z",
            "expires_at": "2026-12-04T09:00:00Z",
        },
    });
    assert_eq!(body, expected);

    let profile = program.get(&latchkey, "/profile").await;
    assert_eq!((profile.status, profile.json()), (200, expected));

    let out = program.post(&latchkey, "/logout", &json!({})).await;
    assert_eq!((out.status, out.body.as_str()), (204, ""));
    assert!(!program.cookies.contains_key("__Host-session"));
    assert!(program.cookies.contains_key("__Host-device"), "the device stays known");
    let refused = program.get(&latchkey, "/profile").await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_user_signs_up_sees_their_profile_logs_out_and_logs_in_again() {
    let latchkey = Latchkey::start().await;
    let mut browser = Client::browser();

    let home = browser.get(&latchkey, "/").await;
    assert!(home.body.contains("href=\"/signup\"") && home.body.contains("href=\"/login\""));
    let form = browser.get(&latchkey, "/signup").await;
    assert!(form.body.contains("<form method=\"post\" action=\"/signup\""));

    let signed_up = browser.post(&latchkey, "/signup", &account("grace")).await;
    assert_eq!((signed_up.status, signed_up.header("location")), (303, Some("/profile")));
    let profile = browser.get(&latchkey, "/profile").await;
    assert_eq!(profile.status, 200);
    assert!(profile.body.contains("grace@example.com") && profile.body.contains("action=\"/logout\""));
    for path in ["/signup", "/login"] {
        let response = browser.get(&latchkey, path).await;
        assert_eq!((response.status, response.header("location")), (303, Some("/profile")), "{path}");
    }
    assert!(browser.get(&latchkey, "/").await.body.contains("href=\"/profile\""));

    let out = browser.post(&latchkey, "/logout", &json!({})).await;
    assert_eq!((out.status, out.header("location")), (303, Some("/")));
    let refused = browser.get(&latchkey, "/profile").await;
    assert_eq!((refused.status, refused.header("location")), (303, Some("/login")));

    let wrong = json!({ "identifier": "grace", "password": "a wrong password" });
    let again = browser.post(&latchkey, "/login", &wrong).await;
    assert_eq!(again.status, 401);
    assert!(again.body.contains("Incorrect username or password") && again.body.contains("value=\"grace\""));
    assert!(!again.body.contains("a wrong password"));
    let back = browser.post(&latchkey, "/login", &credentials("grace@example.com")).await;
    assert_eq!((back.status, back.header("location")), (303, Some("/profile")));
    assert!(browser.is_signed_in(&latchkey).await);
}

#[tokio::test]
async fn logging_out_twice_is_an_error_to_a_program_and_not_to_a_browser() {
    let latchkey = Latchkey::start().await;
    let mut program = Client::program();
    let response = program.post(&latchkey, "/logout", &json!({})).await;
    assert_eq!((response.status, response.code().as_str()), (401, "unauthenticated"));
    let cookies =
        [("session=", 0), ("logout=1795165200", 2_592_000), ("goodbye=", 1)].map(|(cookie, age)| {
            format!("__Host-{cookie}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}")
        });
    assert_eq!(response.cookies, cookies);
    let mut browser = Client::browser();
    let response = browser.post(&latchkey, "/logout", &json!({})).await;
    assert_eq!((response.status, response.header("location"), response.cookies.len()), (303, Some("/"), 3));
}

#[tokio::test]
async fn user_input_is_escaped_on_every_page() {
    const NAME: &str = "<script>alert(1)</script>\"'&";
    let latchkey = Latchkey::start().await;
    let mut browser = Client::browser();
    let bad = json!({ "username": NAME, "email": NAME, "name": NAME, "password": "short", NAME: "x" });
    let form = browser.post(&latchkey, "/signup", &bad).await;
    assert_eq!(form.status, 422);
    assert!(!form.body.contains("<script>") && form.body.contains("&#60;script&#62;"), "{}", form.body);
    let login = json!({ "identifier": NAME, "password": "short" });
    assert!(!browser.post(&latchkey, "/login", &login).await.body.contains("<script>"));

    let good =
        json!({ "username": "mallory", "email": "m@example.com", "name": NAME, "password": "correct horse" });
    assert_eq!(browser.post(&latchkey, "/signup", &good).await.status, 303);
    for path in ["/", "/profile"] {
        assert!(!browser.get(&latchkey, path).await.body.contains("<script>"), "{path}");
    }
}
