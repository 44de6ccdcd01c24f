//! `infra/openapi.yaml` lists the routes of the template and the error codes of the code. `Latchkey::send` compares
//! every response of every test with it.

use std::collections::BTreeSet;

use latchkey::http::problem::Code;
use serde_json::json;

use crate::harness::client::account;
use crate::harness::openapi::document;
use crate::harness::{Client, Latchkey, Response, template};
use crate::project::sources::sources;

/// A change that makes a response wrong.
type Change<'a> = &'a dyn Fn(&mut Response);

/// A list of the document, by its JSON pointer.
fn listed(pointer: &str) -> BTreeSet<String> {
    let list = document().json().pointer(pointer).and_then(|list| list.as_array()).expect("a list");
    list.iter().map(|code| code.as_str().expect("a string").to_owned()).collect()
}

#[test]
fn the_document_has_the_routes_of_the_template_and_the_version_of_the_code() {
    let routes: BTreeSet<_> =
        template().functions().into_iter().flat_map(|function| function.routes).collect();
    let routes: BTreeSet<_> = routes.into_iter().filter(|(method, _)| method != "ANY").collect();
    assert_eq!(BTreeSet::from_iter(document().routes()), routes);
    assert_eq!(document().json()["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_document_lists_the_error_codes_of_the_code() {
    let codes = Code::ALL.iter().map(|code| code.as_str().to_owned());
    assert_eq!(codes.collect::<BTreeSet<_>>(), listed("/components/schemas/Problem/properties/code/enum"));

    let mut field_codes = BTreeSet::new();
    for source in sources("shared/src").iter().chain(&sources("functions")) {
        for call in source.code().split("violation(").skip(1) {
            let code = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
            field_codes.extend(code.map(str::to_owned));
        }
    }
    assert_eq!(field_codes, listed("/components/schemas/FieldProblem/properties/code/enum"));
}

/// A form that a function reads has each field once. A list in a form would repeat its name.
#[test]
fn a_form_has_only_text() {
    let operations = document().json()["paths"].as_object().expect("paths").values();
    let operations = operations.flat_map(|path| path.as_object().expect("operations").values());
    let mut forms = 0;
    for operation in operations {
        let form = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
        let schemas = form["anyOf"].as_array().map_or_else(|| vec![form], |list| list.iter().collect());
        for schema in schemas.into_iter().filter(|schema| schema["$ref"].is_string()) {
            assert_eq!(
                schema["additionalProperties"],
                json!({ "type": "string" }),
                "{}",
                operation["operationId"]
            );
            forms += 1;
        }
    }
    assert!(forms > 10, "only {forms} forms");
}

#[tokio::test]
async fn a_response_that_is_not_in_the_document_is_found() {
    let latchkey = Latchkey::start().await;
    let event =
        Client::program().event("POST", "/signup").body("application/json", &account("ada1").to_string());
    let response = latchkey.send(&event).await;
    assert_eq!((response.status, document().check(&event, &response)), (201, Ok(())));
    let header = |response: &mut Response, name: &str, value: &str| {
        response.headers.insert(name.to_owned(), value.to_owned());
    };
    let wrong: [(&str, Change); 8] = [
        ("the status is not described", &|response| response.status = 204),
        ("expected the header location", &|response| drop(response.headers.remove("location"))),
        ("location: \"/profile\" was expected", &|response| header(response, "location", "/")),
        ("expected the header vary", &|response| drop(response.headers.remove("vary"))),
        ("the header x-new is not described", &|response| header(response, "x-new", "")),
        ("set-cookie: ", &|response| response.cookies[0] = response.cookies[0].replace(" HttpOnly;", "")),
        ("text/html is not described", &|response| header(response, "content-type", "text/html")),
        ("\"user\" is a required property", &|response| {
            response.body = response.body.replace("\"user\":", "\"person\":");
        }),
    ];
    for (expected, change) in wrong {
        let mut changed = response.clone();
        change(&mut changed);
        let error = document().check(&event, &changed).expect_err(expected);
        assert!(error.contains(expected), "{expected}: {error}");
    }
}
