//! `examples/sam`, deployed to ministack with the real authorizer function: routes behind both kinds of authorizers.

use hyper::Method;
use serde_json::{Value, json};

use crate::harness::access_token::{exchange, keys, parts};
use crate::harness::client::credentials;
use crate::harness::latchkey::environment;
use crate::harness::ministack::Ministack;
use crate::harness::{Client, Fault, Folder, LocalSite, operator, root};
use crate::project::stack::process::binaries;
use crate::rules::access_tokens::forged::{of_others, tampered};
use crate::rules::access_tokens::start;

/// An account with the authorizer and the example.
struct Account {
    cloud: Ministack,
    /// The API of the example.
    api: String,
}

impl Account {
    async fn start(site: &LocalSite) -> Self {
        let cloud = Ministack::start().await;
        let mut variables = environment("authorizer", site.latchkey.database.endpoint());
        for (name, value) in
            [("ISSUER", &*site.origin), ("PUBLIC_ORIGIN", &site.origin), ("ACCESS_TOKEN_AUDIENCES", "orders")]
        {
            variables.insert(name.to_owned(), value.to_owned());
        }
        let script = r#"
            cd "$FOLDER"
            strip -o bootstrap "$BINARY" && python3 -m zipfile -c code.zip bootstrap
            printf %s "$VARIABLES" > variables.json
            FUNCTION=$(aws lambda create-function --function-name authorizer --runtime provided.al2023 \
              --handler bootstrap --role arn:aws:iam::000000000000:role/authorizer --timeout 20 \
              --environment file://variables.json --zip-file fileb://code.zip --query FunctionArn --output text)
            aws cloudformation create-stack --stack-name orders --template-body "file://$TEMPLATE" \
              --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameters \
              "ParameterKey=Issuer,ParameterValue=$ISSUER" "ParameterKey=Audience,ParameterValue=orders" \
              "ParameterKey=AuthorizerFunctionArn,ParameterValue=$FUNCTION" >&2
            aws cloudformation wait stack-create-complete --stack-name orders
            API=$(aws cloudformation describe-stacks --stack-name orders --output text \
              --query "Stacks[0].Outputs[?OutputKey=='ApiId'].OutputValue")
            printf %s $API"#;
        let folder = Folder::temporary();
        let text = |path: &std::path::Path| path.to_str().expect("UTF-8").to_owned();
        let api = operator::run(
            operator::BASH,
            script,
            &format!("http://{}", cloud.address),
            &[
                ("FOLDER", &text(&folder.0)),
                ("BINARY", &text(&binaries().join("authorizer"))),
                ("TEMPLATE", &text(&root().join("examples/sam/template.yaml"))),
                ("VARIABLES", &json!({ "Variables": variables }).to_string()),
                ("ISSUER", &site.origin),
            ],
        )
        .await;
        Self { cloud, api }
    }

    /// The status and the body of a request for `/me` or `/orders`.
    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> (u16, Value) {
        self.cloud.send(&self.api, method, path, headers).await
    }

    /// The statuses of `/me` with the cookie and with the token, and of `/orders` with the token.
    async fn statuses(&self, cookie: &[(&str, &str)], token: &[(&str, &str)]) -> [u16; 3] {
        [
            self.status("/me", cookie).await,
            self.status("/me", token).await,
            self.status("/orders", token).await,
        ]
    }

    async fn status(&self, path: &str, headers: &[(&str, &str)]) -> u16 {
        self.send(Method::GET, path, headers).await.0
    }
}

#[tokio::test]
async fn both_authorizers_in_every_state() {
    let (site, mut client, token) = start(&[("ACCESS_TOKEN_AUDIENCES", "orders")]).await;
    let latchkey = &site.latchkey;
    let account = Account::start(&site).await;
    let [_, claims] = parts(&token);
    let bearer = |token: &str| format!("Bearer {token}");
    let (with_cookie, with_token) = (client.cookie_header(), bearer(&token));
    let (cookie_of, token_of) = ([("cookie", &*with_cookie)], [("authorization", &*with_token)]);

    assert_eq!(
        [account.status("/me", &[]).await, account.status("/orders", &[]).await],
        [403, 401],
        "anonymous"
    );
    let user = json!({ "user": claims["sub"] });
    for (path, headers) in [("/me", &cookie_of), ("/me", &token_of), ("/orders", &token_of)] {
        assert_eq!(account.send(Method::GET, path, headers).await, (200, user.clone()), "{path} {headers:?}");
    }
    assert_eq!(account.status("/orders", &cookie_of).await, 401, "it knows no cookies");

    // A page of a sister host.
    let forged = [cookie_of[0], ("sec-fetch-site", "same-site")];
    assert_eq!(account.send(Method::POST, "/me", &forged).await.0, 403);
    let own = [cookie_of[0], ("sec-fetch-site", "same-origin")];
    assert_eq!(account.send(Method::POST, "/me", &own).await.0, 200);

    let public = keys(latchkey).await;
    for (name, token) in [tampered(&token), of_others(&token, &public)].concat() {
        let header = bearer(&token);
        let header = [("authorization", &*header)];
        assert_eq!(account.status("/me", &header).await, 403, "{name}");
        // API Gateway does not look at the type. The keys of access tokens sign nothing else.
        if name != "another type" {
            assert_eq!(account.status("/orders", &header).await, 401, "{name}");
        }
    }

    let key = json!({ "user_id": latchkey.database.items("UsersTable")[0]["user_id"] });
    for (state, me) in [("disabled", 403), ("active", 200)] {
        latchkey.database.set("UsersTable", key.clone(), &json!({ "status": { "S": state } }));
        assert_eq!(account.statuses(&cookie_of, &token_of).await, [me, me, 200], "{state}");
    }
    client.post(latchkey, "/logout", &json!({})).await;
    let found = account.statuses(&cookie_of, &token_of).await;
    assert_eq!(found, [403, 403, 200], "a logout counts at once, and at /orders when the token expires");

    let mut other = Client::program();
    other.post(latchkey, "/login", &credentials("ada1")).await;
    let token = bearer(&exchange(&mut other, latchkey).await);
    let token_of = [("authorization", &*token)];
    latchkey.database.fail_always("BatchGetItem", Fault::error(400, "AccessDeniedException"));
    assert_eq!(account.status("/me", &token_of).await, 500, "a failure is never a no");
    latchkey.database.clear_faults();
    assert_eq!(account.status("/me", &token_of).await, 200);
}
