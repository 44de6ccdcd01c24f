//! Keeps web pages away from the servers of the local stack.
//!
//! A page of another site can make a browser send requests to this machine. With a host name of its own that resolves
//! to 127.0.0.1 (DNS rebinding) it can even read the responses.

use std::net::IpAddr;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderMap, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Response, StatusCode};

/// Refuses a request whose `Host` may be the name of another site. No site can make an address its name, nor a name
/// under `localhost`. Containers reach this machine as `host.docker.internal`.
#[must_use]
pub fn refuse_foreign_host(headers: &HeaderMap) -> Option<Response<Full<Bytes>>> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    let is_ours = host.is_some_and(|authority| {
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        host == "localhost"
            || host.ends_with(".localhost")
            || host == "host.docker.internal"
            || host.parse::<IpAddr>().is_ok()
    });
    (!is_ours)
        .then(|| refusal("latchkey: send the request to 127.0.0.1 or localhost, not to another host name\n"))
}

/// Refuses a request of any web page, and one with a foreign `Host`.
#[must_use]
pub fn refuse_pages(headers: &HeaderMap) -> Option<Response<Full<Bytes>>> {
    refuse_foreign_host(headers).or_else(|| {
        let is_of_page = headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site");
        is_of_page.then(|| refusal("latchkey: this server does not respond to web pages\n"))
    })
}

/// A 403 that says why.
pub(crate) fn refusal(text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(text.into());
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_host_that_no_site_can_have_is_accepted() {
        for host in [
            "127.0.0.1:9000",
            "localhost",
            "LocalHost:9001",
            "app.localhost:9000",
            "[::1]:9000",
            "172.17.0.1:40000",
            "host.docker.internal:40000",
        ] {
            assert!(refuse_foreign_host(&headers(&[("host", host)])).is_none(), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:9000",
            "localhost.evil.example",
            "127.0.0.1.evil.example:9000",
            "notlocalhost",
            "user@evil.example",
            "",
            "a b",
        ] {
            assert!(refuse_foreign_host(&headers(&[("host", host)])).is_some(), "{host}");
        }
        assert!(refuse_foreign_host(&HeaderMap::new()).is_some());
    }

    #[test]
    fn a_web_page_is_refused_whatever_its_origin() {
        let own = ("host", "127.0.0.1:9001");
        assert!(refuse_pages(&headers(&[own])).is_none());
        for page in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:9000"),
            ("sec-fetch-site", "none"),
        ] {
            assert_eq!(refuse_pages(&headers(&[own, page])).unwrap().status(), 403, "{page:?}");
        }
    }
}
