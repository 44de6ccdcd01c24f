//! The local servers are for this machine alone, and the local data for its owner.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;

use crate::harness::proxy::dynamodb;
use crate::project::stack::process::Stack;

const INVOKE: &str = "/2015-03-31/functions/login/invocations";

/// No page of another site can reach the database or a function, not even under a name that resolves to 127.0.0.1.
pub async fn refuse_web_pages_and_other_hosts(stack: &Stack) {
    let gateway = format!("127.0.0.1:{}", stack.port);
    let (database, secret) = stack.database();
    let (rebound, page) = (("host", "rebind.evil.example:9001"), ("origin", "https://evil.example"));
    for (address, method, path, header) in [
        (&database, "OPTIONS", &*secret, page),
        (&database, "POST", &secret, page),
        (&database, "POST", &secret, ("origin", "null")),
        (&database, "GET", &secret, ("sec-fetch-site", "cross-site")),
        (&database, "POST", &secret, rebound),
        // Another user of this machine does not know the path.
        (&database, "POST", "/", ("accept", "*/*")),
        (&database, "POST", &secret[..16], ("accept", "*/*")),
        (&gateway, "POST", INVOKE, page),
        (&gateway, "POST", INVOKE, ("sec-fetch-site", "same-origin")),
        (&gateway, "POST", INVOKE, rebound),
        (&gateway, "GET", "/", rebound),
        (&gateway, "GET", "/profile", rebound),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header.0, header.1)
            .header("access-control-request-headers", "x-amz-target,authorization")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", dynamodb("Scan"))
            .body(Full::<Bytes>::from(r#"{"TableName":"CredentialsTable"}"#));
        let response = local::http::send(address, request.expect("a request")).await.expect("a response");
        assert_eq!(response.status(), 403, "{method} {address}{path} {header:?}: {response:?}");
        let cors = response.headers().keys().find(|name| name.as_str().starts_with("access-control-"));
        assert!(cors.is_none(), "{cors:?}");
    }
}

/// No one else on the machine can read the password hashes or the signing key.
pub fn keep_the_data_private(data: &Path) {
    let mode = |path: &Path| std::fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(data), 0o700);
    let files = std::fs::read_dir(data).expect("the folder").map(|entry| entry.expect("an entry").path());
    let files: Vec<_> = files.filter(|file| !file.ends_with(".gitignore")).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
