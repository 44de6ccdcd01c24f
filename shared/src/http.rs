//! The edge: what comes from API Gateway, and what goes back.
//!
//! | module | is |
//! |---|---|
//! | [`serve`], [`route`] | the way of every request: route, method, origin, handler, answer, log |
//! | [`request`] | what a handler may know of API Gateway's event |
//! | [`body`], [`media_type`], [`cookie`], [`origin`] | the parsers, each strict and the only one of its kind |
//! | [`site`] | what every function needs: where the site is reached, its cookies and its pages |
//! | `request_log` | the log line of a request, and its metrics |
//! | [`response`], [`problem`] | the answers and their headers; errors as problem+json or as a page |
//! | [`layout`], [`form`] | the frame of all pages; forms with what was typed and what is wrong |

pub mod body;
pub mod branding;
pub mod cookie;
pub mod form;
pub mod layout;
pub mod media_type;
pub mod origin;
pub mod problem;
pub mod request;
mod request_log;
pub mod response;
pub mod route;
pub mod serve;
pub mod site;
