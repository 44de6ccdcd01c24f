//! The description of the API in `infra/openapi.yaml`. It cannot drift: what it lists is what the template and
//! the code have, and every answer of every test is compared with it (`Latchkey::send`).

use std::collections::BTreeSet;

use latchkey::http::problem::Code;

use crate::harness::client::account;
use crate::harness::openapi::description;
use crate::harness::{Answer, Client, Latchkey, template};
use crate::project::sources::sources;

/// Makes an answer wrong.
type Change<'a> = &'a dyn Fn(&mut Answer);

/// A list of the description, by its pointer.
fn listed(pointer: &str) -> BTreeSet<String> {
    let list = description().json().pointer(pointer).and_then(|list| list.as_array()).expect("a list");
    list.iter().map(|code| code.as_str().expect("a string").to_owned()).collect()
}

#[test]
fn the_description_has_the_routes_of_the_template_and_the_version_of_the_code() {
    let routes: BTreeSet<_> =
        template().functions().into_iter().flat_map(|function| function.routes).collect();
    let routes: BTreeSet<_> = routes.into_iter().filter(|(method, _)| method != "ANY").collect();
    assert_eq!(BTreeSet::from_iter(description().routes()), routes);
    assert_eq!(description().json()["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_description_lists_the_codes_that_the_code_has() {
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

#[tokio::test]
async fn an_answer_that_is_not_described_is_found() {
    let latchkey = Latchkey::start().await;
    let event =
        Client::program().event("POST", "/signup").body("application/json", &account("ada1").to_string());
    let answer = latchkey.send(&event).await;
    assert_eq!((answer.status, description().check(&event, &answer)), (201, Ok(())));
    let header = |answer: &mut Answer, name: &str, value: &str| {
        answer.headers.insert(name.to_owned(), value.to_owned());
    };
    let wrong: [(&str, Change); 9] = [
        ("the status is not described", &|answer| answer.status = 202),
        ("expected the header location", &|answer| drop(answer.headers.remove("location"))),
        ("location: \"/profile\" was expected", &|answer| header(answer, "location", "/")),
        ("expected the header vary", &|answer| drop(answer.headers.remove("vary"))),
        ("the header x-new is not described", &|answer| header(answer, "x-new", "")),
        ("expected the header set-cookie", &|answer| answer.cookies.clear()),
        ("set-cookie: ", &|answer| answer.cookies[0] = answer.cookies[0].replace(" HttpOnly;", "")),
        ("text/html is not described", &|answer| header(answer, "content-type", "text/html")),
        ("\"user\" is a required property", &|answer| {
            answer.body = answer.body.replace("\"user\":", "\"person\":");
        }),
    ];
    for (expected, change) in wrong {
        let mut changed = answer.clone();
        change(&mut changed);
        let error = description().check(&event, &changed).expect_err(expected);
        assert!(error.contains(expected), "{expected}: {error}");
    }
}
