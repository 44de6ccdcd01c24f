//! The field `session`, by which a program says how it wants to hold the session that begins.

use crate::http::request::Request;
use crate::input::Input;
use crate::session::kind::SessionKind;
use crate::violation::violation;

/// Takes the field, which only JSON has. Without it, the session is held in a cookie or, if the request presents a
/// refresh token, in a refresh token.
pub fn take(input: &mut Input<'_>, request: &Request) -> SessionKind {
    let wanted = input.json_value("session", |text| match text {
        "cookie" if !request.is_bearer() => Ok(SessionKind::Cookie),
        "cookie" => Err(violation("invalid", "Leave out the header `Authorization`, or this field.")),
        "token" => Ok(SessionKind::Token),
        _ => Err(violation("invalid", "Send `cookie` or `token`, or leave this field out.")),
    });
    let kind = wanted.unwrap_or(if request.is_bearer() { SessionKind::Token } else { SessionKind::Cookie });
    // Every browser sends the header over HTTPS, and no script can remove it.
    if kind == SessionKind::Token && request.header("sec-fetch-site").is_some() {
        let message = "Leave out this field and the header `Authorization`: a browser keeps the session in a cookie, \
                       which no script can read.";
        input.reject("session", violation("invalid", message));
    }
    kind
}
