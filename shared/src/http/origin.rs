//! The same-origin check: another site must not act in the name of a person who visits it (OWASP CSRF
//! cheat sheet, "Fetch Metadata headers" and "verifying origin").

use crate::error::Error;
use crate::http::media_type::{BodyType, body_type};
use crate::http::request::Request;
use crate::http::site::Site;

/// Lets a request pass that a browser sent from our own page, or that is no browser's.
///
/// # Errors
/// [`Error::CrossOrigin`] with the header that decided.
pub fn check(request: &Request, site: &Site) -> Result<(), Error> {
    if let Some(fetch_site) = request.header("sec-fetch-site") {
        return match fetch_site {
            "same-origin" | "none" => Ok(()),
            _ => refuse("the header Sec-Fetch-Site is neither same-origin nor none"),
        };
    }
    let ours = match (&site.origin, &request.domain_name) {
        (Some(origin), _) => Some(origin.clone()),
        (None, Some(domain)) => Some(format!("https://{domain}")),
        (None, None) => None,
    };
    let named = ours.as_deref().unwrap_or("the origin of this site");
    if let Some(origin) = request.header("origin") {
        if ours.as_deref() == Some(origin) {
            return Ok(());
        }
        return refuse(&format!("the header Origin is not {named}"));
    }
    // A form of another site cannot have this type, and a script of another site must ask first.
    if request.header("content-type").and_then(body_type) == Some(BodyType::Json) {
        return Ok(());
    }
    refuse(&format!(
        "neither Sec-Fetch-Site nor Origin was sent; add the header Origin: {named}, or send Content-Type: application/json"
    ))
}

fn refuse(reason: &str) -> Result<(), Error> {
    Err(Error::CrossOrigin(reason.to_owned()))
}
