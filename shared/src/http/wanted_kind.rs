//! The field `session`, by which a program says how it wants to hold the session that begins.

use crate::http::request::Request;
use crate::input::Input;
use crate::session::kind::SessionKind;
use crate::violation::violation;

/// Takes the field, which only JSON has. Without it, the session is held in a cookie or, if the request presents a
/// refresh token, in a refresh token.
pub fn take(input: &mut Input<'_>, request: &Request) -> SessionKind {
    // Every browser sends the header over HTTPS, and no script can remove it.
    let is_browser = request.header("sec-fetch-site").is_some();
    let wanted = input.json_value("session", |text| match text {
        "cookie" if !request.is_bearer() => Ok(SessionKind::Cookie),
        "cookie" => Err(violation("invalid", "Leave out the header `Authorization`, or this field.")),
        "token" if !is_browser => Ok(SessionKind::Token),
        "token" => Err(violation(
            "invalid",
            "Leave this field out: a browser keeps the session in a cookie, which no script can read.",
        )),
        _ => Err(violation("invalid", "Send `cookie` or `token`, or leave this field out.")),
    });
    wanted.unwrap_or(if request.is_bearer() { SessionKind::Token } else { SessionKind::Cookie })
}
