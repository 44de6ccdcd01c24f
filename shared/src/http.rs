//! The edge: API Gateway's event in, the response out.
//!
//! | modules | hold |
//! |---|---|
//! | [`serve`], [`function`], [`route`], `floor` | the request pipeline, the trait of a function with its routes, and the least time of a refused login |
//! | [`request`], [`mod@format`] | what a handler can read from API Gateway's event, and what it responds with |
//! | [`body`], `query`, [`media_type`], [`cookie`], `bearer`, [`origin`], `origin_secret` | the parsers, each strict and the only one of its kind |
//! | [`site`], [`signed_in`] | what every function needs: the site's origin, keys, cookies and layout; the end of every login |
//! | `request_log`, `client_address` | the log entry of a request, its metrics, and how much of an address it shows |
//! | [`rejection`], [`failure`], [`subject`] | why a request was not done, and which user it is about |
//! | [`problem`] | errors as problem+json or as a page |
//! | [`response`], [`return_to`], `cors`, `detour` | the responses and their headers; who else may read them; where a user goes on after a login; who has to log in first |
//! | [`layout`], [`branding`], [`notice`] | the layout of all pages, and what has just happened |
//! | [`form`], [`typed_identifier`], [`wanted_kind`] | forms with what was typed and what is wrong; the fields that several routes share |

mod bearer;
pub mod body;
pub mod branding;
mod client_address;
pub mod cookie;
mod cors;
mod detour;
pub mod failure;
mod floor;
pub mod form;
pub mod format;
pub mod function;
mod headers;
pub mod layout;
pub mod media_type;
pub mod notice;
pub mod origin;
mod origin_secret;
pub mod problem;
mod query;
pub mod rejection;
pub mod request;
mod request_log;
pub mod response;
pub mod return_to;
pub mod route;
pub mod serve;
pub mod signed_in;
pub mod site;
pub mod subject;
pub mod typed_identifier;
pub mod wanted_kind;

pub use self::detour::fresh;
pub use self::failure::{Failure, Reason};
pub use self::floor::Floor;
pub use self::form::Form;
pub use self::format::Format;
pub use self::function::Function;
pub use self::layout::{Layout, View};
pub use self::notice::Notice;
pub use self::problem::Problem;
pub use self::rejection::Rejection;
pub use self::request::Request;
pub use self::response::{Response, StatusCode};
pub use self::route::Route;
pub use self::signed_in::SignedIn;
pub use self::site::Site;
pub use self::subject::Subject;
