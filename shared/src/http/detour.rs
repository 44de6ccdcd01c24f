//! The detour of a browser that lacks what a route wants: to the login, or to the confirmation of the password, and
//! back.

use crate::account::user::User;
use crate::http::failure::Failure;
use crate::http::format::Format;
use crate::http::problem::code::Code;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::return_to::ReturnTo;
use crate::http::route::Route;
use crate::http::site::Site;
use crate::session::freshness::Freshness;
use crate::session::record::Session;
use crate::time::Timestamp;

/// The active session that was found and its user, if the session is fresh.
///
/// # Errors
/// [`Code::Unauthenticated`] or [`Code::ConfirmationRequired`].
pub fn fresh(
    found: Option<(Session, User)>,
    freshness: Freshness,
    now: Timestamp,
) -> Result<(Session, User), Failure> {
    let (session, user) = found.ok_or(Code::Unauthenticated)?;
    if freshness.is_fresh(&session, now) {
        Ok((session, user))
    } else {
        Err(Code::ConfirmationRequired.into())
    }
}

/// The failure that explains more: a browser that has just logged in and still has no session keeps no cookies.
pub(super) fn explained(site: &Site, request: &Request, failure: Failure) -> Failure {
    let is_page = request.format == Format::Html && request.method() == "GET";
    if is_page && failure.reason.code() == Code::Unauthenticated && site.keeps_no_cookies(request) {
        return Code::CookieNotKept.into();
    }
    failure
}

/// The redirect after a failure with this code. `None` if no detour helps.
pub(super) fn response<A: Copy>(routes: &[Route<A>], request: &Request, code: Code) -> Option<Response> {
    let way = match code {
        Code::Unauthenticated => "/login",
        Code::ConfirmationRequired => "/confirm",
        _ => return None,
    };
    let back = ReturnTo::parse(page_of(routes, request.path()));
    Some(Response::by_way_of(way, back.filter(|back| back.as_str() != PROFILE).as_ref()))
}

/// Where a login leads without a `return_to`.
const PROFILE: &str = "/profile";

/// The page to which a path belongs: itself or the nearest above it that has GET, or the profile.
fn page_of<'a, A: Copy>(routes: &[Route<A>], path: &'a str) -> &'a str {
    let has_page = |path: &&str| routes.iter().any(|route| route.method() == "GET" && route.path() == *path);
    let above = |path: &&'a str| path.rsplit_once('/').map(|(above, _)| above);
    std::iter::successors(Some(path), above).find(has_page).unwrap_or(PROFILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_comes_back_to_the_page_of_what_it_sent() {
        let routes =
            [Route::get("/profile/list", ()), Route::post("/profile/list/end", ()), Route::post("/x", ())];
        for (path, expected) in [
            ("/profile/list", "/profile/list"),
            ("/profile/list/end", "/profile/list"),
            ("/x", "/profile"),
            ("/", "/profile"),
        ] {
            assert_eq!(page_of(&routes, path), expected, "{path}");
        }
    }
}
