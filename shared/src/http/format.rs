//! The format of a response: a page for a person, or JSON for a program.

use std::cmp::Ordering;
use std::collections::HashMap;

use url::Url;

use crate::http::media_type::{BodyType, body_type, html_or_json};

/// The paths of Latchkey's pages with a form or a user. Its pages run no scripts, so a request from one is a person's.
pub const PAGES: [&str; 14] = [
    "/confirm",
    "/forgot",
    "/login",
    "/profile",
    "/profile/delete",
    "/profile/email",
    "/profile/name",
    "/profile/password",
    "/profile/sessions",
    "/profile/username",
    "/reset",
    "/signup",
    "/undo",
    "/verify",
];

/// The format of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A page for a person.
    Html,
    /// JSON for a program.
    Json,
}

impl Format {
    /// The format of the response: the one that the client prefers. A client without a preference gets a page if it is
    /// a browser in which a person has followed a link or sent a form. Some browsers say `Accept: */*` then.
    pub(super) fn of(method: &str, headers: &HashMap<String, String>) -> Self {
        let header = |name: &str| headers.get(name).map(String::as_str);
        let is_html = match html_or_json(header("accept").unwrap_or_default()) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => match (header("sec-fetch-mode"), header("referer")) {
                (Some(mode), _) => mode == "navigate",
                (None, Some(_)) if method == "POST" => {
                    header("content-type").and_then(body_type) == Some(BodyType::Form)
                }
                (None, Some(referer)) => Url::parse(referer).is_ok_and(|url| PAGES.contains(&url.path())),
                (None, None) => false,
            },
        };
        if is_html { Self::Html } else { Self::Json }
    }
}
