//! OAuth clients of others exchange refresh tokens, unchanged.

use serde_json::json;

use crate::harness::access_token::{is_signed, keys, parts};
use crate::harness::app::App;
use crate::harness::libraries;
use crate::rules::access_tokens::start;

#[tokio::test]
async fn openid_client_and_authlib_exchange_refresh_tokens_and_read_the_refusal() {
    let (site, _, _) = start(&[("ACCESS_TOKEN_AUDIENCES", "orders,reports")]).await;
    let public = keys(&site.latchkey).await;
    for (script, is_node) in [("refresh.mjs", true), ("refresh.py", false)] {
        let app = App::logged_in(&site.latchkey, "ada1").await;
        let given = json!({ "issuer": site.origin, "token": app.token, "audience": "reports" });
        let found = libraries::run(script, &given).await;
        let tokens = if is_node {
            vec![&found["oidc"]["token"], &found["oauth2"]["token"]]
        } else {
            vec![&found["token"]]
        };
        for token in tokens {
            let token = token.as_str().expect("a token");
            assert!(is_signed(token, &public), "{script}");
            assert_eq!(parts(token)[1]["aud"], "reports", "{script}");
        }
        if is_node {
            assert_eq!(found["refused"], json!([400, "invalid_grant"]), "{found}");
            let seconds = found["oidc"]["seconds"].as_i64().expect("a number");
            assert!(found["oidc"]["type"] == "bearer" && (200..=300).contains(&seconds), "{found}");
        } else {
            assert_eq!(found["refused"], "invalid_grant", "{found}");
        }
    }
}
