//! What the functions of Latchkey share.
//!
//! Arrows between the modules run one way: the pure modules know neither HTTP nor the database,
//! `store` and `http` know the pure ones and not each other, and only the functions join them. `aws` has what the clients
//! of both services share.
//!
//! | modules | hold |
//! |---|---|
//! | [`config`], [`error`], [`lambda`], [`log`], [`random`], [`time`], [`violation`] | what everything stands on |
//! | [`account`], [`password`], [`session`], [`limits`], [`input`] | the rules of accounts, passwords, sessions, limits and fields, without any I/O |
//! | [`aws`] | what the clients of AWS's services share |
//! | [`keys`] | the signing keys, where they are kept, and their rotation; the only code that speaks to Secrets Manager |
//! | [`token`] | the tokens in our cookies, signed with those keys |
//! | [`store`] | the tables, one file each; the only code that speaks to DynamoDB |
//! | [`http`] | the edge: API Gateway's event in, its answer out |
//!
//! # A function of your own
//!
//! A function behind the same host as Latchkey reads the session with one call. This one is complete; its role
//! needs `dynamodb:BatchGetItem` on the users and sessions tables and `secretsmanager:GetSecretValue` on the secret of the
//! signing keys, and its environment the variables of the profile function.
//!
//! ```no_run
//! use latchkey::aws::Aws;
//! use latchkey::config::{ConfigError, Environment};
//! use latchkey::error::Error;
//! use latchkey::http::problem::Code;
//! use latchkey::http::{Failure, Function, Request, Response, Route, Site, StatusCode};
//! use latchkey::session::PresentedSession;
//! use latchkey::store::LiveSessions;
//! use latchkey::time::Timestamp;
//!
//! struct Greeting {
//!     site: Site,
//!     sessions: LiveSessions,
//! }
//!
//! #[derive(Debug, Clone, Copy)]
//! enum Action {
//!     Greet,
//! }
//!
//! impl Greeting {
//!     fn new(environment: &Environment) -> Result<Self, ConfigError> {
//!         let aws = Aws::from_environment(environment)?;
//!         let client = latchkey::store::client(&aws);
//!         Ok(Self {
//!             site: Site::from_environment(environment, &aws)?,
//!             sessions: LiveSessions::new(&client, environment)?,
//!         })
//!     }
//! }
//!
//! impl Function for Greeting {
//!     type Action = Action;
//!
//!     const ROUTES: &'static [Route<Action>] = &[Route::get("/greeting", Action::Greet)];
//!
//!     fn site(&self) -> &Site {
//!         &self.site
//!     }
//!
//!     async fn warm(&self, nonexistent: &PresentedSession, now: Timestamp) -> Result<(), Error> {
//!         self.sessions.find(Some(nonexistent), now).await.map(drop)
//!     }
//!
//!     async fn handle(&self, action: Action, request: &Request) -> Result<Response, Failure> {
//!         match action {
//!             Action::Greet => {
//!                 let live = self.sessions.find(request.presented.as_ref(), request.now).await?;
//!                 let (_session, user) = live.ok_or(Code::Unauthenticated)?;
//!                 Ok(Response::json(StatusCode::OK, &format!("Hello, {}", user.username))?)
//!             }
//!         }
//!     }
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> std::process::ExitCode {
//!     latchkey::http::serve::run(Greeting::new).await
//! }
//! ```

pub mod account;
pub mod aws;
pub mod config;
pub mod error;
pub mod http;
pub mod input;
pub mod keys;
pub mod lambda;
pub mod limits;
pub mod log;
pub mod password;
pub mod random;
pub mod session;
pub mod store;
pub mod time;
pub mod token;
pub mod violation;
